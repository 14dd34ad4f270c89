"""New listings in the making, and what becomes of them when they are complete."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database as SqliteUtils

from aggregator.core.dedup import deduplicate
from aggregator.core.entry import Entry
from aggregator.core.findings import Finding
from aggregator.core.lineage import rule_hashes
from aggregator.core.output import Order, Output, Rule, Score
from aggregator.core.rules import RuleBook, Verdict
from aggregator.core.subject import Hit, Subject
from aggregator.store import history, listings, purging, relistings, rows
from aggregator.store.database import Database
from aggregator.store.known import known
from aggregator.store.relistings import Judged, Relisting
from aggregator.store.schema import migrations
from tests.store.records import LONG, NOW, a_source, an_entry, an_outcome, candidates, settled


def an_output(term: str = "", **settings: object) -> Output:
    rule = Rule(any=(term,)) if term else Rule()
    return Output(id="out", title="", description="", rule=rule, **settings)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A database and the output `out`."""

    database: Database

    def begin(self, output: Output) -> list[Relisting]:
        with self.database.transaction():
            relistings.begin(self.database, [output], rule_hashes((output,)))
        return self.under_way(output)

    def under_way(self, output: Output) -> list[Relisting]:
        return relistings.under_way(self.database, rule_hashes((output,)))

    def judge(self, output: Output, group: list[Relisting], limit: int = 99) -> None:
        """Judge a portion as it is stored now."""
        book = RuleBook([output])
        judged = [
            Judged(n=n, date=article.date, kept_by=book.verdicts(Subject.of(article)))
            for n, article in self.database.articles_after(group[0].done, limit)
            if n <= group[0].up_to
        ]
        self.put(group, judged)

    def put(self, group: list[Relisting], judged: list[Judged]) -> None:
        with self.database.transaction():
            relistings.put(self.database, group, judged, judged[-1].n)

    def finish(self, output: Output) -> None:
        for one in self.under_way(output):
            relistings.finish(self.database, one)

    def apply(self, output: Output) -> None:
        """Do all of it."""
        if group := self.begin(output):
            self.judge(output, group)
            self.finish(output)

    def poll(self, output: Output, *entries: Entry, source: str = "paper") -> None:
        """Bring entries, judged by an output's rule."""
        self.database.sync_sources([a_source(source)])
        book = RuleBook([output])
        batch = [
            replace(one, kept_by=book.verdicts(Subject.of(one.article)))
            for one in candidates(*entries, source=source)
        ]
        decisions = deduplicate(batch, known(self.database, batch))
        with self.database.transaction():
            settled(self.database, an_outcome(source), decisions)

    def shown(self, limit: int = 9, **settings: object) -> list[str]:
        found = listings.listed(self.database, "out", limit, **settings)  # type: ignore[arg-type]
        return [one.title for one in found]

    def left(self) -> list[int]:
        """Count what is left of new listings in the making."""
        tables = ("relisting", "relisted", "rejudged")
        return [
            self.database.db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in tables
        ]


@pytest.fixture
def shelf(database: Database) -> Shelf:
    return Shelf(database)


def stories(*names: str, **fields: object) -> list[Entry]:
    """Make entries an hour apart, the newest first."""
    return [
        an_entry(name, **({"published": NOW - timedelta(hours=age)} | fields))
        for age, name in enumerate(names, start=1)
    ]


CATS, DOGS = an_output("cats"), an_output("dogs")
PETS = ("Cats 1", "Dogs 1", "Cats 2", "Cats and dogs", "Dogs 2")


def test_the_pages_of_history_begin_anew_with_another_rule(shelf: Shelf) -> None:
    shelf.poll(CATS, *stories(*PETS))
    shelf.apply(CATS)
    history.add(shelf.database, "out", [2, 4])

    shelf.apply(CATS)
    before = history.ends(shelf.database, "out")
    shelf.apply(DOGS)

    assert (before, history.ends(shelf.database, "out")) == ([2, 4], [])


def test_without_dedupe_pages_hold_each_copy(shelf: Shelf) -> None:
    everything = an_output()
    shelf.poll(everything, an_entry("One", content=LONG, link="https://a.example/one"))
    shelf.poll(
        everything, an_entry("One", content=LONG, link="https://a.example/one"), source="other"
    )

    found = [
        [n for n, _ in listings.arrived(shelf.database, "out", 0, dedupe=dedupe)]
        for dedupe in (True, False)
    ]
    pages_of = [
        len(listings.between(shelf.database, "out", 0, listings.NO_END, dedupe=dedupe))
        for dedupe in (True, False)
    ]

    assert (found, pages_of) == ([[1], [1, 2]], [1, 2])


