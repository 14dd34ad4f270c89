"""Templates of entries' titles: plain text with names in braces."""

from collections.abc import Mapping
from string import Formatter

TITLE_NAMES = ("title", "source", "author", "date", "lang")


def names_in(template: str) -> list[str]:
    """List the names that a template uses; raises ValueError where its braces do not pair."""
    return [name for _, name in _pieces(template) if name is not None]


def filled(template: str, values: Mapping[str, str]) -> str:
    """Put values in place of the names; what looks like a name within a value stays as it is."""
    return "".join(
        literal + (values[name] if name is not None else "") for literal, name in _pieces(template)
    )


def _pieces(template: str) -> list[tuple[str, str | None]]:
    pieces = []
    for literal, name, form, conversion in Formatter().parse(template):
        if form or conversion:
            raise ValueError("a name stands alone within its braces")
        pieces.append((literal, name))
    return pieces
