"""Opening, closing and refusing databases, and their transactions."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.errors import DamagedError, StoreError
from aggregator.store.database import Database
from tests.store.records import an_entry, poll


def count(database: Database) -> int:
    return database.count_articles()


def test_a_database_is_the_same_after_it_was_closed(path: Path) -> None:
    with closing(Database(path)) as database:
        poll(database, an_entry("One"), an_entry("Two"))
        before = database.articles_after(0, 10), database.states()

    with closing(Database(path)) as database:
        assert (database.articles_after(0, 10), database.states()) == before


def test_a_database_is_durable_and_lets_others_read_while_one_writes(database: Database) -> None:
    pragmas = [
        database.db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous")
    ]

    assert pragmas == ["wal", 2]


def test_every_table_is_strict(database: Database) -> None:
    loose = database.db.execute(
        """SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict
        AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_index%'"""
    ).fetchall()

    assert [name for (name,) in loose] == ["_sqlite_migrations"]


def test_another_connection_sees_what_was_committed(path: Path, database: Database) -> None:
    with closing(Database(path)) as other, database.transaction():
        poll(database, an_entry("One"))
        seen = count(other)

    with closing(Database(path)) as other:
        assert (seen, count(other)) == (0, 1)


class Interruption(BaseException):
    """Neither an Exception nor ours."""


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, Interruption])
def test_a_transaction_that_fails_leaves_nothing(
    database: Database, error: type[BaseException]
) -> None:
    def half_done() -> None:
        with database.transaction():
            poll(database, an_entry("One"))
            raise error

    with pytest.raises(error):
        half_done()

    assert count(database) == 0
    assert poll(database, an_entry("One")).new == 1


def test_a_transaction_within_another_fails_alone(database: Database) -> None:
    def half_done() -> None:
        with database.transaction():
            poll(database, an_entry("Two"))
            raise ValueError("inner")

    with database.transaction():
        poll(database, an_entry("One"))
        with pytest.raises(ValueError, match="inner"):
            half_done()

    assert [one.title for _, one in database.articles_after(0, 10)] == ["One"]


def test_a_database_of_a_newer_version_is_refused_in_words_and_left_alone(path: Path) -> None:
    Database(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            """INSERT INTO _sqlite_migrations (migration_set, name, applied_at)
            VALUES ('aggregator', 'm999_later', 'then')"""
        )
        connection.commit()
    before = path.read_bytes()

    with pytest.raises(StoreError) as refused:
        Database(path)

    assert refused.value.what == f"{path}: written by a newer version (m999_later)"
    assert refused.value.hint == "install that version again, or point data_dir elsewhere"
    assert path.read_bytes() == before


def not_a_database(path: Path) -> None:
    path.write_bytes(b"Dear diary, today I polled 200 sources.\n" * 300)


def cut_short(path: Path) -> None:
    Database(path).close()
    path.write_bytes(path.read_bytes()[:5000])


def bad_header(path: Path) -> None:
    Database(path).close()
    path.write_bytes(b"X" * 100 + path.read_bytes()[100:])


@pytest.mark.parametrize("spoil", [not_a_database, cut_short, bad_header])
def test_a_damaged_database_is_named_in_words_and_left_alone(path: Path, spoil: object) -> None:
    path.parent.mkdir()
    spoil(path)  # type: ignore[operator]
    before = path.read_bytes()

    with pytest.raises(DamagedError) as refused:
        Database(path)

    assert refused.value.what.startswith(f"{path} is damaged: ")
    assert "`aggregator restore`" in refused.value.hint
    assert path.read_bytes() == before


def test_what_can_be_no_database_is_named_in_words(path: Path) -> None:
    path.mkdir(parents=True)

    with pytest.raises(StoreError) as refused:
        Database(path)

    assert refused.value.what.startswith(f"{path}: the database cannot be opened: ")
    assert refused.value.hint


def test_a_database_that_another_process_writes_is_waited_for(path: Path) -> None:
    with closing(Database(path)) as one, closing(Database(path)) as other:
        one.db.execute("BEGIN IMMEDIATE")
        other.db.execute("PRAGMA busy_timeout = 50")
        with pytest.raises(sqlite3.OperationalError, match="locked"), other.transaction():
            pass
        one.db.execute("COMMIT")

        assert poll(other, an_entry("One")).new == 1


@pytest.fixture
def full(database: Database) -> Database:
    """Give a database that has no room left."""
    pages = database.db.execute("PRAGMA page_count").fetchone()[0]
    database.db.execute(f"PRAGMA max_page_count = {pages}").fetchone()
    return database


def test_a_full_disk_undoes_the_whole_poll_and_room_mends_it(full: Database) -> None:
    body = "<p>" + "x" * 100_000 + "</p>"

    with pytest.raises(sqlite3.OperationalError, match="full"):
        poll(full, an_entry("One", content=body))
    nothing = (count(full), full.db.execute("SELECT count(*) FROM ident").fetchone()[0])
    full.db.execute("PRAGMA max_page_count = 100000").fetchone()

    assert nothing == (0, 0)
    assert poll(full, an_entry("One", content=body)).new == 1
    assert full.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
