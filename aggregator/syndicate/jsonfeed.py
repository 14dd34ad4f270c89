"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aggregator.core.article import Article
from aggregator.core.text import one_line, plain_text
from aggregator.syndicate.channel import Channel, entry_id, updated


def render_json(channel: Channel, articles: Sequence[Article]) -> bytes:
    """Render an output, in the order given; the same articles give the same bytes."""
    hubs = [{"type": "WebSub", "url": hub} for hub in channel.hubs]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.output.title,
        "description": channel.output.description,
        "home_page_url": f"{channel.public_url}/",
        "feed_url": channel.address("json"),
        **({"hubs": hubs} if hubs else {}),
        "items": [_item(article, channel) for article in articles],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode() + b"\n"


def _item(article: Article, channel: Channel) -> dict[str, Any]:
    name, url = channel.source(article)
    item = {
        "id": entry_id(article),
        "url": article.link,
        "title": article.title,
        "content_html": article.body or article.title,
        "summary": one_line(plain_text(article.summary)),
        "image": article.image,
        "date_published": _rfc3339(article.date),
        "date_modified": _rfc3339(updated(article)),
        "authors": [{"name": author} for author in article.authors or (name,)],
        "tags": list(article.tags),
        "language": article.language,
        "attachments": [
            {
                "url": enclosure.url,
                "mime_type": enclosure.type or "application/octet-stream",
                **({"size_in_bytes": enclosure.length} if enclosure.length else {}),
            }
            for enclosure in article.enclosures
        ],
        "_source": {"name": name, **({"url": url} if url else {})},
        "_also_at": [{"name": place, "url": link} for place, link in channel.places(article)],
    }
    return {key: value for key, value in item.items() if value not in ("", [])}


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
