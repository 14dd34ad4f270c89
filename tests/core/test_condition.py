"""Whether a daemon is well: which signs count, and what is said of them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator.core.condition import (
    LATE_SECONDS,
    LEAST_FREE_BYTES,
    Level,
    Standing,
    Vitals,
    level,
    reasons,
)
from aggregator.core.pulse import Pulse

STEADY = Pulse(since_tick=0.5, polls=3, pages=0, pings=0, is_paused=False)
WELL = Vitals(
    pulse=STEADY,
    sources=10,
    broken=5,
    overdue=float(LATE_SECONDS),
    free_bytes=LEAST_FREE_BYTES,
)


def test_all_is_well_up_to_the_bounds() -> None:
    assert reasons(WELL) == []
    assert level([]) is Level.OK


@pytest.mark.parametrize(
    ("change", "code", "expected"),
    [
        ({"pulse": None}, "starting", Level.FAILING),
        ({"pulse": replace(STEADY, since_tick=31)}, "scheduler", Level.FAILING),
        ({"pulse": replace(STEADY, is_paused=True)}, "paused", Level.FAILING),
        ({"store_error": "it cannot be opened"}, "store", Level.FAILING),
        ({"is_config_current": False}, "config", Level.DEGRADED),
        ({"broken": 6}, "sources", Level.DEGRADED),
        ({"overdue": LATE_SECONDS + 1.0}, "late", Level.DEGRADED),
        ({"free_bytes": LEAST_FREE_BYTES - 1}, "disk", Level.DEGRADED),
    ],
)
def test_each_sign_has_its_reason(change: dict[str, object], code: str, expected: Level) -> None:
    (reason,) = reasons(replace(WELL, **change))  # type: ignore[arg-type]

    assert (reason.code, reason.level) == (code, expected)
    assert level([reason]) is expected
    assert reason.what
    assert reason.hint


def test_the_worst_of_several_reasons_counts_and_comes_first() -> None:
    found = reasons(replace(WELL, is_config_current=False, store_error="it is gone"))

    assert [one.code for one in found] == ["store", "config"]
    assert level(found) is Level.FAILING


def test_no_sources_are_no_broken_sources() -> None:
    assert reasons(replace(WELL, sources=0, broken=0)) == []


@pytest.mark.parametrize(
    ("health", "due_in", "expected"),
    [("ok", -60, 60.0), ("ok", 60, 0.0), ("failing", -60, 60.0), ("gone", -60, 0.0), ("", None, 0)],
)
def test_a_source_is_overdue_from_its_next_poll_on(
    health: str, due_in: int | None, expected: float, now: datetime
) -> None:
    due = None if due_in is None else now + timedelta(seconds=due_in)
    standing = Standing(id="paper", health=health, next_poll_at=due, last_ok_at=None)

    assert standing.overdue(now) == expected
