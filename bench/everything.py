"""Measure all parts in one run; of a part that fails there is why, and the next begins."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench import pages, rules, serving
from bench.contenders import Contender, everybody
from bench.disk import disk_of
from bench.home import Home, Served, daemon, polled
from bench.machine import loads_numpy, machine, versions
from bench.measure import ROOT
from bench.plan import FULL, Plan, Size
from bench.report import MEASURES, Run, median_of
from bench.session import JOB_NAMES, Task, run_jobs

Figures = dict[str, Any]
ROUNDS = 5


def tell(text: str) -> None:
    """Say how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def why(error: Exception) -> str:
    """Say in a line what went wrong, without the places of this machine."""
    words = " ".join((str(error) or type(error).__name__).split())
    return words.replace(f"{ROOT}/", "").replace(tempfile.gettempdir(), "TMP")[:300]


def part(act: Callable[[], Any]) -> Any:
    """Measure a part; if it fails, give why."""
    try:
        return act()
    except Exception as e:
        tell(f"failed: {why(e)}")
        return {"failed": why(e)}


def measure(plan: Plan, seed: int) -> Figures:
    """Measure everything."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        return _measure(plan, seed, Path(directory))


def _measure(plan: Plan, seed: int, directory: Path) -> Figures:
    started = time.monotonic()
    figures: Figures = {
        "taken": f"{datetime.now(UTC):%Y-%m-%d}",
        "plan": asdict(plan),
        "is_full": plan == FULL,
        "machine": machine(),
        "versions": versions(),
        "numpy": loads_numpy(),
        "connections": serving.CONNECTIONS,
        "does": {one.name: one.does for one in everybody()},
        "jobs": [part(partial(jobs, size, seed, directory)) for size in plan.sizes],
    }
    found = part(lambda: home(plan, seed))
    figures |= {"serving": found, "disk": found} if "failed" in found else found
    tell("rules")
    figures["rules"] = part(lambda: [asdict(one) for one in rules.costs(plan.rules, ROUNDS, seed)])
    if plan.pages:
        tell(f"pages from {plan.pages} articles")
        figures["pages"] = part(lambda: large(plan.pages, seed))
    figures["minutes"] = (time.monotonic() - started) / 60
    return figures


def jobs(size: Size, seed: int, directory: Path) -> Figures:
    """Give every contender that is installed the four jobs, in a folder that is left."""
    tell(f"four jobs, {size.sources} sources of {size.entries} entries")
    contenders = everybody()
    present = [one for one in contenders if one.version()]
    task = Task(sources=size.sources, entries=size.entries, seed=seed, repeat=size.repeat)
    outcome = run_jobs(task, present, directory)
    missing = {one.name: "not installed" for one in contenders if one not in present}
    failed = {name: f"failed: {why(Exception(text))}" for name, text in outcome.failed.items()}
    articles = size.sources * size.entries
    return asdict(size) | {
        "rows": list(_rows(outcome.runs, contenders)),
        "absent": missing | failed,
        "bytes": {name: size / articles for name, size in outcome.stored.items()},
        "raw": max((run.raw_bytes for run in outcome.runs), default=0) / articles,
    }


def _rows(runs: Sequence[Run], contenders: Sequence[Contender]) -> Iterator[dict[str, object]]:
    for job in JOB_NAMES:
        for one in contenders:
            found = {
                name: median_of(runs, job, one.name, measure) for name, measure in MEASURES.items()
            }
            if found["wall s"] is not None:
                yield {"job": job, "contender": one.name, **found}


def home(plan: Plan, seed: int) -> Figures:
    """Measure what is measured of a home of ours: serving, and when nothing runs any more, disk."""
    size = plan.home
    articles = size.sources * size.entries
    tell(f"a home of {articles} articles")
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        polled(Path(folder), size.sources, size.entries, seed) as made,
    ):
        with daemon(made) as ours:
            later = ours.cpu() / articles
            served: list[Figures] = []
            rest = part(lambda: served.extend(_served(made, ours, Path(folder), plan.seconds)))
        tell("disk")
        disk = part(lambda: asdict(disk_of(made)) | {"later": later})
    if rest and served:
        served.append({"server": "ours", "what": "the rest", **rest})
    return {"serving": served or rest, "disk": disk}


def _served(made: Home, ours: Served, folder: Path, seconds: int) -> Iterator[Figures]:
    for one in serving.measure(made, ours, folder / "nginx", seconds):
        tell(f"served by {one.server}: {one.what}")
        yield asdict(one)


def large(count: int, seed: int) -> list[Figures]:
    """Ask for pages from a large database."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return [asdict(one) for one in pages.run(Path(folder), count, seed)]
