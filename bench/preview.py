"""Measure how long a rule is tried on stored articles, and what keeping their words takes.

Run as `python -m bench.preview` from the root of the project.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from aggregator.core.entry import Entry, ParsedFeed
from aggregator.core.normalize import normalize
from aggregator.core.output import Output, Rule
from aggregator.core.source import Source
from aggregator.core.subject import Subject
from aggregator.core.urls import UrlBook, UrlRules
from aggregator.ingest.workers import Workers
from aggregator.pipeline.preview import Question, count, fold_texts, preview
from aggregator.store import rows, rule_texts
from aggregator.store.database import Database
from aggregator.store.rule_texts import DueText, PackedText
from bench.articles import published, write_entry
from bench.rules import outputs_of

OUTPUTS = 50
_SOURCES = 40
_TEXTS = 2000  # different ones; writing 100,000 would take longer than all that is measured
_BATCH = 1000
FEW = 2000
Row = dict[str, Any]
# What somebody would try: words of which the load has some, one of them refused.
TRIED = Output(
    id="tried",
    title="",
    description="",
    rule=Rule(any=("互联互通", "interoperab*", "芯片", "chip*"), none=("高速公路",)),
)
PRELOAD = ("aggregator.pipeline.preview",)


def originals(seed: int) -> Iterator[tuple[Row, bytes]]:
    """Write the different articles, each as a row and with its words as they are kept."""
    for n in range(_TEXTS):
        source = Source(id=f"site{n % _SOURCES}", url="", name="")
        one = write_entry(seed, n % _SOURCES, n)
        entry = Entry(guid=one.guid, link=one.link, title=one.title, content=one.body,
                      summary=one.summary, published=one.published, authors=(one.author,),
                      tags=one.categories)  # fmt: skip
        feed = ParsedFeed(kind="rss20", entries=(entry,))
        [article] = normalize(feed, source, one.published, UrlBook(UrlRules()))
        yield rows.article_row(article), rule_texts.pack(Subject.of(article))


def stored(texts: Sequence[tuple[Row, bytes]], count: int) -> Iterator[tuple[Row, bytes]]:
    """Give so many articles; the texts come again and again."""
    for n in range(count):
        row, words = texts[n % len(texts)]
        date = rows.seconds(published(n % _SOURCES, 0) + timedelta(minutes=n))
        name = f"{row['id']}-{n}"
        own = {"id": name, "guid": name, "cluster": name, "published": date, "first_seen": date}
        yield row | own | {"n": n + 1, "reason": ""}, words


def fill(database: Database, count: int, seed: int) -> int:
    """Store articles and their words, without what a poll does beside; return the bytes of the
    articles alone. The words of the first are left to be folded."""
    making, bare = stored(list(originals(seed)), count), 0
    while some := list(islice(making, _BATCH)):
        with database.transaction():
            database.table("article").insert_all(row for row, _ in some)
            bare += sum(len(row["body"].encode()) for row, _ in some)
            numbers = [(row["n"],) for row, _ in some]
            database.connection.executemany(
                "INSERT INTO rule_text_pending (article) VALUES (?)", numbers
            )
            kept = [PackedText(DueText(row["n"], 1), words) for row, words in some]
            rule_texts.put(database, (one for one in kept if one.due.n > FEW))
    return bare // count


def timed(label: str, count: int, act: Callable[[], object]) -> None:
    """Print how long something took, by the clock and in CPU of this process."""
    start, cpu = time.monotonic(), time.process_time()
    act()
    taken, cpu = time.monotonic() - start, time.process_time() - cpu
    each = "µs each"
    print(f"| {label} | {count} | {taken:.1f} s | {taken / count * 1e6:.0f} {each} |"
          f" {cpu / count * 1e6:.0f} {each} |", flush=True)  # fmt: skip


def _pages(database: Database) -> int:
    count = int(database.db.execute("PRAGMA page_count").fetchone()[0])
    return count - int(database.db.execute("PRAGMA freelist_count").fetchone()[0])


def run(path: Path, articles: int, seed: int) -> None:
    """Fill a database and try a rule on it."""
    outputs = (*outputs_of(OUTPUTS - 1, seed), TRIED)
    question = Question(output=TRIED.id, outputs=outputs)
    rival = replace(question, against=outputs)
    with closing(Database(path)) as database:
        body = fill(database, articles, seed)
        print(f"{articles} articles with bodies of {body} bytes, {OUTPUTS} outputs\n")
        print("| what | articles | by the clock | | CPU of this process |\n|---|---|---|---|---|")

        def in_processes(act: Callable[[Workers], object]) -> None:
            with closing(Workers(0, preload=PRELOAD)) as workers:
                act(workers)

        def ask(asked: Question) -> Callable[[], object]:
            return lambda: in_processes(lambda one: preview(database, one, asked, seed=0))

        def keep() -> None:
            in_processes(lambda one: fold_texts(database, one))

        def here() -> object:
            return count(path, question, 0, FEW)

        before = _pages(database)
        timed("words not kept, here", FEW, here)
        timed("keeping them, in processes", FEW, keep)
        grown = (_pages(database) - before) * 4096 // FEW
        timed("words kept, here", FEW, here)
        timed("preview, in processes", articles, ask(question))
        timed("the same against another file", articles, ask(rival))
        print(f"\nthe kept words of an article take {grown} bytes of the database's file")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.preview", description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder) / "aggregator.db", options.articles, options.seed)


if __name__ == "__main__":
    main()
