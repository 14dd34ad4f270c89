"""Dates of entries → aware UTC, in the forms that sources write them in."""

import re
import unicodedata
from calendar import timegm
from datetime import UTC, datetime, timedelta
from time import struct_time

from aggregator.ingest.zones import in_zone

# What the standards of RSS and Atom ask for, to the letter, as nearly every date is: read in 1.6 to
# 2.6 µs, where the forms below take 6 to 10.
_OFFSET = r"(?P<sign>[+-])(?P<hours>0\d|1[0-4])"
_RFC_822 = re.compile(
    r"(?:[A-Z][a-z][a-z], )?(?P<day>\d\d?) (?P<month>[A-Z][a-z][a-z]) (?P<year>\d{4}) "
    rf"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d) (?:GMT|{_OFFSET}(?P<minutes>[0-5]\d))",
    re.ASCII,
)
_RFC_3339 = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    rf"(?:\.\d+)?(?:Z|{_OFFSET}:(?P<minutes>[0-5]\d))",
    re.ASCII,
)
_UNIX = re.compile(r"(\d{9,10})(?:\.\d+|\d{3}|\d{6})?")
_CLOCK = (
    r"(?P<hour>\d{1,2})\s*[:h.]\s*(?P<minute>\d{2})(?:\s*[:.m]\s*(?P<second>\d{2}))?(?:[.,]\d+)?s?"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?)?"
)
# 2026-11-23T10:00:00Z and what is like it: RFC 3339, ISO 8601, SQL.
_NUMERIC = re.compile(
    r"(?P<year>\d{4})\s*[-/.]\s*(?P<month>\d{1,2})\s*[-/.]\s*(?P<day>\d{1,2})"
    rf"(?:\s*[T,\s]\s*{_CLOCK})?(?P<zone>.*)",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:[T\s]?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?)?(?P<zone>[^\d].*)?",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(
    rf"(?P<day>\d{{1,2}})\s*(?P<mark>[-/.])\s*(?P<month>\d{{1,2}})\s*[-/.]\s*(?P<year>\d{{4}})"
    rf"(?:[,\s]\s*{_CLOCK})?(?P<zone>.*)",
    re.IGNORECASE,
)
# 2026年11月23日 10:00, in Chinese, Japanese and Korean, with or without the day of the week.
_EAST_ASIAN = re.compile(
    r"(?P<era>令和|平成|民國|民国)?\s*(?P<year>\d{1,4}|元)\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]"
    r"\s*(?P<day>\d{1,2})\s*[日号號일]?"
    r"\s*(?:[(\[]?(?:星期|週|周|礼拜|禮拜)?[一二三四五六日天月火水木金土](?:曜日?)?[)\]]?)?"
    r"[,T\s]*(?P<half>上午|下午|中午|晚上|凌晨|早上|午前|午後|오전|오후|AM|PM)?"
    r"\s*(?:(?P<hour>\d{1,2})\s*[:时時点點시]\s*(?:(?P<minute>\d{1,2})\s*[:分분]?)?"
    r"\s*(?:(?P<second>\d{1,2})(?:\.\d+)?\s*[秒초]?)?)?(?P<zone>.*)",
    re.IGNORECASE,
)
_ERAS = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911}
_AFTERNOON = ("下午", "晚上", "午後", "오후", "pm", "p")
_MORNING = ("上午", "凌晨", "早上", "午前", "오전", "am", "a")

