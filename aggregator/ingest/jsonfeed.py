"""JSON Feed 1.0 and 1.1 documents → ParsedFeed; feedparser does not read them."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aggregator.core.entry import Enclosure, Entry, ParsedFeed
from aggregator.core.polling import Status
from aggregator.core.text import one_line, storable
from aggregator.errors import ParseError
from aggregator.ingest import sanitize
from aggregator.ingest.links import safe_link

_VERSION = re.compile(r"https?://jsonfeed\.org/version/([\d.]+)/?")


def is_json(document: bytes) -> bool:
    """Say whether a document can be nothing but JSON."""
    return document.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def parse(document: bytes, url: str) -> ParsedFeed:
    """Read a JSON Feed (jsonfeed.org/version/1.1); raises ParseError for any other JSON."""
    try:
        tree = json.loads(document.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise ParseError(Status.NOT_A_FEED, f"JSON that cannot be read: {error}") from error
    version = _VERSION.fullmatch(_text(tree, "version"))
    if version is None or not isinstance(tree.get("items"), list):
        raise ParseError(Status.NOT_A_FEED, "JSON, but not a JSON Feed")
    link = _link(tree, "home_page_url", url)
    entries = (
        _entry(item, link or url, _authors(tree))
        for item in tree["items"]
        if isinstance(item, dict)
    )
    return ParsedFeed(
        kind=f"json{version[1].replace('.', '')}",
        title=one_line(_text(tree, "title")),
        link=link,
        language=_text(tree, "language"),
        entries=tuple(entries),
    )


def _entry(item: Mapping[str, Any], base: str, feed_authors: tuple[str, ...]) -> Entry:
    link = _link(item, "url", base) or _link(item, "external_url", base)
    plain = _text(item, "content_text")
    content = _text(item, "content_html") or sanitize.text_as_html(plain)
    return Entry(
        guid=_id(item.get("id")),
        link=link,
        title=one_line(_text(item, "title")),
        summary=sanitize.text_as_html(_text(item, "summary")),
        content=sanitize.clean(content, link or base),
        image=_link(item, "image", base) or _link(item, "banner_image", base),
        language=_text(item, "language"),
        authors=_authors(item) or feed_authors,
        tags=_tags(_list(item, "tags")),
        enclosures=tuple(
            Enclosure(
                url=_link(one, "url", base),
                type=_text(one, "mime_type"),
                length=_whole(one.get("size_in_bytes")),
            )
            for one in _list(item, "attachments")
            if isinstance(one, dict) and _link(one, "url", base)
        ),
        published=_date(item, "date_published"),
        updated=_date(item, "date_modified"),
    )


def _tags(stated: list[Any]) -> tuple[str, ...]:
    words = (one_line(storable(one)) for one in stated if isinstance(one, str))
    return tuple(dict.fromkeys(word for word in words if word))


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
    return tuple(
        name for one in people if isinstance(one, dict) and (name := one_line(_text(one, "name")))
    )


def _date(item: Mapping[str, Any], key: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(item, key))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
