"""From the database to what people subscribe to: each feed in a parsing process, side by side.

Rendering and compressing is a third of a poll that brings something in few of many sources; the
process that fetches and stores need not wait for one after the other.
"""

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from aggregator import log
from aggregator.core.output import Output
from aggregator.errors import AggregatorError
from aggregator.ingest.bound import Bound
from aggregator.ingest.workers import Workers
from aggregator.pipeline.feeds import FeedMaker, Made, make_feed
from aggregator.pipeline.memory import give_back
from aggregator.store import history, hub_pings, publish_queue
from aggregator.store.database import Database
from aggregator.store.writer import Writer

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The files that were written, and the feeds that could not be made."""

    files: tuple[Path, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Has feeds made."""

    maker: FeedMaker
    workers: Workers

    @cached_property
    def _make(self) -> Bound[Made]:
        return Bound(make_feed, maker=self.maker)

    @property
    def feeds(self) -> tuple[Output, ...]:
        """List the feeds there are."""
        return self.maker.feeds

    @property
    def names(self) -> frozenset[str]:
        """Name the feeds there are."""
        return frozenset(one.id for one in self.feeds)

    def is_complete(self, output: Output) -> bool:
        """Say whether an output has a file in each format."""
        return self.maker.is_complete(output)

    def publish(
        self, database: Database, writer: Writer, names: Iterable[str], now: datetime
    ) -> Published:
        """Make the named feeds in all formats. A mistake of ours in one is logged, and costs no
        other feed."""
        wanted = frozenset(names)
        written: list[Path] = []
        failed: list[str] = []
        feeds = [one for one in self.feeds if one.id in wanted]
        if feeds:
            give_back()
        for feed, made in zip(feeds, self._made(database.path, feeds, now), strict=True):
            if made is None:
                failed.append(feed.id)
                continue
            written += made.written
            if made.ends:
                writer.call(lambda db, one=made: history.add(db, one.name, one.ends))  # type: ignore[misc]
            if made.written:
                log.event(_logger, "publish", output=made.name, articles=made.articles)
        written += self.maker.write_list()
        return Published(files=tuple(written), failed=tuple(failed))

    def _made(self, database: Path, feeds: list[Output], now: datetime) -> Iterator[Made | None]:
        def make(feed: Output) -> Made | None:
            try:
                return self.workers.work(self._make, database, feed.id, now)
            except (AggregatorError, OSError, sqlite3.Error):
                raise
            except Exception:
                log.fault(_logger, "publish", output=feed.id)
                return None

        return self.workers.each(make, feeds)


def publish_due(
    publisher: Publisher,
    writer: Writer,
    database: Database,
    now: datetime,
    also: Iterable[str] = (),
) -> Published:
    """Publish the outputs that changed since they were published last, and those of `also`.

    One that cannot be made is tried again when it changes. What changed is noted in the database
    with the articles themselves, so that a run that was cut short is made up for by the next.
    """
    due = publish_queue.due(database)
    names = {*due, *also}
    pings = publisher.maker.pings(names)
    if pings:
        expected = [(hub, topic) for _, hub, topic in pings]
        writer.call(lambda db: hub_pings.expect(db, expected, now))
    published = publisher.publish(database, writer, names, now)
    if pings:
        told = [(hub, topic) for path, hub, topic in pings if path in published.files]
        writer.call(lambda db: hub_pings.settle(db, told, now))
    if due:
        writer.call(lambda db: publish_queue.mark_published(db, due))
    return published