# 23 Nov 2026 10:00 and November 23, 2026: RFC 822 and what is like it, in several languages.
_ORDINAL = r"(?:st|nd|rd|th|\.|º|ª)?"
_WORDS_DAY_FIRST = re.compile(
    rf"\D*?(?P<day>\d{{1,2}}){_ORDINAL}[\s-]+(?:de\s+|of\s+)?(?P<month>[^\W\d_]{{3,}})\.?,?"
    rf"[\s-]*(?:de[l]?\s+)?(?P<year>\d{{4}}|'?\d{{2}}(?!\d|:))"
    rf"(?:\D*?{_CLOCK})?(?P<zone>.*)",
    re.IGNORECASE,
)
_WORDS_MONTH_FIRST = re.compile(
    rf"(?:[^\W\d_]+\.?,?\s+)?(?P<month>[^\W\d_]{{3,}})\.?\s+(?P<day>\d{{1,2}}){_ORDINAL},?"
    rf"\s+(?P<year>\d{{4}})(?:\D*?{_CLOCK})?(?P<zone>.*)",
    re.IGNORECASE,
)
_ASCTIME = re.compile(
    rf"(?:[^\W\d_]+\.?,?\s+)?(?P<month>[^\W\d_]{{3,}})\.?\s+(?P<day>\d{{1,2}}),?\s+{_CLOCK}"
    r"\s*(?P<zone>\D*?(?:[+-]\d{2}:?\d{2})?)\s+(?P<year>\d{4})",
    re.IGNORECASE,
)
# By their first letters without accents, as far as they tell: English, German, French, Spanish,
# Portuguese, Italian, Dutch.
_MONTHS = (
    ("jan", "gen", "ene", "jän"), ("feb", "fev"), ("mar", "mrz", "mrt", "maa", "maerz"),
    ("apr", "abr", "avr"), ("may", "mai", "mag", "mei"), ("jun", "giu", "juin"),
    ("jul", "lug", "juil"), ("aug", "ago", "aou"), ("sep", "set"), ("oct", "okt", "ott", "out"),
    ("nov",), ("dec", "dez", "dic"),
)  # fmt: skip
_ENGLISH = {names[0].title(): number for number, names in enumerate(_MONTHS, 1)}
_LONGEST = 100  # characters: nothing longer is a date
_FORMS = (
    _WORDS_DAY_FIRST,
    _NUMERIC,
    _EAST_ASIAN,
    _WORDS_MONTH_FIRST,
    _ASCTIME,
    _COMPACT,
    _DAY_FIRST,
)


def read_date(
    stated: str, parsed: struct_time | None, zone: str, *, is_chinese: bool = False
) -> datetime | None:
    """Give the moment a source states, as aware UTC; None where nothing can be made of it.

    `parsed` is feedparser's reading, in UTC, for forms that are not known here; a time that names
    no zone is read in `zone`, an IANA name, where the source has one. CST is China's in a source
    that `is_chinese`, else America's.
    """
    if moment := _standard_date(stated):
        return moment
    if len(stated) > _LONGEST:
        return None
    text = " ".join(unicodedata.normalize("NFKC", stated).split())
    try:
        if match := _UNIX.fullmatch(text):
            return datetime.fromtimestamp(int(match[1]), UTC)
        for form in _FORMS:
            if (match := form.fullmatch(text)) and (local := _moment(match)):
                return in_zone(local, match["zone"] or "", zone, is_chinese=is_chinese)
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _standard_date(stated: str) -> datetime | None:
    """Read a date that is as its standard has it, zone included; None for any other."""
    if match := _RFC_3339.fullmatch(stated):
        month = int(match["month"])
    elif match := _RFC_822.fullmatch(stated):
        month = _ENGLISH.get(match["month"], 0)
    else:
        return None
    year, day, hour, minute, second = map(
        int, match.group("year", "day", "hour", "minute", "second")
    )
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        if not match["sign"]:
            return moment
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
        return moment + offset if match["sign"] == "-" else moment - offset
    except (ValueError, OverflowError):
        return None


def _moment(match: re.Match[str]) -> datetime | None:
    """Put the parts of a date together; None where a word in it is no month."""
    parts = match.groupdict()
    month, day = _month(parts["month"]), int(parts["day"])
    if parts.get("mark") == "/" and month > 12:  # 11/23/2026, as Americans write it
        month, day = day, month
    elif parts.get("mark") == "/" and day <= 12 and day != month:
        return None  # 03/04/2026 is in March or in April
    if not month:
        return None
    hour = _hour(int(parts["hour"] or 0), (parts.get("half") or "").lower())
    minute, second = int(parts["minute"] or 0), min(int(parts["second"] or 0), 59)
    midnight = datetime(_year(parts["year"], parts.get("era")), month, day)  # noqa: DTZ001
    if hour == 24 and not minute and not second:
        return midnight + timedelta(days=1)
    return midnight.replace(hour=hour, minute=minute, second=second)


def _month(stated: str) -> int:
    if stated.isdecimal():
        return int(stated)
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", stated.lower()) if char.isalpha()
    )
    longest = (names for names in range(len(_MONTHS)) if plain.startswith(_MONTHS[names]))
    return next(longest, -1) + 1


def _year(stated: str, era: str | None) -> int:
    if era:
        return _ERAS[era] + (1 if stated == "元" else int(stated))
    number = int(stated.lstrip("'"))
    if len(stated.lstrip("'")) > 2:
        return number
    return number + (2000 if number < 70 else 1900)


def _hour(hour: int, half: str) -> int:
    if half in _AFTERNOON and hour < 12:
        return hour + 12
    return 0 if half in _MORNING and hour == 12 else hour
