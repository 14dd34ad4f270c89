"""The threads for what comes after fetching: it waits for a process, and who fetches goes on."""

import threading
from collections import deque
from collections.abc import Callable

from aggregator.ingest.pace import Steady

_WAITING_BYTES = 4 << 20

Later = Callable[[Callable[[], None], int], None]
"""Have something done later that keeps so many bytes in memory; it must not raise."""


class Hands:
    """Does things in the order in which they come, at most `most` at a time.

    What waits may keep a few megabytes, or be one thing of any size: who brings more waits as well.
    Threads are started while more waits than threads are idle.
    """

    def __init__(self, most: int, steady: Steady | None = None) -> None:
        self._most = most
        self._line: deque[tuple[Callable[[], None], int]] = deque()
        self._bytes = 0
        self._idle = 0
        self._is_ending = False
        self._threads: list[threading.Thread] = []
        steady = steady or Steady()
        lock = threading.Lock()
        self._work = steady.condition(lock)
        self._room = steady.condition(lock)

    def put(self, do: Callable[[], None], size: int) -> None:
        """Have something done, which must not raise and keeps so many bytes in memory; wait while
        there is no room for it."""
        with self._room:
            self._room.wait_for(lambda: not self._line or self._bytes + size <= _WAITING_BYTES)
            self._line.append((do, size))
            self._bytes += size
            self._work.notify()
            if len(self._line) > self._idle and len(self._threads) < self._most:
                self._start()

    def finish(self) -> None:
        """Wait until everything is done and every thread has ended."""
        with self._work:
            self._is_ending = True
            self._work.notify_all()
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        # A daemon: one that waits for a process that hangs must not keep this one alive.
        name = f"document-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        while (do := self._take()) is not None:
            do()
            del do  # and what it kept in memory, before the next comes

    def _take(self) -> Callable[[], None] | None:
        with self._work:
            self._idle += 1
            self._work.wait_for(lambda: self._line or self._is_ending)
            self._idle -= 1
            if not self._line:
                return None
            do, size = self._line.popleft()
            self._bytes -= size
            self._room.notify_all()
            return do
