"""The threads that poll: each takes the next job whose host is ready."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from aggregator.core.pace import HostPace
from aggregator.ingest.pace import Lanes, Steady, Turn

_J = TypeVar("_J")
_R = TypeVar("_R")


class Crew(Generic[_J]):
    """Works jobs off, at most `most` at a time; `work` must not raise.

    Threads are started while more jobs wait than threads are idle, so one that hangs on a dead
    server keeps nobody waiting, and few hosts need few threads.
    """

    def __init__(
        self,
        paces: Mapping[str, HostPace],
        most: int,
        work: Callable[[_J, Turn], None],
        steady: Steady | None = None,
    ) -> None:
        self._lanes: Lanes[_J] = Lanes(paces, steady)
        self._most = most
        self._work = work
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def set_paces(self, paces: Mapping[str, HostPace]) -> None:
        """Go by other paces from the next job on."""
        self._lanes.set_paces(paces)

    def put(self, host: str, job: _J) -> None:
        """Have a job done when it is its turn."""
        if self._lanes.put(host, job):
            self._grow()

    def give_up(self) -> list[_J]:
        """Take back the jobs that have not begun, and let the threads end after theirs."""
        left = self._lanes.clear()
        self._lanes.finish()
        return left

    def finish(self) -> None:
        """Wait until every job is done and every thread has ended."""
        self._lanes.finish()
        for thread in self._threads:
            thread.join()

    def _grow(self) -> None:
        with self._lock:
            if len(self._threads) < self._most:
                number = len(self._threads) + 1
                # A daemon: a thread that hangs on a dead server must not keep the process alive.
                thread = threading.Thread(target=self._run, name=f"poll-{number}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self) -> None:
        turn: Turn | None = None
        while (found := self._lanes.take(turn)) is not None:
            job, turn, is_short = found
            if is_short:
                self._grow()
            self._work(job, turn)


def work_off(
    jobs: Sequence[tuple[str, _J]],
    paces: Mapping[str, HostPace],
    threads: int,
    work: Callable[[_J, Turn], "Future[_R]"],
    seconds: float | None = None,
) -> Iterator[_R]:
    """Do jobs of hosts side by side, each host at its pace; give each result as it comes.

    No job begins after so many seconds.
    """
    results: SimpleQueue[Future[_R]] = SimpleQueue()

    def visit(job: _J, turn: Turn) -> None:
        try:
            future = work(job, turn)
        except Exception as error:  # the writer is closed: whoever waits for the result is told
            future = Future()
            future.set_exception(error)
        future.add_done_callback(results.put)

    crew = Crew(paces, threads, visit)
    left = len(jobs)
    deadline = None if seconds is None else time.monotonic() + seconds
    try:
        for host, job in jobs:
            crew.put(host, job)
        while left:
            try:
                wait = None if deadline is None else max(deadline - time.monotonic(), 0.0)
                result = results.get(timeout=wait)
            except Empty:
                left, deadline = left - len(crew.give_up()), None
                continue
            left -= 1
            yield result.result()
    finally:
        crew.give_up()
        crew.finish()
