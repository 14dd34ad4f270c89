"""RSS 2.0 and Atom 1.0 by feedgen."""

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from feedgen.feed import FeedGenerator

from aggregator.core.article import Article
from aggregator.syndicate.channel import (
    Channel,
    entry_id,
    html_text,
    language,
    newest_change,
    short_text,
    updated,
)
from aggregator.syndicate.completion import EntryCompletion, FeedCompletion
from aggregator.syndicate.document import Document
from aggregator.syndicate.versions import ENTRY

# Where RSS does not say whether a text is HTML: what a reader may take for it.
_LIKE_HTML = re.compile(r"<[A-Za-z/!?]|&#?\w+;")
_TITLE = re.compile(rb"<title>[^<]*</title>")


def render_rss(channel: Channel, articles: Sequence[Article], new: Sequence[Article]) -> Document:
    """Render an output as RSS 2.0, all of whose articles are named, with the entries of some; the
    same articles give the same bytes."""
    document = bytes(_feed(channel, articles, new, "rss").rss_str(pretty=True))
    document = _TITLE.sub(lambda match: _as_characters(match[0]), document)
    return _in_parts(document, b"\n    " if articles else b"", b"\n  </channel>")


def render_atom(channel: Channel, articles: Sequence[Article], new: Sequence[Article]) -> Document:
    """Render an output as Atom 1.0 (RFC 4287), likewise."""
    document = bytes(_feed(channel, articles, new, "atom").atom_str(pretty=True))
    return _in_parts(document, b"\n  " if articles else b"", b"\n</feed>")


def _in_parts(document: bytes, separator: bytes, end: bytes) -> Document:
    """Cut a document at its entries, which stand last, each on lines of its own."""
    found = list(ENTRY.finditer(document))
    last = document.rindex(end)
    return Document(
        head=document[: found[0].start()] if found else document[:last] + separator,
        entries=[match[0].rstrip() for match in found],
        separator=separator,
        tail=document[last:],
    )


def _as_characters(title: bytes) -> bytes:
    """Write `&` and `<` of a title as the RSS profile wants them, which marks it as plain text."""
    return title.replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")


def _feed(channel: Channel, articles: Sequence[Article], new: Sequence[Article], kind: str) -> Any:
    feed = FeedGenerator()
    feed.load_extension("dc")
    feed.load_extension("media")
    feed.register_extension("completion", FeedCompletion, EntryCompletion)
    feed.completion.links = [*(("hub", hub) for hub in channel.hubs), *channel.links(kind)]
    feed.completion.is_archive = channel.is_archive
    feed.id(channel.address("atom"))
    if kind == "rss":
        feed.title(_rss_text(channel.output.title))
        feed.description(escape(channel.output.description, quote=False))
    else:
        feed.title(channel.output.title)
        feed.subtitle(channel.output.description)
    feed.author(name=channel.output.title)
    feed.generator("aggregator")
    if shared := language(articles):
        feed.language(shared)
    # feedgen says "now" where no date is set.
    feed.updated(newest_change(articles))
    # feedgen takes the last link for the channel's own, so the page comes after the feed itself.
    feed.link(href=channel.own_address(kind), rel="self", type=f"application/{kind}+xml")
    feed.link(href=channel.address("html"), rel="alternate", type="text/html")
    for article in new:
        entry = feed.add_entry(order="append")
        _fill(entry, article, channel)
        (_fill_rss if kind == "rss" else _fill_atom)(entry, article, channel)
    return feed


def _fill(entry: Any, article: Article, channel: Channel) -> None:
    """Fill in what both formats have."""
    entry.guid(entry_id(article), permalink=False)
    entry.published(article.date)
    entry.updated(updated(article))
    # The scheme says that these are ours: RSS 2.0 `domain`, RFC 4287 §4.2.2.2.
    scheme = f"{channel.address('html')}#matched"
    entry.category(
        [
            *({"term": tag} for tag in article.tags),
            *({"term": term, "scheme": scheme} for term in channel.terms(article)),
        ]
    )
    if article.image:
        entry.media.thumbnail(url=article.image, group=None)
    entry.dc.dc_identifier(article.guid or article.link or article.id)
    entry.completion.first_seen = article.first_seen


def _fill_rss(entry: Any, article: Article, channel: Channel) -> None:
    name, url = channel.source(article)
    entry.title(_rss_text(channel.title(article)))
    if article.link:
        entry.link(href=article.link)
    # An <author> would have to be an address.
    entry.dc.dc_creator(list(article.authors) or [name])
    if article.language:
        entry.dc.dc_language(article.language)
    if url:
        entry.source(url=url, title=name)
    for one in article.enclosures:
        entry.media.content(_media(one), group=None)
    if article.enclosures:  # RSS has one, and feedgen takes the last
        first = article.enclosures[0]
        entry.enclosure(url=first.url, length=str(first.length), type=first.type)
    places = channel.places(article)
    if places:
        entry.dc.dc_relation([link for _, link in places])
    # Not "CDATA": "]]>" would end it. feedgen writes a content without a description as the
    # description, and a description after it.
    entry.description(escape(short_text(article), quote=False), isSummary=True)
    entry.content(html_text(article) + _places_as_html(places), type="html")


def _fill_atom(entry: Any, article: Article, channel: Channel) -> None:
    name, url = channel.source(article)
    entry.title(channel.title(article))
    for author in article.authors or (name,):
        entry.author(name=author)
    links = list(_links(article, channel))
    for link in links:
        entry.link(href=link["href"], rel=link["rel"])
    entry.completion.entry_links = links
    entry.completion.language = article.language
    entry.completion.source = (url or f"urn:aggregator:source:{article.source}", name, url)
    entry.completion.updated = updated(article)
    # Not as "text/html": feedgen would take that for a media type of something else.
    entry.content(html_text(article), type="html")
    if article.summary:
        entry.summary(short_text(article), type="text")


def _rss_text(text: str) -> str:
    """Escape a text that a reader could take for HTML: RSS does not say which it is."""
    return escape(text, quote=False) if _LIKE_HTML.search(text) else text


def _media(enclosure: Any) -> dict[str, str]:
    stated = {
        "url": enclosure.url,
        "fileSize": str(enclosure.length or ""),
        "type": enclosure.type,
        "medium": _medium(enclosure.type),
        "duration": str(enclosure.duration or ""),
    }
    return {name: value for name, value in stated.items() if value}


def _medium(media_type: str) -> str:
    kind = media_type.partition("/")[0]
    return kind if kind in ("image", "audio", "video") else ""


def _links(article: Article, channel: Channel) -> Iterator[dict[str, str]]:
    if article.link:
        yield {"href": article.link, "rel": "alternate"}
    for name, link in channel.places(article):
        yield {"href": link, "rel": "related", "title": f"also at {name}"}
    for one in article.enclosures:
        yield {
            "href": one.url,
            "rel": "enclosure",
            "type": one.type,
            **({"length": str(one.length)} if one.length else {}),
        }


def _places_as_html(places: Sequence[tuple[str, str]]) -> str:
    """Say below the text where else the article is: RSS has no element for that with a name."""
    named = ", ".join(f'<a href="{escape(link)}">{escape(name)}</a>' for name, link in places)
    return f"\n<p>Also at {named}</p>" if named else ""
