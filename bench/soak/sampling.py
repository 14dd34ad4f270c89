"""What a daemon under load takes, measured from outside: processes, files, how late it is."""

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.memory import pss_of

MB = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What was found at a moment: `at` in seconds since the start, sizes in MB.

    `late` is how long the source that waits longest has been due, in seconds; `polls` and
    `answers` are requests of the daemon and to it, a second, since the measure before.
    """

    at: float
    daemon: float
    workers: float
    rss: float
    handles: int
    threads: int
    wal: float
    database: float
    articles: int
    late: float
    polls: float
    answers: float

    @property
    def memory(self) -> float:
        """Add up what all processes take, shared pages split among them."""
        return self.daemon + self.workers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """What the processes take together."""

    daemon: float
    workers: float
    rss: float
    handles: int
    threads: int


def load_of(pid: int) -> _Load:
    """Measure a process and what it started; one that ends meanwhile counts as far as it came."""
    daemon = workers = rss = 0.0
    handles = threads = 0
    root = psutil.Process(pid)
    for one in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess, OSError):
            size = pss_of(one.pid) / MB
            daemon, workers = (daemon + size, workers) if one == root else (daemon, workers + size)
            rss += one.memory_info().rss / MB
            handles += one.num_fds()
            threads += one.num_threads()
    return _Load(daemon=daemon, workers=workers, rss=rss, handles=handles, threads=threads)


def size(path: Path) -> float:
    """Tell the MB of a file that need not be there."""
    with suppress(FileNotFoundError):
        return path.stat().st_size / MB
    return 0.0


def asked_of(database: Path, now: float) -> tuple[int, float]:
    """Count the articles, and tell for how long the source is due that is due the longest."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as reading:
        articles = reading.execute("SELECT count(*) FROM article").fetchone()[0]
        first = reading.execute(
            "SELECT min(next_poll_at) FROM source WHERE status <> 'gone' AND next_poll_at <= ?",
            [now],
        ).fetchone()[0]
    return int(articles), now - first if first is not None else 0.0
