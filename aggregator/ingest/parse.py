"""Bytes → entries. feedparser's shapes end here."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from io import BytesIO
from typing import Any

import feedparser

from aggregator.core.entry import SLICE_HASH_BYTES, Enclosure, Entry, ParsedFeed
from aggregator.core.polling import Status
from aggregator.core.text import one_line, plain_text, storable
from aggregator.errors import ParseError
from aggregator.ingest import charset, jsonfeed, sanitize, slices
from aggregator.ingest.bodies import Carrier
from aggregator.ingest.dates import read_date
from aggregator.ingest.links import safe_link

_HTML_PAGE = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_FEED_ROOT = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
# feedparser's remarks on how a document was served; what it reads is right all the same.
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_NESTED_ENTITY = re.compile(rb"""<!ENTITY[^>"']*(?:"[^"]*[&%][\w.:-]+;|'[^']*[&%][\w.:-]+;)""")
_ACTIVE = re.compile(
    r"<\s*/?\s*(?:script|style|svg|math|iframe|object|embed|form|img|video|audio|link|meta|base)\b"
    r"|<[^<>]*\son\w+\s*=",
    re.IGNORECASE,
)
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|(-?[0-9]+));")
_OPML = re.compile(rb"<opml\b", re.IGNORECASE)
# dict's own `get`: feedparser's falls back from one date to another, and takes 2 µs a call.
_get: Any = dict.get
_HTML_TYPES = ("text/html", "application/xhtml+xml")


def parse(
    document: bytes,
    *,
    url: str,
    content_type: str = "",
    zone: str = "",
    known: frozenset[bytes] = frozenset(),
) -> ParsedFeed:
    """Read a feed document of any format; entries that are `known` from the last
    poll's ParsedFeed are left out.

    `url` is what relative links are relative to, `zone` the time zone of dates that name none.
    Raises ParseError where there is no feed in it.
    """
    if jsonfeed.is_json(document):
        return jsonfeed.parse(document, url)
    document = charset.mend(document, content_type)
    _refuse_page(document)
    _refuse_bomb(document)
    reading = _Reading(url, content_type, zone)
    cut = slices.cut(document, content_type)
    if cut and (parsed := _read_cut(reading, document, cut, known)):
        return parsed
    parsed, is_clean = reading.read(document)
    if cut and is_clean and len(parsed.entries) == len(cut.slices):
        return replace(parsed, known=_known(cut.hashes, _guids(parsed), {}))
    return parsed


def _read_cut(
    reading: "_Reading", document: bytes, cut: slices.Cut, known: frozenset[bytes]
) -> ParsedFeed | None:
    """Read only what is new of a document, its long bodies apart; None where any doubt comes up."""
    seen = {one[:SLICE_HASH_BYTES]: one[SLICE_HASH_BYTES:] for one in known}
    carrier = Carrier(document)
    rest = cut.without(seen, carrier.take_out if cut.is_utf8 else bytes)
    if len(rest) == len(document):
        return None
    try:
        parsed, is_clean = reading.read(rest, carrier.put_back)
    except ParseError:
        return None
    news = [name for name in cut.hashes if name not in seen]
    if not is_clean or len(parsed.entries) != len(news) or not carrier.is_empty_handed:
        return None
    still_there = {name: seen[name] for name in cut.hashes if name in seen}
    guids = _guids(parsed)
    if not set(guids).isdisjoint(still_there.values()):
        return None  # a guid used twice can be told apart only where both entries are seen
    return replace(parsed, partial=bool(still_there), known=_known(news, guids, still_there))


def _guids(parsed: ParsedFeed) -> list[bytes]:
    return [
        blake2b((one.guid or one.link).encode(), digest_size=SLICE_HASH_BYTES).digest()
        for one in parsed.entries
    ]


def _known(
    hashes: Sequence[bytes], guids: Sequence[bytes], others: Mapping[bytes, bytes]
) -> frozenset[bytes]:
    """Give what to know of a document next time; nothing where its guids name several entries."""
    pairs = [*zip(hashes, guids, strict=True), *others.items()]
    if len({guid for _, guid in pairs}) < len(pairs):
        return frozenset()
    return frozenset(name + guid for name, guid in pairs)


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


def _refuse_bomb(document: bytes) -> None:
    """Stop at entities made of entities, which no feed needs and a bomb is made of."""
    if b"<!ENTITY" in document and _NESTED_ENTITY.search(document):
        raise ParseError(
            Status.BROKEN,
            "the document declares entities made of entities, as XML bombs do",
            hint="tell the publisher",
        )


def _sound(match: re.Match[bytes]) -> bytes:
    """Drop a reference to a character that does not exist; feedparser falls over it."""
    code = int(match[1], 16) if match[1] else int(match[2])
    return match[0] if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else b""


