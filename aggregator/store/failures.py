"""What SQLite says where a database cannot be written, in words."""

import sqlite3
from pathlib import Path

from aggregator.errors import StoreError
from aggregator.store import integrity

_ANOTHER = "it is tried again; with --debug the log says more"


def in_words(path: Path, error: sqlite3.Error) -> StoreError:
    """Put into words why a database cannot be written; DamagedError where its file is damaged."""
    if integrity.is_damage(error):
        failure: StoreError = integrity.damaged(path, error)
    else:
        failure = StoreError(f"the database cannot be written: {error}", _hint(error))
    failure.__cause__ = error
    return failure


def _hint(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return "make room on the disk; it goes on by itself"
    if code == sqlite3.SQLITE_BUSY:
        return "another program keeps it locked; it goes on by itself once that ends"
    return _ANOTHER
