"""Time zones as dates of entries name them."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_OFFSET = re.compile(r"(?:GMT|UTC|UT)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?(?!\d)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z]+(?:/[A-Za-z_+-]+\d*)*|北京时间|北京時間|中国标准时间|台北標準時間")
_MOST_HOURS = 15
CHINA = timezone(timedelta(hours=8), "CST")

# Hours from UTC. What several zones call themselves is here as most feeds mean it.
_HOURS = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1,
    "CET": 1, "MET": 1, "MEZ": 1, "CEST": 2, "MEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "SAST": 2, "IST": 5.5, "PKT": 5, "ICT": 7, "WIB": 7, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8,
    "JST": 9, "KST": 9, "ACST": 9.5, "AEST": 10, "ACDT": 10.5, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "BRT": -3, "ART": -3, "CLT": -4, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6,
    "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "ET": -5, "CT": -6, "MT": -7, "PT": -8,
    "AKST": -9, "AKDT": -8, "HST": -10, "北京时间": 8, "北京時間": 8, "中国标准时间": 8,
    "台北標準時間": 8,
}  # fmt: skip


def in_zone(moment: datetime, stated: str, zone: str, *, is_chinese: bool) -> datetime:
    """Give a moment without a zone the one that is stated behind it, as aware UTC.

    `zone` is the IANA name of the source's own; it decides where nothing is stated, or a name that
    is unknown or its own. CST is China's where the source `is_chinese`.
    """
    local = ZoneInfo(zone) if zone else UTC
    if offset := _OFFSET.search(stated):
        return moment.replace(tzinfo=_fixed(offset)).astimezone(UTC)
    name = _NAME.search(stated)
    found = _named(name[0], moment, local, is_chinese=is_chinese) if name else local
    return moment.replace(tzinfo=found).astimezone(UTC)


def _fixed(offset: re.Match[str]) -> tzinfo:
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    if hours > _MOST_HOURS or minutes > 59:
        return UTC
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if offset[1] == "-" else span)


def _named(name: str, moment: datetime, local: tzinfo, *, is_chinese: bool) -> tzinfo:
    # In summer and winter a zone has different names; some sources keep to one of them.
    for at in (moment, moment.replace(month=1, day=1), moment.replace(month=7, day=1)):
        there = at.replace(tzinfo=local)
        if there.tzname() == name.upper():
            return timezone(there.utcoffset() or timedelta())
    if name.upper() == "CST" and is_chinese:
        return CHINA
    if (hours := _HOURS.get(name.upper())) is not None:
        return timezone(timedelta(hours=hours))
    return ZoneInfo(name) if name in _iana_names() else local


@cache
def _iana_names() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name)
