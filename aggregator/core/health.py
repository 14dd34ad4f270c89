"""How a source is doing, in one word of a closed set, and where it stands after a poll."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from aggregator.core.entry import join_slices
from aggregator.core.polling import Outcome, Reading, Status, next_poll_at
from aggregator.core.source import SourceState, public_url


class Health(StrEnum):
    """How a source is doing; each change is told once, in the feed `_health`."""

    OK = "ok"
    SLOW = "slow"
    FAILING = "failing"
    STALE = "stale"
    EMPTY = "empty"
    BLOCKED = "blocked"
    NOT_A_FEED = "not_a_feed"
    GONE = "gone"
    MOVED = "moved"

    @property
    def is_broken(self) -> bool:
        """Say whether nothing new can come."""
        return self in _BROKEN


def is_broken(health: str) -> bool:
    """Say of a stored health, "" before the first poll, whether nothing new can come."""
    return bool(health) and Health(health).is_broken


_BROKEN = frozenset((Health.FAILING, Health.BLOCKED, Health.NOT_A_FEED, Health.GONE))
_OF_STATUS = {Status.BLOCKED: Health.BLOCKED, Status.NOT_A_FEED: Health.NOT_A_FEED}
# A server that stumbles once is not worth a word; one that never worked is.
PATIENCE = 3
SLOW_SECONDS = 10.0
STALE_AFTER = timedelta(days=3)
STALE_CADENCES = 10
_LEAST_ARRIVALS = 3
_WEIGHT = 0.3  # of the latest in a moving average


def settle(outcome: Outcome, state: SourceState, arrivals: Sequence[datetime]) -> SourceState:
    """Tell where a source stands after a poll; `arrivals` are the dates of its new articles."""
    is_ok = outcome.status.is_success
    # One `replace`: it takes several microseconds, on every poll.
    after = replace(
        state,
        next_poll_at=next_poll_at(outcome, state),
        last_poll_at=outcome.at,
        last_ok_at=outcome.at if is_ok else state.last_ok_at,
        status=outcome.status.value,
        error=outcome.error,
        hint=outcome.hint,
        failures=0 if is_ok else state.failures + 1,
        validators=(outcome.validators if is_ok else None) or state.validators,
        answers_in=_usually(outcome.answered_in, state.answers_in) if is_ok else state.answers_in,
    )
    if is_ok and outcome.reading is not None:
        after = _read(after, outcome.reading)
    if is_ok and arrivals:
        after = _arrived(after, outcome.at, arrivals)
    health = _health(outcome, state, after)
    if health != state.health:
        after = replace(after, health=health.value, health_since=outcome.at)
    return after


def _usually(seconds: float, usual: float) -> float:
    return usual + _WEIGHT * (seconds - usual) if usual else seconds


def _read(after: SourceState, reading: Reading) -> SourceState:
    return replace(
        after,
        known=join_slices(reading.known),
        hints=reading.hints,
        title=reading.title or after.title,
        entries=reading.entries,
        moved_to=reading.moved_to,
    )


def _arrived(after: SourceState, at: datetime, arrivals: Sequence[datetime]) -> SourceState:
    """Learn the cadence: from the first document's dates, then from when something new comes."""
    if after.newest_at is None:
        # Not at the top: it takes a while to load, and is for what comes first of a source.
        from statistics import median

        dates = sorted(min(one, at) for one in arrivals)
        gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(dates)]
        usual = median(gaps) if len(dates) >= _LEAST_ARRIVALS else 0.0
        return replace(after, newest_at=dates[-1], cadence=timedelta(seconds=usual))
    gap = max(at - after.newest_at, timedelta(0)) / len(arrivals)
    cadence = after.cadence + _WEIGHT * (gap - after.cadence) if after.cadence else gap
    return replace(after, newest_at=at, cadence=cadence)


def _health(outcome: Outcome, state: SourceState, after: SourceState) -> Health:
    before = Health(state.health) if state.health else None
    if outcome.status is Status.GONE:
        return Health.GONE
    if not outcome.status.is_success:
        is_told = state.last_ok_at is None or after.failures >= PATIENCE
        if is_told or before is None or before.is_broken:
            return _OF_STATUS.get(outcome.status, Health.FAILING)
        return before
    if after.moved_to:
        return Health.MOVED
    if after.entries == 0 == state.entries:
        return Health.EMPTY
    if _is_stale(after, outcome.at):
        return Health.STALE
    return Health.SLOW if _is_slow(outcome, state, after) else Health.OK


def _is_slow(outcome: Outcome, state: SourceState, after: SourceState) -> bool:
    """Tell a server that usually takes long; that its first answer took long says nothing yet."""
    if after.answers_in <= SLOW_SECONDS or not state.answers_in:
        return False
    return state.health == Health.SLOW or outcome.answered_in > SLOW_SECONDS


def _is_stale(after: SourceState, at: datetime) -> bool:
    if after.newest_at is None or not after.cadence:
        return False
    return at - after.newest_at > max(STALE_AFTER, STALE_CADENCES * after.cadence)


CUT_OFF = "no source can be reached: look at this machine's network; behind a proxy, set `proxy`"


def is_cut_off(statuses: Iterable[str]) -> bool:
    """Say whether nobody at all can be reached, so that it is hardly the sources' fault."""
    found = list(statuses)
    return len(found) > 1 and all(one == Status.UNREACHABLE for one in found)


def next_step(state: SourceState) -> tuple[str, str]:
    """Say in words what is wrong and what a person can do; nothing where all is well."""
    match state.health:
        case Health.MOVED:
            return (
                f"it has moved to {public_url(state.moved_to)}",
                "write that address into feeds.toml",
            )
        case Health.EMPTY:
            return "its feed has no entries", "look whether the site has another feed"
        case Health.STALE:
            return "nothing new for far longer than usual", "look whether the site has another feed"
        case Health.SLOW:
            seconds = f"it takes {state.answers_in:.0f} s to answer"
            return seconds, "nothing to do, unless it gets worse"
    return state.error, state.hint
