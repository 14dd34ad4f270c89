"""Measure a command and everything it starts: wall time, CPU time, peak memory."""

import contextlib
import ctypes
import os
import resource
import select
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.memory import pss_of

RSS_INTERVAL = 0.02  # seconds
ROUNDS_PER_TREE = 5  # the tree and PSS are read every fifth time: they cost the kernel far more
PR_SET_CHILD_SUBREAPER = 36
ROOT = Path(__file__).parent.parent
PATIENCE = 1800.0  # seconds: no job of a healthy contender takes so long


class BenchError(Exception):
    """Say why a figure would not mean what it says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """Hold what one run took: seconds and bytes."""

    wall: float
    cpu: float
    rss: int
    pss: int


def adopt_orphans() -> None:
    """Make processes whose parent has gone our children, so that their CPU time is counted.

    Without it a worker that outlived its parent, and which nobody waits for, costs nothing.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def measure(command: Sequence[str], output: Path, patience: float = PATIENCE) -> Usage:
    """Run a command to its end with its output in a file, and measure it.

    Raises BenchError if it fails, leaves processes behind or has no end within `patience` seconds;
    then all that it started is killed.
    """
    # What an earlier run left for the disk to write is not this run's.
    os.sync()
    before = _children_cpu()
    with output.open("wb") as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT)
        sampler = Sampler(process.pid)
        try:
            with sampler:
                status = _wait(process, patience)
                wall = time.perf_counter() - start
        finally:
            alive = sampler.reap()
    if status is None:
        raise BenchError(f"{command[0]}: no end within {patience:.0f} s")
    if status:
        raise BenchError(f"{command[0]}: exit {status}: {output.read_text()[-2000:]}")
    if alive:
        raise BenchError(f"still running after the command ended: {alive}")
    cpu = _children_cpu() - before
    return Usage(wall=wall, cpu=cpu, rss=sampler.rss, pss=sampler.pss)


def _wait(process: subprocess.Popen[bytes], patience: float) -> int | None:
    """Give the status that a process ends with; None for one that had to be killed."""
    # Popen.wait with a timeout looks every 50 ms, which is a tenth of a short job.
    descriptor = os.pidfd_open(process.pid)
    ended: Sequence[int] = ()
    try:
        ended = select.select([descriptor], [], [], patience)[0]
    finally:
        os.close(descriptor)
        if not ended:
            # Interrupted as well: what is measured must not outlive the bench.
            process.kill()
        status = process.wait()
    return status if ended else None


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Sampler(threading.Thread):
    """Follow the memory of a process tree in the background and keep the peaks."""

    def __init__(self, pid: int) -> None:
        """Follow the tree whose root is `pid`."""
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.tree = [self.root]
        self.seen: set[psutil.Process] = set()
        self.rss = self.pss = 0
        self.stopped = threading.Event()

    def __enter__(self) -> "Sampler":
        """Start following."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop following."""
        self.stopped.set()
        self.join()

    def run(self) -> None:
        """Sample until told to stop."""
        rounds = 0
        while not self.stopped.wait(RSS_INTERVAL):
            if rounds % ROUNDS_PER_TREE == 0:
                self._follow_tree()
            self.rss = max(self.rss, sum(map(rss_of, self.tree)))
            rounds += 1

    def _follow_tree(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            self.tree = [self.root, *self.root.children(recursive=True)]
            self.seen.update(self.tree[1:])
        self.pss = max(self.pss, sum(pss_of(process.pid) for process in self.tree))

    def reap(self) -> list[psutil.Process]:
        """Wait for what the root did not wait for; kill and return what does not end."""
        # Of many short processes some have numbers that a stranger has by now, or a thread, for
        # which nobody can wait: is_running compares the times of their starts.
        left = [one for one in self.seen if one.is_running()]
        _, waiting = psutil.wait_procs(left, timeout=5)
        alive = [one for one in waiting if one.is_running()]
        for one in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(alive)
        return alive


def rss_of(process: psutil.Process) -> int:
    """Read the resident memory of a process in bytes; 0 if it has gone."""
    with contextlib.suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0
