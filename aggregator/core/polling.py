"""When to poll which source: a pure function of what is stored, the outcome and `now`."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from aggregator.core.source import NO_HINTS, FeedHints, Source, SourceState, Validators

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger


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
class Reading:
    """What came of a document that was read, apart from its articles.

    `known` are its slices, for the next poll; `entries` counts all of them, new or not.
    """

    known: frozenset[bytes] = field(repr=False)
    hints: FeedHints = NO_HINTS
    title: str = ""
    entries: int = 0
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one poll of one source came to, apart from its articles.

    `validators` is None where what is stored stays as it is, `reading` where no document was read.
    `seconds` is the time the whole poll took, `answered_in` the part that was the server's;
    `fresh_for` and `retry_after` are its wish.
    """

    source: Source
    at: datetime
    status: Status
    seconds: float = 0.0
    answered_in: float = 0.0
    validators: Validators | None = None
    reading: Reading | None = None
    fresh_for: timedelta = timedelta(0)
    retry_after: timedelta | None = None
    error: str = ""
    hint: str = ""


HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
INTERVAL = HOUR
# Without validators every poll is a whole download.
INTERVAL_WITHOUT_VALIDATORS = DAY
BACK_OFF_FLOOR = timedelta(minutes=10)
BACK_OFF_CEILING = DAY
JITTER = 0.1
CRON_JITTER = timedelta(minutes=1)
MAX_RETRY_AFTER = timedelta(days=7)
MOVED_FAILURES = 3  # in a row, after which the address of feeds.toml is tried again
# Mostly it is our own network that is down then.
_AT_ONCE = datetime.min.replace(tzinfo=UTC)
_OUR_NETWORK = (Status.UNREACHABLE, Status.TIMEOUT)


def address(source: Source, state: SourceState) -> str:
    """Say where to ask: where the source moved to, unless that place fails as well."""
    return state.moved_to if state.moved_to and state.failures < MOVED_FAILURES else source.url


def due_sources(
    sources: Iterable[Source], states: Mapping[str, SourceState], now: datetime
) -> list[Source]:
    """List the sources to poll now, the longest overdue first; one without a state is not due.

    A source never polled has a state that says so. It comes before all others: somebody waits for
    it, and where the daemon is ended again and again it would never have its turn.
    """
    known = [(source, states[source.id]) for source in sources if source.id in states]
    due = [
        (state.next_poll_at or _AT_ONCE, source) for source, state in known if _is_due(state, now)
    ]
    return [source for _, source in sorted(due, key=lambda one: one[0])]


def _is_due(state: SourceState, now: datetime) -> bool:
    return state.status != Status.GONE and (state.next_poll_at is None or state.next_poll_at <= now)


def next_poll_at(outcome: Outcome, state: SourceState) -> datetime:
    """Decide when the source is polled next; `state` is how it stood before this poll.

    Never before the server allows, nor in hours and days that its feed wants skipped. The jitter
    spreads sources of one interval and depends only on the source and the time, so the same poll
    always gives the same answer.
    """
    source, at = outcome.source, outcome.at
    hints = outcome.reading.hints if outcome.reading else state.hints
    spread = zlib.crc32(f"{source.id}@{int(at.timestamp())}".encode()) / 2**32
    least = _least_wait(outcome, state, hints)
    if source.cron and outcome.status not in _OUR_NETWORK:
        moment = _next_fire(source, at + max(least, CRON_JITTER)) + CRON_JITTER * spread
    else:
        moment = at + max(_interval(outcome, state), least) * (1 + JITTER * spread)
    return _skip(_whole_second(moment), hints, spread)


def _whole_second(moment: datetime) -> datetime:
    """Round up: it is stored in whole seconds, and a part of one less would be too early."""
    return (moment + timedelta(microseconds=999_999)).replace(microsecond=0)


def _interval(outcome: Outcome, state: SourceState) -> timedelta:
    """Tell how long we would wait by ourselves."""
    failures = 0 if outcome.status.is_success else state.failures + 1
    if outcome.status in _OUR_NETWORK:
        return back_off(failures)  # sooner than usual at first
    stated = outcome.source.interval
    if stated is None:
        validators = outcome.validators
        has_none = validators is not None and not (validators.etag or validators.last_modified)
        stated = INTERVAL_WITHOUT_VALIDATORS if has_none else INTERVAL
    return max(stated, back_off(failures)) if failures else stated


def _least_wait(outcome: Outcome, state: SourceState, hints: FeedHints) -> timedelta:
    """Tell how long we have to wait."""
    asked = min(max(outcome.fresh_for, hints.every), outcome.source.max_interval)
    if outcome.status in _OUR_NETWORK:
        asked = timedelta(0)
    if outcome.retry_after is not None:
        asked = max(asked, min(outcome.retry_after, MAX_RETRY_AFTER))
    return asked if outcome.status.is_success else max(asked, back_off(state.failures + 1))


def back_off(failures: int) -> timedelta:
    """Give the least wait after so many failures in a row: 10 minutes, doubling, at most a day."""
    doublings: int = 2 ** min(failures - 1, 10)
    return min(BACK_OFF_FLOOR * doublings, BACK_OFF_CEILING)


def _skip(moment: datetime, hints: FeedHints, spread: float) -> datetime:
    """Move a moment out of the hours and days to skip, into the first hour that is not."""
    if not hints.skip_hours and not hints.skip_days:
        return moment
    hour = moment
    for _ in range(8 * 24):
        if hour.hour not in hints.skip_hours and hour.weekday() not in hints.skip_days:
            return hour if hour == moment else hour + HOUR * 0.9 * spread
        hour = hour.replace(minute=0, second=0, microsecond=0) + HOUR
    return moment  # it would never be polled: nobody means that


def _next_fire(source: Source, after: datetime) -> datetime:
    fire = cron(source.cron, source.timezone).get_next_fire_time(None, after)
    return (fire or after + DAY).astimezone(after.tzinfo)


@lru_cache
def cron(expression: str, timezone: str) -> "CronTrigger":
    """Read a cron expression of five fields, in a time zone or UTC; raises ValueError."""
    # Not at the top: few sources have one, and this takes a while to import.
    from zoneinfo import ZoneInfo

    from apscheduler.triggers.cron import CronTrigger

    return CronTrigger.from_crontab(expression, ZoneInfo(timezone or "UTC"))
