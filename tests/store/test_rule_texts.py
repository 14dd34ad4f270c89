"""The kept words of articles: always what folding the article anew would give."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.output import FIELDS
from aggregator.core.subject import Subject
from aggregator.store import purging, rule_texts, search
from aggregator.store.database import Database
from tests.core.records import SEEN_AT
from tests.store.records import NOW, an_entry, candidates, poll
from tests.store.test_fulltext import poll as poll_for_texts
from tests.store.test_fulltext import record as record_page

BODY = "<p>互聯<b>互通</b> &amp; ＡＩ</p>"
ENTRIES = (
    an_entry("兩家平台", content=BODY, summary="a", tags=("Ｃｈｉｐｓ",)),
    an_entry("Two", content="<p>Two. 5 views</p>", authors=("Ada", "Ｂｏｂ"), language="en"),
    an_entry("Three", published=None),
)  # fmt: skip
WORDS = st.text(st.characters(codec="utf-16"), max_size=20) | st.sampled_from(
    ["", "\n", "\0", "9 9"]
)
NAMES = st.frozensets(st.text(st.characters(exclude_characters="\n"), min_size=1), max_size=3)


def fill(database: Database) -> None:
    while rule_texts.fill(database, 2):
        pass


def fresh(database: Database) -> list[tuple[int, Subject]]:
    """Read every article as rules see it, without what is kept."""
    return [(n, Subject.of(article)) for n, article in database.articles_after(0, 100)]


def kept(database: Database) -> list[int]:
    found = database.db.execute("SELECT article FROM rule_text ORDER BY article")
    return [n for (n,) in found]


def read(database: Database) -> list[tuple[int, Subject]]:
    return list(rule_texts.subjects(database, 0, 100))


@given(st.tuples(*[WORDS] * len(FIELDS)), NAMES, NAMES)
def test_what_is_packed_is_unpacked(
    words: tuple[str, ...], authors: frozenset[str], categories: frozenset[str]
) -> None:
    texts = dict(zip(FIELDS, words, strict=True))
    subject = Subject(source="", language="", date=SEEN_AT, has_image=False, authors=authors,
                      categories=categories, texts=texts)  # fmt: skip

    assert rule_texts.unpack(rule_texts.pack(subject)) == (texts, authors, categories)


def changed(database: Database) -> None:
    poll(database, an_entry("Two", content="<p>ＡＩ now.</p>", tags=("x",)))


def changed_without_a_word_to_anybody(database: Database) -> None:
    recorded = poll(database, replace(ENTRIES[1], content="<p>Two. 6 views</p>"))
    assert recorded.changed == 0


def joined_by_a_copy(database: Database) -> None:
    poll(database, replace(ENTRIES[1], guid="other"), source="other")


def purged(database: Database) -> None:
    purging.purge(database, [database.numbered(2).id])


def folded_by_an_older_version(database: Database) -> None:
    other = rule_texts.pack(Subject.of(database.numbered(1)))
    database.db.execute("UPDATE rule_text SET form = form + 1, texts = ?", [other])


def folded_by_a_newer_version(database: Database) -> None:
    other = rule_texts.pack(Subject.of(database.numbered(1)))
    database.db.execute("UPDATE rule_text SET form = form - 1, texts = ?", [other])


@pytest.mark.parametrize(
    "happen",
    [
        changed,
        changed_without_a_word_to_anybody,
        joined_by_a_copy,
        purged,
        folded_by_an_older_version,
        folded_by_a_newer_version,
    ],
)
def test_what_is_kept_equals_folding_anew_whatever_happens(
    database: Database, happen: Callable[[Database], None]
) -> None:
    poll(database, *ENTRIES)
    fill(database)
    assert read(database) == fresh(database)

    happen(database)

    assert read(database) == fresh(database)
    fill(database)
    assert read(database) == fresh(database)
    assert kept(database) == [n for n, _ in fresh(database)]
    assert rule_texts.backlog(database) == 0


def test_a_text_that_a_page_gives_is_read_and_kept(database: Database) -> None:
    poll_for_texts(database, *candidates(an_entry("One")))
    fill(database)

    record_page(database, "<p>Far more than the feed said of it.</p>")

    assert [one.body for _, one in read(database)] == ["far more than the feed said of it."]
    assert (kept(database), rule_texts.backlog(database)) == ([], 1)


def test_a_poll_only_notes_what_is_pending(database: Database) -> None:
    poll(database, *ENTRIES)

    assert kept(database) == []
    assert [one.n for one in rule_texts.due(database, 0, 10)] == [1, 2, 3]
    assert [one.n for one in rule_texts.due(database, 1, 1)] == [2]


def test_words_of_an_article_that_changed_meanwhile_are_not_kept(database: Database) -> None:
    poll(database, *ENTRIES)
    made = rule_texts.packed(database, rule_texts.due(database, 0, 10))
    two = next(n for n, one in fresh(database) if one.texts["title"] == "two")
    changed(database)

    rule_texts.put(database, made)

    assert two not in kept(database)
    assert [one.n for one in rule_texts.due(database, 0, 10)] == [two]
    assert read(database) == fresh(database)


def test_words_of_an_article_that_was_purged_meanwhile_are_not_kept(database: Database) -> None:
    poll(database, *ENTRIES)
    made = rule_texts.packed(database, rule_texts.due(database, 0, 10))
    purged(database)

    rule_texts.put(database, made)

    assert kept(database) == [1, 3]


def test_articles_are_read_by_number_and_date(database: Database) -> None:
    poll(database, *ENTRIES)

    assert [n for n, _ in rule_texts.subjects(database, 1, 2)] == [2]
    assert [n for n, one in rule_texts.subjects(database, 0, 9, since=NOW)] == [
        n for n, one in fresh(database) if one.date >= NOW
    ]


def test_search_finds_the_same_by_words_that_are_kept(database: Database) -> None:
    poll(database, *ENTRIES)
    search.index(database, 10)
    anew = database.db.execute("SELECT title, tags, body, summary FROM article").fetchall()
    fill(database)
    [*packed] = database.db.execute("SELECT texts FROM rule_text ORDER BY article")

    by_kept = [
        search.words_of(title, tags, body, summary, texts)
        for (title, tags, body, summary), (texts,) in zip(anew, packed, strict=True)
    ]
    assert by_kept == [search.words_of(*one) for one in anew]


def test_what_an_older_version_stored_is_pending(path: Path) -> None:
    database = Database(path)
    poll(database, *ENTRIES)
    for table in ("rule_text", "rule_text_pending"):
        database.db.execute(f"DROP TABLE {table}")
    database.db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm005_rule_texts'")
    database.close()

    database = Database(path)

    assert rule_texts.backlog(database) == 3
    database.close()


def test_the_heads_of_articles_are_read_by_their_numbers(database: Database) -> None:
    poll(database, *ENTRIES)
    two = database.numbered(2)

    heads = rule_texts.heads(database, [2, 99])

    assert heads == {
        2: rule_texts.Head(id=two.id, date=two.date, source="paper", title=two.title)
    }  # fmt: skip
