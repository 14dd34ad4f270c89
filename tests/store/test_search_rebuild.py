"""The search index forgets: it is made anew beside the old one, and finds the same meanwhile."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.store import purging, search, search_rebuild
from aggregator.store.database import Database
from tests.store.records import an_entry, poll

MAY_BE_DEAD = 3


@pytest.fixture
def library(database: Database) -> Database:
    """Give ten articles that search knows, of which six are purged."""
    poll(database, *(an_entry(f"Kiwi{n}", content="<p>harbour</p>") for n in range(10)))
    search.index(database, 100)
    purging.purge(database, [database.numbered(n).id for n in (1, 3, 5, 7, 9, 10)])
    return database


def found(database: Database, query: str = "harbour") -> list[str]:
    return sorted(article.title for article in search.find(database, query, 100))


def documents(database: Database) -> int:
    row = database.db.execute("SELECT count(*) FROM search_index_docsize").fetchone()
    return int(row[0])


def mapped(database: Database) -> int:
    return int(database.db.execute("SELECT count(*) FROM search_document").fetchone()[0])


def rebuild(database: Database) -> None:
    while search.rebuild(database, 2, MAY_BE_DEAD):
        pass


def test_what_is_dead_is_forgotten_and_the_rest_is_found(library: Database) -> None:
    before = found(library), documents(library)

    rebuild(library)

    assert before == (found(library), 10)
    assert documents(library) == 4
    assert library.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    library.db.execute("INSERT INTO search_index (search_index) VALUES ('integrity-check')")
    assert not search_rebuild.has_two(library)


def test_it_can_be_done_again(library: Database) -> None:
    rebuild(library)
    poll(library, *(an_entry(f"Later{n}", content="<p>harbour</p>") for n in range(10)))
    search.index(library, 100)
    purging.purge(library, [library.numbered(n).id for n in range(11, 21)])

    rebuild(library)

    assert (documents(library), len(found(library))) == (4, 4)


def test_a_little_that_is_dead_is_left(database: Database) -> None:
    poll(database, *(an_entry(f"Kiwi{n}") for n in range(10)))
    search.index(database, 100)
    purging.purge(database, [database.numbered(1).id])

    rebuild(database)

    assert documents(database) == 10


def a_new_one(database: Database) -> None:
    poll(database, an_entry("New", content="<p>harbour</p>"))
    search.index(database, 100)


def a_changed_one(database: Database) -> None:
    n = database.articles_after(0, 1)[0][1].guid
    poll(database, an_entry(n.title(), content="<p>another word, lighthouse, harbour</p>"))
    search.index(database, 100)


def one_changed_and_not_indexed(database: Database) -> None:
    n = database.articles_after(0, 1)[0][1].guid
    poll(database, an_entry(n.title(), content="<p>another word, lighthouse, harbour</p>"))


def a_purged_one(database: Database) -> None:
    purging.purge(database, [database.articles_after(0, 1)[0][1].id])


MEANWHILE = [a_new_one, a_changed_one, one_changed_and_not_indexed, a_purged_one]


@pytest.mark.parametrize("change", MEANWHILE, ids=lambda one: one.__name__)
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_what_happens_meanwhile_is_found_after(
    library: Database, change: Callable[[Database], None], steps: int
) -> None:
    for _ in range(steps):
        search.rebuild(library, 2, MAY_BE_DEAD)
    change(library)
    rebuild(library)
    search.index(library, 100)

    left = sorted(article.title for _, article in library.articles_after(0, 100))
    assert found(library) == left
    assert mapped(library) == len(left)
    assert len(found(library, "lighthouse")) == ("changed" in change.__name__)


def test_who_searches_meanwhile_finds_the_same(library: Database, path: Path) -> None:
    with closing(Database(path)) as reader:
        before = found(reader)
        rebuild(library)

        assert found(reader) == before


def test_a_kill_in_between_is_made_up_for(library: Database, path: Path) -> None:
    before = found(library)
    search.rebuild(library, 2, MAY_BE_DEAD)
    library.close()

    with closing(Database(path)) as again:
        rebuild(again)

        assert (found(again), documents(again)) == (before, 4)


def test_the_words_of_a_former_version_do_not_find_an_article(database: Database) -> None:
    poll(database, an_entry("Kiwi", content="<p>lighthouse</p>"))
    search.index(database, 100)
    poll(database, an_entry("Kiwi", content="<p>harbour</p>"))
    search.index(database, 100)

    assert (found(database, "lighthouse"), found(database)) == ([], ["Kiwi"])


def test_the_words_of_a_purged_article_do_not_find_the_next(database: Database) -> None:
    poll(database, an_entry("Kiwi", content="<p>lighthouse</p>"))
    search.index(database, 100)
    purging.purge(database, [database.numbered(1).id])
    poll(database, an_entry("Plum", content="<p>harbour</p>"))
    search.index(database, 100)

    assert (found(database, "lighthouse"), found(database)) == ([], ["Plum"])
