"""Which hubs are still to be told: once per change, by one process, and not forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
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
    hub_pings.settle(database, [(HUB, TOPIC)], NOW)
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
    hub_pings.settle(database, [(HUB, TOPIC)], NOW)

    hub_pings.done(database, ping)
    (again,) = due(database)
    hub_pings.done(database, again)

    assert (again.changes, due(database)) == (2, [])


def test_a_change_begins_the_tries_anew(database: Database) -> None:
    (ping,) = due(database)
    hub_pings.failed(database, ping, LATER)
    waiting = due(database)

    hub_pings.settle(database, [(HUB, TOPIC)], NOW)

    assert (waiting, due(database)) == ([], [HubPing(hub=HUB, topic=TOPIC, changes=2, tries=0)])


def test_what_is_expected_is_told_only_if_it_came_or_its_process_ended_before_it_could_say(
    database: Database,
) -> None:
    others = [(HUB, "https://news.example/feeds/news.atom"), (HUB, "https://news.example/new.json")]
    hub_pings.expect(database, [(HUB, TOPIC), *others], NOW)
    expected = due(database)
    hub_pings.settle(database, [others[0]], NOW)
    settled = due(database)
    hub_pings.expect(database, others, NOW)
    left_by_a_killed_one = due(database)

    hub_pings.expect(database, others, NOW)
    hub_pings.settle(database, [], NOW)

    first = HubPing(hub=HUB, topic=TOPIC, changes=1, tries=0)
    second = HubPing(hub=HUB, topic=others[0][1], changes=1, tries=0)
    third = HubPing(hub=HUB, topic=others[1][1], changes=1, tries=0)
    by_topic = partial(sorted, key=lambda ping: str(ping.topic))
    assert expected == [first]
    assert by_topic(settled) == by_topic([first, second])
    assert by_topic(left_by_a_killed_one) == by_topic([first, second])
    assert by_topic(due(database)) == by_topic([first, second, third])
