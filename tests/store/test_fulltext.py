"""Which pages are wanted, and what the store makes of their texts."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlite_utils import Database as SqliteUtils

from aggregator.core.dedup import Candidate, Decision, deduplicate
from aggregator.core.fulltext import PageState, text_hash, with_full_text
from aggregator.core.identity import Keys
from aggregator.store import archive_queue, fulltext, publish_queue
from aggregator.store.database import Database
from aggregator.store.known import known
from aggregator.store.schema import migrations
from tests.store.records import KEPT, NOW, a_source, an_entry, an_outcome, candidates, settled

LATER = NOW + timedelta(minutes=1)
TEXT = "<p>One, and all that is to be said about it.</p>"


def poll(database: Database, *batch: Candidate, source: str = "paper") -> list[Decision]:
    """Record a poll of a source that wants full texts."""
    database.sync_sources([a_source(source)])
    decisions = deduplicate(batch, known(database, batch))
    with database.transaction():
        settled(database, an_outcome(source), decisions)
        fulltext.want(database, decisions, NOW)
    return decisions


def due(database: Database, *sources: str) -> list[str]:
    found = fulltext.due(database, sources or ("paper",), NOW, 100, 100)
    return [one.article.title for one in found]


def record(database: Database, markup: str, *kept_by: str, title: str = "One") -> PageState:
    """Record the text of a page that is due."""
    [read] = [
        one
        for one in fulltext.due(database, ("paper",), NOW, 100, 100)
        if one.article.title == title
    ]
    full = with_full_text(read.article, markup, a_source(), has_one=bool(read.state.text_hash))
    text = Candidate(
        article=full, keys=Keys(url=None, body=None), kept_by=dict.fromkeys(kept_by, KEPT)
    )
    with database.transaction():
        return fulltext.record_text(database, read, text, read.state.read(LATER, text_hash(markup)))


def test_what_is_new_is_wanted_newest_first_and_what_has_no_link_is_not(
    database: Database,
) -> None:
    poll(database, *candidates(an_entry("One"), an_entry("Two"), an_entry("Three", link="")))

    assert due(database) == ["One", "Two"]
    assert due(database, "another") == []


def test_a_source_with_many_keeps_no_other_waiting(database: Database) -> None:
    poll(database, *candidates(*map(an_entry, ("One", "Two", "Three"))))
    poll(database, *candidates(an_entry("Else"), source="other"), source="other")

    found = fulltext.due(database, ("paper", "other"), NOW, 3, 2)

    assert [one.article.title for one in found] == ["Else", "One", "Two"]


def test_an_entry_that_stays_the_same_wants_nothing_and_one_that_changes_does(
    database: Database,
) -> None:
    poll(database, *candidates(an_entry("One"), an_entry("Two")))
    record(database, TEXT, "all")
    record(database, f"{TEXT}<p>Two.</p>", "all", title="Two")

    poll(database, *candidates(an_entry("One"), an_entry("Two", content="<p>Two, mended.</p>")))

    assert due(database) == ["Two"]


def test_a_change_that_says_nothing_wants_no_page(database: Database) -> None:
    poll(database, *candidates(an_entry("One", content="<p>One. 3 comments</p>")))
    [read] = fulltext.due(database, ("paper",), NOW, 1, 1)
    fulltext.record_state(database, read, read.state.failed(LATER, "gone", "410", None))

    poll(database, *candidates(an_entry("One", content="<p>One. 4 comments</p>")))

    assert due(database) == []


def test_an_article_from_before_the_source_wanted_texts_is_wanted_when_it_changes(
    database: Database,
) -> None:
    database.sync_sources([a_source()])
    batch = candidates(an_entry("One"))
    with database.transaction():
        settled(database, an_outcome(), deduplicate(batch, known(database, batch)))

    poll(database, *candidates(an_entry("One", content="<p>Mended.</p>")))

    assert due(database) == ["One"]


def test_a_text_changes_lists_file_and_feeds_and_nothing_else(database: Database) -> None:
    [decision] = poll(database, *candidates(an_entry("One"), kept_by=("all", "old")))
    before = decision.candidate.article
    publish_queue.mark_published(database, publish_queue.due(database))
    [file] = archive_queue.due(database, range(10))

    state = record(database, TEXT, "all", "new")
    archive_queue.mark_written(database, [archive_queue.WrittenFile(1, "x.md", file.changes)])

    stored = replace(before, body=TEXT, summary=before.body, language="en")
    assert state == PageState(tries=1, tried_at=LATER, text_hash=text_hash(TEXT))
    assert database.article(before.id) == stored
    assert database.outputs_of(before.id) == ["all", "new"]
    assert set(publish_queue.due(database)) == {"all", "new", "old"}
    assert [one.article.body for one in archive_queue.due(database, range(10))] == [TEXT]
    assert database.revisions(before.id) == []
    assert database.db.execute("SELECT changed_at FROM article").fetchone() == (None,)


def test_a_text_for_an_entry_that_changed_meanwhile_is_not_taken(database: Database) -> None:
    poll(database, *candidates(an_entry("One")))
    [read] = fulltext.due(database, ("paper",), NOW, 1, 1)
    poll(database, *candidates(an_entry("One", content="<p>Mended.</p>")))
    full = with_full_text(read.article, TEXT, a_source(), has_one=False)
    text = Candidate(article=full, keys=Keys(url=None, body=None))

    fulltext.record_text(database, read, text, read.state.read(LATER, b"hash"))
    fulltext.record_state(database, read, read.state.failed(LATER, "gone", "410", None))

    [again] = fulltext.due(database, ("paper",), NOW, 1, 1)
    assert (again.article.body, again.state) == (
        "<p>Mended.</p>",
        PageState(rounds=2, next_at=NOW),
    )


def test_a_text_that_another_article_of_the_source_has_is_no_text(database: Database) -> None:
    poll(database, *candidates(an_entry("One"), an_entry("Two")))
    record(database, TEXT, "all")

    state = record(database, TEXT, "all", title="Two")

    assert state.error.startswith("the page says the same as that of another article")
    assert (state.text_hash, state.next_at) == (b"", None)
    assert [one.body for _, one in database.articles_after(0, 10)] == ["<p>Two.</p>", TEXT]


def test_texts_are_kept_only_for_articles_that_are_about_to_change(database: Database) -> None:
    poll(database, *candidates(an_entry("One"), an_entry("Two")))
    record(database, TEXT, "all")
    [same, other] = candidates(an_entry("One"), an_entry("Two", content="<p>Mended.</p>"))
    [mended] = candidates(an_entry("One", content="<p>Mended.</p>"))

    assert fulltext.texts_of_changed(database, [same, other]) == {}
    assert fulltext.texts_of_changed(database, [mended, other]) == {mended.article.id: TEXT}


def test_a_database_of_the_first_release_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        migrations.apply(SqliteUtils(connection), stop_before="m002_full_text")
        connection.execute("INSERT INTO archive_pending (article) VALUES (7)")
        connection.commit()

    with closing(Database(path)) as database:
        poll(database, *candidates(an_entry("One")))

        assert due(database) == ["One"]
        pending = database.db.execute("SELECT * FROM archive_pending ORDER BY 1")
        assert pending.fetchall() == [(1, 1), (7, 1)]
