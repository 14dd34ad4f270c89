"""RSS 2.0 and Atom 1.0 by feedgen."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator

from aggregator.core.article import Article
from aggregator.core.text import one_line, plain_text
from aggregator.syndicate.channel import Channel, entry_id, newest_update, updated

_ATOM = "{http://www.w3.org/2005/Atom}"


def render_rss(channel: Channel, articles: Sequence[Article]) -> bytes:
    """Render an output as RSS 2.0, in the order given; the same articles give the same bytes."""
    return bytes(_feed(channel, articles, "rss").rss_str(pretty=True))


def render_atom(channel: Channel, articles: Sequence[Article]) -> bytes:
    """Render an output as Atom 1.0 (RFC 4287), likewise."""
    return bytes(_feed(channel, articles, "atom").atom_str(pretty=True))


class _WholeLinks(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Gives the links of Atom entries what feedgen loses of them: rel, type and length."""

    def __init__(self) -> None:
        self.links: list[dict[str, str]] = []

    def extend_atom(self, entry: Any) -> Any:
        """Complete the link elements, which feedgen wrote in the order they were added."""
        for element, link in zip(entry.findall("link"), self.links, strict=True):
            element.attrib.update({name: value for name, value in link.items() if name != "href"})
        return entry


class _Hubs(BaseExtension):  # type: ignore[misc]
    """Gives RSS the links to hubs, which feedgen drops."""

    def __init__(self) -> None:
        self.urls: tuple[str, ...] = ()

    def extend_rss(self, rss: Any) -> Any:
        """Put the links behind the one to the feed itself."""
        channel = rss.find("channel")
        place = channel.index(channel.find(f"{_ATOM}link")) + 1
        for url in reversed(self.urls):
            link = channel.makeelement(f"{_ATOM}link", {"href": url, "rel": "hub"})
            channel.insert(place, link)
        return rss


def _feed(channel: Channel, articles: Sequence[Article], kind: str) -> Any:
    feed = FeedGenerator()
    feed.load_extension("dc", atom=False)
    feed.register_extension("hubs", _Hubs, atom=False, rss=True)
    feed.register_extension("whole_links", BaseExtension, _WholeLinks, atom=True, rss=False)
    feed.id(channel.address("atom"))
    feed.title(channel.output.title)
    feed.subtitle(channel.output.description)
    feed.description(channel.output.description)
    feed.author(name=channel.output.title)
    feed.generator("aggregator")
    # feedgen says "now" where no date is set.
    feed.updated(newest_update(articles))
    # feedgen takes the last link for the channel's own, so the page comes after the feed itself.
    feed.link(href=channel.address(kind), rel="self", type=f"application/{kind}+xml")
    for hub in channel.hubs:
        feed.link(href=hub, rel="hub")
    feed.hubs.urls = channel.hubs
    feed.link(href=f"{channel.public_url}/", rel="alternate", type="text/html")
    for article in articles:
        entry = feed.add_entry(order="append")
        _fill(entry, article, channel)
        if kind == "rss":
            _add_places(entry, article, channel)
    return feed


def _fill(entry: Any, article: Article, channel: Channel) -> None:
    name, url = channel.source(article)
    entry.guid(entry_id(article), permalink=False)
    entry.title(article.title)
    entry.published(article.date)
    entry.updated(updated(article))
    links = list(_links(article, channel))
    for link in links:
        entry.link(**link)
    entry.whole_links.links = links
    for author in article.authors or (name,):
        entry.author(name=author)
    entry.dc.dc_creator(list(article.authors) or [name])
    entry.category([{"term": tag} for tag in article.tags])
    if url:
        entry.source(url=url, title=name)
    _fill_text(entry, article)


def _links(article: Article, channel: Channel) -> Iterator[dict[str, str]]:
    if article.link:
        yield {"href": article.link, "rel": "alternate"}
    for name, link in channel.places(article):
        yield {"href": link, "rel": "related", "title": f"also at {name}"}
    # RSS has one enclosure, and feedgen takes the last for it: the first is the one that matters.
    for enclosure in reversed(article.enclosures):
        yield {
            "href": enclosure.url,
            "rel": "enclosure",
            "type": enclosure.type or "application/octet-stream",
            "length": str(enclosure.length),
        }


def _add_places(entry: Any, article: Article, channel: Channel) -> None:
    """Say below the text where else the article is: RSS has no element for that."""
    places = [
        f'<a href="{escape(link)}">{escape(name)}</a>' for name, link in channel.places(article)
    ]
    if places:
        text = article.body or escape(article.title)
        entry.content(f"{text}\n<p>Also at {', '.join(places)}</p>", type="html")


def _fill_text(entry: Any, article: Article) -> None:
    # Not "CDATA": feedgen would write that as the type of Atom's content, and "]]>" would end it.
    entry.content(article.body or article.title, type="html")
    if summary := one_line(plain_text(article.summary)):
        entry.summary(summary, type="text")
        entry.description(summary, isSummary=True)  # else feedgen takes it for the content
