"""The log of polls: the last of each source, in the transaction of the poll."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.core.polling import Status
from aggregator.store import poll_log
from aggregator.store.database import Database
from aggregator.store.poll_log import PastPoll
from tests.store.records import NOW, a_source, an_entry, an_outcome, failure, poll, settled


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with closing(Database(path)) as database:
        database.sync_sources([a_source(), a_source("wire")])
        yield database


def test_a_poll_is_noted_with_what_it_brought(database: Database) -> None:
    poll(database, an_entry("One"), an_entry("Two"))
    later = NOW + timedelta(hours=1)
    settled(database, replace(failure(later), seconds=30.0))

    assert poll_log.last(database, "paper") == [
        PastPoll(
            at=later, status=Status.TIMEOUT, seconds=30.0, answered_in=0, new=0, changed=0,
            error="it did not answer",
        ),
        PastPoll(
            at=NOW, status=Status.OK, seconds=0.1, answered_in=0, new=2, changed=0, error=""
        ),
    ]  # fmt: skip
    assert poll_log.last(database, "wire") == []


def test_the_last_polls_stay_and_no_more(database: Database) -> None:
    for number in range(130):
        at = NOW + timedelta(hours=number)
        settled(database, an_outcome(at=at, answered_in=number / 1000))
    settled(database, an_outcome("wire"))

    found = poll_log.last(database, "paper")

    assert [round(one.answered_in * 1000) for one in found] == list(range(129, 79, -1))
    assert database.table("poll_log").count == 51


def test_the_order_is_that_of_the_polls_also_where_the_clock_was_set_back(
    database: Database,
) -> None:
    for hours in (5, 6, 1, 2):
        settled(database, an_outcome(at=NOW + timedelta(hours=hours)))

    found = poll_log.last(database, "paper")
    assert [round((one.at - NOW) / timedelta(hours=1)) for one in found] == [2, 1, 6, 5]


def test_a_poll_that_is_not_stored_is_not_noted(database: Database) -> None:
    def fails() -> None:
        with database.transaction():
            settled(database, an_outcome())
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fails()

    assert poll_log.last(database, "paper") == []
