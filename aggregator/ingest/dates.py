"""Dates of entries → aware UTC."""

import re
from calendar import timegm
from datetime import UTC, datetime
from time import struct_time
from zoneinfo import ZoneInfo

_ENDS_WITHOUT_ZONE = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*$")
_LOCAL = re.compile(
    r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)


def read_date(stated: str, parsed: struct_time | None, zone: str) -> datetime | None:
    """Give the moment a source states, as aware UTC; None where nothing can be made of it.

    `parsed` is feedparser's reading, in UTC; a time that names no zone is read in `zone`, an IANA
    name, where the source has one.
    """
    try:
        if parsed is None:
            return _read_local(stated, zone)
        moment = datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    if zone and _ENDS_WITHOUT_ZONE.search(stated):
        return moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return moment


def _read_local(stated: str, zone: str) -> datetime | None:
    match = _LOCAL.match(stated)
    if match is None:
        return None
    fields = [int(field or 0) for field in match.groups()]
    local = datetime(*fields, tzinfo=ZoneInfo(zone) if zone else UTC)  # type: ignore[arg-type,misc]
    return local.astimezone(UTC)
