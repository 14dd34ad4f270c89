"""When to poll which source."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.polling import (
    BACK_OFF_CEILING,
    MAX_RETRY_AFTER,
    Outcome,
    Status,
    back_off,
    due_sources,
    next_poll_at,
)
from aggregator.core.source import Source, SourceState

HOUR = timedelta(hours=1)


def a_source(name: str = "a", **settings: object) -> Source:
    """Make a source."""
    return Source(id=name, url=f"https://{name}.example/feed", name=name, **settings)  # type: ignore[arg-type]


def a_state(name: str, next_at: datetime | None, status: str = "ok") -> SourceState:
    """Make the state of a source that was polled before."""
    return SourceState(
        id=name, url=f"https://{name}.example/feed", next_poll_at=next_at, status=status
    )


def test_due_are_the_new_then_the_overdue_oldest_first_but_not_the_gone(now: datetime) -> None:
    states = {
        "later": a_state("later", now + timedelta(seconds=1)),
        "new": SourceState(id="new", url=""),
        "due": a_state("due", now),
        "overdue": a_state("overdue", now - HOUR, "http_error"),
        "gone": a_state("gone", now - HOUR, "gone"),
        "oldest": a_state("oldest", now - 2 * HOUR),
    }

    due = due_sources(map(a_source, [*states, "stateless"]), states, now)

    assert [source.id for source in due] == ["new", "oldest", "overdue", "due"]


def test_the_back_off_doubles_from_ten_minutes_to_a_day() -> None:
    minutes = [
        back_off(failures) / timedelta(minutes=1) for failures in (1, 2, 3, 7, 8, 9, 100, 10**6)
    ]

    assert minutes == [10, 20, 40, 640, 1280, 1440, 1440, 1440]


def an_outcome(
    source: Source,
    at: datetime,
    status: Status = Status.OK,
    retry_after: timedelta | None = None,
) -> Outcome:
    """Make the outcome of a poll."""
    return Outcome(source=source, at=at, status=status, seconds=0.1, retry_after=retry_after)


def failed(times: int) -> SourceState:
    """Make the state of a source whose last polls failed."""
    return SourceState(id="a", url="", failures=times)


MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("interval", "status", "failures", "retry_after", "wait"),
    [
        (HOUR, "ok", 0, None, HOUR),
        (HOUR, "not_modified", 0, None, HOUR),
        (HOUR, "http_error", 1, None, HOUR),
        (5 * MINUTE, "blocked", 1, None, 10 * MINUTE),
        (HOUR, "broken", 5, None, 160 * MINUTE),
        (HOUR, "http_error", 50, None, BACK_OFF_CEILING),
        (3 * DAY, "http_error", 50, None, 3 * DAY),
        (HOUR, "unreachable", 1, None, 10 * MINUTE),
        (HOUR, "timeout", 2, None, 20 * MINUTE),
        (HOUR, "timeout", 5, None, 160 * MINUTE),
        (HOUR, "blocked", 1, 2 * HOUR, 2 * HOUR),
        (HOUR, "blocked", 1, timedelta(seconds=1), HOUR),
        (HOUR, "blocked", 5, HOUR, 160 * MINUTE),
        (HOUR, "blocked", 1, 3650 * DAY, MAX_RETRY_AFTER),
    ],
)
def test_the_next_poll_waits_for_interval_back_off_and_the_servers_wish(
    interval: timedelta,
    status: str,
    failures: int,
    retry_after: timedelta | None,
    wait: timedelta,
    now: datetime,
) -> None:
    outcome = an_outcome(a_source(interval=interval), now, Status(status), retry_after)

    waited = next_poll_at(outcome, failed(failures - 1)) - now

    assert wait <= waited <= wait * 1.1 + timedelta(seconds=1)


@given(st.text("abc", min_size=1), st.integers(0, 9), st.integers(60, 10**6))
def test_the_jitter_depends_on_source_and_time_only_and_stays_within_a_tenth(
    name: str, failures: int, seconds: int
) -> None:
    at = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    outcome = an_outcome(a_source(name, interval=timedelta(seconds=seconds)), at, Status.BROKEN)
    least = max(timedelta(seconds=seconds), back_off(failures + 1))

    first, second = (next_poll_at(outcome, failed(failures)) for _ in range(2))

    assert first == second
    assert least <= first - at <= least * 1.1 + timedelta(seconds=1)


def test_the_jitter_spreads_a_hundred_sources_of_one_interval(now: datetime) -> None:
    outcomes = [an_outcome(a_source(f"s{n}"), now) for n in range(100)]

    waits = sorted((next_poll_at(one, failed(0)) - now) / HOUR for one in outcomes)

    assert len(set(waits)) == 100
    assert waits[10] < 1.02
    assert waits[89] > 1.08


def test_a_part_of_a_second_is_waited_for_as_a_whole_one(now: datetime) -> None:
    at = now + timedelta(seconds=0.25)  # moments are stored in whole seconds

    dues = [next_poll_at(an_outcome(a_source(f"s{n}"), at), failed(0)) for n in range(20)]

    assert {due.microsecond for due in dues} == {0}
    assert all(due - at >= HOUR for due in dues)


@pytest.mark.parametrize("status", list(Status))
def test_only_an_answer_as_it_should_be_is_a_success(status: Status) -> None:
    assert status.is_success is (status in {"ok", "not_modified"})
