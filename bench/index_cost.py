"""Measure what the index of anchors costs per article, with few and with many articles in it."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from aggregator.core.article import Article
from aggregator.core.entry import Entry, ParsedFeed
from aggregator.core.likeness import anchors_of
from aggregator.core.normalize import normalize
from aggregator.core.source import Source
from aggregator.core.subject import Subject
from aggregator.core.urls import UrlBook, UrlRules
from aggregator.store import anchors, near, rows
from aggregator.store.anchors import Arrival
from aggregator.store.database import Database
from bench.articles import write_entry

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
_URLS = UrlBook(UrlRules())
_WEEKS = 52  # that the articles in the index are of
_POLL = 30  # articles
_PORTION = 480  # articles of one transaction
_ANCHORS = 13  # what an article of some length has
_SOURCES = 40

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an article costs with so many in the index: microseconds of CPU time, and bytes.

    `worker` is for its anchors, in a parsing process; the rest is the writer's: `insert` and
    `lookup` are the index alone, `join` is all of the rung, comparisons with candidates included.
    """

    stored: int
    worker: float
    insert: float
    lookup: float
    join: float
    bytes: float


def cost(stored: int, folder: Path, articles: int = 600) -> Cost:
    """Fill an index with made-up anchors, then measure what generated articles of 10 KB take."""
    made = [generated(n) for n in range(articles)]
    subjects = [Subject.of(one) for one in made]
    found, worker = _timed(lambda: [anchors_of(one) for one in subjects])
    week = anchors.week(AT)
    arrivals = [Arrival(n=stored + n, week=week, anchors=h) for n, h in enumerate(found, start=1)]
    polls = [arrivals[start : start + _POLL] for start in range(0, articles, _POLL)]
    with closing(Database(folder / f"cost-{stored}.db")) as database:
        for portion in _made_up(stored, week):
            with database.transaction():
                anchors.add(database, portion)
        size = _size(database)
        with database.transaction():
            _, insert = _timed(lambda: _add(database, polls))
            _, lookup = _timed(lambda: [anchors.holders(database, one) for one in polls])
            anchors.remove(database, [one.n for one in arrivals], [week])
            _store(database, made, stored)
            _, join = _timed(lambda: [near.join(database, one) for one in polls])
    return Cost(
        stored=stored,
        worker=worker / articles,
        insert=insert / articles,
        lookup=lookup / articles,
        join=join / articles,
        bytes=size / stored,
    )


def _add(database: Database, polls: Sequence[list[Arrival]]) -> None:
    for one in polls:
        anchors.add(database, anchors.telling(database, one))


def _made_up(stored: int, last_week: int) -> Iterator[list[Arrival]]:
    """Make up articles that are like nothing, a year's worth."""
    rng = random.Random(1)
    first = last_week - _WEEKS + 1
    for start in range(0, stored, _PORTION):
        yield [
            Arrival(
                n=n + 1,
                week=first + n * _WEEKS // stored,
                anchors=tuple({rng.getrandbits(32) for _ in range(_ANCHORS)}),
            )
            for n in range(start, min(start + _PORTION, stored))
        ]


def _size(database: Database) -> int:
    sql = "SELECT sum(pgsize) FROM dbstat WHERE name IN ('anchor', 'recent_anchor')"
    return int(database.db.execute(sql).fetchone()[0])


def generated(n: int) -> Article:
    made = write_entry(7, n % _SOURCES + 1, n // _SOURCES + 1)
    entry = Entry(guid=made.guid, link=made.link, title=made.title, content=made.body, published=AT)
    source = Source(id=f"site{n % _SOURCES}", url="https://site.example/", name="Site")
    return normalize(ParsedFeed(kind="rss20", entries=(entry,)), source, AT, _URLS)[0]


def _store(database: Database, made: Sequence[Article], before: int) -> None:
    database.table("article").insert_all(
        {"n": n, **rows.article_row(one), "cluster": one.id, "reason": ""}
        for n, one in enumerate(made, start=before + 1)
    )


def _timed(work: Callable[[], _T]) -> tuple[_T, float]:
    """Do some work; give its result, and its CPU time in microseconds."""
    started = time.process_time()
    result = work()
    return result, (time.process_time() - started) * 1e6
