"""Dates of entries → aware UTC."""

from datetime import UTC, datetime
from time import struct_time

import pytest

from aggregator.ingest.dates import read_date
from aggregator.ingest.parse import parse
from tests.feeds import an_item, an_rss

SHANGHAI = "Asia/Shanghai"


def read(stated: str, zone: str = "") -> datetime | None:
    """Read a date the way an RSS item states it."""
    [one] = parse(an_rss(an_item(date=stated)), url="https://x.example/", zone=zone).entries
    return one.published


def utc(*fields: int) -> datetime:
    """Make a moment in UTC."""
    return datetime(*fields, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("stated", "zone", "moment"),
    [
        ("Thu, 31 Mar 2022 00:36:20 GMT", "", utc(2022, 3, 31, 0, 36, 20)),
        ("Thu, 31 Mar 2022 00:36:20 GMT", SHANGHAI, utc(2022, 3, 31, 0, 36, 20)),
        ("Thu, 31 Mar 2022 08:36:20 +0800", "", utc(2022, 3, 31, 0, 36, 20)),
        ("Thu, 31 Mar 2022 08:36:20 +0800", "America/New_York", utc(2022, 3, 31, 0, 36, 20)),
        ("31 Mar 22 00:36 UT", "", utc(2022, 3, 31, 0, 36)),
        ("Thu, 31 Mar 2022 00:36:20 EST", "", utc(2022, 3, 31, 5, 36, 20)),
        ("2022-03-31T00:36:20Z", SHANGHAI, utc(2022, 3, 31, 0, 36, 20)),
        ("2022-03-31T08:36:20+08:00", "", utc(2022, 3, 31, 0, 36, 20)),
        ("2022-03-31T08:36:20.999+08:00", "", utc(2022, 3, 31, 0, 36, 20)),
        ("2022-03-31T08:36:20", SHANGHAI, utc(2022, 3, 31, 0, 36, 20)),
        ("2022-03-31T08:36:20", "", utc(2022, 3, 31, 8, 36, 20)),
        ("2022-03-31 08:36:20", SHANGHAI, utc(2022, 3, 31, 0, 36, 20)),
        ("2022-03-31 08:36", SHANGHAI, utc(2022, 3, 31, 0, 36)),
        ("2022/03/31 08:36:20", SHANGHAI, utc(2022, 3, 31, 0, 36, 20)),
        ("2022.3.31", "", utc(2022, 3, 31)),
        ("2022-03-31", SHANGHAI, utc(2022, 3, 30, 16)),
        ("2022-03-31", "", utc(2022, 3, 31)),
        ("Thu, 31 Mar 2022 08:36:20", SHANGHAI, utc(2022, 3, 31, 0, 36, 20)),
        ("Thu, 31 Mar 2022 08:36:20", "", utc(2022, 3, 31, 8, 36, 20)),
        ("Thu, 31 Mar 2022 08:36:20 CST", SHANGHAI, utc(2022, 3, 31, 0, 36, 20)),
        ("2022-06-15 08:00:00", "Europe/Berlin", utc(2022, 6, 15, 6)),
        ("2022年3月31日 08:36", SHANGHAI, utc(2022, 3, 31, 0, 36)),
        ("2022年03月31日", "", utc(2022, 3, 31)),
        ("1648686980", "", utc(2022, 3, 31, 0, 36, 20)),
        ("1648686980000", SHANGHAI, utc(2022, 3, 31, 0, 36, 20)),
        ("yesterday", "", None),
        ("2022-13-31 00:00:00", "", None),
        ("", "", None),
        ("0000-00-00 00:00:00", SHANGHAI, None),
    ],
)
def test_a_date_is_read_as_utc(stated: str, zone: str, moment: datetime | None) -> None:
    assert read(stated, zone) == moment


@pytest.mark.parametrize("year", [0, 10**6])
def test_a_year_that_no_calendar_has_is_no_date(year: int) -> None:
    assert read_date("stated", struct_time((year, 1, 1, 0, 0, 0, 0, 1, 0)), "") is None
