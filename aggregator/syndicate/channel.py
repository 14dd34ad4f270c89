"""What every format of an output says about itself and where its articles come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aggregator.core.article import Article
from aggregator.core.output import Output
from aggregator.core.source import Source

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
FORMATS = ("rss", "atom", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """An output about to be rendered; `sources` are those configured now, by id, `token` is what
    stands in the address of a private one, `hubs` are told of changes."""

    output: Output
    public_url: str
    sources: Mapping[str, Source]
    token: str = ""
    hubs: tuple[str, ...] = ()

    def address(self, kind: str) -> str:
        """Give the URL of the output in one of `FORMATS`."""
        folder = f"{self.token}/" if self.token else ""
        return f"{self.public_url}/feeds/{folder}{self.output.id}.{kind}"

    def link_header(self, kind: str) -> str:
        """Say in a header where changes are told (WebSub §4); empty where they are told nowhere."""
        links = [f'<{hub}>; rel="hub"' for hub in self.hubs]
        return ", ".join((*links, f'<{self.address(kind)}>; rel="self"')) if links else ""

    def source(self, article: Article) -> tuple[str, str]:
        """Name an article's source and its URL; a source that is configured no more has its id."""
        source = self.sources.get(article.source)
        return (source.name, source.public_url) if source else (article.source, "")

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


def newest_update(articles: Sequence[Article]) -> datetime:
    """Give the date of a feed from its articles, so that the same articles are the same bytes."""
    return max(map(updated, articles), default=_NEVER)
