"""What every format of an output says about itself and where its articles come from.

What looks at articles is imported where it is used: a poll that brings nothing asks for addresses
only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from html import escape

from aggregator.core.article import Article
from aggregator.core.output import Output
from aggregator.core.picture_links import PictureLinks
from aggregator.core.source import Source
from aggregator.core.text import one_line, plain_text, storable
from aggregator.core.titles import filled

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
FEEDS = ("rss", "atom", "json")  # what readers poll, and hubs tell of
FORMATS = (*FEEDS, "html")
LIST = "outputs.opml"  # the file that names all outputs
_EXCERPT = 300  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A document of an output about to be rendered; `sources` are those configured now, by id.

    `page` 0 is what people subscribe to, with the newest articles. All articles stand in pages
    numbered from 1, the oldest (RFC 5005 §4); `pages` of them are full and change no more. `token`
    is what stands in the address of a private output, `hubs` are told of changes, `picture_links`
    make the addresses of pictures that come through us. `matched` are the terms by which the output
    keeps articles, by their ids.
    """

    output: Output
    public_url: str
    sources: Mapping[str, Source]
    page: int = 0
    pages: int = 0
    token: str = ""
    hubs: tuple[str, ...] = ()
    picture_links: PictureLinks | None = None
    matched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_archive(self) -> bool:
        """Say whether this is a page that is full."""
        return 0 < self.page <= self.pages

    def address(self, kind: str, page: int = 0) -> str:
        """Give the URL of the output in one of `FORMATS`, or of a page of it."""
        folder = f"{self.token}/" if self.token else ""
        name = f"{self.output.id}/{page}" if page else self.output.id
        return f"{self.public_url}/feeds/{folder}{name}.{kind}"

    def own_address(self, kind: str) -> str:
        """Give the URL of this document."""
        return self.address(kind, self.page)

    def before(self, kind: str) -> str:
        """Give the URL of the page before this document; empty where there is none."""
        page = self.page - 1 if self.page else self.pages
        return self.address(kind, page) if page else ""

    def links(self, kind: str) -> list[tuple[str, str]]:
        """Name the documents around this one (RFC 5005 §4) by what they are to it.

        The page after a full one is named before it is full itself: a page never changes for that.
        """
        around = {
            "current": self.address(kind) if self.page else "",
            "prev-archive": self.before(kind),
            "next-archive": self.address(kind, self.page + 1) if self.is_archive else "",
        }
        return [(rel, address) for rel, address in around.items() if address]

    def link_header(self, kind: str) -> str:
        """Say in a header where changes are told (WebSub §4); empty where they are told nowhere."""
        links = [f'<{hub}>; rel="hub"' for hub in self.hubs]
        return ", ".join((*links, f'<{self.address(kind)}>; rel="self"')) if links else ""

    def view(self, article: Article) -> Article:
        """Give what the output shows of an article."""
        from aggregator.core.views import summarized, with_pictures_at

        if self.output.content == "summary":
            article = summarized(article)
        links, source = self.picture_links, self.sources.get(article.source)
        if links is None or not self.output.proxy_images:
            return article
        may_be_private = source is not None and source.allow_private
        return with_pictures_at(article, partial(links.address, may_be_private=may_be_private))

    def source(self, article: Article) -> tuple[str, str]:
        """Name an article's source and its URL; a source that is configured no more has its id."""
        from aggregator.syndicate.readable import uri

        source = self.sources.get(article.source)
        name, url = (source.name, uri(source.public_url)) if source else ("", "")
        return one_line(storable(name)) or article.source, url

    def title(self, article: Article) -> str:
        """Give the title of an article in this output, as plain text."""
        template = self.output.entry_title
        if not template:
            return article.title
        name, _ = self.source(article)
        values = {
            "title": article.title,
            "source": name,
            "author": ", ".join(article.authors) or name,
            "date": f"{article.date:%Y-%m-%d}",
            "lang": article.language,
        }
        return one_line(filled(template, values)) or article.title

    def terms(self, article: Article) -> tuple[str, ...]:
        """List the terms by which the output keeps an article, as documents can carry them."""
        shown = (one_line(storable(term)) for term in self.matched.get(article.id, ()))
        return tuple(term for term in shown if term)

    def places(self, article: Article) -> list[tuple[str, str]]:
        """Name the sources that have an article as well, each with its link there."""
        named = ((self.sources.get(one.source), one) for one in article.also)
        return [(source.name if source else one.source, one.link) for source, one in named]


def entry_id(article: Article) -> str:
    """Give the id of an article in every output and format, for ever."""
    return f"urn:aggregator:{article.id}"


def updated(article: Article) -> datetime:
    """Give the date of an article's last change: never before its date, as Atom wants it."""
    return max(article.updated or article.date, article.date)


def newest_change(articles: Sequence[Article]) -> datetime:
    """Date a feed by its articles, so that the same articles are the same bytes.

    An article that came late moves it as well, though its own date is an old one.
    """
    return max((max(updated(one), one.first_seen) for one in articles), default=_NEVER)


def language(articles: Sequence[Article]) -> str:
    """Give the language of a feed: that of its articles, if they share one."""
    from aggregator.syndicate import readable

    languages = {readable.language(one) for one in articles}
    return languages.pop() if len(languages) == 1 else ""


def html_text(article: Article) -> str:
    """Give the text of an article as HTML; of one that has none its summary or title."""
    return article.body or article.summary or escape(article.title, quote=False)


def short_text(article: Article) -> str:
    """Give an article in short, as plain text: its summary, else how its text begins."""
    if summary := one_line(plain_text(article.summary)):
        return summary
    text = one_line(plain_text(article.body)) or article.title
    return text if len(text) <= _EXCERPT else text[:_EXCERPT].rstrip() + "…"