def test_the_old_listing_is_shown_until_the_new_one_is_complete(shelf: Shelf) -> None:
    shelf.apply(CATS)
    shelf.poll(CATS, *stories(*PETS))
    before = shelf.shown()
    group = shelf.begin(DOGS)
    shelf.judge(DOGS, group, 3)
    halfway = shelf.shown()
    shelf.finish(DOGS)
    unfinished = shelf.shown()
    shelf.judge(DOGS, shelf.under_way(DOGS))

    shelf.finish(DOGS)

    assert before == halfway == unfinished == ["Cats 1", "Cats 2", "Cats and dogs"]
    assert shelf.shown() == ["Dogs 1", "Cats and dogs", "Dogs 2"]
    assert shelf.left() == [0, 0, 0]
    assert shelf.begin(DOGS) == []


def test_what_was_begun_goes_on_where_it_stands(shelf: Shelf) -> None:
    shelf.poll(CATS, *stories(*PETS))
    shelf.judge(DOGS, shelf.begin(DOGS), 2)

    [again] = shelf.begin(DOGS)

    assert (again.done, again.up_to) == (2, 5)


@pytest.mark.parametrize("other", [CATS, an_output("birds")], ids=["the old one", "a third"])
def test_another_rule_in_the_middle_begins_anew(shelf: Shelf, other: Output) -> None:
    shelf.poll(CATS, *stories(*PETS))
    shelf.apply(CATS)
    shelf.judge(DOGS, shelf.begin(DOGS), 2)
    shelf.poll(DOGS, *stories("Dogs 3", "Birds"))

    [again] = shelf.begin(other)

    assert (again.done, again.up_to) == (0, 7)
    shelf.judge(other, [again])
    shelf.finish(other)
    expected = ["Cats 1", "Cats 2", "Cats and dogs"] if other is CATS else ["Birds"]
    assert shelf.shown() == expected


def test_what_arrives_meanwhile_is_judged_by_the_new_rule(shelf: Shelf) -> None:
    shelf.poll(CATS, *stories("Cats 1", "Dogs 1"))
    shelf.apply(CATS)
    group = shelf.begin(DOGS)
    shelf.poll(DOGS, *stories("Cats 3", "Dogs 3", published=NOW))
    meanwhile = shelf.shown()
    shelf.judge(DOGS, group)

    shelf.finish(DOGS)

    assert (meanwhile, shelf.shown()) == (["Dogs 3", "Cats 1"], ["Dogs 3", "Dogs 1"])


@pytest.mark.parametrize(
    "when", ["before it is judged", "after it is judged", "while it is judged"]
)
def test_what_changes_meanwhile_is_judged_as_it_is_now(shelf: Shelf, when: str) -> None:
    old = stories("Lions", "Tigers", "Dogs 1")
    shelf.poll(CATS, *old)
    shelf.apply(CATS)
    group = shelf.begin(DOGS)
    new = [replace(old[0], title="Dogs, not lions"), replace(old[2], title="No more"), old[1]]
    new[1] = replace(new[1], content="<p>Gone.</p>")
    book = RuleBook([DOGS])
    before = [
        Judged(n=n, date=article.date, kept_by=book.verdicts(Subject.of(article)))
        for n, article in shelf.database.articles_after(0, 9)
    ]
    if when == "after it is judged":
        shelf.put(group, before)
    shelf.poll(DOGS, *new)
    if when == "while it is judged":
        shelf.put(group, before)
    if when == "before it is judged":
        shelf.judge(DOGS, group)

    shelf.finish(DOGS)

    assert shelf.shown() == ["Dogs, not lions"]


def test_what_is_purged_meanwhile_does_not_come_back(shelf: Shelf) -> None:
    shelf.poll(CATS, *stories("Dogs 1", "Dogs 2"))
    shelf.apply(CATS)
    shelf.judge(DOGS, shelf.begin(DOGS))
    [(gone,)] = shelf.database.db.execute("SELECT id FROM article WHERE title = 'Dogs 1'")
    purging.purge(shelf.database, [gone])

    shelf.finish(DOGS)

    assert shelf.shown() == ["Dogs 2"]


