"""From the database to what people subscribe to: listings and feeds."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator import log
from aggregator.core.article import Article
from aggregator.core.output import Output
from aggregator.core.source import Source
from aggregator.pipeline.health_feed import HEALTH, health_article
from aggregator.pipeline.history import close_pages
from aggregator.store import health, listings
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from aggregator.syndicate.channel import FORMATS, LIST, Channel, newest_change
from aggregator.syndicate.files import write_if_changed
from aggregator.syndicate.outline import render_outline
from aggregator.syndicate.publication import Publication

_logger = logging.getLogger(__name__)
_PORTION = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Makes the feeds of outputs; each call reads the database anew, so it may be repeated."""

    outputs: tuple[Output, ...]
    sources: Mapping[str, Source]
    public_url: str
    feeds_dir: Path
    versions_dir: Path
    prefer: tuple[str, ...] = ()

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
                full = close_pages(database, writer, output, articles)
                written += self._write(self._channel(output, full), articles, now)
        if health.FEED in wanted:
            written += self._write(self._channel(HEALTH), self._health(database), now)
        return written + self._write_list()

    def _write_list(self) -> list[Path]:
        path = self.feeds_dir / LIST
        content = render_outline(self._channel(output) for output in self.outputs)
        return [path] if write_if_changed(path, content) else []

    def _channel(self, output: Output, pages: int = 0) -> Channel:
        return Channel(output=output, public_url=self.public_url, sources=self.sources, pages=pages)

    def _health(self, database: Database) -> list[Article]:
        events = health.events(database, HEALTH.limit)
        known = [(one, self.sources[one.source]) for one in events if one.source in self.sources]
        return [health_article(event, source) for event, source in known]

    def is_complete(self, output: Output) -> bool:
        """Say whether an output has a file in each format."""
        return all(self._path(output, kind).exists() for kind in FORMATS)

    def _path(self, output: Output, kind: str) -> Path:
        return self.feeds_dir / f"{output.id}.{kind}"

    def _write(self, channel: Channel, articles: Sequence[Article], now: datetime) -> list[Path]:
        # Not at the top: most polls change no output, and feedgen takes time and memory to load.
        from aggregator.syndicate.render import render

        output = channel.output
        documents = render(channel, articles)
        publication = Publication(folder=self.feeds_dir, versions_folder=self.versions_dir)
        written = publication.write(
            {f"{output.id}.{kind}": document for kind, document in documents.items()},
            min(newest_change(articles), now),
        )
        if written:
            log.event(_logger, "publish", output=output.id, articles=len(articles))
        return written


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
    if due:
        writer.call(lambda db: listings.mark_published(db, due))
    return written
