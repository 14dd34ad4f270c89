"""Texts of an entry that are not the entry's own, kept apart from those that are.

feedparser takes the second text of an entry for its content. Where that is the caption of a picture
or the plain version that podcast players show, the article would be lost behind it.
"""

import re
from typing import Any

_ASIDE = re.compile(
    rb"<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*)"
    rb"|<(?P<close>/?)(?P<name>media:description|itunes:summary)"
    rb"""(?=[\s/>])(?:[^<>"']|"[^"<]*"|'[^'<]*')*?(?P<empty>/?)>""",
    re.DOTALL,
)
# What the elements are called while feedparser reads them: it keeps unknown ones by their name.
_NAMES = {
    b"media:description": b"media:aside",
    b"itunes:summary": b"itunes:aside",
}
# Where a source may put more than in the description: for podcast players, and for Yandex.
_FULLER = ("itunes_aside", "yandex_full-text")


def set_apart(document: bytes) -> bytes:
    """Rename the elements that hold such texts, so that feedparser keeps them by their names."""
    if b"<media:description" not in document and b"<itunes:summary" not in document:
        return document
    return _ASIDE.sub(_renamed, document)


def _renamed(match: re.Match[bytes]) -> bytes:
    if match["name"] is None:
        return match[0]
    # Without attributes: feedparser would keep those of an unknown element in place of its text.
    return b"<" + match["close"] + _NAMES[match["name"]] + match["empty"] + b">"


def caption(entry: Any) -> str:
    """Read what one of feedparser's entries says of its picture or video."""
    return _text(entry, "media_aside")


def fuller(entry: Any) -> str:
    """Read the longest text that one of feedparser's entries has beside its description."""
    return max((_text(entry, name) for name in _FULLER), key=len)


def _text(entry: Any, name: str) -> str:
    value = dict.get(entry, name, "")
    return value if isinstance(value, str) else ""
