"""How often a host may be asked: who is next, and when. Times are seconds of any steady clock."""

import heapq
import itertools
import zlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_J = TypeVar("_J")
ANY_HOST = "*"
_MAX_STRAIN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPace:
    """What a host is asked to bear: connections at a time, and seconds between two requests.

    A pause is `delay` to twice that long, so that a client is no metronome.
    """

    connections: int = 1
    delay: float = 1.0


@dataclass(slots=True)
class _Host:
    name: str
    pace: HostPace
    waiting: deque[object] = field(default_factory=deque)
    busy: int = 0
    asked: int = 0
    ready_at: float = 0.0
    strain: int = 0
    ticket: int = -1  # of its one valid entry in the heap

    @property
    def is_free(self) -> bool:
        return self.busy < self.pace.connections

    def pause(self) -> float:
        """Give the seconds until the next request; a host that complained gets longer ones."""
        self.asked += 1
        least = max(self.pace.delay, 1.0) if self.strain else self.pace.delay
        share = zlib.crc32(f"{self.name}#{self.asked}".encode()) / 2**32
        return least * (1 + share) * float(2**self.strain)


class Turns(Generic[_J]):
    """Jobs that wait for their hosts. Not safe for threads; knows the time only from its callers.

    A host is asked by at most `connections` at a time, and not before its pause is over, which
    begins anew when a request starts and when one ends.
    """

    def __init__(self, paces: Mapping[str, HostPace]) -> None:
        self._paces = paces
        self._default = paces.get(ANY_HOST, HostPace())
        self._hosts: dict[str, _Host] = {}
        self._heap: list[tuple[float, int, _Host]] = []
        self._tickets = itertools.count()
        self.waiting = 0

    def set_paces(self, paces: Mapping[str, HostPace]) -> None:
        """Go by other paces from the next request on; pauses that have begun last as they were."""
        self._paces = paces
        self._default = paces.get(ANY_HOST, HostPace())
        for host in self._hosts.values():
            host.pace = self._pace(host.name)
            self._line_up(host)

    def put(self, name: str, job: _J) -> None:
        """Have a job wait for its turn with a host, behind those that wait already."""
        host = self._host(name)
        host.waiting.append(job)
        self.waiting += 1
        if len(host.waiting) == 1:
            self._line_up(host)

    def take(self, now: float) -> _J | None:
        """Start the job whose host is ready the longest; None where none is."""
        if self.wait(now) != 0.0:
            return None
        host = heapq.heappop(self._heap)[2]
        job = host.waiting.popleft()
        self.waiting -= 1
        self._start(host, now)
        return job  # type: ignore[return-value]

    def wait(self, now: float) -> float | None:
        """Tell the seconds until `take` gives something; None: not before another job ends."""
        while self._heap and self._heap[0][1] != self._heap[0][2].ticket:
            heapq.heappop(self._heap)
        return max(self._heap[0][0] - now, 0.0) if self._heap else None

    def start(self, name: str, now: float) -> float | None:
        """Start a request out of the line: None when it is on, else seconds to try again in."""
        host = self._host(name)
        if host.is_free and host.ready_at <= now:
            self._start(host, now)
            return None
        return max(host.ready_at - now, 0.05)

    def end(self, name: str, now: float, *, is_strained: bool = False) -> None:
        """End a request; `is_strained` says that the host asked for less (429, 503)."""
        host = self._host(name)
        host.busy -= 1
        host.strain = min(host.strain + 1, _MAX_STRAIN) if is_strained else max(host.strain - 1, 0)
        host.ready_at = max(host.ready_at, now + host.pause())
        self._line_up(host)

    def clear(self) -> list[_J]:
        """Give back all jobs that wait; none of them will start."""
        left = [job for host in self._hosts.values() for job in host.waiting]
        for host in self._hosts.values():
            host.waiting.clear()
        self._heap.clear()
        self.waiting = 0
        return left  # type: ignore[return-value]

    def _host(self, name: str) -> _Host:
        if name not in self._hosts:
            self._hosts[name] = _Host(name, self._pace(name))
        return self._hosts[name]

    def _pace(self, name: str) -> HostPace:
        return self._paces.get(name, self._default)

    def _start(self, host: _Host, now: float) -> None:
        host.busy += 1
        host.ready_at = now + host.pause()
        self._line_up(host)

    def _line_up(self, host: _Host) -> None:
        """Enter the host into the heap as it stands now; an older entry of it counts no more."""
        host.ticket = next(self._tickets)
        if host.waiting and host.is_free:
            heapq.heappush(self._heap, (host.ready_at, host.ticket, host))
