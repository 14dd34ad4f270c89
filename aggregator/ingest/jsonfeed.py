"""JSON Feed 1.0 and 1.1 documents → ParsedFeed; feedparser does not read them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.core.entry import Enclosure, Entry, ParsedFeed
from aggregator.core.language import normal_tag
from aggregator.core.polling import Status
from aggregator.core.text import storable
from aggregator.errors import ParseError
from aggregator.ingest import plain, sanitize
from aggregator.ingest.dates import read_date
from aggregator.ingest.links import safe_link
from aggregator.ingest.media import guessed_type, media_type

_VERSION = re.compile(r"https?://jsonfeed\.org/version/([\d.]+)/?")


def is_json(document: bytes) -> bool:
    """Say whether a document can be nothing but JSON."""
    return document.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def parse(document: bytes, url: str, zone: str = "") -> ParsedFeed:
    """Read a JSON Feed (jsonfeed.org/version/1.1); raises ParseError for any other JSON.

    `zone` is the time zone of dates that name none, which the format does not allow.
    """
    try:
        tree = json.loads(document.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise ParseError(Status.NOT_A_FEED, f"JSON that cannot be read: {error}") from error
    version = _VERSION.fullmatch(_text(tree, "version"))
    if version is None or not isinstance(tree.get("items"), list):
        raise ParseError(Status.NOT_A_FEED, "JSON, but not a JSON Feed")
    link = _link(tree, "home_page_url", url)
    entries = (
        _entry(item, link or url, _authors(tree), zone)
        for item in tree["items"]
        if isinstance(item, dict)
    )
    return ParsedFeed(
        kind=f"json{version[1].replace('.', '')}",
        title=plain.title(_text(tree, "title")),
        link=link,
        language=normal_tag(_text(tree, "language")),
        entries=tuple(entries),
    )


def _entry(item: Mapping[str, Any], base: str, feed_authors: tuple[str, ...], zone: str) -> Entry:
    link = _link(item, "url", base) or _link(item, "external_url", base)
    content = _text(item, "content_html") or sanitize.text_as_html(_text(item, "content_text"))
    return Entry(
        guid=_id(item.get("id")),
        link=link,
        title=plain.title(_text(item, "title")),
        summary=sanitize.text_as_html(_text(item, "summary")),
        content=sanitize.clean(content, link or base),
        image=_link(item, "image", base) or _link(item, "banner_image", base),
        language=normal_tag(_text(item, "language")),
        authors=_authors(item) or feed_authors,
        tags=plain.names(one for one in _list(item, "tags") if isinstance(one, str)),
        enclosures=tuple(_enclosures(item, base)),
        published=read_date(_text(item, "date_published"), None, zone),
        updated=read_date(_text(item, "date_modified"), None, zone),
    )


def _enclosures(item: Mapping[str, Any], base: str) -> Iterator[Enclosure]:
    for one in _list(item, "attachments"):
        if isinstance(one, dict) and (link := _link(one, "url", base)):
            yield Enclosure(
                url=link,
                type=media_type(_text(one, "mime_type")) or guessed_type(link),
                length=_whole(one.get("size_in_bytes")),
                duration=_whole(one.get("duration_in_seconds")),
            )


def _id(value: object) -> str:
    """Read an id; version 1.0 allowed numbers (1.1 asks readers to take them as text)."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return storable(str(value)).strip()


def _text(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    return storable(value) if isinstance(value, str) else ""


def _list(node: Mapping[str, Any], key: str) -> list[Any]:
    value = node.get(key)
    return value if isinstance(value, list) else []


def _whole(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) and 0 <= value < 2**63 else 0


def _link(node: Mapping[str, Any], key: str, base: str) -> str:
    stated = _text(node, key)
    return safe_link(stated, base) if stated else ""


def _authors(node: Mapping[str, Any]) -> tuple[str, ...]:
    people = _list(node, "authors") or [node.get("author")]
    return plain.names(_text(one, "name") for one in people if isinstance(one, dict))
