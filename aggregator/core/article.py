"""Our record of an entry."""

from dataclasses import dataclass
from datetime import datetime

from aggregator.core.entry import Enclosure, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Another place where an article is: the key of its source, its link and title there."""

    source: str
    link: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An entry as we keep it; immutable, a changed entry makes a new value under the same id.

    `id` is ours and stable for ever; `source` is the key in feeds.toml. `body` and `summary` are
    safe HTML with absolute links; `summary` is empty where it only repeats the body. `image` is
    the lead image's URL or empty. `language` is a tag (BCP 47), stated or detected, or empty.
    `origin` is the feed that its source took it over from; `season` and `episode` are a podcast's,
    0 for none. `content_hash` covers everything a reader would notice. Dates are aware UTC to the
    second. `also` are the other places of what an output shows, empty where an article is not
    part of a listing.
    """

    id: str
    source: str
    guid: str
    link: str
    title: str
    body: str
    summary: str
    image: str
    language: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    published: datetime | None
    updated: datetime | None
    first_seen: datetime
    content_hash: bytes
    origin: Origin | None = None
    season: int = 0
    episode: int = 0
    also: tuple[Copy, ...] = ()

    @property
    def date(self) -> datetime:
        """The date that outputs show and sort by: the source's own, else the first sight."""
        return self.published or self.first_seen

    @property
    def noticed(self) -> tuple[str, ...]:
        """List what a reader would notice when it changes, for the content hash."""
        texts = (self.title, self.link, self.body, self.summary, self.image)
        return noticed(texts, self.authors, self.tags, self.enclosures)


def noticed(
    texts: tuple[str, str, str, str, str],
    authors: tuple[str, ...],
    tags: tuple[str, ...],
    enclosures: tuple[Enclosure, ...],
) -> tuple[str, ...]:
    """List what a reader would notice of an article, made or not; `texts` are its title, link,
    body, summary and image."""
    return (*texts, *authors, *tags, *(one.url for one in enclosures))
