"""Run the four jobs for each contender on the same load, and compare.

Run as `python -m bench.jobs` from the root of the project.
"""

import argparse
import compileall
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from bench.contenders import READER_WORKERS, Contender, LemonReader, Ours, everybody
from bench.measure import ROOT, BenchError, adopt_orphans
from bench.report import as_json, comparison, per_source
from bench.session import JOB_NAMES, Outcome, Task, run_jobs


def prepare() -> None:
    """Make ready what measuring whole processes needs; once, before anything is measured."""
    adopt_orphans()
    # An installation has its bytecode, as reader's has; a tree has it only where Python may write.
    compileall.compile_dir(ROOT / "aggregator", quiet=1)
    # An exception, unlike the signal's default, stops the server and removes the databases.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def compare(options: argparse.Namespace, task: Task, directory: Path) -> Outcome:
    """Run every contender that is installed on one load and print the table."""
    told: dict[str, Contender] = {
        "ours": Ours(options.aggregator),
        "reader": LemonReader(options.reader_workers),
    }
    contenders = [told.get(one.name, one) for one in everybody()]
    chosen = [one for one in contenders if options.only in (None, one.name) and one.version()]
    outcome = run_jobs(task, chosen, directory)
    print(comparison(outcome.runs))
    return outcome


def scale(options: argparse.Namespace, task: Task, directory: Path) -> Outcome:
    """Run only ours on loads of several sizes and print what one source costs."""
    every = Outcome()
    for sources in options.scale:
        ours = Ours(options.aggregator)
        outcome = run_jobs(replace(task, sources=sources), [ours], directory)
        print(per_source(outcome.runs, sources), flush=True)
        every.runs.extend(outcome.runs)
        every.failed.update(outcome.failed)
    return every


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _job_names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(JOB_NAMES):
        raise argparse.ArgumentTypeError(f"no such job: {', '.join(sorted(unknown))}")
    return names


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    default = Task()
    parser = argparse.ArgumentParser(prog="python -m bench.jobs", description=__doc__)
    add = parser.add_argument
    add("--sources", type=int, default=default.sources)
    add("--entries", type=int, default=default.entries, help="entries in each source's document")
    add("--seed", type=int, default=default.seed)
    add("--only", choices=[one.name for one in everybody()])
    add("--jobs", type=_job_names, default=",".join(JOB_NAMES), help="cold always runs")
    add("--repeat", type=int, default=default.repeat,
        help="runs of each job but cold; the median counts")  # fmt: skip
    add("--cold-repeat", type=int, default=default.cold_repeat)
    add("--scale", type=_numbers, metavar="N,N", help="run only ours, at these numbers of sources")
    add("--aggregator", default=Ours().executable, metavar="PATH", help="our console script")
    add("--reader-workers", type=int, default=READER_WORKERS)
    add("--directory", metavar="DIR", help="where databases are made; a temporary one by default")
    add("--json", type=Path, metavar="FILE", help="write every run there")
    return parser.parse_args()


def main() -> int:
    """Run what the options ask for."""
    options = parse_options()
    task = Task(
        sources=options.sources,
        entries=options.entries,
        seed=options.seed,
        jobs=options.jobs,
        repeat=options.repeat,
        cold_repeat=options.cold_repeat,
    )
    run = scale if options.scale else compare
    prepare()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=options.directory) as directory:
            outcome = run(options, task, Path(directory))
    except (BenchError, OSError) as e:
        print(f"error: {e}", file=sys.stderr)
        return 1
    if options.json:
        options.json.write_text(as_json(outcome.runs, options), encoding="utf-8")
    for name, why in outcome.failed.items():
        print(f"error: {name}: {why}", file=sys.stderr)
    return 1 if outcome.failed else 0


if __name__ == "__main__":
    sys.exit(main())
