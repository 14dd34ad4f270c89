"""When a backup is due, and which may go."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.rotation import Rotation

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MOMENTS = st.lists(
    st.integers(0, 60 * 24 * 4).map(lambda quarters: NOW - timedelta(hours=quarters / 4)),
    max_size=40,
)
FEW = st.integers(0, 8)


@pytest.mark.parametrize(
    ("hours_ago", "is_due"), [(None, True), (1, False), (23.9, False), (24, True), (-1, True)]
)
def test_a_backup_is_due_when_the_newest_is_old_or_from_the_future(
    hours_ago: float | None, is_due: bool
) -> None:
    newest = None if hours_ago is None else NOW - timedelta(hours=hours_ago)

    assert Rotation().is_due(newest, NOW) is is_due


def test_none_is_ever_due_where_the_interval_is_nothing() -> None:
    assert not Rotation(every=timedelta(0)).is_due(None, NOW)


def test_a_year_of_days_leaves_seven_days_and_four_weeks() -> None:
    year = [NOW - timedelta(days=day) for day in range(365)]

    kept = set(year) - set(Rotation().superseded(year))

    # A Monday: its week has one day only, and the Sundays of the three before are of it as well.
    assert sorted((NOW - one).days for one in kept) == [0, 1, 2, 3, 4, 5, 6, 8, 15]


def naive(moments: list[datetime], rotation: Rotation) -> set[datetime]:
    """Work out what is kept, day by day and week by week."""
    days = sorted({one.date() for one in moments}, reverse=True)[: rotation.daily]
    weeks = sorted({one.isocalendar()[:2] for one in moments}, reverse=True)[: rotation.weekly]
    kept = {max(one for one in moments if one.date() == day) for day in days}
    kept |= {max(one for one in moments if one.isocalendar()[:2] == week) for week in weeks}
    return kept | ({max(moments)} if moments else set())


@given(moments=MOMENTS, daily=FEW, weekly=FEW)
def test_what_stays_is_what_a_naive_count_keeps(
    moments: list[datetime], daily: int, weekly: int
) -> None:
    rotation = Rotation(daily=daily, weekly=weekly)

    gone = rotation.superseded(moments)

    assert set(moments) - set(gone) == naive(moments, rotation)
    assert gone == sorted(set(gone))


@given(moments=MOMENTS, daily=FEW, weekly=FEW)
def test_rotating_as_they_come_never_takes_the_newest(
    moments: list[datetime], daily: int, weekly: int
) -> None:
    rotation = Rotation(daily=daily, weekly=weekly)
    kept: set[datetime] = set()
    for one in sorted(moments):
        kept.add(one)
        kept -= set(rotation.superseded(kept))

        assert one in kept
