"""feedparser's reading of a document → ParsedFeed. feedparser's shapes end here."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from io import BytesIO
from typing import Any

import feedparser
import feedparser.api

from aggregator.core.entry import Entry, Origin, ParsedFeed
from aggregator.core.language import likely, normal_tag
from aggregator.core.polling import Status
from aggregator.core.text import plain_text, storable
from aggregator.errors import ParseError
from aggregator.ingest import apart, media, plain, sanitize, strict
from aggregator.ingest.dates import read_date
from aggregator.ingest.links import safe_link

# expat on every machine, and no import for each document of a driver that nearly none has.
feedparser.api.PREFERRED_XML_PARSERS = []
strict.install()
# feedparser's remarks on how a document was served; what it reads is right all the same.
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|(-?[0-9]+));")
_OPML = re.compile(rb"<opml\b", re.IGNORECASE)
_CDF = re.compile(rb"<channel\b[^>]*\s(?:href|base|lastmod|level)\s*=", re.IGNORECASE)
_END = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
# dict's own `get`: feedparser's falls back from one date to another, and takes 2 µs a call.
_get: Any = dict.get
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_TITLES = 5  # tell the language of a feed that does not state it
_FULLER = 1.5  # times as many characters, for another text to stand before the description


class Reading:
    """The ways of one document through feedparser."""

    def __init__(self, url: str, content_type: str, zone: str) -> None:
        self._url = url
        self._zone = zone
        self._is_chinese = False
        self._headers: dict[str, str] = {}
        # Without a charset it says nothing that the document does not say better (RFC 7303 §3.2).
        if "charset" in content_type.lower():
            self._headers["content-type"] = content_type

    def read(
        self, document: bytes, put_back: Callable[[str], str] = str
    ) -> tuple[ParsedFeed, bool]:
        """Read a document; the second value says whether it was a well-formed feed.

        `put_back` gives the body that a value stands for, or the value itself.
        """
        result = self._feedparser(apart.set_apart(document))
        version = _get(result, "version", "")  # feedparser sets none for a document of spaces
        if not version and not result.entries:
            raise _no_feed(document)
        is_clean = not result.bozo or isinstance(_get(result, "bozo_exception"), _HARMLESS)
        if not (is_clean or result.entries or _says_something(document, result.feed)):
            raise ParseError(
                Status.BROKEN,
                "the document breaks off before it says anything",
                hint="it is tried again, less often; tell the publisher if it stays so",
            )
        feed, titles = result.feed, [_title(one) for one in result.entries[:_TITLES]]
        language = normal_tag(_text(feed, "language"))
        self._is_chinese = likely(language, " ".join((_title(feed), *titles))).startswith("zh")
        authors = _names(feed) if version.startswith("atom") else ()
        parsed = ParsedFeed(
            kind=version or _unnamed_kind(document),
            title=_title(feed),
            link=safe_link(_text(feed, "link"), self._url),
            language=language,
            entries=tuple(self._entry(one, put_back, language, authors) for one in result.entries),
        )
        return parsed, is_clean and bool(version)

    def _feedparser(self, document: bytes) -> Any:
        """Run feedparser, whose exceptions on broken documents are of all kinds."""
        # Only ever a stream: a text or bytes would be opened as a path or URL if it looked like
        # one. Sanitizing and link resolving are ours: feedparser's take 10 times the parse.
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

    def _entry(
        self,
        entry: Any,
        put_back: Callable[[str], str],
        feed_language: str,
        feed_authors: tuple[str, ...],
    ) -> Entry:
        base = self._base(entry)
        link = self._link(entry, base)
        summary, content = self._texts(entry, put_back, link)
        return Entry(
            guid=_text(entry, "id").strip(),
            link=link,
            title=_title(entry),
            summary=summary,
            content=content,
            image=media.image(entry, base),
            language=_language(entry, feed_language),
            authors=_authors(entry) or feed_authors,
            tags=_tags(_get(entry, "tags", ())),
            enclosures=media.enclosures(entry, base),
            origin=_origin(_get(entry, "source", {}), base),
            season=media.whole(_get(entry, "itunes_season")),
            episode=media.whole(_get(entry, "itunes_episode")),
            published=self._date(entry, "published") or self._date(entry, "created"),
            updated=self._date(entry, "updated"),
        )

    def _base(self, entry: Any) -> str:
        """Give what an entry's relative links count from: `xml:base`, else the document's URL."""
        details = (_get(entry, "title_detail"), _get(entry, "summary_detail"), _content(entry))
        stated = (safe_link(_get(one, "base") or "", self._url) for one in details if one)
        return next(filter(None, stated), self._url)

    def _link(self, entry: Any, base: str) -> str:
        """Give the page of an entry: behind a counter's redirect, where it says what it hides."""
        links = [_text(entry, name) for name in ("feedburner_origlink", "pheedo_origlink")]
        if "link" in entry:
            links.append(_text(entry, "link"))
        links.append(_text(_get(entry, "a") or {}, "href"))  # CDF
        return next((link for one in links if (link := safe_link(one, base))), "")

    def _texts(self, entry: Any, put_back: Callable[[str], str], link: str) -> tuple[str, str]:
        """Give summary and content of an entry, which are its own or what stands in for them."""
        content = self._markup(_best_content(_get(entry, "content", ()), put_back), put_back, link)
        summary = self._markup(_get(entry, "summary_detail", {}), put_back, link)
        if content:
            return summary, content
        fuller = self._aside(apart.fuller(entry), link)
        if fuller and summary and _is_fuller(fuller, summary):
            return summary, fuller
        return summary or fuller or self._aside(apart.caption(entry), link), ""

    def _aside(self, value: str, link: str) -> str:
        kind = "text/html" if plain.looks_like_html(value) else "text/plain"
        return self._markup({"value": value, "type": kind}, str, link)

    def _markup(self, detail: Any, put_back: Callable[[str], str], link: str) -> str:
        stated = _get(detail, "value") or ""
        value = put_back(stated)
        if value is stated:
            value = storable(value)
        if _get(detail, "type", "text/html") not in _HTML_TYPES:
            return sanitize.text_as_html(value)
        base = safe_link(_get(detail, "base") or "", self._url)
        return sanitize.clean(value, base or link or self._url)

    def _date(self, entry: Any, name: str) -> datetime | None:
        stated = _get(entry, name)
        if not isinstance(stated, str):
            return None
        parsed = _get(entry, f"{name}_parsed")
        return read_date(stated, parsed, self._zone, is_chinese=self._is_chinese)


