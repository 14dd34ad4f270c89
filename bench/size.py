"""Measure how large the database gets: bytes per article by part, what purging gives back.

Run as `python -m bench.size` from the root of the project. SQLite has to have dbstat, as Debian's.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

from aggregator.core.dedup import Candidate, deduplicate
from aggregator.core.entry import Entry, ParsedFeed
from aggregator.core.identity import identity_keys
from aggregator.core.likeness import anchors_of
from aggregator.core.normalize import normalize
from aggregator.core.rules import Verdict
from aggregator.core.source import Source
from aggregator.core.subject import Subject
from aggregator.core.urls import UrlBook, UrlRules
from aggregator.store import purging, recording, rule_texts, search, search_rebuild, space
from aggregator.store.database import Database
from aggregator.store.known import known
from bench.articles import published, write_entry

_POLL = 30
_SOURCES = 40
_URLS = UrlBook(UrlRules(drop=("utm_*",)))
_KEPT = Verdict(kept=True)
# Tables and indexes by what they are for.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "articles": ("article",),
    "ids, order of arrival": ("sqlite_autoindex_article_1", "article_source", "article_cluster"),
    "search": ("search_index", "search_document", "sqlite_autoindex_search_document"),
    "words for rules": ("rule_text",),
    "anchors": ("anchor", "recent_anchor", "boilerplate"),
    "identity keys": ("ident",),
    "listings": ("listing",),
    "tombstones": ("tombstone",),
    "former versions": ("revision",),
}


def candidates(seed: int, source: int, first: int) -> list[Candidate]:
    """Write a poll's entries as candidates, kept by one output."""
    entries = tuple(_entry(seed, source, first + n) for n in range(_POLL))
    feed = ParsedFeed(kind="rss20", entries=entries)
    name = f"site{source}"
    at = published(source, first + _POLL)
    articles = normalize(feed, Source(id=name, url="", name=name), at, _URLS)
    subjects = [Subject.of(one) for one in articles]
    return [
        Candidate(
            article=article,
            keys=identity_keys(article.link, subject.body, _URLS),
            anchors=anchors_of(subject),
            kept_by={"all": _KEPT},
        )
        for article, subject in zip(articles, subjects, strict=True)
    ]


def _entry(seed: int, source: int, number: int) -> Entry:
    one = write_entry(seed, source, number)
    return Entry(guid=one.guid, link=one.link, title=one.title, content=one.body,
                 summary=one.summary, published=one.published, authors=(one.author,),
                 tags=one.categories)  # fmt: skip


def fill(database: Database, articles: int, seed: int) -> None:
    """Store articles as polls would, and index them."""
    for poll in range(articles // _POLL):
        source, first = poll % _SOURCES, poll // _SOURCES * _POLL + 1
        batch = candidates(seed, source, first)
        at: datetime = batch[0].article.first_seen
        with database.transaction():
            recording.store(database, deduplicate(batch, known(database, batch)), at)
    for step in (rule_texts.fill, search.index):
        while step(database, 500):
            pass


def parts(database: Database) -> dict[str, int]:
    """Give the bytes of each part; "the rest" is what none of them names."""
    sizes: dict[str, int] = defaultdict(int)
    for name, size in database.db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
        sizes[_part(name)] += size
    return dict(sizes)


def _part(table: str) -> str:
    for part, names in _PARTS.items():
        if any(table == name or table.startswith(f"{name}_") for name in names):
            return part
    return "the rest"


def _timed(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def measure(path: Path, articles: int, seed: int) -> None:
    """Fill a database, print what its parts take, purge half of it."""
    with closing(Database(path)) as database:
        fill(database, articles, seed)
        count = database.count_articles()
        text = database.db.execute("SELECT sum(length(CAST(body AS BLOB))) FROM article")
        print(f"{count} articles with {text.fetchone()[0] / count:.0f} bytes of text each")
        _print(parts(database), count)
        found = database.db.execute("SELECT id FROM article ORDER BY n LIMIT ?", [count // 2])
        ids = [name for (name,) in found]
        portions = [ids[start : start + 50] for start in range(0, len(ids), 50)]
        times = sorted(_timed(partial(purging.purge, database, some)) for some in portions)
        print(
            f"\na portion of 50 is purged in {times[len(times) // 2] * 1000:.0f} ms,"
            f" {times[-1] * 1000:.0f} at most; then, per purged article"
        )
        _print(parts(database), len(ids), ("tombstones", "search"))
        steps = [_timed(lambda: _rebuild(database))]
        while search_rebuild.has_two(database):
            steps.append(_timed(lambda: _rebuild(database)))
        print(
            f"\nsearch is made anew in {sum(steps):.1f} s, in steps of"
            f" {sorted(steps)[len(steps) // 2] * 1000:.0f} ms, {max(steps) * 1000:.0f} at most;"
            " then, per article that is left"
        )
        _print(parts(database), count - len(ids), ("search",))
        size = space.size(database)
        given = []
        while pages := space.give_back(database, 500):
            given.append(_timed(lambda: space.give_back(database, 500)) if pages else 0)
        print(
            f"\n{size - space.size(database)} bytes are given back, 500 pages in"
            f" {max(given, default=0) * 1000:.0f} ms at most"
        )


def _rebuild(database: Database) -> None:
    with database.transaction():
        search.rebuild(database, 50)


def _print(sizes: Mapping[str, int], count: int, only: tuple[str, ...] = ()) -> None:
    total = sum(sizes.values())
    for name, size in sorted(sizes.items(), key=lambda pair: -pair[1]):
        if not only or name in only:
            print(f"{name:24}{size / count:9.0f} bytes {size / total:7.1%}")
    if not only:
        print(f"{'all':24}{total / count:9.0f} bytes")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.size", description=__doc__)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder) / "size.db", asked.articles, asked.seed)


if __name__ == "__main__":
    main()
