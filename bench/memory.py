"""Follow the memory of the parsing processes and their parent over many documents.

Run as `python -m bench.memory` from the root of the project. Documents of many kinds, good and bad,
go through the pool as a poll sends them, each with words of its own, on several threads.
"""

import argparse
import contextlib
import gzip
import json
import os
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from aggregator.core.entry import join_slices
from aggregator.core.output import Output, Rule
from aggregator.core.source import Source, Validators
from aggregator.core.urls import UrlRules
from aggregator.errors import ParseError
from aggregator.ingest.answer import Fetched
from aggregator.ingest.workers import Workers
from aggregator.pipeline.digest import digest
from bench.documents import render_document

PRELOAD = ("aggregator.pipeline.digest", "aggregator.ingest.parse")
THREADS = 8
VARIANTS = 12  # documents of each format that are written; each is sent with other words
OTHERS = 13  # documents of other kinds
# Documents that wait at a time: what waits is in the parent's memory. One of each, so that readings
# come at one place of the stream: the memory of a large document is there for a while after it.
PORTION = 3 * VARIANTS + OTHERS
ENTRIES = 3
SOURCE = Source(id="bench", url="https://bench.example.com/feed", name="bench")
OUTPUTS = (
    Output(id="all", title="All", description="", rule=Rule()),
    Output(id="some", title="Some", description="", rule=Rule(any=("互联互通", "interoperab*"))),
)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
MOST_GROWTH = 1.03  # of the last third against the one before
_SIZE = re.compile(r"^(Pss\w*):\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """Hold bytes: all of it (PSS), and what stands in no file. Only the second is ours alone: a
    library that another program loads as well makes the first smaller."""

    whole: int = 0
    anonymous: int = 0

    def __add__(self, other: "Memory") -> "Memory":
        """Add up."""
        return Memory(whole=self.whole + other.whole, anonymous=self.anonymous + other.anonymous)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Hold the memory after so many documents: the parent's, and its processes'."""

    documents: int
    parent: Memory
    workers: Memory


def memory_of(pid: int) -> Memory:
    """Read the memory of a process, shared pages split among sharers; none if it has gone."""
    try:
        stated = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return Memory()
    sizes = {name: int(size) * 1024 for name, size in _SIZE.findall(stated)}
    return Memory(whole=sizes.get("Pss", 0), anonymous=sizes.get("Pss_Anon", 0))


def pss_of(pid: int) -> int:
    """Read the whole memory of a process in bytes."""
    return memory_of(pid).whole


def offspring(pid: int) -> Iterator[int]:
    """List the processes below one."""
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, tasks.read_text().split()):
                yield child
                yield from offspring(child)


def templates() -> list[bytes]:
    """Write documents of every kind; `SERIAL` in them stands for the number of each sending."""
    feeds = [
        re.sub(rb"https://site\d+", rb"https://siteSERIAL", render_document(1, source, ENTRIES))
        for source in range(1, 3 * VARIANTS + 1)
    ]
    some = feeds[0].decode()
    rss = '<rss version="0.91"><channel><title>SERIAL</title>{}</channel></rss>'
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/"><channel><title>x</title></channel>'
        "<item><title>SERIAL</title><link>https://x.example/SERIAL</link></item></rdf:RDF>"
    )
    items = [{"id": f"SERIAL-{n}", "content_html": "<p>互联互通</p>" * 50} for n in range(5)]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": items}
    declared = '<?xml version="1.0" encoding="{}"?>'
    return [
        *feeds,
        rdf.encode(),
        json.dumps(feed).encode(),
        rss.format("<item><title>a SERIAL</title></item>" * 20).encode(),
        rss.format("<item><title>a & b &nbsp; SERIAL</title></item>" * 5).encode(),  # not XML
        rss.format("<item><title>cut short SERIAL").encode(),
        (declared.format("gb2312") + rss.format("<item><title>外链开放</title></item>")).encode(
            "gbk"
        ),
        (declared.format("Shift_JIS") + rss.format("<item><title>相互接続</title></item>")).encode(
            "shift_jis"
        ),
        some.replace("<p>", '<p onclick="x()">').encode(),  # to be rewritten
        some.replace("<p>", "<div>" * 40).encode(),
        b"<!doctype html><title>SERIAL</title>",
        b"",
        b'<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rss>SERIAL</rss>',
        b"\x1f\x8b" + gzip.compress(bytes(20 << 20))[2:],  # a bomb
    ]


