"""What search finds, counted by source and month, a page at a time."""

from collections import Counter
from datetime import timedelta

import pytest

from aggregator.store import search
from aggregator.store.database import Database
from aggregator.store.search_results import results
from tests.store.records import NOW, an_entry, poll


@pytest.fixture
def filled(database: Database) -> Database:
    """Give a database with 30 articles of two sources over five months, all findable."""
    for source in ("paper", "wire"):
        entries = [
            an_entry(f"互联 {source} {n}", published=NOW - timedelta(days=10 * n))
            for n in range(15)
        ]
        poll(database, *entries, source=source)
    poll(database, an_entry("Something else"))
    with database.transaction():
        search.index(database, 100)
    return database


def test_everything_is_found_once_the_newest_first(filled: Database) -> None:
    pages = [results(filled, "互联", "", "", skip, 8) for skip in (0, 8, 16, 24)]
    articles = [one for page in pages for one in page.articles]

    assert [len(page.articles) for page in pages] == [8, 8, 8, 6]
    assert {page.total for page in pages} == {30}
    assert len({one.id for one in articles}) == 30
    assert articles == sorted(articles, key=lambda one: one.date, reverse=True)


def test_counts_say_what_another_choice_would_find(filled: Database) -> None:
    found = results(filled, "互联", "wire", "2026-02", 0, 50)

    dates = [NOW - timedelta(days=10 * n) for n in range(15)]
    months = Counter(f"{date:%Y-%m}" for date in dates)
    assert found.total == len(found.articles) == months["2026-02"]
    assert {(one.source, f"{one.date:%Y-%m}") for one in found.articles} == {("wire", "2026-02")}
    assert found.sources == dict.fromkeys(("paper", "wire"), months["2026-02"])
    assert found.months == months
    assert list(found.months) == sorted(months, reverse=True)


@pytest.mark.parametrize("query", ["", "  ", "。", "nothing-like-this"])
def test_a_query_that_finds_nothing(filled: Database, query: str) -> None:
    found = results(filled, query, "", "", 0, 8)

    assert (found.articles, found.total, found.sources, found.months) == ((), 0, {}, {})
