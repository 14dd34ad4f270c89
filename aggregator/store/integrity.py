"""Whether the file of a database is whole, found out without changing anything in it."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from aggregator.errors import DamagedError

BACKUPS = "backups"  # the folder beside a database, unless feeds.toml names another
_MOST = 20  # problems told; a damaged page makes hundreds
_SEARCH = sqlite3.SQLITE_CORRUPT_VTAB  # of the search index alone, which can be made anew
HINT = (
    "nothing more is written into it; stop the daemon and run `aggregator restore`: the newest "
    "good backup takes its place, and the file is set aside"
)


def is_damage(error: BaseException) -> bool:
    """Say whether an error means that the file is damaged: one of SQLite, or one of ours."""
    if isinstance(error, DamagedError):
        return True
    code = getattr(error, "sqlite_errorcode", 0)
    return code != _SEARCH and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def damaged(path: Path, why: object) -> DamagedError:
    """Put into words that a database is damaged."""
    return DamagedError(f"{path} is damaged: {why}", HINT)


def read_only(path: Path) -> sqlite3.Connection:
    """Open a database in whatever state it is; nothing is written, and its WAL stays as it is."""
    place = quote(str(path.absolute()))
    return sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=30, isolation_level=None)


def log_of(path: Path) -> Path:
    """Name the file of what SQLite has not yet written into a database."""
    return path.with_name(f"{path.name}-wal")


def has_log(path: Path) -> bool:
    """Say whether a process that was killed left something that is not in the database yet, or
    others are at work on it."""
    log = log_of(path)
    return path.is_file() and log.is_file() and log.stat().st_size > 0


def is_emptied(path: Path) -> bool:
    """Say whether a database lost everything: at the very first start alone it may be empty."""
    is_empty = path.is_file() and not path.stat().st_size
    return is_empty and any((path.parent / BACKUPS).glob("*.zip"))


def is_of_another(path: Path) -> bool:
    """Say whether the log beside a database is of another one, which SQLite would not notice: it
    would take the one's pages for the other's. Each has a number in its first page."""
    if not has_log(path):
        return False
    with path.open("rb") as file:
        own = int.from_bytes(file.read(64)[60:64])
    if not own:
        return False  # its first page was never written but into the log
    with closing(read_only(path)) as connection, suppress(sqlite3.DatabaseError):
        return bool(connection.execute("PRAGMA user_version").fetchone()[0] != own)
    return False


def problems(path: Path, *, full: bool = False) -> list[str]:
    """List what is wrong with the file of a database.

    The full check compares every index with its table as well, which takes several times as long.
    """
    if is_of_another(path):
        return [f"the log beside it, {log_of(path).name}, is of another database"]
    check = "integrity_check" if full else "quick_check"
    try:
        with closing(read_only(path)) as connection:
            found = [str(row[0]) for row in connection.execute(f"PRAGMA {check}({_MOST})")]
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return [str(error)]
        raise
    return [] if found == ["ok"] else found
