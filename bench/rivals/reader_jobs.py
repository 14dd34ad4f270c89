"""Run one job with reader (https://github.com/lemon24/reader), as a process of its own.

Settings are those its documentation recommends for many feeds: threads to retrieve with, no plugin
beyond the default one, search left off. `scheduled=False` because reader otherwise skips what it
updated within the last hour, which would leave every job after the first without work.

reader 3.26 brings a feedparser of its own that imports `sgmllib`, which feedparser >= 6.0.13 no
longer installs; where it is missing reader is told to use the feedparser installed, equally fast.
"""

import argparse
import json
import os
import time
from collections import Counter
from importlib.util import find_spec

from reader import Reader, UpdatedFeed, make_reader


def add(reader: Reader, base: str, sources: int) -> None:
    """Subscribe to `sources` feeds below `base`."""
    for source in range(1, sources + 1):
        reader.add_feed(f"{base}{source}.xml")


def update(reader: Reader, workers: int) -> dict[str, float]:
    """Update every feed and count what came of it; a failed feed is raised, not skipped.

    `update_feeds` is this loop with the failures thrown away.
    """
    counts: Counter[str] = Counter()
    start = time.perf_counter()
    for result in reader.update_feeds_iter(scheduled=False, workers=workers):
        counts.update(outcome(result.value))
    return {"wall": time.perf_counter() - start, **counts}


def outcome(value: UpdatedFeed | Exception | None) -> dict[str, int]:
    """Count one feed's result; None is how reader says not modified."""
    if isinstance(value, Exception):
        raise value
    if value is None:
        return {"not_modified": 1}
    return {"ok": 1, "new": value.new, "modified": value.modified or 0}


def count(reader: Reader) -> int:
    """Count the entries stored."""
    return reader.get_entry_counts().total or 0


def choose_feedparser() -> None:
    """Make sure that reader finds a feedparser; it looks for one when it first needs it."""
    if find_spec("sgmllib") is None:
        os.environ.setdefault("READER_NO_VENDORED_FEEDPARSER", "1")


def main() -> None:
    """Run the command that the arguments name and print its result as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.rivals.reader_jobs")
    parser.add_argument("command", choices=("add", "update", "count"))
    parser.add_argument("database")
    parser.add_argument("--base", help="what the feeds' URLs begin with, for add")
    parser.add_argument("--sources", type=int, default=0, help="how many feeds to add")
    parser.add_argument("--workers", type=int, default=1, help="threads that retrieve, for update")
    options = parser.parse_args()
    choose_feedparser()
    with make_reader(options.database) as reader:
        if options.command == "add":
            add(reader, options.base, options.sources)
        elif options.command == "update":
            print(json.dumps(update(reader, options.workers)))
        else:
            print(count(reader))


if __name__ == "__main__":
    main()
