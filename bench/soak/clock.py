"""A clock that stands still while anything is under way, and the waiting that goes with it."""

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
PATIENCE = 120.0


class StuckError(Exception):
    """Say that a thread neither ended nor waited for time to pass."""


class SimulatedTime:
    """Seconds since `START`; threads that wait for a later moment sleep until `advance` reaches it.

    `tell` is called with each new moment. `patience` is real seconds without any progress, after
    which the clock counts as stuck.
    """

    def __init__(self, tell: Callable[[float], None], patience: float = PATIENCE) -> None:
        self.now = 0.0
        self._tell = tell
        self._patience = patience
        self._changed = threading.Condition()
        self._asleep: set[threading.Event] = set()
        self._alarms: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count()

    def seconds(self) -> float:
        """Tell the time as a steady clock."""
        return self.now

    def utc(self) -> datetime:
        """Tell the time as people do."""
        return START + timedelta(seconds=self.now)

    def condition(self, lock: threading.Lock) -> threading.Condition:
        """Make a condition whose timeouts are simulated."""
        return _Condition(self, lock)

    def sleep(self, seconds: float) -> None:
        """Let a thread wait for so long."""
        self.lie_down(seconds).wait()

    def lie_down(self, seconds: float | None) -> threading.Event:
        """Count the calling thread as asleep; the event is set when it is woken."""
        event = threading.Event()
        with self._changed:
            self._asleep.add(event)
            if seconds is not None:
                heapq.heappush(self._alarms, (self.now + seconds, next(self._numbers), event))
            self._changed.notify()
        return event

    def wake(self, event: threading.Event) -> None:
        """Count a sleeper as awake from now on, and let it run."""
        with self._changed:
            self._asleep.discard(event)
        event.set()

    def next_alarm(self) -> float | None:
        """Tell when the next sleeper is to be woken, if any."""
        with self._changed:
            while self._alarms and self._alarms[0][2] not in self._asleep:
                heapq.heappop(self._alarms)
            return self._alarms[0][0] if self._alarms else None

    def advance(self, moment: float) -> None:
        """Go on to a moment and wake whoever waited for it."""
        self.now = max(moment, self.now)
        self._tell(self.now)
        while (alarm := self.next_alarm()) is not None and alarm <= self.now:
            self.wake(self._alarms[0][2])

    def settle(self, threads: Callable[[], int]) -> None:
        """Wait until as many threads as there are sleep; raises StuckError."""
        with self._changed:
            while (awake := threads() - len(self._asleep)) > 0:
                if not self._changed.wait(self._patience):
                    raise StuckError(
                        f"stall: at {self.now:.0f} s {awake} threads made no progress for "
                        f"{self._patience:g} s of real time"
                    )


class _Condition(threading.Condition):
    """A condition on simulated time: whoever is notified counts as awake at once."""

    def __init__(self, time: SimulatedTime, lock: threading.Lock) -> None:
        super().__init__(lock)
        self._time = time
        self._sleepers: list[threading.Event] = []

    def wait(self, timeout: float | None = None) -> bool:
        event = self._time.lie_down(timeout)
        self._sleepers.append(event)
        self.release()
        try:
            event.wait()
        finally:
            self.acquire()
        if event in self._sleepers:  # it was time that woke it
            self._sleepers.remove(event)
            return False
        return True

    def notify(self, n: int = 1) -> None:
        chosen, self._sleepers = self._sleepers[:n], self._sleepers[n:]
        for event in chosen:
            self._time.wake(event)

    def notify_all(self) -> None:
        self.notify(len(self._sleepers))
