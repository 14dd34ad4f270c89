"""What was wrong in a simulation: by the publishers' log, the database and the memory."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

from aggregator.core.polling import Outcome, Status, next_poll_at
from aggregator.core.source import Source, SourceState
from bench.soak.clock import START
from bench.soak.kinds import BY_NAME, HEALTHY, Kind
from bench.soak.news import title
from bench.soak.server import Logged
from bench.soak.simulate import Sample, Soak

JITTER = 1.1
TOLERANCE = 60.0  # seconds later than its wait and a tenth that a visit may come
FIRST_ROUND = 300.0  # seconds within which every source is visited once
BETWEEN_VISITS = 300.0  # requests closer than that are of one visit; no wait is as short
PAUSE, LONGER_PAUSE = 1.0, 2.0  # seconds that a host is left alone; after a 429 or 503
CROWD, LEAST_CROWD = 0.4, 8  # most requests in a minute after the first round: of all sources
MOST_BYTES = 1.15  # of memory in the second half, as a share of the first
MOST_BLOCKS = 2.0  # of Python's that are new in the second half, for each of its requests

Visit = Sequence[Logged]


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """The median of a measure in the first half, the first round apart, and in the second."""

    first: float
    second: float

    @property
    def growth(self) -> float:
        """Tell how much larger it was in the second half."""
        return self.second / self.first


def faults(soak: Soak) -> list[str]:
    """List everything that was not as it should be, in words."""
    by_source: dict[int, list[Logged]] = defaultdict(list)
    by_host: dict[str, list[Logged]] = defaultdict(list)
    for one in soak.log:
        by_source[one.number].append(one)
        by_host[one.host].append(one)
    found = [f"s{one.number}: {one.problem}" for one in soak.log if one.problem]
    for number, name in enumerate(soak.town.kinds):
        visits = tuple(_visits(by_source[number]))
        words = _source_faults(BY_NAME[name], visits, soak.seconds)
        found += [f"s{number} ({name}): {one}" for one in words]
    for host, requests in by_host.items():
        found += [f"{host}: {one}" for one in _host_faults(requests)]
    return [*found, *_crowds(soak), *_stored_faults(soak), *_leaks(soak)]


def _visits(requests: Iterable[Logged]) -> Iterator[Visit]:
    visit: list[Logged] = []
    for one in requests:
        if visit and one.at - visit[-1].at > BETWEEN_VISITS:
            yield visit
            visit = []
        visit.append(one)
    if visit:
        yield visit


def _source_faults(kind: Kind, visits: Sequence[Visit], seconds: float) -> Iterator[str]:
    """Compare a source's visits with the waits of its kind."""
    if not kind.is_listening:
        return
    if not visits or visits[0][0].at > FIRST_ROUND:
        yield "stall: not visited in the first round"
        return
    for number, visit in enumerate(visits):
        if len(visit) != kind.requests(number):
            yield f"storm: {len(visit)} requests in visit {number + 1}"
        if kind.skips is not None:
            yield from _in_skipped_hour(kind.skips, visit)
        least = kind.wait(number)
        most = least * JITTER + TOLERANCE + kind.takes if kind.skips is None else float("inf")
        has_next = number + 1 < len(visits)
        wait = (visits[number + 1][0].at if has_next else seconds) - visit[-1].at
        if has_next and wait < least:
            yield f"storm: visit {number + 2} comes {wait:.0f} s after the one before"
        if wait > most:
            yield f"stall: no visit for {wait:.0f} s after visit {number + 1}"


def _in_skipped_hour(hour: int, visit: Visit) -> Iterator[str]:
    for one in visit:
        if (START + timedelta(seconds=one.at)).hour == hour:
            yield f"storm: asked at {one.at:.0f} s, in an hour to skip"


def _host_faults(requests: Sequence[Logged]) -> Iterator[str]:
    for before, after in pairwise(requests):
        pause = after.at - before.at
        is_one_visit = before.number == after.number and pause < BETWEEN_VISITS
        least = LONGER_PAUSE if before.status in (429, 503) else PAUSE
        if pause < least - 1e-6 and not is_one_visit:
            yield f"storm: s{after.number} asked {pause:.2f} s after s{before.number}"


