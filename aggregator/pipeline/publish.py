"""From the database to what people subscribe to: listings and feeds."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from aggregator import log
from aggregator.core.article import Article
from aggregator.core.output import Output
from aggregator.core.picture_links import PictureLinks
from aggregator.core.source import Source
from aggregator.pipeline.health_feed import HEALTH, health_article
from aggregator.pipeline.history import close_pages
from aggregator.store import health, hub_pings, listings
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from aggregator.syndicate.channel import FEEDS, FORMATS, LIST, Channel, newest_change
from aggregator.syndicate.files import write_if_changed
from aggregator.syndicate.outline import render_outline
from aggregator.syndicate.publication import Publication
from aggregator.syndicate.secrets import Tokens, private_folder

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
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
        return Tokens(self.private_dir / "tokens")

    @property
    def feeds(self) -> tuple[Output, ...]:
        """List the feeds there are: one for each output, and the one about the sources' health."""
        return (*self.outputs, HEALTH)

    def publish(
        self, database: Database, writer: Writer, names: Iterable[str], now: datetime
    ) -> list[Path]:
        """Render the named outputs in all formats; return the files that were written."""
        wanted = frozenset(names)
        written = []
        for output in self.outputs:
            if output.id in wanted:
                since = now - output.max_age if output.max_age else None
                articles = listings.listed(
                    database,
                    output.id,
                    output.limit,
                    since,
                    self.prefer,
                    output.order,
                    dedupe=output.dedupe,
                )
                hidden = output.is_hidden  # has no pages: see docs/feeds.md
                full = 0 if hidden else close_pages(database, writer, output, articles)
                matched = listings.matched(database, output.id, articles)
                channel = replace(self._channel(output), pages=full, matched=matched)
                written += self._write(channel, articles, now)
        if health.FEED in wanted:
            written += self._write(self._channel(HEALTH), self._health(database), now)
        return written + self._write_list()

    def _write_list(self) -> list[Path]:
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

    def _health(self, database: Database) -> list[Article]:
        events = health.events(database, HEALTH.limit)
        known = [(one, self.sources[one.source]) for one in events if one.source in self.sources]
        return [health_article(event, source) for event, source in known]

    def is_complete(self, output: Output) -> bool:
        """Say whether an output has a file in each format."""
        return all(self._path(output, kind).exists() for kind in FORMATS)

    def _path(self, output: Output, kind: str) -> Path:
        folder = self._publication(is_hidden=output.is_hidden).folder
        return folder / f"{output.id}.{kind}"

    def _publication(self, *, is_hidden: bool) -> Publication:
        """Keep hidden outputs apart: a web server may serve the folder of public ones directly."""
        if is_hidden:
            folder, versions = self.private_dir / "feeds", self.private_dir / "versions"
            return Publication(folder=folder, versions_folder=versions)
        return Publication(folder=self.feeds_dir, versions_folder=self.versions_dir)

    def _write(self, channel: Channel, articles: Sequence[Article], now: datetime) -> list[Path]:
        # Not at the top: most polls change no output, and feedgen takes time and memory to load.
        from aggregator.syndicate.render import render

        output = channel.output
        self._publication(is_hidden=not output.is_hidden).remove(output.id, FORMATS)
        if output.is_hidden:
            private_folder(self.private_dir / "feeds")
        documents = render(channel, articles)
        written = self._publication(is_hidden=output.is_hidden).write(
            {f"{output.id}.{kind}": document for kind, document in documents.items()},
            min(newest_change(articles), now),
        )
        if written:
            log.event(_logger, "publish", output=output.id, articles=len(articles))
        return written

    def pings(self, written: Iterable[Path]) -> list[tuple[str, str]]:
        """List which hubs are to be told of which feeds once these files were written."""
        paths = frozenset(written)
        return [
            (hub, channel.address(kind))
            for output in self.feeds
            if output.told_to(self.hubs)
            for channel in [self._channel(output)]
            for kind in FEEDS
            if self._path(output, kind) in paths
            for hub in channel.hubs
        ]


def publish_due(
    publisher: Publisher,
    writer: Writer,
    database: Database,
    now: datetime,
    also: Iterable[str] = (),
) -> list[Path]:
    """Publish the outputs that changed since they were published last, and those of `also`.

    What changed is noted in the database with the articles themselves, so that a run that was cut
    short is made up for by the next.
    """
    due = listings.changes(database)
    written = publisher.publish(database, writer, {*due, *also}, now)
    if pings := publisher.pings(written):
        writer.call(lambda db: hub_pings.put(db, pings, now))
    if due:
        writer.call(lambda db: listings.mark_published(db, due))
    return written
