"""Measure what a change of rules takes: judging all stored articles anew, and the change itself.

Run as `python -m bench.relisting` from the root of the project. The times are by the clock. Judging
uses one parsing process, as beside a daemon that polls.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from aggregator.core.output import Output, Rule
from aggregator.ingest.workers import Workers
from aggregator.pipeline.relisting import Relister
from aggregator.store import rows, rule_texts
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from bench.index_cost import generated
from bench.rules import outputs_of

_PORTION = 500  # articles of one transaction
FIRST_WITH_WORDS = "one that keeps everything"  # by words that were folded before
_KINDS = 600  # different articles; the rest repeats them under other ids


def fill(database: Database, count: int) -> None:
    """Store generated articles of 10 KB."""
    made = [generated(n) for n in range(min(count, _KINDS))]
    for start in range(0, count, _PORTION):
        with database.transaction():
            database.table("article").insert_all(
                rows.article_row(made[n % len(made)])
                | {"id": str(n), "guid": str(n), "cluster": str(n), "reason": ""}
                for n in range(start, min(start + _PORTION, count))
            )


def keep_words(database: Database) -> None:
    """Fold the words of all articles, as the daemon does when it is idle."""
    database.db.execute("INSERT INTO rule_text_pending (article) SELECT n FROM article")
    while rule_texts.fill(database, _PORTION):
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Seconds that all of it took, and those of putting the new listings in place of the old."""

    whole: float
    change: float


def change(relister: Relister, database: Database) -> Taken:
    """Judge anew for the outputs whose rule is another."""
    started = time.perf_counter()
    relister.begin()
    steps = list(_steps(relister, database))
    whole = time.perf_counter() - started
    return Taken(whole=whole, change=max(took for took, is_change in steps if is_change))


def _steps(relister: Relister, database: Database) -> Iterator[tuple[float, bool]]:
    done, started = 0, time.perf_counter()
    while how_far := relister.advance(database):
        yield time.perf_counter() - started, how_far[0] == done
        done, started = how_far[0], time.perf_counter()


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.relisting", description=__doc__)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--outputs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    everything = Output(id="everything", title="", description="", rule=Rule())
    outputs = (everything, *outputs_of(options.outputs - 1, options.seed))
    less = replace(everything, rule=Rule(min_chars=1))
    rare = replace(outputs[1], rule=Rule(any=("AI", "芯片")))
    cases = {
        "all, for the first time": outputs,
        FIRST_WITH_WORDS: (less, *outputs[1:]),
        "one that keeps little": (less, rare, *outputs[2:]),
    }
    print("| outputs with another rule | seconds | articles per second | change, seconds |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "aggregator.db"
        writer, workers = Writer(path), Workers(1, preload=("aggregator.pipeline.digest",))
        with closing(Database(path)) as database, closing(writer), closing(workers):
            fill(database, options.articles)
            for name, those in cases.items():
                if name == FIRST_WITH_WORDS:
                    keep_words(database)
                relister = Relister(outputs=those, workers=workers, writer=writer)
                taken = change(relister, database)
                speed = options.articles / taken.whole
                print(f"| {name} | {taken.whole:.1f} | {speed:.0f} | {taken.change:.2f} |")


if __name__ == "__main__":
    main()
