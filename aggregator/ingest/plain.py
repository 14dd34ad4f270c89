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
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_LONGEST = 400  # characters that can be somebody
_MARKUP = re.compile(r"</[a-z]\w*>|<(?:a|p|br|hr|img)\b[^<>]*>|&(?:#\w+|[a-z]+);", re.IGNORECASE)


def title(value: str, *, is_html: bool = False) -> str:
    """Give a title on one line; as HTML where the source says so, or where it would act."""
    return one_line(plain_text(value) if is_html or _ACTIVE.search(value) else value)


def name(value: str) -> str:
    """Give the name of somebody or something; markup in it was never meant to be read."""
    return storable(one_line(plain_text(value) if _MARKUP.search(value) else value))


def names(stated: Iterable[str]) -> tuple[str, ...]:
    """Give names, each once."""
    return tuple(dict.fromkeys(one for one in map(name, stated) if one))


def person(stated: str) -> str:
    """Give the name of somebody who may be stated with a mail address, as RSS wants it; the address
    where there is no name."""
    address = _ADDRESS.search(stated[:_LONGEST])
    if address is None:
        return stated
    return stated.replace(address[0], "").strip(" ()<>\"'\t\n") or address[0]


def looks_like_html(value: str) -> bool:
    """Say whether a text of no stated type is HTML."""
    return _MARKUP.search(value) is not None
