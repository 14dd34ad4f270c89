"""Say how much `python -m bench` measures, by its options."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from bench.measure import ROOT


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """Hold a load of the four jobs, and how often each but `cold` runs."""

    sources: int
    entries: int
    repeat: int

    @classmethod
    def read(cls, text: str) -> "Size":
        """Read `SOURCESxENTRIESxREPEAT`."""
        try:
            sources, entries, repeat = map(int, text.split("x"))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not like 1000x30x3") from None
        return cls(sources=sources, entries=entries, repeat=repeat)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Hold the extent of each part."""

    sizes: tuple[Size, ...]
    home: Size
    """Of whose articles disk and serving are measured, polled once."""
    seconds: int
    """Of each measurement by wrk."""
    pages: int
    """Articles of the large database that pages are asked from; 0 leaves that part out."""
    rules: int
    """Articles that rules are tried on."""


FULL = Plan(
    sizes=(
        Size(sources=1000, entries=30, repeat=2),
        # Few entries, so that the others are done within the hour: what is compared is the number
        # of sources.
        Size(sources=1000, entries=1, repeat=1),
        Size(sources=10_000, entries=1, repeat=1),
    ),
    home=Size(sources=300, entries=30, repeat=1),
    seconds=10,
    pages=50_000,
    rules=200,
)
QUICK = Plan(
    sizes=(
        Size(sources=40, entries=10, repeat=1),
        Size(sources=40, entries=3, repeat=1),
        Size(sources=100, entries=3, repeat=1),
    ),
    home=Size(sources=40, entries=10, repeat=1),
    seconds=2,
    pages=0,
    rules=50,
)


def _sizes(text: str) -> tuple[Size, ...]:
    return tuple(map(Size.read, text.split(",")))


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; `plan` is what comes of it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="small loads, for trying")
    add("--sizes", type=_sizes, metavar="NxNxN,…",
        help="loads of the jobs: sources, entries of each, runs of each job but cold")  # fmt: skip
    add("--home", type=Size.read, metavar="NxNx1", help="sources and entries behind disk, serving")
    add("--seconds", type=int, help="of each measurement by wrk")
    add("--pages", type=int, help="articles of the large database for pages; 0 leaves it out")
    add("--rules", type=int, help="articles that rules are tried on")
    add("--seed", type=int, default=1)
    add("--json", type=Path, default=ROOT / "build" / "bench.json", metavar="FILE",
        help="where the figures go")  # fmt: skip
    add("--page", type=Path, default=ROOT / "docs" / "benchmarks.md", metavar="FILE")
    add("--only-page", action="store_true",
        help="write the page anew from the figures of the last run")  # fmt: skip
    options = parser.parse_args(arguments)
    chosen = QUICK if options.quick else FULL
    told = {one.name: getattr(options, one.name) for one in fields(Plan)}
    options.plan = Plan(
        **{name: getattr(chosen, name) if value is None else value for name, value in told.items()}
    )
    return options
