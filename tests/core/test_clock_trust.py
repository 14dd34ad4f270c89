"""A clock that jumps ahead is not trusted for a day."""

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.core.clock_trust import ClockTrust

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = 3600.0, 24 * 3600.0
YEAR = timedelta(days=365)


@pytest.mark.parametrize("last", [None, NOW, NOW - timedelta(days=1), NOW + YEAR])
def test_a_clock_that_goes_evenly_is_trusted_at_once(last: datetime | None) -> None:
    trust = ClockTrust(last, NOW, 0.0)

    assert all(trust.holds(NOW + timedelta(hours=n), n * HOUR) for n in range(30))


def test_one_that_is_far_ahead_of_what_was_noted_is_trusted_after_a_day() -> None:
    trust = ClockTrust(NOW - YEAR, NOW, 0.0)

    trusted = [trust.holds(NOW + timedelta(hours=n), n * HOUR) for n in range(26)]

    assert trusted == [False] * 24 + [True] * 2


def test_a_jump_ahead_is_doubted_until_it_is_taken_back() -> None:
    trust = ClockTrust(NOW, NOW, 0.0)
    before = trust.holds(NOW + timedelta(hours=1), HOUR)
    ahead = trust.holds(NOW + YEAR, 2 * HOUR)
    an_hour_later = trust.holds(NOW + YEAR + timedelta(hours=1), 3 * HOUR)

    back = trust.holds(NOW + timedelta(hours=4), 4 * HOUR)

    assert (before, ahead, an_hour_later, back) == (True, False, False, True)


def test_a_jump_ahead_that_stays_is_believed_after_a_day() -> None:
    trust = ClockTrust(NOW, NOW, 0.0)
    ahead = trust.holds(NOW + YEAR, HOUR)

    assert (ahead, trust.holds(NOW + YEAR + timedelta(days=1), HOUR + DAY)) == (False, True)


def test_the_clock_is_corrected_a_little_all_the_time() -> None:
    trust = ClockTrust(NOW, NOW, 0.0)

    assert trust.holds(NOW + timedelta(hours=30), HOUR)
    assert trust.holds(NOW - timedelta(hours=5), 2 * HOUR)
