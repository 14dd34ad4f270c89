"""From the database to what people read: listings, feeds, article files."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator import log
from aggregator.core.output import Output
from aggregator.core.source import Source
from aggregator.errors import AggregatorError
from aggregator.ingest.workers import Workers
from aggregator.pipeline.digest import judge
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from aggregator.syndicate.archive import Archive
from aggregator.syndicate.channel import Channel
from aggregator.syndicate.files import write_if_changed
from aggregator.syndicate.jsonfeed import render_json
from aggregator.syndicate.xmlfeeds import render_atom, render_rss

_logger = logging.getLogger(__name__)
_RENDERERS = {"rss": render_rss, "atom": render_atom, "json": render_json}
_PORTION = 500

Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Makes the feeds of outputs; each call reads the database anew, so it may be repeated."""

    outputs: tuple[Output, ...]
    sources: Mapping[str, Source]
    public_url: str
    feeds_dir: Path

    def publish(self, database: Database, names: Iterable[str], now: datetime) -> list[Path]:
        """Render the named outputs in all formats; return the files that were written."""
        wanted = frozenset(names)
        written = []
        for output in self.outputs:
            if output.id in wanted:
                written += self._publish(database, output, now)
        return written

    def is_complete(self, output: Output) -> bool:
        """Say whether an output has a file in each format."""
        return all(self._path(output, kind).exists() for kind in _RENDERERS)

    def _path(self, output: Output, kind: str) -> Path:
        return self.feeds_dir / f"{output.id}.{kind}"

    def _publish(self, database: Database, output: Output, now: datetime) -> list[Path]:
        since = now - output.max_age if output.max_age else None
        articles = database.listed(output.id, output.limit, since)
        channel = Channel(output=output, public_url=self.public_url, sources=self.sources)
        written = []
        for kind, render in _RENDERERS.items():
            path = self._path(output, kind)
            if write_if_changed(path, render(channel, articles)):
                written.append(path)
        if written:
            log.event(_logger, "publish", output=output.id, articles=len(articles))
        return written


def refresh_listings(
    writer: Writer,
    database: Database,
    workers: Workers,
    outputs: tuple[Output, ...],
    progress: Progress = no_progress,
) -> list[str]:
    """Judge all stored articles anew for the outputs whose rule is not the one they were judged by.

    Returns the names of those outputs. Articles that arrive meanwhile are judged as they come.
    """
    stale = tuple(one for one in outputs if not database.has_listing(one.id, one.rule))
    kept: dict[str, list[tuple[int, datetime]]] = {one.id: [] for one in stale}
    last, done, total = 0, 0, database.count_articles() if stale else 0
    while stale and (portion := database.articles_after(last, _PORTION)):
        dates = {n: article.date for n, article in portion}
        for n, names in workers.run(judge, portion, stale):
            for name in names:
                kept[name].append((n, dates[n]))
        last, done = portion[-1][0], done + len(portion)
        progress(done, total)
    for one in stale:
        writer.call(
            lambda db, one=one: db.replace_listing(one.id, one.rule, kept[one.id], last)  # type: ignore[misc]
        )
    writer.call(lambda db: db.drop_listings_except(one.id for one in outputs))
    return [one.id for one in stale]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archivist:
    """Writes the article files that are due."""

    archive: Archive
    sources: Mapping[str, Source]

    def write_due(
        self, writer: Writer, database: Database, progress: Progress = no_progress
    ) -> int:
        """Write every file that is due and return how many; one that cannot be is logged and stays."""
        count = 0
        while due := database.archive_pending(_PORTION):
            written = []
            for n, path, article in due:
                source = self.sources.get(article.source) or Source(
                    id=article.source, url="", name=article.source
                )
                try:
                    written.append((n, self.archive.write(article, source, path), article.content_hash))
                except (OSError, AggregatorError) as error:
                    log.event(_logger, "archive", level=logging.ERROR, article=article.id, error=error)
            if not written:
                break
            self.archive.sync()
            writer.call(lambda db, done=written: db.mark_archived(done))  # type: ignore[misc]
            count += len(written)
            progress(count, count)
        return count
