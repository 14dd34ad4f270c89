"""Tiny feeds for tests: `an_rss(an_item("One"), an_item("Two", body="<p>…</p>"))`, all bytes."""

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr


def an_item(
    title: str = "A title",
    *,
    guid: str | None = None,
    link: str | None = None,
    body: str = "<p>A body.</p>",
    date: str = "Mon, 02 Mar 2026 08:00:00 GMT",
    extra: str = "",
) -> str:
    """Write an RSS item; link and guid are made of the title unless given, "" leaves one out."""
    link = f"https://publisher.example/{_slug(title)}" if link is None else link
    guid = f"tag:publisher.example,2026:{_slug(title)}" if guid is None else guid
    return "".join(
        (
            "<item>",
            f"<title>{escape(title)}</title>" if title else "",
            f"<link>{escape(link)}</link>" if link else "",
            f'<guid isPermaLink="false">{escape(guid)}</guid>' if guid else "",
            f"<description>{escape(body)}</description>" if body else "",
            f"<pubDate>{date}</pubDate>" if date else "",
            extra,
            "</item>",
        )
    )


def an_rss(
    *items: str,
    title: str = "A feed",
    link: str = "https://publisher.example/",
    extra: str = "",
    encoding: str = "utf-8",
) -> bytes:
    """Write an RSS 2.0 document; `extra` is XML for the channel's head."""
    document = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
        f"<channel><title>{escape(title)}</title><link>{escape(link)}</link>"
        f"<description>{escape(title)}</description>{extra}\n"
        + "\n".join(items)
        + "\n</channel></rss>\n"
    )
    return document.encode(encoding)


def an_entry(
    title: str = "A title",
    *,
    guid: str | None = None,
    link: str | None = None,
    body: str = "<p>A body.</p>",
    date: str = "2026-03-02T08:00:00Z",
    extra: str = "",
) -> str:
    """Write an Atom entry, with its content as escaped HTML; like `an_item` otherwise."""
    link = f"https://publisher.example/{_slug(title)}" if link is None else link
    guid = f"tag:publisher.example,2026:{_slug(title)}" if guid is None else guid
    return "".join(
        (
            "<entry>",
            f"<title>{escape(title)}</title>" if title else "",
            f"<link href={quoteattr(link)}/>" if link else "",
            f"<id>{escape(guid)}</id>" if guid else "",
            f'<content type="html">{escape(body)}</content>' if body else "",
            f"<published>{date}</published><updated>{date}</updated>" if date else "",
            extra,
            "</entry>",
        )
    )


def an_atom(
    *entries: str,
    title: str = "A feed",
    link: str = "https://publisher.example/",
    extra: str = "",
) -> bytes:
    """Write an Atom 1.0 document; `extra` is XML for the feed's head."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{escape(link)}</id><title>{escape(title)}</title><link href={quoteattr(link)}/>"
        f"<updated>2026-03-02T08:00:00Z</updated>{extra}\n" + "\n".join(entries) + "\n</feed>\n"
    ).encode()


def a_json_feed(*items: Mapping[str, Any], version: str = "1.1", **extra: Any) -> bytes:
    """Write a JSON Feed; each item as the specification names its fields."""
    return json.dumps(
        {
            "version": f"https://jsonfeed.org/version/{version}",
            "title": "A feed",
            "home_page_url": "https://publisher.example/",
            "items": list(items),
            **extra,
        },
        ensure_ascii=False,
    ).encode()


def _slug(title: str) -> str:
    return "-".join(title.lower().split()) or "untitled"
