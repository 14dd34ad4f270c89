"""A year of polling in a second: whatever servers do, none is asked too early and none starves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core.health import Health, settle
from aggregator.core.polling import (
    BACK_OFF_CEILING,
    INTERVAL_WITHOUT_VALIDATORS,
    JITTER,
    MAX_RETRY_AFTER,
    Outcome,
    Reading,
    Status,
    due_sources,
)
from aggregator.core.source import FeedHints, Source, SourceState, Validators

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOMETIMES = st.sampled_from([0, 0, 0, 1, 60, 600, 3600, 43200, 86400, 10**6, 10**9])
ENDLESS = [one for one in Status if one is not Status.GONE]


@dataclass(frozen=True)
class Answer:
    """What a random server says at one visit."""

    status: Status
    fresh_for: timedelta
    retry_after: timedelta | None
    hints: FeedHints
    has_validators: bool


hints = st.builds(
    FeedHints,
    every=st.builds(timedelta, minutes=st.sampled_from([0, 0, 5, 60, 1440, 10**5])),
    skip_hours=st.frozensets(st.integers(0, 23), max_size=23),
    skip_days=st.frozensets(st.integers(0, 6), max_size=6),
)
answers = st.builds(
    Answer,
    status=st.sampled_from([Status.OK, Status.NOT_MODIFIED, *ENDLESS]),
    fresh_for=st.builds(timedelta, seconds=SOMETIMES),
    retry_after=st.none() | st.builds(timedelta, seconds=SOMETIMES),
    hints=st.just(FeedHints()) | hints,
    has_validators=st.booleans(),
)
sources = st.builds(
    Source,
    id=st.text("abc", min_size=1, max_size=8),
    url=st.just("https://a.example/feed"),
    name=st.just("a"),
    interval=st.none() | st.builds(timedelta, seconds=st.integers(1800, 10 * 86400)),
    max_interval=st.builds(timedelta, seconds=st.integers(3600, 7 * 86400)),
)


def an_outcome(source: Source, at: datetime, answer: Answer) -> Outcome:
    is_read = answer.status is Status.OK
    etag = '"a"' if answer.has_validators else ""
    return Outcome(
        source=source,
        at=at,
        status=answer.status,
        validators=Validators(etag=etag) if answer.status.is_success else None,
        reading=Reading(known=frozenset(), hints=answer.hints, entries=1) if is_read else None,
        fresh_for=answer.fresh_for if answer.status.is_success else timedelta(0),
        retry_after=None if answer.status.is_success else answer.retry_after,
    )


def a_year(source: Source, said: list[Answer]) -> Iterator[tuple[Answer, SourceState, SourceState]]:
    """Visit a source whenever it is due for a year, its server saying the same round and round."""
    state, visit = SourceState(id=source.id, url=source.url), 0
    now = NOON
    while now < NOON + timedelta(days=365):
        assert due_sources([source], {source.id: state}, now) == [source]
        answer = said[visit % len(said)]
        before, state = state, settle(an_outcome(source, now, answer), state, [])
        yield answer, before, state
        assert state.next_poll_at is not None
        almost = state.next_poll_at - timedelta(seconds=1)
        assert due_sources([source], {source.id: state}, almost) == []
        now, visit = state.next_poll_at, visit + 1


@settings(max_examples=40)
@given(sources, st.lists(answers, min_size=1, max_size=8))
def test_no_source_is_polled_before_it_allows_and_none_starves(
    source: Source, said: list[Answer]
) -> None:
    longest = (
        max(
            source.interval or INTERVAL_WITHOUT_VALIDATORS,
            source.max_interval,
            MAX_RETRY_AFTER,
            BACK_OFF_CEILING,
        )
        * (1 + JITTER)
        + 8 * DAY
    )  # days to skip come on top
    for answer, before, after in a_year(source, said):
        assert after.last_poll_at
        assert after.next_poll_at
        wait = after.next_poll_at - after.last_poll_at
        heard = after.hints
        if answer.status.is_success:
            assert wait >= min(max(answer.fresh_for, heard.every), source.max_interval)
            assert wait >= (source.interval or HOUR)
        elif answer.retry_after is not None:
            assert wait >= min(answer.retry_after, MAX_RETRY_AFTER)
        if not answer.status.is_success:
            assert wait >= timedelta(minutes=10)
            assert after.validators == before.validators
        assert after.next_poll_at.hour not in heard.skip_hours
        assert after.next_poll_at.weekday() not in heard.skip_days
        assert timedelta(seconds=60) <= wait <= longest


@pytest.mark.parametrize(
    ("cron", "timezone", "fires"),
    [
        ("0 7 * * *", "", ["03 07:00", "04 07:00", "05 07:00"]),
        ("30 7,19 * * mon-fri", "", ["02 19:30", "03 07:30", "03 19:30"]),
        ("0 9 * * *", "Asia/Shanghai", ["03 01:00", "04 01:00", "05 01:00"]),
        ("*/15 * * * *", "", ["02 12:15", "02 12:30", "02 12:45"]),
    ],
)
def test_a_cron_expression_says_when(cron: str, timezone: str, fires: list[str]) -> None:
    source = Source(id="a", url="", name="a", cron=cron, timezone=timezone)
    fine = Answer(Status.OK, timedelta(0), None, FeedHints(), has_validators=True)

    visits = a_year(source, [fine])
    dues = [next(visits)[2].next_poll_at for _ in fires]

    assert [f"{due:%d %H:%M}" for due in dues if due] == fires
    assert all(due and due.second + due.microsecond > 0 for due in dues)  # not all at once


def test_a_cron_expression_gives_way_to_the_server_and_to_a_network_that_was_away() -> None:
    source = Source(id="a", url="", name="a", cron="*/15 * * * *")
    slow = Answer(Status.OK, 2 * HOUR, None, FeedHints(), has_validators=True)
    away = Answer(Status.UNREACHABLE, timedelta(0), None, FeedHints(), has_validators=True)

    visits = a_year(source, [slow, away])
    waits = [
        after.next_poll_at - after.last_poll_at
        for _, _, after in (next(visits), next(visits))
        if after.next_poll_at and after.last_poll_at
    ]

    assert waits[0] >= 2 * HOUR
    assert timedelta(minutes=10) <= waits[1] <= timedelta(minutes=11)


# Health


def a_life(*days: Answer | int) -> list[str]:
    """Poll a source once for each answer, a day apart, and give its health each time.

    A number in place of an answer is a good one that brings so many new articles.
    """
    source = Source(id="a", url="", name="a", interval=DAY)
    state, now, found = SourceState(id="a", url=""), NOON, []
    for day in days:
        answer = day if isinstance(day, Answer) else GOOD
        dates = [now - n * DAY for n in range(day)] if isinstance(day, int) else []
        state = settle(an_outcome(source, now, answer), state, dates)
        found.append(state.health)
        now += DAY
    return found


def bad(status: Status) -> Answer:
    return Answer(status, timedelta(0), None, FeedHints(), has_validators=False)


GOOD = Answer(Status.OK, timedelta(0), None, FeedHints(), has_validators=True)
DOWN, PAGE, LOGIN = bad(Status.TIMEOUT), bad(Status.NOT_A_FEED), bad(Status.BLOCKED)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([5, 1, 1], ["ok", "ok", "ok"]),
        ([5, DOWN, DOWN, 1], ["ok", "ok", "ok", "ok"]),
        ([5, DOWN, DOWN, DOWN, 1], ["ok", "ok", "ok", "failing", "ok"]),
        ([5, DOWN, PAGE, LOGIN, DOWN], ["ok", "ok", "ok", "blocked", "failing"]),
        ([DOWN, 1], ["failing", "ok"]),
        ([PAGE, PAGE], ["not_a_feed", "not_a_feed"]),
        ([5, bad(Status.GONE)], ["ok", "gone"]),
        ([5, *[0] * 10, 0, 1], ["ok"] * 11 + ["stale", "ok"]),
        ([1, *[0] * 60], ["ok"] * 61),  # one article tells no cadence
    ],
)
def test_health_changes_with_patience(days: list[Answer | int], expected: list[str]) -> None:
    assert a_life(*days) == expected


def test_every_health_says_what_is_wrong() -> None:
    assert {one for one in Health if one.is_broken} == {"failing", "blocked", "not_a_feed", "gone"}
