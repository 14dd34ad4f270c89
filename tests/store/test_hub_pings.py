"""Which hubs are still to be told: once per change, by one process, and not forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.store import hub_pings
from aggregator.store.database import Database
from aggregator.store.hub_pings import HubPing
from tests.store.records import NOW

HUB, TOPIC = "https://hub.example/", "https://news.example/feeds/news.rss"
LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "a.db")
    hub_pings.put(database, [(HUB, TOPIC)], NOW)
    yield database
    database.close()


def due(database: Database, *hubs: str) -> list[HubPing]:
    return hub_pings.due(database, hubs or (HUB,), NOW, 10)


def test_a_change_is_due_at_once_and_for_configured_hubs_only(database: Database) -> None:
    assert due(database) == [HubPing(hub=HUB, topic=TOPIC, changes=1, tries=0)]
    assert due(database, "https://other.example/") == []


def test_one_of_two_processes_may_tell_it(database: Database) -> None:
    (ping,) = due(database)

    claims = [hub_pings.claim(database, ping, NOW, LATER) for _ in range(2)]

    assert (claims, due(database)) == ([True, False], [])


def test_what_was_told_is_due_no_more_but_for_a_change_in_between(database: Database) -> None:
    (ping,) = due(database)
    hub_pings.put(database, [(HUB, TOPIC)], NOW)

    hub_pings.done(database, ping)
    (again,) = due(database)
    hub_pings.done(database, again)

    assert (again.changes, due(database)) == (2, [])


def test_a_change_begins_the_tries_anew(database: Database) -> None:
    (ping,) = due(database)
    hub_pings.failed(database, ping, LATER)
    waiting = due(database)

    hub_pings.put(database, [(HUB, TOPIC)], NOW)

    assert (waiting, due(database)) == ([], [HubPing(hub=HUB, topic=TOPIC, changes=2, tries=0)])
