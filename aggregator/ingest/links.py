"""Links of entries: absolute, and only of kinds that a reader may follow."""

import re
from urllib.parse import quote, urljoin, urlsplit

from aggregator.core.urls import PLAIN_URL

# What no URL may hold and some do (RFC 3986 §2): written as browsers send it.
_UNFIT = re.compile(r"""[\x00-\x20\x7f"<>\\^`{|}\u0080-\u00a0\u2028\u2029]+""")


def host_of(url: str) -> str:
    """Name the host that a URL's turns are counted for; empty where it has none."""
    if plain := PLAIN_URL.fullmatch(url):
        return plain["host"]
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def safe_link(stated: str, base: str) -> str:
    """Make a link absolute; empty when it is none that a reader may follow."""
    if not stated or not stated.strip():
        return ""  # urljoin would give the base
    try:
        link = urljoin(base, stated.strip())
    except ValueError:
        return ""
    if not link.lower().startswith(("http://", "https://")):
        return ""
    return _UNFIT.sub(lambda match: quote(match[0]), link) if _UNFIT.search(link) else link
