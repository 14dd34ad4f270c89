"""The index of anchors: most in a large table, those of the last articles in a small one."""

from aggregator.store import anchors
from aggregator.store.anchors import Arrival
from aggregator.store.database import Database
from tests.store.records import poll
from tests.store.stories import Story

WEEK = 2900


def arrival(n: int, *found: int, week: int = WEEK) -> Arrival:
    return Arrival(n=n, week=week, anchors=found)


def tables(database: Database) -> tuple[int, int]:
    """Count the rows of the large table and of the small one."""
    counts = (
        database.db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in ("anchor", "recent_anchor")
    )
    return next(counts), next(counts)


def holding(database: Database, asking: Arrival) -> dict[int, set[int]]:
    found = anchors.holders(database, [asking])
    return {h: {one.n for one in some} for h, some in found.items()}


def test_anchors_are_moved_a_thousand_articles_at_a_time(database: Database) -> None:
    seen = []
    for n in (998, 999, 1000, 1001):
        anchors.add(database, [arrival(n, n, 7)])
        seen.append(tables(database))

    assert seen == [(0, 2), (0, 4), (6, 0), (6, 2)]


def test_an_anchor_is_found_in_either_table_in_the_weeks_around(database: Database) -> None:
    old = [arrival(n, 7, week=WEEK + n - 997) for n in (995, 996, 997, 998, 999)]
    anchors.add(database, [*old, arrival(1000, 8)])
    new = [arrival(n, 7, week=WEEK + n - 1004) for n in (1002, 1003, 1004, 1005, 1006)]
    anchors.add(database, new)

    found = holding(database, arrival(2000, 7, 8, 9))

    assert tables(database) == (6, 5)
    assert found == {7: {996, 997, 998, 1003, 1004, 1005, 2000}, 8: {1000, 2000}}


def test_what_is_in_both_tables_is_there_once(database: Database) -> None:
    anchors.add(database, [arrival(1000, 7)])
    anchors.add(database, [arrival(1000, 7, 8)])

    assert tables(database) == (2, 0)


def test_a_purged_article_leaves_both_tables(database: Database) -> None:
    anchors.add(database, [arrival(1000, 7), arrival(999, 7)])
    anchors.add(database, [arrival(1001, 7), arrival(1002, 7)])

    anchors.remove(database, [1000, 1001], [WEEK])

    assert holding(database, arrival(2000, 7)) == {7: {999, 1002, 2000}}


def test_what_is_left_of_a_purged_article_is_compared_with_nothing(database: Database) -> None:
    poll(database, Story(1).entry())
    database.db.execute("UPDATE recent_anchor SET article = 99")

    recorded = poll(database, Story(1).entry(link="https://b.example/"), source="other")

    assert (recorded.new, recorded.duplicates) == (0, 1)  # by its body
    assert list(database.db.execute("SELECT why FROM tie")) == [("body",)]
