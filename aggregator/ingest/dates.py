"""Dates of entries → aware UTC."""

import re
from calendar import timegm
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from time import struct_time
from zoneinfo import ZoneInfo

# Numbers only, no zone. feedparser reads a few of these, and wrongly: 2022/03/31 as October.
_LOCAL = re.compile(
    r"\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*"
)
_UNIX = re.compile(r"\s*(\d{9,10})(?:\d{3})?\s*")
_ENDS_WITH_TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*$")


def read_date(stated: str, parsed: struct_time | None, zone: str) -> datetime | None:
    """Give the moment a source states, as aware UTC; None where nothing can be made of it.

    `parsed` is feedparser's reading, in UTC; a time that names no zone is read in `zone`, an IANA
    name, where the source has one.
    """
    local = ZoneInfo(zone) if zone else UTC
    try:
        if match := _LOCAL.fullmatch(stated):
            fields = (int(field or 0) for field in match.groups())
            return datetime(*fields, tzinfo=local).astimezone(UTC)  # type: ignore[arg-type,misc]
        if match := _UNIX.fullmatch(stated):
            return datetime.fromtimestamp(int(match[1]), UTC)
        if (moment := _read_local(stated, local)) is not None:
            return moment
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _read_local(stated: str, local: tzinfo) -> datetime | None:
    """Read an RFC 822 date that names no zone, or the source's own by a name like CST."""
    time, _, name = stated.strip().rpartition(" ")
    if _ENDS_WITH_TIME.search(stated):
        time, name = stated, ""
    elif not _ENDS_WITH_TIME.search(time):
        return None
    try:
        moment = parsedate_to_datetime(time).replace(tzinfo=local)
    except ValueError:
        return None
    return moment.astimezone(UTC) if name in ("", moment.tzname()) else None