class _Reading:
    """The ways of one document through feedparser."""

    def __init__(self, url: str, content_type: str, zone: str) -> None:
        self._url = url
        self._zone = zone
        self._headers: dict[str, str] = {}
        # Without a charset it says nothing that the document does not say better (RFC 7303 §3.2).
        if "charset" in content_type.lower():
            self._headers["content-type"] = content_type

    def read(
        self, document: bytes, put_back: Callable[[str], str] = str
    ) -> tuple[ParsedFeed, bool]:
        """Read a document; the second value says whether it was a well-formed feed.

        `put_back` gives the body that a value stands for.
        """
        # Only ever a stream: a text or bytes would be opened as a path or URL if it looked like
        # one. Sanitizing and link resolving are ours: feedparser's take 10 times the parse.
        result = self._feedparser(document)
        version = _get(result, "version", "")  # feedparser sets none for a document of spaces
        if not version and not result.entries:
            raise _no_feed(document)
        feed = result.feed
        parsed = ParsedFeed(
            kind=version or "unknown",
            title=_plain(feed, "title"),
            link=safe_link(_text(feed, "link"), self._url),
            language=_text(feed, "language"),
            entries=tuple(self._entry(one, put_back) for one in result.entries),
        )
        is_clean = not result.bozo or isinstance(_get(result, "bozo_exception"), _HARMLESS)
        return parsed, is_clean and bool(version)

    def _feedparser(self, document: bytes) -> Any:
        """Run feedparser, whose exceptions on broken documents are of all kinds."""
        for attempt in (document, _REFERENCE.sub(_sound, document)):
            try:
                return feedparser.parse(
                    BytesIO(attempt),
                    response_headers=self._headers,
                    sanitize_html=False,
                    resolve_relative_uris=False,
                )
            except Exception as error:
                failure = error
        raise ParseError(Status.BROKEN, f"the document brought the parser down: {failure!r}")

    def _entry(self, entry: Any, put_back: Callable[[str], str]) -> Entry:
        link = safe_link(_text(entry, "link"), self._url) if "link" in entry else ""
        content = _best_content(_get(entry, "content", ()), put_back)
        summary = _get(entry, "summary_detail", {})
        return Entry(
            guid=_text(entry, "id").strip(),
            link=link,
            title=_plain(entry, "title"),
            summary=self._markup(summary, put_back, link),
            content=self._markup(content, put_back, link),
            image=self._image(entry),
            language=_get(content, "language") or _get(summary, "language") or "",
            authors=_names(_get(entry, "authors", ())),
            tags=_tags(_get(entry, "tags", ())),
            enclosures=tuple(self._enclosures(_get(entry, "links", ()))),
            published=self._date(entry, "published") or self._date(entry, "created"),
            updated=self._date(entry, "updated"),
        )

    def _markup(self, detail: Any, put_back: Callable[[str], str], link: str) -> str:
        value = storable(put_back(_get(detail, "value") or ""))
        if _get(detail, "type", "text/html") not in _HTML_TYPES:
            return sanitize.text_as_html(value)
        base = safe_link(_get(detail, "base") or "", self._url)
        return sanitize.clean(value, base or link or self._url)

    def _image(self, entry: Any) -> str:
        stated = [_get(one, "url", "") for one in _get(entry, "media_thumbnail", ())]
        stated += [
            _get(one, "url", "")
            for one in _get(entry, "media_content", ())
            if _get(one, "medium") == "image" or _get(one, "type", "").startswith("image/")
        ]
        stated.append(_get(_get(entry, "image", {}), "href", ""))
        return next((link for one in stated if one and (link := safe_link(one, self._url))), "")

    def _enclosures(self, links: Iterable[Any]) -> Iterable[Enclosure]:
        for one in links:
            if _get(one, "rel") != "enclosure":
                continue
            if link := safe_link(_get(one, "href", ""), self._url):
                length = str(_get(one, "length", ""))
                yield Enclosure(
                    url=link,
                    type=_get(one, "type", ""),
                    length=int(length) if length.isdecimal() and len(length) < 19 else 0,
                )

    def _date(self, entry: Any, name: str) -> datetime | None:
        stated = _get(entry, name)
        if not isinstance(stated, str):
            return None
        return read_date(stated, _get(entry, f"{name}_parsed"), self._zone)


def _no_feed(document: bytes) -> ParseError:
    if _OPML.search(document[:4096]):
        return ParseError(
            Status.NOT_A_FEED,
            "an OPML list of feeds, not a feed",
            hint="make a source of each feed that it lists",
        )
    return ParseError(
        Status.NOT_A_FEED,
        "the document is in no feed format that is known",
        hint="open the address in a browser to see what it is",
    )


def _best_content(contents: Any, put_back: Callable[[str], str]) -> Any:
    """Choose among several contents of an entry: HTML before anything else, then the longest."""
    return max(
        contents,
        key=lambda one: (
            _get(one, "type") in _HTML_TYPES,
            len(put_back(_get(one, "value") or "")) if len(contents) > 1 else 0,
        ),
        default={},
    )


def _text(node: Any, key: str) -> str:
    value = _get(node, key, "")
    return storable(value) if isinstance(value, str) else ""


def _plain(node: Any, key: str) -> str:
    """Give a title as plain text, whether the source means text or HTML by it.

    Readers that show a title as HTML must find nothing in it that acts.
    """
    value = _text(node, key)
    detail = _get(node, f"{key}_detail", {})
    is_html = _get(detail, "type") in _HTML_TYPES or _ACTIVE.search(value)
    return one_line(plain_text(value) if is_html else value)


def _names(authors: Iterable[Any]) -> tuple[str, ...]:
    return _unique(_get(one, "name") or _get(one, "email") or "" for one in authors)


def _tags(tags: Iterable[Any]) -> tuple[str, ...]:
    return _unique(_get(tag, "label") or _get(tag, "term") or "" for tag in tags)


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    cleaned = (one_line(storable(word)) for word in words)
    return tuple(dict.fromkeys(word for word in cleaned if word))
