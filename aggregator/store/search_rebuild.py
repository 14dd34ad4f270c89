"""The search index, and making it anew when too much in it is dead.

A contentless index cannot forget on SQLite 3.40, so documents of changed and purged articles stay
in it. The new index is filled a few articles at a time, while the old one is in use, and takes its
place.
"""

from collections.abc import Iterable
from typing import NamedTuple

from aggregator.store.database import Database

MAY_BE_DEAD = 500  # documents, however few are living
_SHARE = 2  # living documents to a dead one, below which the index is made anew


class _Index(NamedTuple):
    documents: str
    words: str


_LIVE = _Index("search_document", "search_index")
_FRESH = _Index("fresh_document", "fresh_index")
_STALE = "stale_words"  # of the index before, while they are being deleted
_HEAD = 10  # the rows of an index up to that one say how it lies; FTS5 needs them to open it
_MAKE = """
CREATE TABLE fresh_document (
    n       INTEGER PRIMARY KEY,
    article INTEGER NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE fresh_index USING fts5 (
    words, content='', tokenize="unicode61 remove_diacritics 0"
)"""


def put(database: Database, words: Iterable[tuple[int, str]]) -> None:
    """Put articles into the index in place of what it has of them."""
    documents = list(words)
    _put(database, _LIVE, documents)
    if (done := _done(database)) is not None:
        _put(database, _FRESH, [one for one in documents if one[0] <= done])


def _put(database: Database, into: _Index, words: Iterable[tuple[int, str]]) -> None:
    # Numbers of documents are not given again: what is dead would be found under them.
    last = database.db.execute(f"SELECT max(id) FROM {into.words}_docsize").fetchone()[0] or 0
    for n, (article, text) in enumerate(words, start=last + 1):
        database.db.execute(f"DELETE FROM {into.documents} WHERE article = ?", [article])
        database.db.execute(
            f"INSERT INTO {into.documents} (n, article) VALUES (?, ?)", [n, article]
        )
        database.db.execute(f"INSERT INTO {into.words} (rowid, words) VALUES (?, ?)", [n, text])


def is_under_way(database: Database) -> bool:
    """Say whether the index is being made anew."""
    return _done(database) is not None


def has_two(database: Database) -> bool:
    """Say whether another index is there beside the one in use."""
    return is_under_way(database) or is_stale(database)


def is_due(database: Database, may_be_dead: int) -> bool:
    """Say whether so many documents are dead that the index has to be made anew."""
    dead = _count(database, f"{_LIVE.words}_docsize") - (
        living := _count(database, _LIVE.documents)
    )
    return dead > max(may_be_dead, living // _SHARE)


def _count(database: Database, table: str) -> int:
    return int(database.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def begin(database: Database) -> None:
    """Begin to make the index anew."""
    database.db.execute("INSERT INTO search_rebuild (done) VALUES (0)")


def behind(database: Database, limit: int) -> list[int]:
    """Give the next articles that the new index lacks, in order of arrival."""
    sql = "SELECT article FROM search_document WHERE article > ? ORDER BY article LIMIT ?"
    return [n for (n,) in database.db.execute(sql, [_done(database), limit])]


def copy(database: Database, words: Iterable[tuple[int, str]], last: int) -> None:
    """Put the next articles into the new index, up to the last of them."""
    _put(database, _FRESH, words)
    database.db.execute("UPDATE search_rebuild SET done = ?", [last])


def _done(database: Database) -> int | None:
    row = database.db.execute("SELECT done FROM search_rebuild").fetchone()
    return row[0] if row else None


def swap(database: Database) -> None:
    """Put the new index in place of the old, whose words are to be deleted then."""
    # What holds the words of an index is a table like others. Under another name it is left when
    # the index is dropped, for which there has to be one with its head.
    words = f"{_LIVE.words}_data"
    for statement in (
        f"ALTER TABLE {words} RENAME TO {_STALE}",
        f"CREATE TABLE {words} (id INTEGER PRIMARY KEY, block BLOB)",
        f"INSERT INTO {words} SELECT id, block FROM {_STALE} WHERE id <= {_HEAD}",
        f"DROP TABLE {_LIVE.words}",
        f"DROP TABLE {_LIVE.documents}",
        f"ALTER TABLE {_FRESH.words} RENAME TO {_LIVE.words}",
        f"ALTER TABLE {_FRESH.documents} RENAME TO {_LIVE.documents}",
        "DELETE FROM search_rebuild",
        *_MAKE.split(";"),
    ):
        database.db.execute(statement)


def is_stale(database: Database) -> bool:
    """Say whether the index before is still there."""
    found = database.db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [_STALE])
    return found.fetchone() is not None


def empty(database: Database, pages: int) -> None:
    """Delete some words of the index before, and in the end the table; at once it would hold up
    polls for a second for each 300 MB."""
    gone = database.db.execute(
        f"DELETE FROM {_STALE} WHERE id IN (SELECT id FROM {_STALE} LIMIT ?)", [pages]
    )
    if not gone.rowcount:
        database.db.execute(f"DROP TABLE {_STALE}")
