"""Counts over all history: what arrives is told at once, what else changes by the next count."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.errors import StoreError
from aggregator.store.database import Database
from aggregator.web.totals import Total, Totals
from tests.core.records import an_output
from tests.running import until
from tests.store.records import LONG, an_entry, poll

OUTPUTS = (
    an_output("all"),
    an_output("some"),
    replace(an_output("double"), dedupe=False),
    an_output("none"),
)
BOTH = ("all", "double")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "aggregator.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """Give a database with three articles, one of them a copy."""
    with closing(Database(path)) as database:
        poll(database, an_entry("One", content=LONG), an_entry("Two"), kept_by=("some", *BOTH))
        copy = an_entry("Copy", content=LONG, link="https://wire.example/1")
        poll(database, copy, source="wire", kept_by=BOTH)
        yield database


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def total(articles: int, **kept: int) -> Total:
    return Total(articles=articles, kept={"none": 0, **kept})


def test_each_output_is_told_what_it_shows(path: Path, database: Database) -> None:
    totals = Totals(lambda: Database(path))

    assert totals.now(database, OUTPUTS) == total(3, all=2, some=2, double=3)


def test_what_arrived_since_the_count_is_told_at_once(path: Path, database: Database) -> None:
    totals = Totals(lambda: Database(path))
    totals.now(database, OUTPUTS)
    again = an_entry("Again", content=LONG, link="https://wire.example/2")
    poll(database, an_entry("Three"), again, source="wire", kept_by=BOTH)

    assert totals.now(database, OUTPUTS) == total(5, all=3, some=2, double=5)


def test_what_left_is_told_after_the_next_count(path: Path, database: Database) -> None:
    clock = Clock()
    totals = Totals(lambda: Database(path), seconds=clock)
    totals.now(database, OUTPUTS)
    with database.transaction():
        database.db.execute("DELETE FROM listing WHERE output = 'some'")

    assert totals.now(database, OUTPUTS).kept["some"] == 2
    clock.seconds += 30
    until(lambda: totals.now(database, OUTPUTS).kept["some"] == 0, "the next count")


def test_a_count_that_is_begun_serves_who_asks_next(path: Path, database: Database) -> None:
    opened: list[str] = []

    def open_database() -> Database:
        opened.append(threading.current_thread().name)
        return Database(path)

    totals = Totals(open_database)
    totals.begin()
    until(lambda: opened, "the count has begun")

    assert totals.now(database, OUTPUTS) == total(3, all=2, some=2, double=3)
    assert opened == ["totals"]


def test_a_database_that_cannot_be_read_is_counted_later(path: Path, database: Database) -> None:
    tries: list[int] = []

    def open_database() -> Database:
        tries.append(1)
        raise StoreError("it cannot be read", "wait")

    totals = Totals(open_database)
    totals.begin()
    until(lambda: tries, "the count has failed")

    assert totals.now(database, OUTPUTS).articles == 3