def answers() -> Iterator[Fetched]:
    """Give responses without end, no two alike but the last two kinds."""
    written, number = templates(), 0
    assert len(written) == PORTION
    while True:
        for one in written:
            number += 1
            yield Fetched(
                url=SOURCE.url,
                body=one.replace(b"SERIAL", b"%d" % number),
                content_type="",
                content_encoding="",
                validators=Validators(),
            )


def follow(
    workers: Workers, documents: int, every: int, tell: Callable[[Reading], None]
) -> tuple[list[Reading], Counter[str]]:
    """Send documents through the pool; read the memory each time so many are done.

    Returns the readings, and how many documents came to what.
    """
    stream, readings, outcomes = answers(), list[Reading](), Counter[str]()
    with ThreadPoolExecutor(THREADS) as threads:
        for done in range(PORTION, documents + 1, PORTION):
            outcomes.update(threads.map(lambda one: _send(workers, one), islice(stream, PORTION)))
            if done % every == 0:
                readings.append(_read_memory(done))
                tell(readings[-1])
    return readings, outcomes


def _send(workers: Workers, answer: Fetched) -> str:
    try:
        first = workers.run(digest, answer, SOURCE, b"", OUTPUTS, UrlRules(), NOW)
        if not first.reading.known:
            return "read"
        known = join_slices(first.reading.known)
        workers.run(digest, answer, SOURCE, known, OUTPUTS, UrlRules(), NOW)
    except ParseError as error:
        return error.status
    return "read twice"


def _read_memory(done: int) -> Reading:
    own = os.getpid()
    workers = sum(map(memory_of, offspring(own)), Memory())
    return Reading(documents=done, parent=memory_of(own), workers=workers)


def growth(readings: Sequence[Reading]) -> float:
    """Compare the medians of the last third and of the one before it, of what is ours alone."""
    sizes = [(one.parent + one.workers).anonymous for one in readings]
    third = len(sizes) // 3
    return statistics.median(sizes[-third:]) / statistics.median(sizes[-2 * third : -third])


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    add = parser.add_argument
    add("--documents", type=int, default=100_000)
    add(
        "--every",
        type=int,
        default=40 * PORTION,
        help=f"documents between two readings, a multiple of {PORTION}",
    )
    add("--workers", type=int, default=2)
    return parser.parse_args()


def main() -> int:
    """Run what the options ask for; 1 where memory grows to the end."""
    options = parse_options()
    print(f"MB         {'parent':>17} {'its processes':>19}")
    print(f"documents  {'all':>7} {'anonymous':>9} {'all':>9} {'anonymous':>9} {'seconds':>8}")
    start = time.monotonic()

    def tell(one: Reading) -> None:
        parent = f"{one.parent.whole / 1e6:7.1f} {one.parent.anonymous / 1e6:9.1f}"
        workers = f"{one.workers.whole / 1e6:9.1f} {one.workers.anonymous / 1e6:9.1f}"
        seconds = time.monotonic() - start
        print(f"{one.documents:9}  {parent} {workers} {seconds:8.0f}", flush=True)

    workers = Workers(options.workers, preload=PRELOAD)
    try:
        readings, outcomes = follow(workers, options.documents, options.every, tell)
    finally:
        workers.close()
    grown = growth(readings)
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))
    print(f"the last third of the readings has {grown:.3f} of the one before it")
    return 1 if grown > MOST_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
