"""Measure what an article of ours takes up on the disk, beside the bytes of its entry.

Run as `python -m bench.disk` from the root of the project. The articles come by real polls, and the
daemon has made search index and words for rules of all of them.
"""

import argparse
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from aggregator.store.database import Database
from bench.home import Home, daemon, polled
from bench.size import parts
from bench.stored import bytes_below


@dataclass(frozen=True, kw_only=True, slots=True)
class Disk:
    """Hold bytes an article, by part; `entry` is what the documents that were read have of it."""

    articles: int
    entry: float
    database: dict[str, float]
    files: float
    files_in_blocks: float
    feeds: float
    """Bytes of all feeds and their compressed forms together: they do not grow with history."""


def disk_of(home: Home) -> Disk:
    """Measure a home in which nothing runs."""
    with closing(Database(home.database)) as database:
        count = database.count_articles()
        sizes = parts(database)
    archive, feeds = home.data / "archive", home.data / "public"
    return Disk(
        articles=count,
        entry=home.raw / count,
        database={name: size / count for name, size in sizes.items()},
        files=sum(one.stat().st_size for one in archive.rglob("*") if one.is_file()) / count,
        files_in_blocks=bytes_below(archive) / count,
        feeds=bytes_below(feeds),
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.disk", description=__doc__)
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--entries", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        polled(Path(folder), options.sources, options.entries, options.seed) as home,
    ):
        with daemon(home):
            pass
        disk = disk_of(home)
    print(f"{disk.articles} articles; bytes of each\n")
    print(f"{'the entry as it was read':28}{disk.entry:9.0f}")
    for name, size in sorted(disk.database.items(), key=lambda pair: -pair[1]):
        print(f"{name:28}{size:9.0f}")
    print(f"{'the article file':28}{disk.files:9.0f}, {disk.files_in_blocks:.0f} in whole blocks")
    print(f"{'all feeds, once':28}{disk.feeds:9.0f}")


if __name__ == "__main__":
    main()
