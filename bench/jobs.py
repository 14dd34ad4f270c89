"""Run the four jobs for each contender on the same load, and compare.

Run as `python -m bench.jobs` from the root of the project.
"""

import argparse
import compileall
import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.contenders import Contender, LemonReader, Ours
from bench.load import Mode, is_in_tenth
from bench.measure import ROOT, BenchError, Usage, adopt_orphans, measure
from bench.report import Run, as_json, comparison, per_source

# Of 1, 2, 4, 8 and 16 the fastest or level in each job: loopback leaves nothing to wait for.
READER_WORKERS = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Hold what one job is: the server's mode, and the answers that all of it must get."""

    name: str
    mode: Mode
    statuses: Callable[[int], dict[int, int]]


def _tenth(sources: int) -> int:
    return sum(map(is_in_tenth, range(1, sources + 1)))


JOBS = (
    Job(name="cold", mode="normal", statuses=lambda n: {200: n}),
    Job(name="304", mode="normal", statuses=lambda n: {304: n}),
    Job(name="same", mode="same", statuses=lambda n: {200: n}),
    Job(name="tenth", mode="tenth", statuses=lambda n: {200: _tenth(n), 304: n - _tenth(n)}),
)
COLD = JOBS[0]


class Server:
    """Run the load server as a process of its own."""

    def __init__(self, sources: int, entries: int, seed: int) -> None:
        """Start it, and wait until everything it serves is built."""
        options = ("--sources", str(sources), "--entries", str(entries), "--seed", str(seed))
        command = (sys.executable, "-m", "bench.load", *options)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        if not port:
            raise BenchError("the load server ended before it was ready")
        self.root = f"http://127.0.0.1:{port}"
        self.base = f"{self.root}/feeds/"

    def control(self, mode: Mode | None = None) -> dict[str, object]:
        """Switch the mode if one is given; return what was served since the last call."""
        query = f"?mode={mode}" if mode else ""
        with urllib.request.urlopen(f"{self.root}/control{query}") as answer:
            stats: dict[str, object] = json.load(answer)
        return stats

    def close(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait()


@dataclass(kw_only=True)
class Session:
    """Run jobs on one load and collect what they took."""

    server: Server
    contenders: Sequence[Contender]
    directory: Path
    sources: int
    expected: int
    runs: list[Run] = field(default_factory=list)

    def cold(self, repeat: int) -> None:
        """Poll everything into empty databases; the last ones serve the jobs that follow."""
        for turn in range(repeat):
            for contender in self._in_turn(turn):
                home = self.directory / f"{contender.name}-{turn}"
                home.mkdir()
                contender.prepare(home, self.server.base, self.sources)
                self._run(COLD, contender)

    def repeat(self, job: Job, repeat: int) -> None:
        """Poll everything again, `repeat` times each, the contenders taking turns."""
        for turn in range(repeat):
            self.server.control(job.mode)
            if job.mode == "tenth":
                self.expected += _tenth(self.sources)
            for contender in self._in_turn(turn):
                self._run(job, contender)

    def settle(self) -> None:
        """Let each contender see validators again after a job that had none; not measured."""
        self.server.control("normal")
        for contender in self.contenders:
            measure(contender.command(), self.directory / "settle.log")

    def _in_turn(self, turn: int) -> Sequence[Contender]:
        return self.contenders if turn % 2 == 0 else self.contenders[::-1]

    def _run(self, job: Job, contender: Contender) -> None:
        output = self.directory / f"{contender.name}-{job.name}.log"
        self.server.control()
        usage = measure(contender.command(), output)
        served = self.server.control()
        self._check(job, contender, served["statuses"])
        run = _as_run(job, contender, usage, served, output)
        self.runs.append(run)
        print(run.line(), file=sys.stderr, flush=True)

    def _check(self, job: Job, contender: Contender, statuses: object) -> None:
        expected = {str(status): count for status, count in job.statuses(self.sources).items()}
        what = f"{contender.name}: {job.name}"
        if statuses != {status: count for status, count in expected.items() if count}:
            raise BenchError(f"{what}: was answered {statuses}, expected {expected}")
        if (stored := contender.stored()) != self.expected:
            raise BenchError(f"{what}: {stored} articles are stored, expected {self.expected}")


def _as_run(
    job: Job, contender: Contender, usage: Usage, served: dict[str, object], output: Path
) -> Run:
    return Run(
        job=job.name,
        contender=contender.name,
        usage=usage,
        own_wall=contender.own_wall(output),
        server_cpu=float(str(served["cpu"])),
        raw_bytes=int(str(served["raw_bytes"])),
        sent_bytes=int(str(served["sent_bytes"])),
    )


@contextlib.contextmanager
def session(
    options: argparse.Namespace, sources: int, contenders: Sequence[Contender]
) -> Iterator[Session]:
    """Serve a load of `sources` and give it to contenders in a directory of their own."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.directory) as directory:
        server = Server(sources, options.entries, options.seed)
        try:
            yield Session(
                server=server,
                contenders=contenders,
                directory=Path(directory),
                sources=sources,
                expected=sources * options.entries,
            )
        finally:
            server.close()


def run_jobs(
    options: argparse.Namespace, sources: int, contenders: Sequence[Contender]
) -> list[Run]:
    """Run the chosen jobs in their order; cold always runs, the others build on it."""
    with session(options, sources, contenders) as current:
        current.cold(options.cold_repeat)
        mode = COLD.mode
        for job in JOBS[1:]:
            if job.name in options.jobs:
                if mode == "same":
                    current.settle()
                current.repeat(job, options.repeat)
                mode = job.mode
        return current.runs


def compare(options: argparse.Namespace) -> list[Run]:
    """Run every contender on one load and print the table."""
    contenders = (Ours(options.aggregator), LemonReader(options.reader_workers))
    chosen = [one for one in contenders if options.only in (None, one.name)]
    runs = run_jobs(options, options.sources, chosen)
    print(comparison(runs))
    return runs


def scale(options: argparse.Namespace) -> list[Run]:
    """Run only ours on loads of several sizes and print what one source costs."""
    every: list[Run] = []
    for sources in options.scale:
        runs = run_jobs(options, sources, [Ours(options.aggregator)])
        print(per_source(runs, sources), flush=True)
        every += runs
    return every


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _job_names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - {job.name for job in JOBS}:
        raise argparse.ArgumentTypeError(f"no such job: {', '.join(sorted(unknown))}")
    return names


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    beside = str(Path(sys.executable).with_name("aggregator"))
    parser = argparse.ArgumentParser(prog="python -m bench.jobs", description=__doc__)
    add = parser.add_argument
    add("--sources", type=int, default=1000)
    add("--entries", type=int, default=30, help="entries in each source's document")
    add("--seed", type=int, default=1)
    add("--only", choices=("ours", "reader"))
    add("--jobs", type=_job_names, default="cold,304,same,tenth", help="cold always runs")
    add("--repeat", type=int, default=3, help="runs of each job but cold; the median counts")
    add("--cold-repeat", type=int, default=1)
    add("--scale", type=_numbers, metavar="N,N", help="run only ours, at these numbers of sources")
    add("--aggregator", default=beside, metavar="PATH", help="our console script")
    add("--reader-workers", type=int, default=READER_WORKERS)
    add("--directory", metavar="DIR", help="where databases are made; a temporary one by default")
    add("--json", type=Path, metavar="FILE", help="write every run there")
    return parser.parse_args()


def main() -> int:
    """Run what the options ask for."""
    options = parse_options()
    adopt_orphans()
    # An installation has its bytecode, as reader's has; a tree has it only where Python may write.
    compileall.compile_dir(ROOT / "aggregator", quiet=1)
    # An exception, unlike the signal's default, stops the server and removes the databases.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        runs = scale(options) if options.scale else compare(options)
    except (BenchError, OSError, subprocess.CalledProcessError) as e:
        print(f"error: {e}", file=sys.stderr)
        return 1
    if options.json:
        options.json.write_text(as_json(runs, options), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