def _is_fuller(one: str, other: str) -> bool:
    return len(plain_text(one)) >= len(plain_text(other)) * _FULLER


def _sound(match: re.Match[bytes]) -> bytes:
    """Drop a reference to a character that does not exist; feedparser falls over it."""
    code = int(match[1], 16) if match[1] else int(match[2])
    return match[0] if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else b""


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


def _says_something(document: bytes, feed: Any) -> bool:
    """Tell an empty feed with mistakes in it from a document that was cut short."""
    return bool(_title(feed)) or bool(_END.search(document[-4096:]))


def _unnamed_kind(document: bytes) -> str:
    return "cdf" if _CDF.search(document[:4096]) else "unknown"


def _content(entry: Any) -> Any:
    return next(iter(_get(entry, "content", ())), {})


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


def _language(entry: Any, feed_language: str) -> str:
    """Give the language that an entry states itself and does not only inherit from its feed."""
    details = (_content(entry), _get(entry, "summary_detail"), _get(entry, "title_detail"))
    stated = (_text(entry, "language"), *(_text(one or {}, "language") for one in details))
    tag = next((tag for one in stated if (tag := normal_tag(one))), "")
    return "" if tag == feed_language else tag


def _origin(source: Any, base: str) -> Origin | None:
    links = _get(source, "links", ())
    itself = next((_text(one, "href") for one in links if _get(one, "rel") == "self"), "")
    origin = Origin(
        title=plain.name(_title(source)),
        url=safe_link(_text(source, "href") or itself, base),
        link=safe_link(_text(source, "link"), base),
    )
    return None if origin == Origin() else origin


def _text(node: Any, key: str) -> str:
    value = _get(node, key, "")
    return storable(value) if isinstance(value, str) else ""


def _title(node: Any) -> str:
    is_html = _get(_get(node, "title_detail", {}), "type") in _HTML_TYPES
    return plain.title(_text(node, "title"), is_html=is_html)


def _authors(entry: Any) -> tuple[str, ...]:
    """Name the authors of an entry; RFC 4287 §4.2.1 gives it those of its source, and who wrote a
    part of it is better than nobody."""
    return _names(entry) or _names(_get(entry, "source", {})) or _names(entry, "contributors")


def _names(node: Any, key: str = "authors") -> tuple[str, ...]:
    stated = [_text(one, "name") or _text(one, "email") for one in _get(node, key, ())]
    # feedparser takes addresses apart as if no domain ended in more than four letters; what it read
    # is there for the last author.
    if stated and key == "authors" and "@" in (whole := _text(node, "author")):
        stated[-1] = whole
    return plain.names(map(plain.person, stated))


def _tags(tags: Iterable[Any]) -> tuple[str, ...]:
    return plain.names(_text(tag, "label") or _text(tag, "term") for tag in tags)
