"""The one thread that writes."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.errors import DamagedError, StoreError
from aggregator.store.database import Database
from aggregator.store.outcomes import Recorded
from aggregator.store.writer import Writer
from tests.store.records import an_entry, poll

HEAVY = "<p>" + "x" * 300_000 + "</p>"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    writer = Writer(path)
    yield writer
    writer.close()


def job(number: int, body: str = "<p>x</p>") -> Callable[[Database], Recorded]:
    """Make the job that stores a poll of a source of its own."""
    entry = an_entry(f"Story {number}", content=body)
    return lambda database: poll(database, entry, source=f"s{number}")


def failing(database: Database) -> None:
    poll(database, an_entry("Half a job"))
    raise ValueError("mine alone")


def titles(path: Path) -> set[str]:
    with closing(Database(path)) as database:
        return {article.title for _, article in database.articles_after(0, 10_000)}


class Plug:
    """A job that holds the writer until it is pulled, so that others queue up behind it."""

    def __init__(self, writer: Writer) -> None:
        self._pulled = threading.Event()
        self._running = threading.Event()
        self._future = writer.submit(self._wait)
        assert self._running.wait(10)

    def _wait(self, _: Database) -> None:
        self._running.set()
        assert self._pulled.wait(10)

    def pull(self) -> None:
        self._pulled.set()
        self._future.result(10)


def test_jobs_of_many_threads_are_all_stored(writer: Writer, path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        recorded = list(threads.map(lambda number: writer.call(job(number)), range(200)))

    assert [one.new for one in recorded] == [1] * 200
    assert titles(path) == {f"Story {number}" for number in range(200)}


def test_a_job_is_on_disk_when_its_future_is_done(writer: Writer, path: Path) -> None:
    writer.submit(job(1)).result(10)

    assert titles(path) == {"Story 1"}


def test_jobs_that_wait_together_share_a_commit(writer: Writer, path: Path) -> None:
    seen: list[set[str]] = []

    def look(database: Database) -> None:
        seen.append(titles(path))

    plug = Plug(writer)
    futures: list[Future[object]] = [writer.submit(job(number)) for number in range(5)]
    futures.append(writer.submit(look))
    plug.pull()
    for future in futures:
        future.result(10)

    # Looking from outside at the end of the group: nothing of it was committed yet.
    assert seen == [set()]
    assert len(titles(path)) == 5


def test_a_job_that_raises_affects_only_itself(writer: Writer, path: Path) -> None:
    plug = Plug(writer)
    before, broken, after = writer.submit(job(1)), writer.submit(failing), writer.submit(job(2))
    plug.pull()

    with pytest.raises(ValueError, match="mine alone"):
        broken.result(10)
    assert (before.result(10).new, after.result(10).new) == (1, 1)
    assert titles(path) == {"Story 1", "Story 2"}


def allow(pages: int) -> Callable[[Database], None]:
    """Make the job that bounds the database to so many pages more than it has."""

    def set_bound(database: Database) -> None:
        used = database.db.execute("PRAGMA page_count").fetchone()[0]
        database.db.execute(f"PRAGMA max_page_count = {used + pages}").fetchone()

    return set_bound


def test_a_full_disk_is_a_store_error_and_room_mends_it(writer: Writer, path: Path) -> None:
    writer.call(allow(0))

    with pytest.raises(StoreError) as told:
        writer.call(job(1, HEAVY))
    nothing = titles(path)
    writer.call(allow(100_000))
    writer.call(job(2, HEAVY))

    assert "cannot be written: database or disk is full" in told.value.what
    assert told.value.hint
    assert (nothing, titles(path)) == (set(), {"Story 2"})


def test_a_full_disk_never_stores_half_a_job_nor_lies_about_one(writer: Writer, path: Path) -> None:
    writer.call(allow(200))
    plug = Plug(writer)
    futures = {f"Story {number}": writer.submit(job(number, HEAVY)) for number in range(10)}
    plug.pull()

    errors = {title: future.exception(30) for title, future in futures.items()}

    assert {title for title, error in errors.items() if error is None} == titles(path)
    assert {type(error) for error in errors.values()} <= {type(None), StoreError}
    assert any(errors.values())
    with closing(Database(path)) as database:
        assert database.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        counted = database.db.execute(
            """SELECT (SELECT count(*) FROM article), (SELECT count(*) FROM listing),
            (SELECT count(*) FROM source WHERE status = 'ok')"""
        ).fetchone()
        assert len(set(counted)) == 1


def test_a_database_that_cannot_be_written_tells_everybody(writer: Writer, path: Path) -> None:
    plug = Plug(writer)
    writer.submit(lambda database: database.db.execute("PRAGMA query_only = ON"))
    futures = [writer.submit(job(number)) for number in range(3)]
    plug.pull()

    errors = [future.exception(10) for future in futures]

    assert [type(error) for error in errors] == [StoreError] * 3
    assert titles(path) == set()


def test_a_job_that_ended_the_transaction_of_all_fails_alone(writer: Writer, path: Path) -> None:
    plug = Plug(writer)
    futures: list[Future[object]] = [writer.submit(job(1))]
    # As SQLite does by itself on a full disk or an I/O error (lang_transaction.html).
    futures.append(writer.submit(lambda database: database.db.execute("ROLLBACK")))
    futures.append(writer.submit(job(2)))
    plug.pull()

    errors = [future.exception(10) for future in futures]

    assert [type(error) for error in errors] == [type(None), StoreError, type(None)]
    assert titles(path) == {"Story 1", "Story 2"}


def test_closing_finishes_the_jobs_that_wait(path: Path) -> None:
    writer = Writer(path)
    plug = Plug(writer)
    futures = [writer.submit(job(number)) for number in range(5)]
    plug.pull()

    writer.close()

    assert [future.result(0).new for future in futures] == [1] * 5
    assert len(titles(path)) == 5


def test_a_database_that_cannot_be_opened_is_told_to_who_opens_it(path: Path) -> None:
    path.mkdir(parents=True)

    with pytest.raises(StoreError, match="cannot be opened"):
        Writer(path)


def test_a_writer_that_is_shut_refuses_what_waits_and_what_comes(
    writer: Writer, path: Path
) -> None:
    writer.call(job(1))
    plug = Plug(writer)
    waiting = writer.submit(job(2))

    writer.shut(sqlite3.DatabaseError("page 7 is torn"))
    writer.shut(DamagedError("met later"))
    plug.pull()

    with pytest.raises(DamagedError, match="is damaged: page 7 is torn"):
        waiting.result(10)
    with pytest.raises(DamagedError, match="is damaged: page 7 is torn"):
        writer.call(job(3))
    assert titles(path) == {"Story 1"}
