"""One connection to the database: its transactions, and what is asked of sources and articles."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.core.article import Article
from aggregator.core.source import Source, SourceState
from aggregator.errors import StoreError
from aggregator.store import integrity, locks, migrated, rows
from aggregator.store.connection import Connection

if TYPE_CHECKING:
    from sqlite_utils.db import Table

_BUSY_SECONDS = 30
_WAL_BYTES = 16_000_000  # that the file beside the database keeps after a checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a cluster: which article, and by which rung it joined."""

    id: str
    source: str
    title: str
    link: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What an article said before it was changed."""

    replaced_at: datetime
    title: str
    body: str


class Database:
    """A connection for the thread that opened it; the schema is brought up to date on opening."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = locks.share(path)
            try:
                self._open()
            except BaseException:
                self._lock.close()
                raise
        except (OSError, sqlite3.Error) as error:
            raise _cannot_open(path, error) from error

    def _open(self) -> None:
        self._look_through()
        # The driver's own transactions are off: `transaction` begins them, IMMEDIATE.
        self.connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
        self.db = Connection(self.connection)
        try:
            self._prepare()
        except BaseException:
            self.db.close()
            raise

    def _look_through(self) -> None:
        """Look for damage where a process was killed or the power failed: before SQLite writes its
        log into the file, and only where nobody else is at work already."""
        if integrity.is_emptied(self.path):
            raise integrity.damaged(self.path, "it is empty, and there are backups of what it held")
        if not integrity.has_log(self.path) or not locks.try_alone(self._lock):
            return
        try:
            if found := integrity.problems(self.path):
                raise integrity.damaged(self.path, found[0])
        finally:
            self._lock.wait()

    def _prepare(self) -> None:
        if not self.db.execute("PRAGMA page_count").fetchone()[0]:
            # Only a new file takes it; others do with `prune --compact`.
            self.db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        self.db.execute("PRAGMA journal_mode = WAL").fetchone()
        self.db.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}").fetchone()
        self.db.execute("PRAGMA synchronous = FULL")
        if not migrated.lacking(self.connection, self.path):
            return
        # Not at the top: a database is brought up to date once in many versions.
        from aggregator.store.schema import migrations

        # All of them or none: whoever comes in between sees a version that is whole.
        with self.transaction():
            if migrated.applied(self.connection):
                _keep_what_was(self.path)
            migrations.apply(self.db.utils)

    def close(self) -> None:
        """Close the connection."""
        self.db.close()
        self._lock.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block as a whole or not at all; nested blocks are savepoints.

        IMMEDIATE, because a transaction that reads first and then writes would fail at once when
        another process wrote in between.
        """
        if self._is_in_transaction():
            with self.db.savepoint():
                yield
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.rollback()
            raise
        if not self._is_in_transaction():  # a full disk may have undone all of it
            raise sqlite3.OperationalError("the transaction was rolled back")
        try:
            self.db.commit()
        except BaseException:
            self.db.rollback()
            raise

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Read everything of a block as it was when the first of it was read, whoever writes
        meanwhile."""
        self.db.execute("BEGIN")
        try:
            yield
        finally:
            self.db.rollback()

    def _is_in_transaction(self) -> bool:
        return self.connection.in_transaction

    def table(self, name: str) -> "Table":
        """Give a table to write to."""
        return self.db.utils.table(name)

    def insert(self, table: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Write rows, at least one and all of the same columns, to a table.

        For what is written often: sqlite-utils asks each value for its type.
        """
        columns = list(records[0])
        values = ", ".join(f":{name}" for name in columns)
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"
        self.connection.executemany(sql, records)

    # Sources

    def sync_sources(self, sources: Iterable[Source]) -> None:
        """Make a row for each configured source; one with a new url starts afresh, at once."""
        with self.transaction():
            known = dict(self.db.execute("SELECT id, url FROM source").fetchall())
            listed = list(sources)
            fresh = [{"id": one.id, "url": one.url} for one in listed if one.id not in known]
            if fresh:
                self.table("source").insert_all(fresh)
            for one in listed:
                if known.get(one.id, one.url) != one.url:
                    self.db.execute(
                        """UPDATE source SET url = ?, moved_to = '', etag = '',
                        last_modified = '', body_hash = x'', known = x'', every = 0,
                        skip_hours = 0, skip_days = 0, entries = NULL, next_poll_at = NULL,
                        failures = 0, status = '', error = '', hint = '', answers_in = 0
                        WHERE id = ?""",
                        [one.url, one.id],
                    )

    def hasten(self, source: str) -> None:
        """Let a source be due at once."""
        with self.transaction():
            self.db.execute("UPDATE source SET next_poll_at = NULL WHERE id = ?", [source])

    def states(self) -> dict[str, SourceState]:
        """Tell where every source stands, by its id."""
        return self._states("SELECT * FROM source")

    def due_states(self, now: datetime) -> dict[str, SourceState]:
        """Tell where the sources stand whose next poll is not after `now`."""
        return self._states(
            "SELECT * FROM source WHERE next_poll_at IS NULL OR next_poll_at <= ?",
            [rows.seconds(now)],
        )

    def _states(self, sql: str, arguments: Sequence[object] = ()) -> dict[str, SourceState]:
        return {row["id"]: rows.source_state(row) for row in self.db.query(sql, arguments)}

    def article_counts(self) -> dict[str, tuple[int, datetime | None]]:
        """Count the articles of each source, with the time the last of them was first seen."""
        found = self.db.execute(
            "SELECT source, count(*), max(first_seen) FROM article GROUP BY source"
        )
        return {source: (count, rows.moment(newest)) for source, count, newest in found}

    # Articles

    def article(self, article_id: str) -> Article | None:
        """Find an article by its id."""
        row = next(self.db.query("SELECT * FROM article WHERE id = ?", [article_id]), None)
        return rows.article(row) if row else None

    def numbered(self, n: int) -> Article:
        """Read the n-th article, which has to be there."""
        return rows.article(next(self.db.query("SELECT * FROM article WHERE n = ?", [n])))

    def find_numbered(self, n: int) -> Article | None:
        """Find the n-th article."""
        row = next(self.db.query("SELECT * FROM article WHERE n = ?", [n]), None)
        return rows.article(row) if row else None

    def find_ids(self, beginning: str, limit: int = 10) -> list[str]:
        """List the article ids that begin so; what people type need not be whole."""
        end = beginning + "\U0010ffff"
        sql = "SELECT id FROM article WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        return [row[0] for row in self.db.execute(sql, [beginning, end, limit])]

    def ids_of_link(self, link: str) -> list[str]:
        """List the ids of the articles with exactly this link; reads them all."""
        found = self.db.execute(
            "SELECT id FROM article WHERE link = ? OR guid = ? LIMIT 10", [link, link]
        )
        return [row[0] for row in found]

    def members(self, article_id: str) -> list[Member]:
        """List the cluster that an article belongs to, its first member first."""
        # Two ways in, because the index of clusters leaves out their first members.
        sql = """WITH wanted (cluster) AS (SELECT cluster FROM article WHERE id = ?)
            SELECT id, source, title, link, reason FROM article
            WHERE id = (SELECT cluster FROM wanted)
                OR (cluster = (SELECT cluster FROM wanted) AND reason <> '') ORDER BY n"""
        return [Member(**row) for row in self.db.query(sql, [article_id])]

    def number(self, article_id: str) -> int:
        """Give the number of an article, which has to be there."""
        return int(
            self.db.execute("SELECT n FROM article WHERE id = ?", [article_id]).fetchone()[0]
        )

    def revisions(self, article_id: str) -> list[Revision]:
        """List what an article said before, oldest first."""
        sql = """SELECT replaced_at, revision.title, revision.body
            FROM revision JOIN article ON article.n = revision.article
            WHERE article.id = ? ORDER BY replaced_at"""
        return [
            Revision(
                replaced_at=rows.stored_moment(row["replaced_at"]),
                title=row["title"],
                body=row["body"],
            )
            for row in self.db.query(sql, [article_id])
        ]

    def outputs_of(self, article_id: str) -> list[str]:
        """Name the outputs that keep an article."""
        sql = """SELECT output FROM listing WHERE article = (SELECT n FROM article WHERE id = ?)
            ORDER BY output"""
        return [row[0] for row in self.db.execute(sql, [article_id])]

    def count_articles(self) -> int:
        """Count all articles."""
        return int(self.db.execute("SELECT count(*) FROM article").fetchone()[0])

    def is_pending(self, table: str) -> bool:
        """Say whether something is still to be done with an article; `table` says what."""
        return bool(self.db.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0])

    def last_number(self) -> int:
        """Give the highest number that an article ever had, 0 where there was none."""
        sql = "SELECT max(n, coalesce((SELECT max(n) FROM article), 0)) FROM purged_number"
        return int(self.db.execute(sql).fetchone()[0])

    def articles_after(self, n: int, limit: int) -> list[tuple[int, Article]]:
        """Read articles in order of arrival, after the n-th; for walking through all of them."""
        found = self.db.query("SELECT * FROM article WHERE n > ? ORDER BY n LIMIT ?", [n, limit])
        return [(row["n"], rows.article(row)) for row in found]


def _keep_what_was(path: Path) -> None:
    # Not at the top: a database is brought up to date once in many versions.
    from aggregator.store import upgrading

    upgrading.back_up(path)


def _cannot_open(path: Path, error: OSError | sqlite3.Error) -> StoreError:
    if integrity.is_damage(error):
        return integrity.damaged(path, error)
    return StoreError(
        f"{path}: the database cannot be opened: {error}",
        "look at the folder's permissions and free space; data_dir in feeds.toml names it",
    )


def mark_pending(database: Database, table: str, numbers: Iterable[int]) -> None:
    """Note articles that something is still to be done with; `table` says what."""
    # On every poll that brings something, and sqlite-utils takes several times as long.
    database.connection.executemany(
        f"INSERT OR IGNORE INTO {table} (article) VALUES (?)", [(n,) for n in numbers]
    )


def marks(values: Sequence[object]) -> str:
    """Give the placeholders for so many values."""
    return ", ".join("?" * len(values))
