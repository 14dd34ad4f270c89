"""Links of entries: absolute, and only of kinds that a reader may follow."""

from urllib.parse import urljoin


def safe_link(stated: str, base: str) -> str:
    """Make a link absolute; empty when it is none that a reader may follow."""
    if not stated.strip():
        return ""  # urljoin would give the base
    try:
        link = urljoin(base, stated.strip())
    except ValueError:
        return ""
    return link if link.lower().startswith(("http://", "https://")) else ""