def test_what_is_purged_while_it_is_judged_does_not_come_back(shelf: Shelf) -> None:
    shelf.poll(CATS, *stories("Dogs 1"))
    shelf.apply(CATS)
    [one] = group = shelf.begin(DOGS)
    kept = RuleBook([DOGS]).verdicts(Subject.of(shelf.database.numbered(1)))
    purging.purge(shelf.database, [shelf.database.numbered(1).id])
    shelf.put(group, [Judged(n=1, date=NOW, kept_by=kept)])

    relistings.finish(shelf.database, one)

    assert listings.counts(shelf.database) == {}


def test_what_cannot_be_judged_stays_as_it_was(shelf: Shelf) -> None:
    shelf.poll(CATS, *stories("Cats 1", "Dogs 1"))
    shelf.apply(CATS)
    group = shelf.begin(DOGS)
    shelf.put(group, [Judged(n=n, date=NOW, kept_by=None) for n in (1, 2)])

    shelf.finish(DOGS)

    assert shelf.shown() == ["Cats 1"]


def test_two_that_judge_the_same_portion_do_no_harm(shelf: Shelf) -> None:
    shelf.poll(CATS, *stories(*PETS))
    group = shelf.begin(DOGS)
    shelf.judge(DOGS, group, 3)
    shelf.judge(DOGS, group, 2)  # a slower one, that read before the other wrote

    assert shelf.under_way(DOGS)[0].done == 3


def test_one_that_judges_by_a_rule_of_before_adds_nothing(shelf: Shelf) -> None:
    shelf.poll(CATS, *stories(*PETS))
    late = shelf.begin(DOGS)
    shelf.begin(CATS)

    shelf.judge(DOGS, late)
    shelf.finish(DOGS)

    assert (shelf.under_way(CATS)[0].done, shelf.left()) == (0, [1, 0, 0])


def test_with_new_only_the_listing_of_what_is_there_stays(shelf: Shelf) -> None:
    shelf.poll(CATS, *stories("Cats 1", "Dogs 1"))
    shelf.apply(CATS)
    dogs = replace(DOGS, new_only=True)

    begun = shelf.begin(dogs)

    shelf.poll(dogs, *stories("Cats 2", "Dogs 2", published=NOW))
    assert (begun, shelf.shown()) == ([], ["Dogs 2", "Cats 1"])
    shelf.apply(DOGS)
    assert shelf.shown() == ["Dogs 2", "Dogs 1"]


def test_nothing_that_came_by_itself_is_pushed_out_by_what_another_rule_brings(
    shelf: Shelf,
) -> None:
    shelf.apply(CATS)
    shelf.poll(CATS, *stories("Dogs 1", "Dogs 2", "Cats 1", "Dogs 3", "Cats 2", "Cats 3"))
    before = shelf.shown(2)

    shelf.apply(an_output())

    assert before == ["Cats 1", "Cats 2"]
    assert shelf.shown(2) == ["Dogs 1", "Dogs 2", "Cats 1", "Cats 2"]


def test_a_new_output_shows_as_many_as_its_limit_says(shelf: Shelf) -> None:
    shelf.poll(CATS, *stories("Dogs 1", "Dogs 2", "Cats 1"))

    shelf.apply(replace(DOGS, id="out"))

    # Nobody has seen the one that comes, but nor has anybody seen the output before.
    shelf.poll(DOGS, an_entry("Dogs 0", published=NOW - timedelta(days=9)))
    assert shelf.shown(1) == ["Dogs 1"]


def test_what_another_rule_brought_stays_late_when_it_changes(shelf: Shelf) -> None:
    old = stories("Dogs 1", "Cats 1")
    shelf.apply(CATS)
    shelf.poll(CATS, *old)
    shelf.apply(an_output())

    shelf.poll(an_output(), replace(old[0], title="Dogs 2"), old[1])

    assert shelf.shown(1) == ["Dogs 2", "Cats 1"]


def test_a_copy_that_another_rule_brings_changes_nothing_of_what_was_announced(
    shelf: Shelf,
) -> None:
    first, second = (an_entry(name, content=LONG) for name in ("Dogs", "Cats"))
    shelf.apply(CATS)
    shelf.poll(CATS, replace(first, content=LONG + LONG, published=NOW - timedelta(days=2)))
    shelf.poll(CATS, replace(second, link=first.link), source="other")
    [before] = listings.listed(shelf.database, "out", 9)

    shelf.apply(an_output())

    assert before.title == "Cats"
    assert listings.listed(shelf.database, "out", 9) == [before]
    assert listings.counts(shelf.database)["out"][0] == 1


