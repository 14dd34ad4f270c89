"""Articles whose file has to be written or deleted, and where the files are."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from aggregator.core.article import Article
from aggregator.store import rows
from aggregator.store.database import Database


class PendingFile(NamedTuple):
    """An article whose file is due: its number, the path it has already or "", itself, and how many
    changes of it the file lacks."""

    n: int
    path: str
    article: Article
    changes: int


class WrittenFile(NamedTuple):
    """An article's file as it was written."""

    n: int
    path: str
    changes: int


def backlog(database: Database) -> int:
    """Count the articles whose file is due."""
    return int(database.db.execute("SELECT count(*) FROM archive_pending").fetchone()[0])


def waiting(database: Database) -> set[int]:
    """Give the articles whose file is due."""
    return {n for (n,) in database.db.execute("SELECT article FROM archive_pending")}


def ahead(database: Database, after: int, limit: int) -> list[tuple[int, str]]:
    """List articles whose file is due, in order of arrival, after the n-th, with their source."""
    sql = """SELECT n, source FROM archive_pending AS due JOIN article ON n = due.article
        WHERE due.article > ? ORDER BY due.article LIMIT ?"""
    return [(n, source) for n, source in database.db.execute(sql, [after, limit])]


def due(database: Database, numbers: range) -> list[PendingFile]:
    """Read articles of these numbers whose file is due, in order of arrival."""
    sql = """SELECT article.*, coalesce(path, '') AS path, changes
        FROM archive_pending AS due JOIN article ON n = due.article
        LEFT JOIN archive_file ON archive_file.article = due.article
        WHERE due.article BETWEEN ? AND ? ORDER BY due.article"""
    return [
        PendingFile(row["n"], row["path"], rows.article(row), row["changes"])
        for row in database.db.query(sql, [numbers.start, numbers.stop - 1])
    ]


def place(database: Database, n: int) -> tuple[str, bool]:
    """Tell where the file of an article is, "" where it has none, and whether it is due."""
    sql = """SELECT coalesce((SELECT path FROM archive_file WHERE article = :n), ''),
        EXISTS (SELECT 1 FROM archive_pending WHERE article = :n)"""
    path, is_due = database.db.execute(sql, {"n": n}).fetchone()
    return path, bool(is_due)


def put(database: Database, numbers: Iterable[int]) -> None:
    """Have articles' files written, for the first time or anew."""
    database.connection.executemany(
        """INSERT INTO archive_pending (article) VALUES (?)
        ON CONFLICT (article) DO UPDATE SET changes = changes + 1""",
        [(n,) for n in numbers],
    )


def regroup(database: Database, joined: Iterable[int], firsts: Iterable[int]) -> None:
    """Give articles that joined a cluster no file of their own if they have none yet, and one to
    those that are first of theirs again."""
    database.connection.executemany(
        """DELETE FROM archive_pending WHERE article = ?
        AND article NOT IN (SELECT article FROM archive_file)""",
        [(n,) for n in joined],
    )
    database.connection.executemany(
        """INSERT OR IGNORE INTO archive_pending (article) SELECT :n
        WHERE :n NOT IN (SELECT article FROM archive_file)""",
        [{"n": n} for n in firsts],
    )


def mark_written(database: Database, written: Sequence[WrittenFile]) -> None:
    """Note where articles' files are now; one that changed since it was read stays due."""
    with database.transaction():
        database.connection.executemany(
            "INSERT OR REPLACE INTO archive_file (article, path) VALUES (?, ?)",
            [(one.n, one.path) for one in written],
        )
        database.connection.executemany(
            "DELETE FROM archive_pending WHERE article = ? AND changes = ?",
            [(one.n, one.changes) for one in written],
        )


def put_removals(database: Database, numbers: Iterable[int]) -> None:
    """Have the files of articles deleted that are about to be purged."""
    database.connection.executemany(
        """INSERT OR IGNORE INTO archive_removal (path)
        SELECT path FROM archive_file WHERE article = ?""",
        [(n,) for n in numbers],
    )


def removals(database: Database, after: str, limit: int) -> list[str]:
    """Give paths of files that are to be deleted, because their articles were purged; in order,
    those after one."""
    sql = "SELECT path FROM archive_removal WHERE path > ? ORDER BY path LIMIT ?"
    found = database.db.execute(sql, [after, limit])
    return [path for (path,) in found]


def mark_removed(database: Database, paths: Iterable[str]) -> None:
    """Note that files are deleted."""
    database.connection.executemany(
        "DELETE FROM archive_removal WHERE path = ?", [(path,) for path in paths]
    )


def put_back_missing(database: Database, exists: Callable[[str], bool]) -> int:
    """Queue the articles whose file is there no more; return how many."""
    written = database.db.execute("SELECT article, path FROM archive_file").fetchall()
    missing = [n for n, path in written if not exists(path)]
    with database.transaction():
        put(database, missing)
    return len(missing)


def note_places(database: Database, places: Iterable[tuple[str, str]]) -> None:
    """Note where the files of articles, by their id, are already; they are replaced there."""
    database.connection.executemany(
        """INSERT OR REPLACE INTO archive_file (article, path)
        SELECT n, ? FROM article WHERE id = ?""",
        [(path, article) for article, path in places],
    )
