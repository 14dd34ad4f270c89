"""The threads for what comes after fetching: it waits for a process, and who fetches goes on."""

import threading
from collections import deque
from collections.abc import Callable

from aggregator.ingest.pace import Steady

_WAITING = 64
_WAITING_BYTES = 4 << 20

Later = Callable[[Callable[[], None], int], None]
"""Have something done later, which must not raise and keeps so many bytes in memory."""


class Hands:
    """Does things in the order in which they come, at most `most` at a time.

    What waits may be 64 things and keep a few megabytes, or be one of any size: who brings more
    waits as well. Threads are started while more waits than threads are idle.
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
        """Have something done (see `Later`); wait while there is no room for it."""
        with self._room:
            self._room.wait_for(lambda: self._has_room(size))
            if len(self._line) >= self._idle and len(self._threads) < self._most:
                self._start()
            self._line.append((do, size))
            self._bytes += size
            self._work.notify()

    def give_up(self) -> None:
        """Forget what waits."""
        with self._room:
            self._line.clear()
            self._bytes = 0
            self._room.notify_all()

    def finish(self) -> None:
        """Wait until everything is done and every thread has ended."""
        with self._work:
            self._is_ending = True
            self._work.notify_all()
        for thread in self._threads:
            thread.join()

    def _has_room(self, size: int) -> bool:
        fits = len(self._line) < _WAITING and self._bytes + size <= _WAITING_BYTES
        return fits or not self._line

    def _start(self) -> None:
        # A daemon: one that waits for a process that hangs must not keep the program alive.
        name = f"document-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._run, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

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
