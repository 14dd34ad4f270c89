"""Bytes → entries. feedparser's shapes end here."""

import re
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any

import feedparser

from aggregator.core.entry import Enclosure, Entry, ParsedFeed
from aggregator.core.polling import Status
from aggregator.core.text import one_line, plain_text, storable
from aggregator.errors import ParseError
from aggregator.ingest import jsonfeed, sanitize, slices
from aggregator.ingest.dates import read_date
from aggregator.ingest.links import safe_link

_HTML_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_FEED_ROOT = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
# feedparser's remarks on how a document was served; what it reads is right all the same.
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_HTML_TYPES = ("text/html", "application/xhtml+xml")


def parse(
    document: bytes,
    *,
    url: str,
    content_type: str = "",
    zone: str = "",
    known: frozenset[bytes] = frozenset(),
) -> ParsedFeed:
    """Read a feed document of any format; entries whose slices are `known` are left out.

    `url` is what relative links are relative to, `zone` the time zone of dates that name none.
    Raises ParseError where there is no feed in it.
    """
    if jsonfeed.is_json(document):
        return jsonfeed.parse(document, url)
    _refuse_page(document)
    reading = _Reading(url, content_type, zone)
    cut = slices.cut(document, content_type)
    if cut and not known.isdisjoint(cut.hashes):
        news = sum(name not in known for name in cut.hashes)
        parsed, is_clean = reading.read(cut.without(known))
        if is_clean and len(parsed.entries) == news:
            return _with(parsed, partial=True, known=frozenset(cut.hashes))
    parsed, is_clean = reading.read(document)
    if cut and is_clean and len(parsed.entries) == len(cut.slices):
        return _with(parsed, partial=False, known=frozenset(cut.hashes))
    return parsed


def _with(parsed: ParsedFeed, *, partial: bool, known: frozenset[bytes]) -> ParsedFeed:
    return ParsedFeed(
        kind=parsed.kind,
        title=parsed.title,
        link=parsed.link,
        language=parsed.language,
        entries=parsed.entries,
        partial=partial,
        known=known,
    )


def _refuse_page(document: bytes) -> None:
    if not document.strip():
        raise ParseError(Status.NOT_A_FEED, "the response is empty")
    start = document[:4096].removeprefix(b"\xef\xbb\xbf")
    if _HTML_PAGE.match(start) and not _FEED_ROOT.search(start):
        raise ParseError(
            Status.NOT_A_FEED,
            "an HTML page, not a feed",
            hint="look in the page for its feed, or whether it wants a login",
        )


class _Reading:
    """One document's way through feedparser."""

    def __init__(self, url: str, content_type: str, zone: str) -> None:
        self._url = url
        self._zone = zone
        self._headers = {"content-location": url}
        if content_type:
            self._headers["content-type"] = content_type

    def read(self, document: bytes) -> tuple[ParsedFeed, bool]:
        """Read a document; the second value says whether it was well-formed XML."""
        # Only ever a stream: a text or bytes would be opened as a path or URL if it looked like
        # one. Sanitizing and link resolving are ours: feedparser's take 10 times the parse.
        result = feedparser.parse(
            BytesIO(document),
            response_headers=self._headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        if not result.version and not result.entries:
            raise ParseError(
                Status.NOT_A_FEED,
                "the document is in no feed format that is known",
                hint="open the address in a browser to see what it is",
            )
        feed = result.feed
        parsed = ParsedFeed(
            kind=result.version or "unknown",
            title=_plain(feed, "title"),
            link=safe_link(_text(feed, "link"), self._url),
            language=_text(feed, "language"),
            entries=tuple(self._entry(one) for one in result.entries),
        )
        return parsed, not result.bozo or isinstance(result.get("bozo_exception"), _HARMLESS)

    def _entry(self, entry: Any) -> Entry:
        link = safe_link(_text(entry, "link"), self._url) if "link" in entry else ""
        content = _best_content(entry.get("content", ()))
        summary = entry.get("summary_detail") or {}
        return Entry(
            guid=_text(entry, "id").strip(),
            link=link,
            title=_plain(entry, "title"),
            summary=self._markup(summary, link),
            content=self._markup(content, link),
            image=self._image(entry),
            language=content.get("language") or summary.get("language") or "",
            authors=_names(entry.get("authors", ())),
            tags=_unique(one_line(storable(tag.get("label") or tag.get("term") or "")) for tag in entry.get("tags", ())),
            enclosures=tuple(self._enclosures(entry.get("enclosures", ()))),
            published=self._date(entry, "published") or self._date(entry, "created"),
            updated=self._date(entry, "updated"),
        )

    def _markup(self, detail: Any, link: str) -> str:
        value = storable(detail.get("value") or "")
        if detail.get("type", "text/html") not in _HTML_TYPES:
            return sanitize.text_as_html(value)
        return sanitize.clean(value, detail.get("base") or link or self._url)

    def _image(self, entry: Any) -> str:
        stated = [one.get("url", "") for one in entry.get("media_thumbnail", ())]
        stated += [
            one.get("url", "")
            for one in entry.get("media_content", ())
            if one.get("medium") == "image" or one.get("type", "").startswith("image/")
        ]
        stated.append((entry.get("image") or {}).get("href", ""))
        return next((link for one in stated if one and (link := safe_link(one, self._url))), "")

    def _enclosures(self, stated: Iterable[Any]) -> Iterable[Enclosure]:
        for one in stated:
            if link := safe_link(one.get("href") or one.get("url") or "", self._url):
                length = str(one.get("length", ""))
                yield Enclosure(
                    url=link,
                    type=one.get("type", ""),
                    length=int(length) if length.isdecimal() and len(length) < 19 else 0,
                )

    def _date(self, entry: Any, name: str) -> datetime | None:
        # dict's own `get`: feedparser's falls back from one date to another.
        stated = dict.get(entry, name)
        if not isinstance(stated, str):
            return None
        return read_date(stated, dict.get(entry, f"{name}_parsed"), self._zone)


def _best_content(contents: Any) -> Any:
    """Choose among several contents of an entry: HTML before anything else, then the longest."""
    return max(
        contents,
        key=lambda one: (one.get("type") in _HTML_TYPES, len(one.get("value") or "")),
        default={},
    )


def _text(node: Any, key: str) -> str:
    value = node.get(key, "")
    return storable(value) if isinstance(value, str) else ""


def _plain(node: Any, key: str) -> str:
    """Give a title as plain text, whether the source means text or HTML by it."""
    value = _text(node, key)
    detail = node.get(f"{key}_detail") or {}
    return one_line(plain_text(value) if detail.get("type") in _HTML_TYPES else value)


def _names(authors: Iterable[Any]) -> tuple[str, ...]:
    return _unique(one_line(storable(one.get("name") or one.get("email") or "")) for one in authors)


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))
