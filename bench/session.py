"""Give every contender the same jobs on the same load, check what came of each, and measure."""

import contextlib
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.contenders import Contender
from bench.load import Mode, is_in_tenth
from bench.measure import ROOT, BenchError, Usage, measure
from bench.report import Run
from bench.stored import bytes_below


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
JOB_NAMES = tuple(job.name for job in JOBS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Hold how large the load is, and which jobs run how often; cold always runs."""

    sources: int = 1000
    entries: int = 30
    seed: int = 1
    jobs: Sequence[str] = JOB_NAMES
    repeat: int = 3
    cold_repeat: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Hold what the jobs took, why a contender gave up, and the bytes each stored in `cold`."""

    runs: list[Run] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)


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
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def serving(sources: int, entries: int, seed: int) -> Iterator[Server]:
    """Serve a load."""
    server = Server(sources, entries, seed)
    try:
        yield server
    finally:
        server.close()


@dataclass(kw_only=True)
class Session:
    """Run jobs on one load and collect what they took."""

    server: Server
    contenders: Sequence[Contender]
    directory: Path
    sources: int
    expected: int
    outcome: Outcome = field(default_factory=Outcome)

    def cold(self, repeat: int) -> None:
        """Poll everything into empty databases; the last ones serve the jobs that follow."""
        for turn in range(repeat):
            for contender in self._in_turn(turn):
                with self._failing_alone(contender):
                    home = self.directory / f"{contender.name}-{turn}"
                    home.mkdir()
                    contender.prepare(home, self.server.base, self.sources)
                    self._run(COLD, contender)
                    self.outcome.stored[contender.name] = bytes_below(home)

    def repeat(self, job: Job, repeat: int) -> None:
        """Poll everything again, `repeat` times each, the contenders taking turns."""
        for turn in range(repeat):
            self.server.control(job.mode)
            if job.mode == "tenth":
                self.expected += _tenth(self.sources)
            for contender in self._in_turn(turn):
                with self._failing_alone(contender):
                    self._run(job, contender)

    def settle(self, those: Sequence[Contender]) -> None:
        """Let contenders see validators after a poll that left them without; not measured."""
        self.server.control("normal")
        for contender in those:
            if contender.name not in self.outcome.failed:
                with self._failing_alone(contender):
                    measure(contender.command(), self.directory / "settle.log")

    def _in_turn(self, turn: int) -> Sequence[Contender]:
        left = [one for one in self.contenders if one.name not in self.outcome.failed]
        return left if turn % 2 == 0 else left[::-1]

    @contextlib.contextmanager
    def _failing_alone(self, contender: Contender) -> Iterator[None]:
        """Leave a contender out from here on if it fails, whatever the failure is."""
        try:
            yield
        except Exception as e:
            why = str(e) or type(e).__name__
            self.outcome.failed[contender.name] = why
            print(f"{contender.name} failed: {why}", file=sys.stderr, flush=True)

    def _run(self, job: Job, contender: Contender) -> None:
        output = self.directory / f"{contender.name}-{job.name}.log"
        self.server.control()
        usage = measure(contender.command(), output)
        served = self.server.control()
        self._check(job, contender, served["statuses"])
        run = _as_run(job, contender, usage, served, output)
        self.outcome.runs.append(run)
        print(run.line(), file=sys.stderr, flush=True)

    def _check(self, job: Job, contender: Contender, statuses: object) -> None:
        wanted = job.statuses(self.sources) if contender.sends_validators else {200: self.sources}
        expected = {str(status): count for status, count in wanted.items() if count}
        if statuses != expected:
            raise BenchError(f"{job.name}: was answered {statuses}, expected {expected}")
        if (stored := contender.stored()) != self.expected:
            raise BenchError(f"{job.name}: {stored} articles are stored, expected {self.expected}")


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


def run_jobs(task: Task, contenders: Sequence[Contender], directory: Path) -> Outcome:
    """Run the chosen jobs in their order; cold always runs, the others build on it.

    What they make in `directory` is left there: a first poll right after a deletion is slow (see
    README.md).
    """
    with serving(task.sources, task.entries, task.seed) as server:
        current = Session(
            server=server,
            contenders=contenders,
            directory=Path(tempfile.mkdtemp(dir=directory)),
            sources=task.sources,
            expected=task.sources * task.entries,
        )
        current.cold(task.cold_repeat)
        current.settle([one for one in contenders if one.knows_validators_late])
        mode = COLD.mode
        for job in JOBS[1:]:
            if job.name in task.jobs:
                if mode == "same":
                    current.settle([one for one in contenders if one.sends_validators])
                current.repeat(job, task.repeat)
                mode = job.mode
        return current.outcome
