"""Measure how many documents and entries a second are read, ours beside feedparser.

Run as `python -m bench.reading` from the root of the project. One process, no network, no database:
bytes in, entries out. CPU time, the median of rounds in which every way has its turn.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser

from aggregator.core.entry import ParsedFeed
from aggregator.ingest.charset import settle
from aggregator.ingest.parse import parse
from aggregator.ingest.reading import Reading
from bench.documents import form_of, move_on, render_document
from bench.measure import BenchError

ENTRIES = 30
URL = "https://site.example.com/feed"
NEWS = (0, 1, 5)
TARGETS = (("1 new", "same options", 8.0), ("1 new", "feedparser", 40.0))


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """Hold a document that was read before, and what it has become, by the number of new ones."""

    url: str
    before: bytes
    known: frozenset[bytes]
    after: dict[int, bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """Hold one way to read every document; `entries` is how many come of it in all."""

    name: str
    means: str
    run: Callable[[], object]
    entries: int


def sample(seed: int, source: int) -> Sample:
    """Make a document, read it, and let it move on by each number of new entries."""
    before = render_document(seed, source, ENTRIES)
    url = f"https://site{source}.example.com/feed"
    after = {0: _with_later_head(before, source)}
    moved = before
    for news in range(1, max(NEWS) + 1):
        moved = move_on(moved, seed, source, ENTRIES + news)
        after[news] = moved
    return Sample(url=url, before=before, known=parse(before, url=url).known, after=after)


def _with_later_head(document: bytes, source: int) -> bytes:
    """State another date in the head: other bytes, and nothing new."""
    head = form_of(source).head
    return document.replace(head(source, ENTRIES).encode(), head(source, ENTRIES + 1).encode(), 1)


def as_it_comes(document: bytes) -> Any:
    """Read by feedparser with its own sanitizing and link resolving."""
    return feedparser.parse(BytesIO(document))


def same_options(document: bytes) -> Any:
    """Read by feedparser with the options that we give it."""
    return feedparser.parse(BytesIO(document), sanitize_html=False, resolve_relative_uris=False)


def whole(url: str, document: bytes) -> ParsedFeed:
    """Read a document in one piece, with our own sanitizing: what parse falls back to."""
    settled = settle(document, "")
    return Reading(url, settled.content_type, "").read(settled.document)[0]


def ways(samples: Sequence[Sample]) -> list[Way]:
    """List the ways over generated documents."""
    every = len(samples) * ENTRIES
    return [
        Way(
            name="feedparser",
            means="as it comes",
            run=lambda: [as_it_comes(one.before) for one in samples],
            entries=every,
        ),
        Way(
            name="same options",
            means="feedparser with ours, no sanitizing",
            run=lambda: [same_options(one.before) for one in samples],
            entries=every,
        ),
        Way(
            name="whole",
            means="ours, in one piece",
            run=lambda: [whole(one.url, one.before) for one in samples],
            entries=every,
        ),
        Way(
            name="cold",
            means="ours, nothing known",
            run=lambda: [parse(one.before, url=one.url) for one in samples],
            entries=every,
        ),
        *(_again(samples, news) for news in NEWS),
        Way(
            name="unchanged",
            means="ours, the hash of the bytes",
            run=lambda: [blake2b(one.before, digest_size=16).digest() for one in samples],
            entries=every,
        ),
    ]


def _again(samples: Sequence[Sample], news: int) -> Way:
    for one in samples:
        _check(one, news)
    return Way(
        name=f"{news} new",
        means=f"ours, {news} new of {ENTRIES}",
        run=lambda: [parse(one.after[news], url=one.url, known=one.known) for one in samples],
        entries=len(samples) * ENTRIES,
    )


def _check(one: Sample, news: int) -> None:
    """Refuse to measure what does not give the entries that a whole parse gives."""
    found = parse(one.after[news], url=one.url, known=one.known).entries
    if found != whole(one.url, one.after[news]).entries[:news]:
        raise BenchError(f"{one.url}: {news} new entries are not read as in a whole parse")


def feeds_of(folder: Path) -> list[tuple[bytes, ParsedFeed]]:
    """Read every feed of a folder that feedparser and we both read."""
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        try:
            document = path.read_bytes()
            parsed = parse(document, url=URL)
            as_it_comes(document)
        except Exception:  # no feed, or one on which feedparser falls down
            continue
        if not parsed.kind.startswith("json"):
            found.append((document, parsed))
    return found


def corpus_ways(found: Sequence[tuple[bytes, ParsedFeed]]) -> list[Way]:
    """List the ways over documents of all kinds."""
    entries = sum(len(one.entries) for _, one in found)

    def again() -> list[ParsedFeed]:
        return [parse(document, url=URL, known=one.known) for document, one in found]

    documents = [document for document, _ in found]
    runs: list[tuple[str, str, Callable[[], object]]] = [
        ("feedparser", "as it comes", lambda: list(map(as_it_comes, documents))),
        ("same options", "feedparser with ours", lambda: list(map(same_options, documents))),
        ("cold", "ours, nothing known", lambda: [parse(one, url=URL) for one in documents]),
        ("0 new", "ours, all known where it can be cut", again),
    ]
    return [Way(name=name, means=means, run=run, entries=entries) for name, means, run in runs]


def measure(chosen: Sequence[Way], rounds: int) -> dict[str, float]:
    """Give the median CPU seconds of each way; the ways take turns, so that noise is shared."""
    taken: dict[str, list[float]] = {way.name: [] for way in chosen}
    for turn in range(rounds):
        for way in chosen if turn % 2 == 0 else chosen[::-1]:
            start = time.process_time()
            way.run()
            taken[way.name].append(time.process_time() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def table(chosen: Sequence[Way], seconds: dict[str, float], documents: int, size: int) -> str:
    """Write what a second reads of each way, and how much faster than feedparser that is."""
    head = f"{'way':13} {'':36} {'ms/doc':>8} {'docs/s':>9} {'entries/s':>10} {'MB/s':>7}"
    rows = [f"{head} {'x feedparser':>12} {'x same opt.':>11}"]
    for way in chosen:
        took = max(seconds[way.name], 1e-9)
        rows.append(
            f"{way.name:13} {way.means:36} {took / documents * 1000:8.3f} {documents / took:9.0f} "
            f"{way.entries / took:10.0f} {size / took / 1e6:7.1f} "
            f"{seconds['feedparser'] / took:12.1f} {seconds['same options'] / took:11.1f}"
        )
    return "\n".join(rows)


def targets(seconds: dict[str, float]) -> list[str]:
    """Say of each target whether it is met."""
    lines = []
    for fast, slow, least in TARGETS:
        ratio = seconds[slow] / seconds[fast]
        word = "met" if ratio >= least else "MISSED"
        lines.append(f"{fast} is {ratio:.1f} times as fast as {slow}; target {least:g}: {word}")
    return lines


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.reading", description=__doc__)
    add = parser.add_argument
    add("--sources", type=int, default=12, help="documents; a third of each format")
    add("--rounds", type=int, default=5)
    add("--seed", type=int, default=1)
    add("--corpus", type=Path, metavar="DIR", help="measure the feeds of this folder as well")
    return parser.parse_args()


def main() -> int:
    """Run what the options ask for; 1 where a target is missed."""
    options = parse_options()
    samples = [sample(options.seed, source) for source in range(1, options.sources + 1)]
    size = sum(len(one.before) for one in samples)
    try:
        chosen = ways(samples)
    except BenchError as e:
        print(f"error: {e}", file=sys.stderr)
        return 1
    seconds = measure(chosen, options.rounds)
    print(
        f"{len(samples)} documents of {ENTRIES} entries, {size / len(samples) / 1000:.0f} KB each"
    )
    print(table(chosen, seconds, len(samples), size))
    told = targets(seconds)
    print("\n".join(told))
    if options.corpus:
        _corpus(options.corpus, options.rounds)
    return 1 if any(line.endswith("MISSED") for line in told) else 0


def _corpus(folder: Path, rounds: int) -> None:
    found = feeds_of(folder)
    real, size = corpus_ways(found), sum(len(document) for document, _ in found)
    print(f"\n{len(found)} documents of {folder}, {size / max(len(found), 1) / 1000:.1f} KB each")
    print(table(real, measure(real, rounds), len(found), size))


if __name__ == "__main__":
    sys.exit(main())
