"""Files, pictures and durations of feedparser's entries: enclosures, Media RSS, iTunes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from mimetypes import MimeTypes
from typing import Any
from urllib.parse import urlsplit

from aggregator.core.entry import Enclosure
from aggregator.core.images import LEAST_SIDE, is_decoration
from aggregator.ingest.links import safe_link

_get: Any = dict.get
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2})(?:[.,]\d+)?")
_SECONDS = re.compile(r"(\d{1,7})(?:[.,]\d+)?\s*(?:s|sec|secs|seconds)?", re.IGNORECASE)
_UNITS = re.compile(
    r"(?:PT)?\s*(?:(\d{1,4})\s*h(?:ours?|rs?)?)?\s*(?:(\d{1,4})\s*m(?:in(?:ute)?s?)?)?"
    r"\s*(?:(\d{1,4})(?:[.,]\d+)?\s*s(?:ec(?:ond)?s?)?)?",
    re.IGNORECASE,
)
_LONGEST = 40  # characters of a duration
_TYPES = MimeTypes(filenames=())  # the table that comes with Python, whatever the machine has
_PLAYED = ("audio/", "video/")


def enclosures(entry: Any, base: str) -> tuple[Enclosure, ...]:
    """List the files of an entry: its enclosures, then what Media RSS adds, each URL once."""
    found: dict[str, Enclosure] = {}
    for one in (*_linked(entry), *_media(entry)):
        if link := safe_link(one.url, base):
            before = found.get(link, Enclosure(url=link))
            found[link] = Enclosure(
                url=link,
                type=before.type or one.type,
                length=before.length or one.length,
                duration=before.duration or one.duration,
            )
    files = tuple(replace(one, type=one.type or guessed_type(one.url)) for one in found.values())
    return _with_duration(files, seconds(_get(entry, "itunes_duration")))


def _linked(entry: Any) -> Iterator[Enclosure]:
    links = [one for one in _get(entry, "links", ()) if _get(one, "rel") == "enclosure"]
    original = _get(entry, "feedburner_origenclosurelink")
    for one in links:
        url = _get(one, "href", "")
        yield Enclosure(
            url=original if isinstance(original, str) and len(links) == 1 else url,
            type=media_type(_get(one, "type")),
            length=whole(_get(one, "length")),
        )
    if isinstance(one := _get(entry, "enc_enclosure"), dict):  # RSS 1.0's module
        url = _get(one, "rdf:resource") or _get(one, "resource") or ""
        yield Enclosure(url=url, type=media_type(_get(one, "type") or _get(one, "enc:type")))


def _media(entry: Any) -> Iterator[Enclosure]:
    for one in _get(entry, "media_content", ()):
        if kind_of(one) != "image":
            yield Enclosure(
                url=_get(one, "url", ""),
                type=media_type(_get(one, "type")),
                length=whole(_get(one, "filesize")),
                duration=seconds(_get(one, "duration")),
            )


def _with_duration(files: tuple[Enclosure, ...], duration: int) -> tuple[Enclosure, ...]:
    """Give an entry's duration to the file that is played: the first that can be."""
    played = [n for n, one in enumerate(files) if one.type.startswith(_PLAYED)]
    place = played[0] if played else 0
    return tuple(
        replace(one, duration=one.duration or duration) if n == place else one
        for n, one in enumerate(files)
    )


def kind_of(content: Any) -> str:
    """Say what a `media:content` is: "image", "audio", "video", another kind, or "" if unknown."""
    stated = _get(content, "medium", "") or media_type(_get(content, "type")).partition("/")[0]
    if stated:
        return str(stated).strip().lower()
    return guessed_type(_get(content, "url", "")).partition("/")[0]


def image(entry: Any, base: str) -> str:
    """Choose the picture that an entry states: the widest of its pictures, else of its thumbnails,
    else the podcast's or the document's."""
    contents = [one for one in _get(entry, "media_content", ()) if kind_of(one) == "image"]
    groups = (contents, _get(entry, "media_thumbnail", ()))
    for pictures in groups:
        for one in sorted(filter(_is_picture, pictures), key=_width, reverse=True):
            link = safe_link(_get(one, "url", ""), base)
            if link and not is_decoration(link):
                return link
    stated = (_get(_get(entry, name) or {}, "href", "") for name in ("image", "logo"))
    return next((link for one in stated if (link := safe_link(one, base))), "")


def _is_picture(one: Mapping[str, Any]) -> bool:
    sides = [int(side) for name in ("width", "height") if (side := whole(_get(one, name)))]
    return min(sides, default=LEAST_SIDE) >= LEAST_SIDE


def _width(one: Mapping[str, Any]) -> int:
    return whole(_get(one, "width"))


def media_type(stated: object) -> str:
    """Read a media type; empty where it is none."""
    value = stated.partition(";")[0].strip().lower() if isinstance(stated, str) else ""
    return value if _TYPE.fullmatch(value) else ""


def guessed_type(url: str) -> str:
    """Tell a media type by a URL's ending; empty where it has none that is known."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return _TYPES.guess_type(path)[0] or ""


def seconds(stated: object) -> int:
    """Read a duration such as "3156", "52:36", "1:02:03", "1h 2m" or "PT1H2M"; 0 for none."""
    value = stated[:_LONGEST].strip() if isinstance(stated, str) else ""
    if match := _SECONDS.fullmatch(value):
        return int(match[1])
    match = _CLOCK.fullmatch(value) or _UNITS.fullmatch(value)
    hours, minutes, rest = match.groups(default="0") if match else ("0", "0", "0")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def whole(stated: object) -> int:
    """Read a whole number that SQLite can hold; 0 for any other text."""
    value = str(stated).strip() if isinstance(stated, (str, int)) else ""
    return int(value) if value.isdecimal() and len(value) < 19 else 0
