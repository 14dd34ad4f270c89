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
from aggregator.store import health, listings
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from aggregator.syndicate.channel import FORMATS, Channel
from aggregator.syndicate.files import write_if_changed

_logger = logging.getLogger(__name__)
_PORTION = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Makes the feeds of outputs; each call reads the database anew, so it may be repeated."""

    outputs: tuple[Output, ...]
    sources: Mapping[str, Source]
    public_url: str
    feeds_dir: Path
    prefer: tuple[str, ...] = ()

    @property
    def feeds(self) -> tuple[Output, ...]:
        """List the feeds there are: one for each output, and the one about the sources' health."""
        return (*self.outputs, HEALTH)

    def publish(self, database: Database, names: Iterable[str], now: datetime) -> list[Path]:
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
                written += self._write(output, articles)
        if health.FEED in wanted:
            written += self._write(HEALTH, self._health(database))
        return written

    def _health(self, database: Database) -> list[Article]:
        events = health.events(database, HEALTH.limit)
        known = [(one, self.sources[one.source]) for one in events if one.source in self.sources]
        return [health_article(event, source) for event, source in known]

    def is_complete(self, output: Output) -> bool:
        """Say whether an output has a file in each format."""
        return all(self._path(output, kind).exists() for kind in FORMATS)

    def _path(self, output: Output, kind: str) -> Path:
        return self.feeds_dir / f"{output.id}.{kind}"

    def _write(self, output: Output, articles: Sequence[Article]) -> list[Path]:
        # Not at the top: most polls change no output, and feedgen takes time and memory to load.
        from aggregator.syndicate.render import RENDERERS

        channel = Channel(output=output, public_url=self.public_url, sources=self.sources)
        written = []
        for kind, render in RENDERERS.items():
            path = self._path(output, kind)
            if write_if_changed(path, render(channel, articles)):
                written.append(path)
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
    written = publisher.publish(database, {*due, *also}, now)
    if due:
        writer.call(lambda db: listings.mark_published(db, due))
    return written
