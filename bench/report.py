"""Turn runs into tables and JSON."""

import argparse
import json
import platform
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from bench.measure import Usage

MB = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """Hold one measured run and what the server did for it."""

    job: str
    contender: str
    usage: Usage
    own_wall: float | None
    server_cpu: float
    raw_bytes: int
    sent_bytes: int

    def line(self) -> str:
        """Say in one line what the run took."""
        usage = self.usage
        return (
            f"{self.job:6} {self.contender:8} {usage.wall:8.2f} s  {usage.cpu:8.2f} s CPU  "
            f"{usage.rss / MB:6.0f} MB RSS  {usage.pss / MB:6.0f} MB PSS  "
            f"server {self.server_cpu:.2f} s CPU, {self.sent_bytes / MB:.1f} MB "
            f"of {self.raw_bytes / MB:.1f}"
        )


Measure = Callable[[Run], float]
MEASURES: dict[str, Measure] = {
    "wall s": lambda run: run.usage.wall,
    "own wall s": lambda run: run.usage.wall if run.own_wall is None else run.own_wall,
    "CPU s": lambda run: run.usage.cpu,
    "peak RSS MB": lambda run: run.usage.rss / MB,
    "peak PSS MB": lambda run: run.usage.pss / MB,
    "server CPU s": lambda run: run.server_cpu,
}


def median_of(runs: Iterable[Run], job: str, contender: str, measure: Measure) -> float | None:
    """Take the median of one measure over the runs of a job; None if there were none."""
    found = [measure(run) for run in runs if (run.job, run.contender) == (job, contender)]
    return statistics.median(found) if found else None


def comparison(runs: Sequence[Run]) -> str:
    """Write a table of each job and measure, ours beside the others."""
    names = list(dict.fromkeys(run.contender for run in runs))
    rivals = [name for name in names if name != "ours"] if "ours" in names else []
    cells = [*names, *(f"{name}/ours" for name in rivals)]
    rows = [f"{'job':6} {'measure':13}" + "".join(f" {one:>13}" for one in cells)]
    for job in dict.fromkeys(run.job for run in runs):
        for label, measure in MEASURES.items():
            found = {name: median_of(runs, job, name, measure) for name in names}
            ratios = [_ratio(found[name], found["ours"]) for name in rivals]
            cells = [_cell(one) for one in (*found.values(), *ratios)]
            rows.append(f"{job:6} {label:13}" + "".join(f" {one:>13}" for one in cells))
    return "\n".join(rows)


def _ratio(theirs: float | None, ours: float | None) -> float | None:
    return theirs / ours if theirs and ours else None


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def per_source(runs: Sequence[Run], sources: int) -> str:
    """Write a table of what each job costs a source, at one number of sources."""
    rows = [f"{sources} sources, milliseconds per source", f"{'job':6} {'wall':>8} {'CPU':>8}  MB"]
    for job in dict.fromkeys(run.job for run in runs):
        wall, cpu, memory = (
            median_of(runs, job, "ours", MEASURES[name]) or 0.0
            for name in ("wall s", "CPU s", "peak PSS MB")
        )
        each = 1000 / sources
        rows.append(f"{job:6} {wall * each:8.2f} {cpu * each:8.2f} {memory:4.0f}")
    return "\n".join(rows)


def as_json(runs: Iterable[Run], options: argparse.Namespace) -> str:
    """Write every run, with the options and the kind of machine."""
    setting = {name: str(value) for name, value in vars(options).items()}
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    document = {"options": setting, "machine": machine, "runs": [asdict(run) for run in runs]}
    return json.dumps(document, indent=2) + "\n"
