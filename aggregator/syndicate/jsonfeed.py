"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aggregator.core.article import Article
from aggregator.core.entry import Enclosure
from aggregator.syndicate.channel import (
    Channel,
    entry_id,
    html_text,
    language,
    short_text,
    updated,
)
from aggregator.syndicate.document import Document

SEPARATOR = b",\n  "  # each item is a line


def render_json(channel: Channel, articles: Sequence[Article], new: Sequence[Article]) -> Document:
    """Render an output, all of whose articles are named, with the entries of some; the same
    articles give the same bytes."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.output.title,
        "description": channel.output.description,
        "home_page_url": channel.address("html"),
        "feed_url": channel.own_address("json"),
        "next_url": channel.before("json"),
        "hubs": [{"type": "WebSub", "url": hub} for hub in channel.hubs],
        "language": language(articles),
        "authors": [{"name": channel.output.title}],
    }
    stated = {key: value for key, value in feed.items() if value}
    around = _as_text({**stated, "items": [None] if articles else []}, indent=1)
    last = around.rindex(b"null" if articles else b"]")
    head, tail = around[:last], around[last:].removeprefix(b"null")
    return Document(
        head=head,
        # Without an indent: Python writes a line in C, and with its own code else.
        entries=[_as_text(_item(one, channel)) for one in new],
        separator=SEPARATOR,
        tail=tail + b"\n",
    )


def _as_text(value: dict[str, Any], indent: int | None = None) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent).encode()


def _item(article: Article, channel: Channel) -> dict[str, Any]:
    name, _ = channel.source(article)
    item = {
        "id": entry_id(article),
        "url": article.link,
        "title": channel.title(article),
        "content_html": html_text(article),
        "summary": short_text(article) if article.summary else "",
        "image": article.image,
        "date_published": _rfc3339(article.date),
        "date_modified": _rfc3339(updated(article)),
        "authors": [{"name": author} for author in article.authors or (name,)],
        "tags": list(article.tags),
        "language": article.language,
        "attachments": [_attachment(one) for one in article.enclosures],
        "_aggregator": _provenance(article, channel),
    }
    return {key: value for key, value in item.items() if value not in ("", [])}


def _attachment(enclosure: Enclosure) -> dict[str, str | int]:
    stated: dict[str, str | int] = {
        "url": enclosure.url,
        "mime_type": enclosure.type,
        "size_in_bytes": enclosure.length,
        "duration_in_seconds": enclosure.duration,
    }
    return {key: value for key, value in stated.items() if value}


def _provenance(article: Article, channel: Channel) -> dict[str, Any]:
    """Say where an article is from; names of our own begin with an underscore in JSON Feed."""
    name, url = channel.source(article)
    matched = list(channel.terms(article))
    return {
        "source": {"id": article.source, "title": name, **({"url": url} if url else {})},
        "guid": article.guid or article.link or article.id,
        "first_seen": _rfc3339(article.first_seen),
        "also_at": [{"title": place, "url": link} for place, link in channel.places(article)],
        **({"matched": matched} if matched else {}),
    }


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
