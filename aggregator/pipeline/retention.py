"""Purging the articles that are beyond the bounds of feeds.toml, a few at a time."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from aggregator import log
from aggregator.core.output import Output
from aggregator.core.progress import Progress, no_progress
from aggregator.core.retention import Why, beyond, going, to_make_room
from aggregator.core.source import Source
from aggregator.errors import AggregatorError
from aggregator.store import (
    archive_queue,
    listings,
    purging,
    retention,
    search,
    search_rebuild,
    space,
)
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from aggregator.syndicate.archive import Archive

_logger = logging.getLogger(__name__)
_PORTION = 50  # articles, or files: polls wait for the writer meanwhile
_REVISIONS = 200
_PAGES = 500  # of 4 KiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """An article that is to be purged, and by which key; `size` are the bytes of its texts."""

    n: int
    id: str
    source: str
    why: Why
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Purger:
    """Purges what is beyond the bounds of sources and of the whole database, but nothing that is in
    the document of its source, that a feed shows, or that an output protects."""

    sources: tuple[Source, ...]
    outputs: tuple[Output, ...]
    max_size: int | None
    archive: Archive
    has_archive: bool
    clock: Callable[[], datetime]

    @property
    def is_bounded(self) -> bool:
        """Say whether anything may ever go."""
        return self.max_size is not None or any(
            one.bounds.is_bounded or one.keep_revisions is not None for one in self.sources
        )

    def plan(self, database: Database) -> list[Leaving]:
        """List what is to go, as things stand: by sources, then the oldest to make room."""
        now = self.clock()
        asked = dict(self._asked(database, now))
        excess = self._excess(database)
        if not asked and excess <= 0:
            return []
        staying = self._staying(database, now)
        leaving = {n: why for n, why in asked.items() if n not in staying}
        excess -= len(leaving) * space.mean_size(database)
        rest = (
            one
            for one in retention.oldest(database)
            if one.n not in staying and one.n not in leaving
        )
        leaving |= {one.n: Why.CEILING for one in to_make_room(rest, excess)}
        numbers = going(leaving, retention.clusters(database, leaving))
        known = retention.describe(database, numbers)
        return [
            Leaving(n=n, id=one.id, source=one.source, why=leaving[n], size=one.size)
            for n, one in known.items()
        ]

    def _asked(self, database: Database, now: datetime) -> Iterator[tuple[int, Why]]:
        seconds = int(now.timestamp())
        for source in self.sources:
            keep = source.bounds
            if keep.is_bounded:
                stored = retention.of_source(database, source.id, sized=keep.size is not None)
                yield from ((one.n, why) for one, why in beyond(stored, keep, seconds))

    def _excess(self, database: Database) -> int:
        # While search has two indexes, nothing is to go for the second.
        if self.max_size is None or search_rebuild.has_two(database):
            return 0
        return space.used(database) - self.max_size

    def _staying(self, database: Database, now: datetime) -> set[int]:
        """Collect what is not purged, whatever bounds say."""
        staying = archive_queue.waiting(database) if self.has_archive else set()
        for source in self.sources:
            staying |= retention.in_document(database, source.id)
        for output in self.outputs:
            staying |= _shown(database, output, now)
            staying |= _protected(database, output, now)
        return staying

    def purge(
        self, writer: Writer, leaving: Sequence[Leaving], progress: Progress = no_progress
    ) -> Iterator[int]:
        """Purge articles, a portion at each step; gives how many they were."""
        for start in range(0, len(leaving), _PORTION):
            portion = leaving[start : start + _PORTION]
            yield writer.call(partial(self._purge_portion, portion=portion))
            progress(start + len(portion), len(leaving))

    def _purge_portion(self, database: Database, portion: Iterable[Leaving]) -> int:
        # One that changed meanwhile may be on its way into a file.
        kept = archive_queue.waiting(database) if self.has_archive else set()
        return purging.purge(database, [one.id for one in portion if one.n not in kept])

    def trim_revisions(self, writer: Writer) -> Iterator[int]:
        """Drop former versions beyond the bound of their source, a portion at each step."""
        for source in self.sources:
            if (keep := source.keep_revisions) is None:
                continue
            job = partial(retention.trim_revisions, source=source.id, keep=keep, limit=_REVISIONS)
            while count := writer.call(job):
                yield count

    def steps(self, writer: Writer, database: Database) -> Iterator[None]:
        """Do all that is due, a portion at each step; what a kill left undone comes first."""
        self.remove_files(writer, database)
        yield from self._tidy_search(writer)
        articles = revisions = 0
        for count in self.purge(writer, self.plan(database)):
            articles += count
            yield
        for count in self.trim_revisions(writer):
            revisions += count
            yield
        files = self.remove_files(writer, database)
        yield from self.tidy(writer, database)
        if articles or revisions:
            log.event(_logger, "purge", articles=articles, revisions=revisions, files=files)

    def tidy(self, writer: Writer, database: Database) -> Iterator[None]:
        """Give back what purged articles took up, a portion at each step."""
        yield from self._tidy_search(writer)
        while writer.call(partial(space.give_back, pages=_PAGES)):
            yield
        space.empty_wal(database)

    def _tidy_search(self, writer: Writer) -> Iterator[None]:
        while writer.call(partial(search.rebuild, limit=_PORTION)):
            yield

    def remove_files(self, writer: Writer, database: Database) -> int:
        """Delete the files of purged articles; one that cannot be is logged and stays due."""
        removed, last = 0, ""
        while paths := archive_queue.removals(database, last, _PORTION):
            done = [path for path in paths if self._remove(path)]
            writer.call(partial(archive_queue.mark_removed, paths=done))
            removed, last = removed + len(done), paths[-1]
        return removed

    def _remove(self, path: str) -> bool:
        try:
            self.archive.remove(path)
        except AggregatorError as error:
            log.event(
                _logger, "archive", level=logging.ERROR, file=path, error=error, hint=error.hint
            )
            return False
        return True


def _shown(database: Database, output: Output, now: datetime) -> set[int]:
    since = output.shows_since(now)
    return listings.shown_numbers(
        database, output.id, output.limit, since, output.order, dedupe=output.dedupe
    )


def _protected(database: Database, output: Output, now: datetime) -> set[int]:
    if (keep := output.protects) is None:
        return set()
    stored = list(retention.of_output(database, output.id, sized=keep.size is not None))
    loose = beyond(stored, keep, int(now.timestamp()))
    return {one.n for one in stored} - {one.n for one, _ in loose}
