"""Turns with hosts for threads: nobody asks a host more often than its pace allows."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aggregator.core.pace import HostPace, Turns

_J = TypeVar("_J")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """Seconds of a clock that is never set back, and waiting by it; a simulation brings its own."""

    seconds: Callable[[], float] = time.monotonic
    condition: Callable[[threading.Lock], threading.Condition] = threading.Condition


class Turn:
    """Leave to ask one host; it holds while a request to it is under way."""

    def __init__(self, lanes: "Lanes[Any]", host: str) -> None:
        self._lanes = lanes
        self.host: str | None = host

    def move(self, host: str, seconds: float) -> bool:
        """Give this host up and wait for a turn with another; False when that takes too long."""
        if host == self.host:
            return True
        self.release()
        if self._lanes.enter(host, seconds):
            self.host = host
            return True
        return False

    def release(self, *, is_strained: bool = False) -> None:
        """Let the next one ask the host; `is_strained` says that it complained (429, 503).

        A second call does nothing.
        """
        host, self.host = self.host, None
        if host is not None:
            self._lanes.leave(host, is_strained=is_strained)


class Lanes(Generic[_J]):
    """Jobs in line for their hosts; any number of threads may put and take."""

    def __init__(self, paces: Mapping[str, HostPace], steady: Steady | None = None) -> None:
        steady = steady or Steady()
        self._turns: Turns[tuple[str, _J]] = Turns(paces)
        self._clock = steady.seconds
        lock = threading.Lock()
        # Any taker will do for any job; who waits to enter waits for one host only.
        self._takers = steady.condition(lock)
        self._enterers = steady.condition(lock)
        self._idle = 0
        self._is_ending = False

    def set_paces(self, paces: Mapping[str, HostPace]) -> None:
        """Go by other paces from the next request on."""
        with self._takers:
            self._turns.set_paces(paces)
            self._takers.notify_all()
            self._enterers.notify_all()

    def put(self, host: str, job: _J) -> bool:
        """Have a job wait for its host; say whether nobody is idle to take it."""
        with self._takers:
            self._turns.put(host, (host, job))
            self._takers.notify()
            return not self._idle

    def take(self, ended: Turn | None = None) -> tuple[_J, Turn, bool] | None:
        """Wait for a job whose host is ready; None when there will be no more.

        `ended` is the turn of the taker's last job, if it still has it. The last value says whether
        more jobs wait and nobody is idle to take them.
        """
        with self._takers:
            if ended is not None and ended.host is not None:
                self._leave(ended.host, is_strained=False)
                ended.host = None
            while (found := self._turns.take(self._clock())) is None:
                if self._is_ending and not self._turns.waiting:
                    self._takers.notify_all()
                    return None
                self._idle += 1
                self._takers.wait(self._turns.wait(self._clock()))
                self._idle -= 1
            host, job = found
            return job, Turn(self, host), self._turns.waiting > 0 and not self._idle

    def enter(self, host: str, seconds: float) -> bool:
        """Wait for a turn with a host out of the line, at most so many seconds."""
        deadline = self._clock() + seconds
        with self._enterers:
            while (wait := self._turns.start(host, self._clock())) is not None:
                left = deadline - self._clock()
                if left <= 0:
                    return False
                self._enterers.wait(min(wait, left))
        return True

    def leave(self, host: str, *, is_strained: bool = False) -> None:
        """End a turn."""
        with self._takers:
            self._leave(host, is_strained=is_strained)
            if self._turns.waiting:
                self._takers.notify()

    def _leave(self, host: str, *, is_strained: bool) -> None:
        self._turns.end(host, self._clock(), is_strained=is_strained)
        self._enterers.notify_all()

    def finish(self) -> None:
        """Let `take` give None once the line is empty."""
        with self._takers:
            self._is_ending = True
            self._takers.notify_all()

    def clear(self) -> list[_J]:
        """Give back the jobs that wait for a turn."""
        with self._takers:
            return [job for _, job in self._turns.clear()]
