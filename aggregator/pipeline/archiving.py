"""From the database to article files.

Workers read and write them, side by side: they are a sixth of the work of a first poll, and the
process that fetches and stores has the least time to spare.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator import log
from aggregator.core.progress import Progress, no_progress
from aggregator.core.source import Source
from aggregator.errors import AggregatorError
from aggregator.ingest.workers import Workers
from aggregator.pipeline.memory import give_back
from aggregator.store import archive_queue, listings
from aggregator.store.archive_queue import PendingFile, WrittenFile
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from aggregator.syndicate.archive import Archive
from aggregator.syndicate.files import Replacement, cannot_write

if TYPE_CHECKING:
    from aggregator.core.rules import Verdict
    from aggregator.store.exporting import Wanted

    _Portion = tuple[Mapping[str, Source], range]
    _Verdicts = Mapping[str, Verdict]  # by output

_logger = logging.getLogger(__name__)
_PORTION = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What became of some files: those written, and why the others, by their article, were not."""

    written: tuple[WrittenFile, ...]
    failed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archivist:
    """Has the article files written that are due."""

    archive: Archive
    sources: Mapping[str, Source]
    workers: Workers

    def write_due(
        self, writer: Writer, database: Database, progress: Progress = no_progress
    ) -> int:
        """Write every file that is due, return how many; one that cannot be is logged and stays."""
        count, total = 0, archive_queue.backlog(database)
        if total:
            give_back()

        def write(portion: "_Portion") -> Files:
            return self.workers.work(write_due, database.path, self.archive, *portion)

        for files in self.workers.each(write, self._portions(database)):
            writer.call(lambda db, done=files.written: archive_queue.mark_written(db, done))  # type: ignore[misc]
            _log(files.failed)
            count += len(files.written)
            progress(count, total)
        if count:
            log.event(_logger, "archive", files=count)
        return count

    def _portions(self, database: Database) -> "Iterator[_Portion]":
        """Part what is due: the sources of its articles, and their numbers."""
        last = 0
        while ahead := archive_queue.ahead(database, last, _PORTION):
            numbers = range(last + 1, ahead[-1][0] + 1)
            yield {name: self.sources[name] for _, name in ahead if name in self.sources}, numbers
            last = numbers[-1]

    def queue_missing(self, writer: Writer) -> int:
        """Have files written again that somebody removed; return how many."""
        exists = self.archive.holds
        return writer.call(lambda db: archive_queue.put_back_missing(db, exists))


def write_due(
    database: Path, archive: Archive, sources: Mapping[str, Source], numbers: range
) -> Files:
    """Write the files that are due of the articles of these numbers."""
    with closing(Database(database)) as reading:
        due = archive_queue.due(reading, numbers)
        verdicts = _verdicts(archive, reading, due)
    return write_files(archive, sources, due, verdicts)


def export(
    archive: Archive,
    sources: Mapping[str, Source],
    database: Database,
    wanted: "Wanted",
    progress: Progress = no_progress,
) -> tuple[int, int]:
    """Write files of what is wanted, whether due or not; return how many are there and how many
    could not be written."""
    done = failed = 0
    # Not at the top: polls do not export.
    from aggregator.store import exporting

    total = exporting.count(database, wanted)
    for portion in exporting.portions(database, wanted):
        files = write_files(archive, sources, portion, _verdicts(archive, database, portion))
        _log(files.failed)
        done, failed = done + len(files.written), failed + len(files.failed)
        progress(done + failed, total)
    return done, failed


def _verdicts(
    archive: Archive, database: Database, due: Iterable[PendingFile]
) -> "Mapping[int, _Verdicts]":
    return listings.verdicts(database, [one.n for one in due]) if archive.wants_verdicts else {}


def write_files(
    archive: Archive,
    sources: Mapping[str, Source],
    due: Iterable[PendingFile],
    verdicts: "Mapping[int, _Verdicts]",
) -> Files:
    """Write articles' files, all or none but those that cannot be written at all."""
    written, failed = [], []
    try:
        with archive.replacement() as files:
            for one in due:
                try:
                    path = _stage(archive, files, sources, one, verdicts.get(one.n, {}))
                except (OSError, AggregatorError) as error:
                    failed.append((one.article.id, str(error)))
                else:
                    written.append(WrittenFile(one.n, path, one.changes))
    except OSError as error:
        raise cannot_write(archive.root, error) from error
    return Files(written=tuple(written), failed=tuple(failed))


def _stage(
    archive: Archive,
    files: Replacement,
    sources: Mapping[str, Source],
    one: PendingFile,
    verdicts: "_Verdicts",
) -> str:
    name = one.article.source
    source = sources.get(name) or Source(id=name, url="", name=name)
    return archive.stage(files, one.article, source, one.path, verdicts)


def _log(failed: Iterable[tuple[str, str]]) -> None:
    for article, error in failed:
        log.event(_logger, "archive", level=logging.ERROR, article=article, error=error)
