"""One feed: from the database to its files. A parsing process does it, beside others.

What makes feeds is imported where it is used: most polls change no output.
"""

from collections.abc import Container, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.core.article import Article
from aggregator.core.output import Output
from aggregator.core.picture_links import PictureLinks
from aggregator.core.source import Source
from aggregator.pipeline.health_feed import HEALTH, health_article
from aggregator.pipeline.memory import give_back
from aggregator.store import health, listings
from aggregator.store.database import Database
from aggregator.syndicate.channel import FEEDS, FORMATS, LIST, Channel, newest_change
from aggregator.syndicate.files import write_if_changed
from aggregator.syndicate.secrets import Private, Tokens, private_folder

if TYPE_CHECKING:
    from aggregator.syndicate.publication import Publication


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of a feed: how many articles it shows, the files that were written, and where
    pages of its history end from now on."""

    name: str
    articles: int
    written: tuple[Path, ...]
    ends: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMaker:
    """Makes the feeds of outputs; each call reads the database anew, so it may be repeated."""

    outputs: tuple[Output, ...]
    sources: Mapping[str, Source]
    public_url: str
    feeds_dir: Path
    versions_dir: Path
    private_dir: Path
    prefer: tuple[str, ...] = ()
    picture_links: PictureLinks | None = None
    hubs: tuple[str, ...] = ()

    @property
    def tokens(self) -> Tokens:
        """Give the tokens in the addresses of private outputs."""
        return self._private.tokens

    @property
    def _private(self) -> Private:
        return Private(self.private_dir)

    @property
    def feeds(self) -> tuple[Output, ...]:
        """List the feeds there are: one for each output, and the one about the sources' health."""
        return (*self.outputs, HEALTH)

    def make(self, database: Database, name: str, now: datetime) -> Made:
        """Render a feed in all formats, and put its files in place where they are others."""
        with database.moment():  # a poll in between would close a page that still grows
            channel, articles, ends = self._read(database, name, now)
        return replace(self._write(channel, articles, now), ends=tuple(ends))

    def _read(
        self, database: Database, name: str, now: datetime
    ) -> tuple[Channel, list[Article], list[int]]:
        """Read what a feed shows, and where pages of its history end because of that."""
        if name == health.FEED:
            return self._channel(HEALTH), self._health(database), []
        from aggregator.pipeline.history import pages_to_close

        output = next(one for one in self.outputs if one.id == name)
        articles = listings.listed(
            database,
            output.id,
            output.limit,
            output.shows_since(now),
            self.prefer,
            output.order,
            dedupe=output.dedupe,
        )
        full, ends = pages_to_close(database, output, articles)
        matched = listings.matched(database, output.id, articles)
        channel = replace(self._channel(output), pages=full + len(ends), matched=matched)
        return channel, articles, ends

    def _health(self, database: Database) -> list[Article]:
        events = health.events(database, HEALTH.limit)
        known = [(one, self.sources[one.source]) for one in events if one.source in self.sources]
        return [health_article(event, source) for event, source in known]

    def _write(self, channel: Channel, articles: list[Article], now: datetime) -> Made:
        from aggregator.syndicate.kept import keys_of
        from aggregator.syndicate.render import renew

        output = channel.output
        self._publication(is_hidden=not output.is_hidden).remove(output.id, FORMATS)
        if output.is_hidden:
            private_folder(self._private.feeds)
        publication = self._publication(is_hidden=output.is_hidden)
        keys = keys_of(channel, articles)
        documents = renew(channel, articles, keys, partial(publication.kept, output.id))
        changed = min(newest_change(articles), now)
        written = publication.publish(output.id, documents, keys, changed)
        return Made(name=output.id, articles=len(articles), written=tuple(written))

    def forget(self) -> None:
        """Have every entry of every feed made anew by the next publish."""
        for feed in self.feeds:
            self._publication(is_hidden=feed.is_hidden).forget(feed.id)

    def write_list(self) -> list[Path]:
        """Write the list of the public outputs, if it is another."""
        from aggregator.syndicate.outline import render_outline

        path = self.feeds_dir / LIST
        public = (one for one in self.outputs if not one.is_hidden)
        content = render_outline(self._channel(output) for output in public)
        return [path] if write_if_changed(path, content) else []

    def _channel(self, output: Output) -> Channel:
        return Channel(
            output=output,
            public_url=self.public_url,
            sources=self.sources,
            token=self.tokens.of(output.id) if output.private else "",
            hubs=output.told_to(self.hubs),
            picture_links=self.picture_links,
        )

    def is_complete(self, output: Output) -> bool:
        """Say whether an output has a file in each format."""
        return all(self._path(output, kind).exists() for kind in FORMATS)

    def _path(self, output: Output, kind: str) -> Path:
        folder, _ = self._folders(is_hidden=output.is_hidden)
        return folder / f"{output.id}.{kind}"

    def _folders(self, *, is_hidden: bool) -> tuple[Path, Path]:
        """Keep hidden outputs apart: a web server may serve the folder of public ones directly."""
        if is_hidden:
            return self._private.feeds, self._private.versions
        return self.feeds_dir, self.versions_dir

    def _publication(self, *, is_hidden: bool) -> "Publication":
        from aggregator.syndicate.publication import Publication

        folder, versions = self._folders(is_hidden=is_hidden)
        return Publication(folder=folder, versions_folder=versions)

    def pings(self, names: Container[str]) -> list[tuple[Path, str, str]]:
        """List the files of the named feeds that hubs are told of, each with a hub and the address
        that it is told."""
        return [
            (self._path(output, kind), hub, channel.address(kind))
            for output in self.feeds
            if output.id in names and output.told_to(self.hubs)
            for channel in [self._channel(output)]
            for kind in FEEDS
            for hub in channel.hubs
        ]


def make_feed(database: Path, name: str, now: datetime, maker: FeedMaker) -> Made:
    """Make a feed in this process."""
    give_back()
    with closing(Database(database)) as reading:
        return maker.make(reading, name, now)
