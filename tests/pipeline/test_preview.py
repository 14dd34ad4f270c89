"""Trying a rule on what is stored: the same in one process and in several."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregator.core.output import Output
from aggregator.ingest.workers import Workers
from aggregator.pipeline.preview import SAMPLE, Preview, Question, count, fold_texts, preview
from aggregator.store import rule_texts
from aggregator.store.database import Database
from tests.core.records import an_output
from tests.store.records import NOW, an_entry, poll

MANY = 2500  # more than are judged in one process
OUTPUT = an_output("out", any=("red", "blue"), none=("black",))
OTHER = (an_output("out", any=("red",)),)
QUESTION = Question(output="out", outputs=(OUTPUT,))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Give a new database in a file."""
    with closing(Database(tmp_path / "aggregator.db")) as database:
        yield database


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Give processes."""
    with closing(Workers(2)) as workers:
        yield workers


def store(database: Database, *texts: str, kept: bool = False) -> None:
    """Store articles of these words, each a day older than the one before."""
    poll(
        database,
        *(
            an_entry(f"Story {n}", content=f"<p>{text}</p>", published=NOW - timedelta(days=n))
            for n, text in enumerate(texts)
        ),
        kept_by=["out"] if kept else [],
    )
    if kept:
        database.table("output").insert({"id": "out", "rule_hash": b"rule", "is_mixed": 0})


def titles(seen: Preview, numbers: list[int]) -> set[str]:
    return {seen.heads[n].title for n in numbers}


def ask(database: Database, workers: Workers, question: Question, seed: int = 0) -> Preview:
    fold_texts(database, workers)
    return preview(database, workers, question, seed)


def test_many_articles_are_judged_in_processes_to_the_same_result(
    database: Database, workers: Workers
) -> None:
    store(database, *(["red", "blue", "red black", "green"][n % 4] for n in range(MANY)))

    told: list[tuple[int, int]] = []
    fold_texts(database, workers, lambda *done: told.append(done))
    seen = preview(database, workers, QUESTION, 0, lambda *done: told.append(done))

    assert seen.tally == count(database.path, QUESTION, 0, MANY)
    assert (seen.tally.articles, len(seen.tally.kept)) == (MANY, MANY // 2)
    assert rule_texts.backlog(database) == 0
    assert told == sorted(told[:13]) + sorted(told[13:])
    assert (told[12], told[-1]) == ((MANY, MANY), (MANY, MANY))


def test_of_a_date_on_no_article_is_left_out(database: Database, workers: Workers) -> None:
    back, ahead = (NOW + sign * timedelta(days=40) for sign in (-1, 1))
    old, late, undated = "Old", "Dated ahead", "Undated"
    poll(database, an_entry(old, published=back), an_entry(late), at=back, kept_by=[])
    # As a source has it that may keep dates that can hardly be true.
    database.db.execute("UPDATE article SET published = ? WHERE title = ?",
                        [int(ahead.timestamp()), late])  # fmt: skip
    poll(database, an_entry(undated, published=None), source="unlisted", kept_by=[])
    database.db.execute("DELETE FROM source WHERE id = 'unlisted'")
    poll(database, an_entry("Old but seen now", published=back), kept_by=[])
    since = NOW - timedelta(days=30)

    seen = ask(database, workers, replace(QUESTION, outputs=(an_output("out"),), since=since))

    found = [database.numbered(n).title for n in seen.tally.kept]
    assert sorted(found) == [late, undated]
    assert (seen.tally.articles, seen.is_cut) == (2, False)


@pytest.mark.parametrize("since", [None, NOW - timedelta(days=100)])
def test_of_more_than_one_asks_for_those_are_tried_that_arrived_last(
    database: Database, workers: Workers, since: datetime | None
) -> None:
    # The last of a document arrives first.
    store(database, *["red"] * 10)
    question = replace(QUESTION, since=since)

    few, all_of_them = (ask(database, workers, replace(question, most=most)) for most in (3, 10))

    assert (few.tally.kept, few.is_cut) == ([8, 9, 10], True)
    assert (len(all_of_them.tally.kept), all_of_them.is_cut) == (10, False)


def test_numbers_far_apart_are_judged_apart(database: Database, workers: Workers) -> None:
    store(database, "red", "red")
    database.db.execute("UPDATE article SET n = 5000 WHERE n = 2")
    database.db.execute("UPDATE rule_text_pending SET article = 5000 WHERE article = 2")
    told: list[tuple[int, int]] = []

    question = replace(QUESTION, since=NOW - timedelta(days=100))
    seen = preview(database, workers, question, 0, lambda *done: told.append(done))

    assert seen.tally.kept == [1, 5000]
    assert told == [(1, 2), (2, 2)]


def test_what_the_feed_does_not_have_is_gained_and_what_it_should_not_have_is_lost(
    database: Database, workers: Workers
) -> None:
    store(database, "red", "green", "red black", kept=True)
    store(database, "red", "green", "red black", "blue")

    seen = ask(database, workers, QUESTION)

    assert seen.has_feed
    assert titles(seen, seen.tally.gained) == {"Story 3"}
    assert titles(seen, seen.tally.lost) == {"Story 1", "Story 2"}


def test_against_another_rule_it_is_that_rule_that_is_compared_with(
    database: Database, workers: Workers
) -> None:
    store(database, "red", "blue", "red black", kept=True)

    seen = ask(database, workers, replace(QUESTION, against=OTHER))

    assert titles(seen, seen.tally.gained) == {"Story 1"}
    assert titles(seen, seen.tally.lost) == {"Story 2"}


def test_outputs_of_two_files_that_have_the_same_names_are_kept_apart(
    database: Database, workers: Workers
) -> None:
    store(database, "red", "red blue", "red black")
    ours = (an_output("clean", none=("blue",)), an_output("out", base="clean", any=("red",)))
    theirs = (an_output("clean", none=("black",)), an_output("out", base="clean", any=("red",)))

    seen = ask(database, workers, Question(output="out", outputs=ours, against=theirs))

    assert titles(seen, seen.tally.gained) == {"Story 2"}
    assert titles(seen, seen.tally.lost) == {"Story 1"}
    assert dict(seen.tally.rejections) == {("clean", "none"): 1}


@pytest.mark.parametrize(
    ("outputs", "against", "kept", "gained", "lost"),
    [
        ((OUTPUT,), (), {"Story 0"}, {"Story 0"}, set()),
        ((), (OUTPUT,), set(), set(), {"Story 0"}),
        ((OUTPUT,), None, {"Story 0"}, {"Story 0"}, set()),
    ],
)
def test_an_output_that_one_side_does_not_have_keeps_nothing_there(
    database: Database,
    workers: Workers,
    outputs: tuple[Output, ...],
    against: tuple[Output, ...] | None,
    kept: set[str],
    gained: set[str],
    lost: set[str],
) -> None:
    store(database, "red", "green")

    seen = ask(database, workers, Question(output="out", outputs=outputs, against=against))

    tally = seen.tally
    assert not seen.has_feed
    assert titles(seen, tally.kept or []) == kept
    assert (titles(seen, tally.gained), titles(seen, tally.lost)) == (gained, lost)


def test_only_articles_of_the_time_that_was_asked_for_are_looked_at(
    database: Database, workers: Workers
) -> None:
    store(database, *["red"] * 10, kept=True)

    seen = ask(database, workers, replace(QUESTION, since=NOW - timedelta(days=3)))

    assert titles(seen, seen.tally.kept) == {f"Story {n}" for n in range(4)}
    assert seen.tally.lost == []


def test_hits_are_drawn_by_chance_and_the_same_for_the_same_seed(
    database: Database, workers: Workers
) -> None:
    store(database, *["red"] * 100)

    drawn = [[n for n, _ in ask(database, workers, QUESTION, seed).sample] for seed in (1, 1, 2)]

    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0])) == SAMPLE


def test_copies_of_an_article_are_counted(database: Database, workers: Workers) -> None:
    entry = an_entry("Story", content="<p>red</p>", link="https://publisher.example/x")
    poll(database, entry)
    poll(database, entry, source="other")
    poll(database, an_entry("Another", content="<p>red</p>"), source="other")

    assert ask(database, workers, QUESTION).copies == 1


def test_nothing_stored_comes_to_nothing(database: Database, workers: Workers) -> None:
    seen = ask(database, workers, QUESTION)

    assert (seen.tally.articles, seen.sample, dict(seen.heads)) == (0, (), {})
