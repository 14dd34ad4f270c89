"""What the log said of late: counted by minute, bounded, and without secrets."""

import logging
from datetime import UTC, datetime

import pytest

from aggregator import log
from aggregator.core.source import public_url
from aggregator.web.recent import Recent

LOGGER = logging.getLogger("aggregator.test.recent")


@pytest.fixture
def recent() -> Recent:
    """Give a memory that the log is told to."""
    recent = Recent(public_url)
    LOGGER.handlers[:] = [recent]
    LOGGER.setLevel(logging.INFO)
    return recent


def poll(source: str, *, failed: bool = False, **fields: object) -> None:
    level = logging.WARNING if failed else logging.INFO
    status = "timeout" if failed else "ok"
    log.event(LOGGER, "poll", level=level, source=source, status=status, seconds=0.5, **fields)


def test_each_minute_of_the_last_hour_is_counted(recent: Recent) -> None:
    poll("paper", new=3)
    poll("wire", failed=True)
    minutes = recent.minutes(datetime.now(UTC))

    assert len(minutes) == 60
    assert [one.number for one in minutes] == list(range(minutes[0].number, minutes[0].number + 60))
    assert sum(one.polls for one in minutes) == 2
    assert (sum(one.failed for one in minutes), sum(one.new for one in minutes)) == (1, 3)


def test_other_events_are_lines_without_what_nobody_may_read(recent: Recent) -> None:
    log.event(LOGGER, "publish", output="news", articles=3)
    log.event(LOGGER, "hub", level=logging.ERROR, hub="https://hub.example/?token=secret")
    LOGGER.info("no event of ours")

    assert [(one.level, one.text) for one in recent.lines()] == [
        ("error", 'hub hub="https://hub.example/?token=…"'),
        ("info", "publish output=news articles=3"),
    ]


def test_no_more_than_some_lines_are_kept(recent: Recent) -> None:
    for number in range(500):
        log.event(LOGGER, "publish", output="news", articles=number)

    assert len(recent.lines()) == 60
    assert recent.lines()[0].text == "publish output=news articles=499"
