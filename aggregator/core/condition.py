"""Whether a running daemon is well, for who watches it: one word, and reasons with a next step."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aggregator.core.health import Health, is_broken
from aggregator.core.pulse import Pulse
from aggregator.core.words import size, span


class Level(StrEnum):
    """How a daemon is: it does its work, does a part of it, or does not."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that is not as it should be; `code` is of a closed set."""

    code: str
    level: Level
    what: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a source of feeds.toml stands; `health` is "" before its first poll."""

    id: str
    health: str
    next_poll_at: datetime | None
    last_ok_at: datetime | None

    @property
    def is_broken(self) -> bool:
        """Say whether nothing new can come."""
        return is_broken(self.health)

    def overdue(self, now: datetime) -> float:
        """Give the seconds since it should have been polled; 0 for one that is not polled."""
        if self.next_poll_at is None or self.health == Health.GONE:
            return 0.0
        return max((now - self.next_poll_at).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What a daemon is judged by. `pulse` is None while it starts, `store_error` says why the
    database cannot be read, `config_hint` what to do about a feeds.toml that cannot be used;
    `overdue` is of the source that waits longest, in seconds."""

    pulse: Pulse | None
    store_error: str = ""
    is_config_current: bool = True
    config_hint: str = ""
    sources: int = 0
    broken: int = 0
    overdue: float = 0.0
    free_bytes: int | None = None


LATE_SECONDS = 1800  # hosts with many sources take a while, and so does what was missed while off
LEAST_FREE_BYTES = 100 << 20


def reasons(vitals: Vitals) -> list[Reason]:
    """List what is not as it should be, the worst first; nothing where all is well."""
    return [*_failing(vitals), *_degraded(vitals)]


def level(found: Iterable[Reason]) -> Level:
    """Sum reasons up."""
    levels = {one.level for one in found}
    return next((one for one in (Level.FAILING, Level.DEGRADED) if one in levels), Level.OK)


def _failing(vitals: Vitals) -> Iterator[Reason]:
    if vitals.store_error:
        yield _reason(
            "store", Level.FAILING, vitals.store_error, "`aggregator sources` says the same"
        )
    if vitals.pulse is None:
        yield _reason("starting", Level.FAILING, "it is starting", "wait a moment")
        return
    if vitals.pulse.is_stuck:
        yield _reason(
            "scheduler",
            Level.FAILING,
            f"nothing was begun for {_seconds(vitals.pulse.since_tick)}",
            "the log says what it was at; restart it",
        )
    if vitals.pulse.is_paused:
        yield _reason(
            "paused",
            Level.FAILING,
            "the database cannot be written, so nothing is polled for the moment",
            "the log says why; it goes on by itself",
        )


def _degraded(vitals: Vitals) -> Iterator[Reason]:
    if not vitals.is_config_current:
        yield _reason(
            "config",
            Level.DEGRADED,
            "feeds.toml cannot be used as it is now, so the last good one holds",
            vitals.config_hint or "the log says why",
        )
    if vitals.broken * 2 > vitals.sources:
        yield _reason(
            "sources",
            Level.DEGRADED,
            f"{vitals.broken} of {vitals.sources} sources cannot be read",
            "look at the network first; `aggregator sources` says what is wrong with each",
        )
    if vitals.overdue > LATE_SECONDS:
        yield _reason(
            "late",
            Level.DEGRADED,
            f"a source has been waiting for its poll for {_seconds(vitals.overdue)}",
            "raise `fetch_threads`, or `connections` of its host",
        )
    if vitals.free_bytes is not None and vitals.free_bytes < LEAST_FREE_BYTES:
        yield _reason(
            "disk",
            Level.DEGRADED,
            f"{size(vitals.free_bytes)} are free where the data is",
            "make room on the disk",
        )


def _reason(code: str, level: Level, what: str, hint: str) -> Reason:
    return Reason(code=code, level=level, what=what, hint=hint)


def _seconds(seconds: float) -> str:
    return span(timedelta(seconds=seconds))
