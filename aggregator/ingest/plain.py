"""Titles, names and categories as plain text.

Readers that show them as HTML must find nothing in them that acts.
"""

import re
from collections.abc import Iterable

from aggregator.core.text import one_line, plain_text, storable

_ACTIVE = re.compile(
    r"<\s*/?\s*(?:script|style|svg|math|iframe|object|embed|form|img|video|audio|link|meta|base)\b"
    r"|<[^<>]*\son\w+\s*=",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"</[a-z]\w*>|<(?:a|p|br|hr|img)\b[^<>]*>|&(?:#\w+|[a-z]+);", re.IGNORECASE)


def title(value: str, *, is_html: bool = False) -> str:
    """Give a title on one line; as HTML where the source says so, or where it would act."""
    return one_line(plain_text(value) if is_html or _ACTIVE.search(value) else value)


def names(stated: Iterable[str]) -> tuple[str, ...]:
    """Give names of people or things, each once; markup in them was never meant to be read."""
    cleaned = (one_line(plain_text(one) if _MARKUP.search(one) else one) for one in stated)
    return tuple(dict.fromkeys(storable(one) for one in cleaned if one))


def looks_like_html(value: str) -> bool:
    """Say whether a text of no stated type is HTML."""
    return _MARKUP.search(value) is not None
