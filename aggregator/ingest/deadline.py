"""A deadline that holds while the head of a response drips in.

A socket's timeout counts from byte to byte, so a server that sends one byte a second holds a thread
for hours; only closing the socket from outside ends that. One thread watches over all of them.
"""

import heapq
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Watchdog:
    """Shuts sockets down that are watched for longer than they were given."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: list[tuple[float, int, socket.socket]] = []
        self._over: set[int] = set()  # turns that ended in time, still in the heap
        self._late: set[int] = set()  # turns whose socket was shut down
        self._turns = itertools.count()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watch(self, watched: socket.socket, seconds: float) -> Iterator[None]:
        """Give a block so many seconds with a socket; raises TimeoutError when it was shut down.

        To the block that looks like the end of what the server sends, which is no error to
        everyone.
        """
        turn = next(self._turns)
        with self._changed:
            heapq.heappush(self._watched, (time.monotonic() + seconds, turn, watched))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            if self._watched[0][1] == turn:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                was_late = turn in self._late
                self._late.discard(turn)
                if not was_late:
                    self._over.add(turn)
        if was_late:
            raise TimeoutError("the head of the response took too long")

    def _run(self) -> None:
        while True:
            with self._changed:
                late = self._next_late()
            if late is not None:
                with suppress(OSError):
                    late.shutdown(socket.SHUT_RDWR)

    def _next_late(self) -> socket.socket | None:
        """Wait for the first deadline; give its socket if its block is not over by then."""
        if not self._watched:
            self._changed.wait()
            return None
        deadline, turn, watched = self._watched[0]
        is_over = turn in self._over
        if not is_over and (left := deadline - time.monotonic()) > 0:
            self._changed.wait(left)
            return None
        heapq.heappop(self._watched)
        self._over.discard(turn)
        if is_over:
            return None
        self._late.add(turn)
        return watched