def busiest(soak: Soak) -> int:
    """Count the requests of the busiest minute after the first round."""
    minutes = Counter(int(one.at // 60) for one in soak.log if one.at > FIRST_ROUND)
    return max(minutes.values(), default=0)


def lateness(soak: Soak) -> Iterator[float]:
    """Give for each visit of a healthy source the seconds that it came after it was due."""
    by_source: dict[int, list[Logged]] = defaultdict(list)
    for one in soak.log:
        if BY_NAME[soak.town.kinds[one.number]] in HEALTHY:
            by_source[one.number].append(one)
    for number, visits in by_source.items():
        kind = BY_NAME[soak.town.kinds[number]]
        source = Source(id=f"s{number}", url="", name="", interval=timedelta(seconds=kind.wait(0)))
        for before, after in pairwise(visits):
            at = START + timedelta(seconds=before.at)
            ok = Outcome(source=source, at=at, status=Status.OK)
            due = next_poll_at(ok, SourceState(id=source.id, url=""))
            yield after.at - kind.takes - (due - START).total_seconds()


def _crowds(soak: Soak) -> Iterator[str]:
    most = busiest(soak)
    if most > max(len(soak.town.kinds) * CROWD, LEAST_CROWD):
        yield f"storm: {most} requests in one minute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the database says of one source in the end."""

    status: str
    health: str
    failures: int
    titles: Counter[str]


def stored(database: Path) -> dict[str, Stored]:
    """Read where every source stands and which articles it has."""
    titles: dict[str, Counter[str]] = defaultdict(Counter)
    with closing(sqlite3.connect(database)) as connection:
        for source, text in connection.execute("SELECT source, title FROM article"):
            titles[source][text] += 1
        rows = connection.execute("SELECT id, status, health, failures FROM source").fetchall()
    return {
        source: Stored(status=status, health=health, failures=failures, titles=titles[source])
        for source, status, health, failures in rows
    }


def _stored_faults(soak: Soak) -> Iterator[str]:
    served: dict[int, set[int]] = defaultdict(set)
    for one in soak.log:
        served[one.number].update(range(one.first, one.end))
    found = stored(soak.database)
    for number, name in enumerate(soak.town.kinds):
        kind, mine = BY_NAME[name], found[f"s{number}"]
        expected = {title(number, entry) for entry in served[number]}
        for words in _end_faults(kind, mine, expected):
            yield f"s{number} ({name}): {words}"


def _end_faults(kind: Kind, mine: Stored, expected: set[str]) -> Iterator[str]:
    if mine.status not in kind.status.split():
        yield f"status {mine.status}, not {kind.status}"
    if mine.health not in kind.health.split():
        yield f"health {mine.health}, not {kind.health}"
    if not kind.is_listening and not 3 <= mine.failures <= len(kind.waits):
        yield f"{mine.failures} visits"
    if lost := expected - mine.titles.keys():
        yield f"lost: {len(lost)} entries, among them {min(lost)}"
    if more := [text for text, count in mine.titles.items() if count > 1 or text not in expected]:
        yield f"stored wrongly or twice: {len(more)} entries, among them {min(more)}"


def halves(soak: Soak, measure: Callable[[Sample], int]) -> Halves:
    """Compare both halves."""
    half = soak.seconds / 2
    return Halves(
        first=median(measure(one) for one in soak.memory if FIRST_ROUND < one.at <= half),
        second=median(measure(one) for one in soak.memory if one.at > half),
    )


def _leaks(soak: Soak) -> Iterator[str]:
    if (growth := halves(soak, lambda one: one.bytes).growth) > MOST_BYTES:
        yield f"leak: {growth:.3f} times the bytes in the second half"
    blocks = halves(soak, lambda one: one.blocks)
    requests = sum(one.at > soak.seconds / 2 for one in soak.log)
    if (more := blocks.second - blocks.first) > MOST_BLOCKS * requests:
        words = f"{more:.0f} of Python's blocks more in the second half"
        yield f"leak: {words}, with {requests} requests"
