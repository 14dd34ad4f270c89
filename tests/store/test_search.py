"""Search: words and phrases, Chinese of any length, and nothing a person types is an error."""

import pytest

from aggregator.store import search
from aggregator.store.database import Database
from tests.store.records import an_entry, poll


@pytest.fixture
def library(database: Database) -> Database:
    """Give a database of a few articles that search knows."""
    poll(
        database,
        an_entry("国产算法芯片量产", content="<p>算力翻了一番，龘字也在。</p>"),
        an_entry("機器學習入門", content="<p>從零開始，學習 GPU 程式。</p>"),
        an_entry("新款GPU发布", content="<p>性能<b>提升</b>，价格不变。</p>", tags=("硬件",)),
        an_entry("The quiet laptop", content="<p>A fan that never spins.</p>"),
        an_entry("Spinning a new fan", content="<p>It never stays quiet.</p>"),
    )
    search.index(database, 100)
    return database


def titles(database: Database, query: str) -> list[str]:
    return sorted(article.title for article in search.find(database, query, 100))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("芯", ["国产算法芯片量产"]),
        ("龘", ["国产算法芯片量产"]),
        ("产", ["国产算法芯片量产"]),  # the last character of a title as well
        ("芯片", ["国产算法芯片量产"]),
        ("算法", ["国产算法芯片量产"]),
        ("法算", []),
        ("算法芯", ["国产算法芯片量产"]),
        ("国产算法芯片量产", ["国产算法芯片量产"]),
        ("学习", ["機器學習入門"]),  # Simplified finds Traditional
        ("學習", ["機器學習入門"]),
        ("GPU", ["新款GPU发布", "機器學習入門"]),
        ("ＧＰＵ", ["新款GPU发布", "機器學習入門"]),  # full width
        ("款GPU", ["新款GPU发布"]),
        ("新款 gpu", ["新款GPU发布"]),
        ("新款 发布", ["新款GPU发布"]),
        ("quiet", ["Spinning a new fan", "The quiet laptop"]),
        ("QUIET Laptop", ["The quiet laptop"]),
        ("quie", []),
        ('"never spins"', ["The quiet laptop"]),
        ('"spins never"', []),
        ("spins never", ["The quiet laptop"]),
        ('"', []),
        ('quiet" OR "x', []),
        ("quiet AND NOT", []),
        ("(quiet", ["Spinning a new fan", "The quiet laptop"]),
        ("title:quiet*", []),
        ("!?", []),
        ("", []),
    ],
    ids=repr,
)
def test_search_finds(library: Database, query: str, found: list[str]) -> None:
    assert titles(library, query) == sorted(found)


def test_a_changed_article_is_found_by_what_it_says_now(library: Database) -> None:
    poll(library, an_entry("The quiet laptop", content="<p>A fan that howls.</p>"))
    search.index(library, 100)

    assert (titles(library, "howls"), titles(library, "spins")) == (["The quiet laptop"], [])


def test_the_newest_is_found_first_and_no_more_than_asked_for(library: Database) -> None:
    found = [article.title for article in search.find(library, "quiet", 1)]

    assert found == ["The quiet laptop"]


def test_articles_are_indexed_in_portions(database: Database) -> None:
    poll(database, *(an_entry(f"Story {number}") for number in range(5)))

    assert [search.index(database, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert search.backlog(database) == 0
