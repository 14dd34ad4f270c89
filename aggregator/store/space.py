"""What the file of the database takes up, and giving back what is free in it."""

import os
import shutil
import sqlite3

from aggregator.core.words import size as in_words
from aggregator.errors import StoreError
from aggregator.store import failures
from aggregator.store.database import Database

_INCREMENTAL = 2
_BUSY_MILLISECONDS = 1000
_SPARE = 20  # the free part of the file that stays, as its share: articles that come use it again


def size(database: Database) -> int:
    """Give the bytes of the database, of which some may be free."""
    return _pragma(database, "page_count") * _pragma(database, "page_size")


def used(database: Database) -> int:
    """Give the bytes of the database that hold something."""
    return size(database) - _pragma(database, "freelist_count") * _pragma(database, "page_size")


def mean_size(database: Database) -> int:
    """Give the bytes that an article takes up of the whole database."""
    return max(used(database) // max(database.count_articles(), 1), 1)


def gives_back(database: Database) -> bool:
    """Say whether free pages can be given back; a file of an older version has to be compacted."""
    return _pragma(database, "auto_vacuum") == _INCREMENTAL


def give_back(database: Database, pages: int) -> int:
    """Give free pages back to the disk, at most so many, but not the last twentieth of the file;
    return how many there were."""
    spare = _pragma(database, "page_count") // _SPARE
    asked = min(_pragma(database, "freelist_count") - spare, pages)
    if asked <= 0 or not gives_back(database):
        return 0
    database.db.execute(f"PRAGMA incremental_vacuum({asked})").fetchall()
    return asked


def empty_wal(database: Database) -> None:
    """Have what is written beside the database moved into it, unless somebody reads for long.

    Raises StoreError where that fails; nothing is lost then.
    """
    waits = _pragma(database, "busy_timeout")
    database.db.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}").fetchone()
    try:
        database.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        raise failures.in_words(database.path, error) from error
    finally:
        database.db.execute(f"PRAGMA busy_timeout = {waits}").fetchone()


def compact(database: Database) -> None:
    """Write the database anew without free pages, so that it can give them back by itself later.

    SQLite needs room for it twice over meanwhile: a copy, and what is written beside the database.
    """
    folder = database.path.parent
    needed, free = 2 * used(database), shutil.disk_usage(folder).free
    if free < needed:
        raise StoreError(
            f"{database.path} cannot be compacted: {in_words(needed)} have to be free"
            f" meanwhile, and {in_words(free)} are",
            "make room, or leave it: what is free in it is used again by articles that come",
        )
    # Else the copy is made in /tmp, which may be small, or in memory.
    os.environ["SQLITE_TMPDIR"] = str(folder)
    try:
        database.db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.db.execute("VACUUM")
        empty_wal(database)
    except sqlite3.Error as error:
        raise StoreError(
            f"{database.path} cannot be compacted: {error}",
            "it is as it was; stop the daemon if it is running, and try once more",
        ) from error


def _pragma(database: Database, name: str) -> int:
    return int(database.db.execute(f"PRAGMA {name}").fetchone()[0])
