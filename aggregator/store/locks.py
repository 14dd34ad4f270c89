"""Who may work on a database: many at a time, one daemon of them, and nobody beside a restore.

Locks of the kernel on files beside the database, so that a killed process leaves none behind.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from aggregator.errors import StoreError


class Lock:
    """A lock that is held until it is closed, or its process ends."""

    def __init__(self, path: Path) -> None:
        # For reading, so that another user of the same data can take it as well.
        self.path = path
        self._file = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)

    def take(self, kind: int) -> bool:
        """Take it as shared or exclusive, at once or not at all."""
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wait(self) -> None:
        """Take it as shared, as soon as nobody has it alone."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    @property
    def is_marked(self) -> bool:
        """Say whether a restore has begun and not ended."""
        return os.fstat(self._file).st_size > 0

    def close(self) -> None:
        """Give it up; closing it twice is no mistake."""
        with suppress(OSError):
            os.close(self._file)


def share(database: Path) -> Lock:
    """Take the lock that everybody has who works on a database."""
    lock = Lock(database.with_suffix(".lock"))
    if not lock.take(fcntl.LOCK_SH) and not lock.is_marked:
        lock.wait()  # for who looks through a database that a killed process left
    if lock.is_marked:
        lock.close()
        raise StoreError(
            f"{database}: a restore is under way, or was cut short",
            "wait for its end; if none is running, `aggregator restore` does it once more",
        )
    return lock


def try_alone(lock: Lock) -> bool:
    """Take a shared lock alone where nobody else has it; `lock.wait` shares it again."""
    if lock.take(fcntl.LOCK_EX):
        return True
    lock.wait()
    return False


def alone(database: Path) -> Lock:
    """Take the lock of a database for a restore: nobody else may work on it."""
    lock = Lock(database.with_suffix(".lock"))
    if not lock.take(fcntl.LOCK_EX):
        lock.close()
        running = daemon_of(database)
        who = f"the daemon, process {running}," if running else "another command"
        raise StoreError(
            f"{who} is at work on {database}",
            "stop the daemon first" if running else "try again when it is done",
        )
    return lock


def mark(lock: Lock, text: str) -> None:
    """Note that a restore has begun; with an empty text, that it ended."""
    lock.path.write_text(text, "utf-8")


def only_daemon(database: Path) -> Lock:
    """Take the lock that only one daemon can have."""
    database.parent.mkdir(parents=True, exist_ok=True)
    lock = Lock(_daemon_file(database))
    if not lock.take(fcntl.LOCK_EX):
        lock.close()
        raise StoreError(
            f"another daemon, process {daemon_of(database)}, works on {database.parent}",
            "stop that one, or give this one a data_dir of its own in feeds.toml",
        )
    lock.path.write_text(f"{os.getpid()}\n")
    return lock


def daemon_of(database: Path) -> int:
    """Give the process of the daemon that works on a database; 0 where there is none."""
    path = _daemon_file(database)
    if not path.exists():
        return 0
    lock = Lock(path)
    try:
        return 0 if lock.take(fcntl.LOCK_SH) else int(path.read_text() or "0")
    finally:
        lock.close()


def _daemon_file(database: Path) -> Path:
    return database.with_name("daemon.lock")
