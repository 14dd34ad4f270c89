"""Article files → the database: found, read in portions, recorded; a bad file costs only itself."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.core.dedup import Candidate, Decision, Kind
from aggregator.core.output import Output
from aggregator.core.progress import Progress, no_progress
from aggregator.core.source import Source
from aggregator.core.urls import UrlRules
from aggregator.errors import ParseError
from aggregator.ingest.workers import Workers
from aggregator.pipeline.file_digest import ReadFile, read_files
from aggregator.pipeline.poll import Clock
from aggregator.store import archive_queue
from aggregator.store.database import Database
from aggregator.store.importing import decide, record_files
from aggregator.store.writer import Writer

MOST_BYTES = 16 << 20  # of a file
_ENDINGS = (".md", ".markdown", ".html")
_PORTION = 100
_PORTION_BYTES = 16 << 20


@dataclass(slots=True, kw_only=True)
class Import:
    """What an import came to; `refused` are files that could not be read, each with the reason.

    `foreign` counts the articles of sources that feeds.toml does not have, `ignored` in how many
    files each unknown key is.
    """

    new: int = 0
    duplicates: int = 0
    known: int = 0
    refused: list[tuple[Path, str]] = field(default_factory=list)
    foreign: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)


def find_files(path: Path) -> list[Path]:
    """List the article files below a folder, in order, or the one file that is named.

    What begins with a dot is left out, and links to folders are not followed.
    """
    if not path.is_dir():
        return [path]
    found = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(folder, name)
            for name in sorted(names)
            if name.lower().endswith(_ENDINGS) and not name.startswith(".")
        ]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Brings article files into the database; `default` is the source of files that name none.

    A file in `archive_dir`, if there is one, stays its article's file. `writer` is None where
    nothing is to be written.
    """

    workers: Workers
    writer: Writer | None
    database: Database
    sources: tuple[Source, ...]
    outputs: tuple[Output, ...]
    url_rules: UrlRules
    clock: Clock
    archive_dir: Path | None
    default: Source | None = None

    def run(self, files: Sequence[Path], progress: Progress = no_progress) -> Import:
        """Import files, portion by portion; each portion is on disk before the next is read."""
        result, done = Import(), 0
        seen: set[str] = set()
        for portion in self._portions(files, result):
            for some in self._by_source(portion, result):
                self._count(some, self._record(some, seen), result)
            done += len(portion)
            progress(done, len(files))
        return result

    def _by_source(
        self, portion: Sequence[tuple[Path, bytes]], result: Import
    ) -> list[list[tuple[Path, Candidate]]]:
        """Read a portion; give the articles of each source, with their files."""
        arrived: dict[str, list[tuple[Path, Candidate]]] = {}
        read = self._read([content for _, content in portion])
        for (path, _), one in zip(portion, read, strict=True):
            result.ignored.update(one.ignored)
            if one.candidate is None:
                result.refused.append((path, one.fault))
            else:
                some = arrived.setdefault(one.candidate.article.source, [])
                some.append((path, one.candidate))
        return list(arrived.values())

    def _count(
        self, some: Sequence[tuple[Path, Candidate]], fresh: Sequence[Decision], result: Import
    ) -> None:
        result.known += len(some) - len(fresh)
        result.new += sum(one.kind is Kind.NEW for one in fresh)
        result.duplicates += sum(one.kind is Kind.DUPLICATE for one in fresh)
        source = some[0][1].article.source
        if fresh and all(source != one.id for one in self.sources):
            result.foreign[source] += len(fresh)

    def _portions(
        self, files: Sequence[Path], result: Import
    ) -> Iterator[list[tuple[Path, bytes]]]:
        portion: list[tuple[Path, bytes]] = []
        size = 0
        for path in files:
            content = _content(path)
            if isinstance(content, str):
                result.refused.append((path, content))
                continue
            portion.append((path, content))
            size += len(content)
            if len(portion) >= _PORTION or size >= _PORTION_BYTES:
                yield portion
                portion, size = [], 0
        if portion:
            yield portion

    def _read(self, contents: Sequence[bytes]) -> list[ReadFile]:
        """Read a portion in one process; where that dies over it, each file in one of its own."""
        try:
            return self.workers.run(
                read_files,
                contents,
                self.sources,
                self.default,
                self.outputs,
                self.url_rules,
                self.clock(),
            )
        except ParseError as error:
            if len(contents) == 1:
                return [ReadFile(fault=error.what.replace("document", "file"))]
            return [one for content in contents for one in self._read([content])]

    def _record(self, some: Sequence[tuple[Path, Candidate]], seen: set[str]) -> list[Decision]:
        """Store what is new of one source's files; only say what would be where nothing is
        written."""
        candidates = [candidate for _, candidate in some]
        if self.writer is None:
            fresh = [
                one
                for one in decide(self.database, candidates)
                if one.candidate.article.id not in seen
            ]
            seen.update(one.candidate.article.id for one in fresh)
            return fresh
        now = self.clock()
        places = dict(self._places(some))

        def record(database: Database) -> list[Decision]:
            fresh = record_files(database, candidates, now)
            mine = (one.candidate.article.id for one in fresh if one.kind is Kind.NEW)
            archive_queue.note_places(
                database, [(one, places[one]) for one in mine if one in places]
            )
            return list(fresh)

        return self.writer.call(record)

    def _places(self, some: Sequence[tuple[Path, Candidate]]) -> Iterator[tuple[str, str]]:
        """Tell which files are in the archive already, by their articles' ids."""
        if self.archive_dir is None:
            return
        root = self.archive_dir.resolve()
        for path, candidate in some:
            whole = path.resolve()
            if whole.is_relative_to(root):
                yield candidate.article.id, whole.relative_to(root).as_posix()


def _content(path: Path) -> bytes | str:
    """Read a file; a text says why it cannot be read."""
    try:
        if not path.is_file():
            return "is no file"
        if path.stat().st_size > MOST_BYTES:
            return f"is larger than {MOST_BYTES >> 20} MiB"
        return path.read_bytes()
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
