"""All that an output kept, in stretches: together they are the whole, whatever the bounds."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from aggregator.store import overview, rivers
from aggregator.store.database import Database
from aggregator.store.rivers import Bounds
from tests.store.records import LONG, NOW, an_entry, poll

DAY = timedelta(days=1)


@pytest.fixture
def filled(database: Database) -> Database:
    """Give a database with articles of two sources, some of one date, over ten days."""
    chance = random.Random("rivers")
    for source in ("paper", "wire"):
        entries = [
            an_entry(
                f"{source} {number}", published=NOW - timedelta(hours=chance.randrange(0, 240, 6))
            )
            for number in range(40)
        ]
        poll(database, *entries, source=source, kept_by=["all"])
    poll(database, an_entry("Elsewhere"), kept_by=["other"])
    return database


def read_on(
    database: Database, bounds: Bounds, limit: int = 7, few: int = rivers.FEW
) -> Iterator[tuple[str, ...]]:
    """Read stretch after stretch; give the titles of each."""
    while True:
        found = rivers.stretch(database, "all", bounds, limit, few=few)
        yield tuple(one.title for one in found.articles)
        if found.end is None:
            return
        bounds = Bounds(
            after=found.end, source=bounds.source, since=bounds.since, until=bounds.until
        )


def wanted(database: Database, where: str = "true") -> list[str]:
    sql = f"""SELECT title FROM article JOIN listing ON listing.article = n AND output = 'all'
        WHERE {where} ORDER BY coalesce(published, first_seen) DESC, n DESC"""
    return [title for (title,) in database.db.execute(sql)]


@pytest.mark.parametrize("limit", [1, 7, 80, 200])
def test_stretch_by_stretch_everything_is_read_once_in_order(filled: Database, limit: int) -> None:
    stretches = list(read_on(filled, Bounds(), limit))

    assert [title for part in stretches for title in part] == wanted(filled)
    assert all(len(part) == limit for part in stretches[:-1])
    assert stretches[-1]  # no empty page after the last


@pytest.mark.parametrize("few", [10, 40, 3000])
def test_a_source_can_be_chosen(filled: Database, few: int) -> None:
    poll(filled, an_entry("Not here"), source="wire", kept_by=["other"])
    stretches = read_on(filled, Bounds(source="wire"), few=few)

    assert [title for part in stretches for title in part] == wanted(filled, "source = 'wire'")


def test_a_day_can_be_chosen(filled: Database) -> None:
    day = (NOW - 3 * DAY).replace(hour=0)
    bounds = Bounds(since=day, until=day + DAY)

    found = [title for part in read_on(filled, bounds) for title in part]

    assert found == wanted(filled, f"published / 86400 = {int(day.timestamp()) // 86_400}")
    assert found


def test_of_copies_one_is_in_the_river_with_its_other_places(database: Database) -> None:
    poll(database, an_entry("One", content=LONG))
    poll(database, an_entry("One", content=LONG, link="https://wire.example/1"), source="wire")

    (article,) = rivers.stretch(database, "all", Bounds(), 10).articles

    assert [one.link for one in article.also] == ["https://wire.example/1"]
    assert len(rivers.stretch(database, "all", Bounds(), 10, dedupe=False).articles) == 2


@pytest.mark.parametrize("back", [timedelta(0), 4 * DAY, timedelta(days=4, hours=7), 100 * DAY])
def test_articles_are_counted_by_day(filled: Database, back: timedelta) -> None:
    since = int((NOW - back).timestamp())

    found = filled.db.execute("SELECT sort_at FROM listing WHERE output = 'all'").fetchall()
    assert overview.days_of_output(filled, "all", NOW - back) == Counter(
        at // overview.DAY_SECONDS for (at,) in found if at >= since
    )
    assert overview.days_of_output(filled, "none", NOW - back) == {}


def test_articles_are_counted_by_source(filled: Database) -> None:
    since = NOW - 4 * DAY

    assert overview.days_of_source(filled, "wire", since) == {
        int(NOW.timestamp()) // overview.DAY_SECONDS: 40
    }
    assert overview.sources_of_output(filled, "all", 1000) == {"paper": 40, "wire": 40}
    assert [one.title for one in overview.newest_of_source(filled, "wire", 2)] == [
        "wire 0",
        "wire 1",
    ]
