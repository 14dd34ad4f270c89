"""When to poll which source: a pure function of what is stored, the outcome and `now`."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from aggregator.core.source import Source, SourceState, Validators


class Status(StrEnum):
    """How a poll ended; the closed set that is stored, logged and shown."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    GONE = "gone"
    BLOCKED = "blocked"
    HTTP_ERROR = "http_error"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    NOT_A_FEED = "not_a_feed"
    BROKEN = "broken"
    REFUSED = "refused"

    @property
    def is_success(self) -> bool:
        """Say whether the source answered as it should."""
        return self in (Status.OK, Status.NOT_MODIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one poll of one source came to, apart from its articles.

    `validators` and `known` are None where what is stored stays as it is. `seconds` is the time
    the whole poll took.
    """

    source: Source
    at: datetime
    status: Status
    seconds: float
    validators: Validators | None = None
    known: frozenset[bytes] | None = field(default=None, repr=False)
    title: str = ""
    error: str = ""
    hint: str = ""
    retry_after: timedelta | None = None


BACK_OFF_FLOOR = timedelta(minutes=10)
BACK_OFF_CEILING = timedelta(days=1)
JITTER = 0.1
MAX_RETRY_AFTER = timedelta(days=7)


def due_sources(
    sources: Iterable[Source], states: Mapping[str, SourceState], now: datetime
) -> list[Source]:
    """List the sources to poll now, the longest overdue first; one without a state is not due.

    A source never polled has a state that says so, and is due at once.
    """
    known = [(source, states[source.id]) for source in sources if source.id in states]
    due = [(state.next_poll_at or now, source) for source, state in known if _is_due(state, now)]
    return [source for _, source in sorted(due, key=lambda one: one[0])]


def _is_due(state: SourceState, now: datetime) -> bool:
    return state.status != Status.GONE and (state.next_poll_at is None or state.next_poll_at <= now)


def next_poll_at(outcome: Outcome, failures: int) -> datetime:
    """Decide when the source is polled next; `failures` counts those in a row, this one included.

    The jitter spreads sources of one interval over a tenth of it and depends only on the source
    and the time, so the same poll always gives the same answer.
    """
    interval = outcome.source.interval
    if outcome.status in (Status.UNREACHABLE, Status.TIMEOUT):
        interval = back_off(failures)  # sooner than usual at first: mostly our own network was down
    elif failures:
        interval = max(interval, back_off(failures))
    if outcome.retry_after is not None:
        interval = max(interval, min(outcome.retry_after, MAX_RETRY_AFTER))
    spread = zlib.crc32(f"{outcome.source.id}@{int(outcome.at.timestamp())}".encode()) / 2**32
    return outcome.at + interval * (1 + JITTER * spread)


def back_off(failures: int) -> timedelta:
    """Give the least wait after so many failures in a row: 10 minutes, doubling, at most a day."""
    doublings: int = 2 ** min(failures - 1, 10)
    return min(BACK_OFF_FLOOR * doublings, BACK_OFF_CEILING)