def test_without_dedupe_each_copy_is_shown_as_it_is(shelf: Shelf) -> None:
    first, second = (an_entry(name, content=LONG) for name in ("Dogs", "Cats"))
    shelf.apply(an_output())
    shelf.poll(an_output(), first)
    shelf.poll(an_output(), replace(second, link=first.link), source="other")

    assert (shelf.shown(), shelf.shown(dedupe=False)) == (["Dogs"], ["Cats", "Dogs"])
    counts = [listings.counts(shelf.database, doubled)["out"][0] for doubled in ((), ("out",))]
    assert counts == [1, 2]


def test_an_output_is_shown_in_its_order(shelf: Shelf) -> None:
    weights = (("cats", 3.0), ("dogs", 2.0), ("1", 0.5))
    rule = Rule(weights=weights, score=Score(threshold=1))
    output = Output(id="out", title="", description="", rule=rule)
    shelf.apply(output)
    for name, age in (("Dogs 1", 5), ("Cats 1", 9), ("Dogs 2", 1), ("Cats and dogs", 7)):
        shelf.poll(output, an_entry(name, published=NOW - timedelta(hours=age)))

    shown = {order: shelf.shown(3, order=order) for order in Order}

    assert shown == {
        Order.NEWEST: ["Dogs 2", "Dogs 1", "Cats and dogs"],
        Order.FIRST_SEEN: ["Cats and dogs", "Dogs 2", "Cats 1"],
        Order.SCORE: ["Cats and dogs", "Cats 1", "Dogs 1"],
    }


def test_a_verdict_is_read_back_as_it_was_stored(shelf: Shelf) -> None:
    rule = Rule(any=("cats",), weights=(("x", 1.5),), score=Score(threshold=0))
    output = Output(id="out", title="", description="", rule=rule)
    shelf.poll(output, an_entry("Cats", content="<p>x cats</p>"))

    assert listings.verdicts(shelf.database, [1]) == {
        1: {
            "out": Verdict(
                kept=True,
                findings=(
                    Finding(
                        clause="any",
                        passed=True,
                        hits=(Hit(term="cats", fields=("title", "body")),),
                    ),
                    Finding(clause="score", passed=True, hits=(Hit(term="x", fields=("body",)),)),
                ),
                score=1.5,
            )
        }
    }


def test_judging_anew_brings_the_verdicts_up_to_date_of_what_stays(shelf: Shelf) -> None:
    shelf.apply(CATS)
    shelf.poll(CATS, an_entry("Cats and dogs"))

    shelf.apply(DOGS)

    assert listings.verdicts(shelf.database, [1])[1]["out"].terms == ("dogs",)


def test_what_an_older_version_listed_stays_and_is_judged_anew(path: Path) -> None:
    path.parent.mkdir()
    [old] = candidates(an_entry("Cats"))
    with closing(sqlite3.connect(path)) as connection:
        older = SqliteUtils(connection)
        migrations.apply(older, stop_before="m004_verdicts")
        row = {"n": 1, **rows.article_row(old.article), "cluster": old.article.id, "reason": ""}
        older.table("article").insert(row)
        older.execute("INSERT INTO listing (output, sort_at, article) VALUES ('out', 7, 1)")
        older.execute("INSERT INTO output (id, rule_hash) VALUES ('out', x'00')")
        connection.commit()

    with closing(Database(path)) as database:
        shelf = Shelf(database)
        before = shelf.shown(), listings.verdicts(database, [1])[1]["out"]
        shelf.apply(CATS)
        after = shelf.shown(), listings.verdicts(database, [1])[1]["out"].terms

    assert (before, after) == ((["Cats"], Verdict(kept=True)), (["Cats"], ("cats",)))


@pytest.mark.parametrize("order", Order)
def test_a_listing_is_read_in_its_order_without_sorting_or_reading_all_of_it(
    shelf: Shelf, order: Order
) -> None:
    asked: list[str] = []
    shelf.database.connection.set_trace_callback(asked.append)

    shelf.shown(order=order)

    shelf.database.connection.set_trace_callback(None)
    [sql] = [one for one in asked if "AS shown" in one]
    plan = [row[3] for row in shelf.database.db.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert not [step for step in plan if "TEMP B-TREE" in step]
    assert "SEARCH other USING INDEX listing_article (article=? AND output=?)" in plan
