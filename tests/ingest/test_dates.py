"""Dates of entries → aware UTC."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from time import struct_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.ingest.dates import read_date
from aggregator.ingest.parse import parse
from tests.feeds import a_json_feed, an_atom, an_entry, an_item, an_rss

SHANGHAI = "Asia/Shanghai"
TOKYO = "Asia/Tokyo"
URL = "https://x.example/"


def read(stated: str, zone: str = "", language: str = "") -> datetime | None:
    """Read a date the way an RSS item states it."""
    extra = f"<language>{language}</language>" if language else ""
    [one] = parse(an_rss(an_item(date=stated), extra=extra), url=URL, zone=zone).entries
    return one.published


def utc(*fields: int) -> datetime:
    """Make a moment in UTC."""
    return datetime(*fields, tzinfo=UTC)  # type: ignore[arg-type,misc]


# 2022-03-31 00:36:20 in UTC, unless the form says less.
MOMENT = utc(2022, 3, 31, 0, 36, 20)
FORMS: dict[str, list[tuple[str, str, datetime | None]]] = {
    "RFC 822 and its kin": [
        ("Thu, 31 Mar 2022 00:36:20 GMT", "", MOMENT),
        ("Thu, 31 Mar 2022 00:36:20 GMT", SHANGHAI, MOMENT),
        ("Thu, 31 Mar 2022 08:36:20 +0800", "", MOMENT),
        ("Thu, 31 Mar 2022 08:36:20 +0800", "America/New_York", MOMENT),
        ("Thu, 31 Mar 2022 08:36:20 +08:00", "", MOMENT),
        ("Thu, 31 Mar 2022 08:36:20+0800", "", MOMENT),
        ("Thu, 31 Mar 2022 08:36:20 +0800 (CST)", "", MOMENT),
        ("Thu, 31 Mar 2022 08:36:20 GMT+8", "", MOMENT),
        ("Thu, 31 Mar 2022 08:36:20 UTC+08:00", "", MOMENT),
        ("Thu, 31 Mar 2022 08:36:20 Asia/Shanghai", "", MOMENT),
        ("Wed, 30 Mar 2022 20:36:20 EDT", "", MOMENT),
        ("Thu, 31 Mar 2022 00:36:20 Z", "", MOMENT),
        ("Thu, 31 Mar 2022 00:36:20 UT", "", MOMENT),
        ("Thu, 31 Mar 2022 09:36:20 JST", "", MOMENT),
        ("Thu,31 Mar 2022 00:36:20 GMT", "", MOMENT),
        ("Thursday, 31 March 2022 00:36:20 GMT", "", MOMENT),
        ("Mon, 31 Mar 2022 00:36:20 GMT", "", MOMENT),  # it was a Thursday
        ("  Thu,  31  Mar  2022\n00:36:20   GMT ", "", MOMENT),
        ("31 Mar 2022 00:36:20", "", MOMENT),
        ("31 Mar 22 00:36 UT", "", utc(2022, 3, 31, 0, 36)),
        ("1 Mar 99 00:36 UT", "", utc(1999, 3, 1, 0, 36)),
        ("Thu, 31-Mar-2022 00:36:20 GMT", "", MOMENT),
        ("Thursday, 31-Mar-22 00:36:20 GMT", "", MOMENT),  # RFC 850
        ("Thu Mar 31 00:36:20 2022", "", MOMENT),  # asctime
        ("Thu Mar 31 00:36:20 UTC 2022", "", MOMENT),
        ("Thu Mar 31 08:36:20 +0800 2022", "", MOMENT),
        ("Thu Mar 31 2022 08:36:20 GMT+0800 (中国标准时间)", "", MOMENT),  # JavaScript
        ("Mon, 12 Sept 2022 09:05:01 GMT", "", utc(2022, 9, 12, 9, 5, 1)),
        ("March 31, 2022 12:36:20 AM", "", MOMENT),
        ("Thu, Mar 31 2022 12:36:20 a.m. GMT", "", MOMENT),
        ("Mar 31st, 2022 1:05 PM", "", utc(2022, 3, 31, 13, 5)),
        ("Thu, 31 Mar 2022", "", utc(2022, 3, 31)),
        ("Thu, 31 Mar 2022 08:36:20", SHANGHAI, MOMENT),
        ("Thu, 31 Mar 2022 24:00:00 GMT", "", utc(2022, 4, 1)),
        ("Fri, 2006/09/15 08:19:53 EDT", "", utc(2006, 9, 15, 12, 19, 53)),  # feedparser's own
    ],
    "RFC 3339 and its kin": [
        ("2022-03-31T00:36:20Z", SHANGHAI, MOMENT),
        ("2022-03-31t00:36:20z", "", MOMENT),
        ("2022-03-31T08:36:20+08:00", "", MOMENT),
        ("2022-03-31T08:36:20+0800", "", MOMENT),
        ("2022-03-31T08:36:20.999+08:00", "", MOMENT),
        ("2022-03-31T00:36:20.123456789Z", "", MOMENT),
        ("2022-03-31T00:36:20,5Z", "", MOMENT),
        ("2022-03-31T00:36Z", "", utc(2022, 3, 31, 0, 36)),
        ("2022-03-31 00:36:20 UTC", "", MOMENT),
        ("2022-03-31 08:36:20 +0800", "", MOMENT),
        ("20220331T003620Z", "", MOMENT),
        ("2022-03-31T24:00:00Z", "", utc(2022, 4, 1)),
        ("2016-12-31T23:59:60Z", "", utc(2016, 12, 31, 23, 59, 59)),
        ("2022-03", "", utc(2022, 3, 1)),
        ("2022", "", utc(2022, 1, 1)),
    ],
    "numbers without a zone": [
        ("2022-03-31T08:36:20", SHANGHAI, MOMENT),
        ("2022-03-31T08:36:20", "", utc(2022, 3, 31, 8, 36, 20)),
        ("2022-03-31 08:36:20", SHANGHAI, MOMENT),
        ("2022-03-31 08:36", SHANGHAI, utc(2022, 3, 31, 0, 36)),
        ("2022-3-31 8:36", SHANGHAI, utc(2022, 3, 31, 0, 36)),
        ("2022/03/31 08:36:20", SHANGHAI, MOMENT),
        ("20220331083620", SHANGHAI, MOMENT),
        ("2022.3.31", "", utc(2022, 3, 31)),
        ("2022-03-31", SHANGHAI, utc(2022, 3, 30, 16)),
        ("2022-03-31", "", utc(2022, 3, 31)),
        ("20220331", "", utc(2022, 3, 31)),
        ("31.03.2022 02:36", "Europe/Berlin", utc(2022, 3, 31, 0, 36)),
        ("31/03/2022 00:36:20", "", MOMENT),
        ("03/31/2022 12:36:20 AM", "", MOMENT),
        ("2022-06-15 08:00:00", "Europe/Berlin", utc(2022, 6, 15, 6)),
    ],
    "Chinese": [
        ("2022年3月31日 08:36", SHANGHAI, utc(2022, 3, 31, 0, 36)),
        ("2022年03月31日 08:36:20", SHANGHAI, MOMENT),
        ("2022年03月31日", "", utc(2022, 3, 31)),
        ("2022年3月31日 星期四 上午8:36:20", SHANGHAI, MOMENT),
        ("2022年3月31日（周四）下午3点05分", SHANGHAI, utc(2022, 3, 31, 7, 5)),
        ("2022年3月31日8时36分20秒", SHANGHAI, MOMENT),
        ("２０２２年３月３１日　０８：３６：２０", SHANGHAI, MOMENT),
        ("2022年3月31日 08:36:20 +0800", "", MOMENT),
        ("2022年3月31日 08:36:20 北京时间", "", MOMENT),
        ("2022-03-31 08:36:20 北京时间", "Europe/Berlin", MOMENT),
        ("民國111年3月31日 08:36:20", "Asia/Taipei", MOMENT),
    ],
    "Japanese": [
        ("2022年03月31日 09:36:20", TOKYO, MOMENT),
        ("2022年3月31日(木) 09時36分", TOKYO, utc(2022, 3, 31, 0, 36)),
        ("2022年3月31日（木曜日）午後1時05分", TOKYO, utc(2022, 3, 31, 4, 5)),
        ("令和4年3月31日 09:36:20", TOKYO, MOMENT),
        ("平成元年3月31日", TOKYO, utc(1989, 3, 30, 15)),
    ],
    "Portuguese": [
        ("Qui, 31 Mar 2022 00:36:20 +0000", "", MOMENT),
        ("Seg, 24 Set 2018 15:12:00 -0300", "", utc(2018, 9, 24, 18, 12)),
        ("Ter, 02 Out 2018 15:12:00 -0300", "", utc(2018, 10, 2, 18, 12)),
        ("24 de setembro de 2018 15:12", "America/Sao_Paulo", utc(2018, 9, 24, 18, 12)),
        ("segunda-feira, 24 de fevereiro de 2020 às 10h30", "", utc(2020, 2, 24, 10, 30)),
    ],
    "Italian": [
        ("mer, 16 nov 2022 14:03:00 +0100", "", utc(2022, 11, 16, 13, 3)),
        ("mar, 15 nov 2022 14:03:00 +0100", "", utc(2022, 11, 15, 13, 3)),  # martedì, no March
        ("gio, 05 gen 2023 14:03:00 +0100", "", utc(2023, 1, 5, 13, 3)),
        ("16 giugno 2022 ore 14.30", "Europe/Rome", utc(2022, 6, 16, 12, 30)),
        ("sabato 3 settembre 2022", "", utc(2022, 9, 3)),
    ],
    "other languages": [
        ("jeu., 3 juil. 2022 14:05:06 +0200", "", utc(2022, 7, 3, 12, 5, 6)),
        ("3 août 2022 à 14h05", "Europe/Paris", utc(2022, 8, 3, 12, 5)),
        ("3. März 2022, 14:05 Uhr", "Europe/Berlin", utc(2022, 3, 3, 13, 5)),
        ("mié, 12 ene 2022 10:00:00 +0100", "", utc(2022, 1, 12, 9)),
        ("2022년 3월 31일 오후 3:05", "Asia/Seoul", utc(2022, 3, 31, 6, 5)),
    ],
    "unix": [
        ("1648686980", "", MOMENT),
        ("1648686980.5", "", MOMENT),
        ("1648686980000", SHANGHAI, MOMENT),
        ("1648686980000000", "", MOMENT),
    ],
    "none": [
        ("yesterday", "", None),
        ("3小时前", SHANGHAI, None),
        ("03/04/2022", "", None),  # in March or in April
        ("2022-13-31 00:00:00", "", None),
        ("2022年13月31日", "", None),
        ("31 Foo 2022 10:00", "", None),
        ("Thu, 31 Mar 2022 25:00:00 GMT", "", None),
        ("", "", None),
        ("0000-00-00 00:00:00", SHANGHAI, None),
        ("9" * 5000, "", None),
    ],
}  # fmt: skip
CASES = [pytest.param(*row, id=f"{kind}: {row[0][:40]}") for kind in FORMS for row in FORMS[kind]]


@pytest.mark.parametrize(("stated", "zone", "moment"), CASES)
def test_a_date_is_read_as_utc(stated: str, zone: str, moment: datetime | None) -> None:
    assert read(stated, zone) == moment


CST = "Thu, 31 Mar 2022 08:36:20 CST"
AMERICAN = utc(2022, 3, 31, 14, 36, 20)


@pytest.mark.parametrize(
    ("title", "language", "zone", "moment"),
    [
        ("A title", "", "", AMERICAN),
        ("A title", "zh-cn", "", MOMENT),
        ("A title", "zh_TW", "", MOMENT),
        ("两个平台宣布互联互通", "", "", MOMENT),
        ("两个平台今天宣布开放外部链接，用户可以直接分享内容", "en", "", MOMENT),
        ("A title", "en-us", "", AMERICAN),
        ("A title", "en", SHANGHAI, MOMENT),
        # In March it is CDT there; a source that writes CST all the same means standard time.
        ("两个平台宣布互联互通", "zh-cn", "America/Chicago", AMERICAN),
    ],
)
def test_cst_is_chinas_in_a_chinese_feed_and_where_the_sources_zone_is_called_so(
    title: str, language: str, zone: str, moment: datetime
) -> None:
    extra = f"<language>{language}</language>" if language else ""
    document = an_rss(an_item(title, date=CST), extra=extra)

    [one] = parse(document, url=URL, zone=zone).entries

    assert one.published == moment


def zoned(moment: datetime, hours: int) -> datetime:
    """Put a moment into a zone so many hours from UTC."""
    return moment.astimezone(timezone(timedelta(hours=hours)))


# How each form writes a moment whose zone it states.
WRITERS: dict[str, Any] = {
    "RFC 822": format_datetime,
    "RFC 822 without seconds": lambda at: at.strftime("%d %b %Y %H:%M %z"),
    "RFC 850": lambda at: at.strftime("%A, %d-%b-%y %H:%M:%S %z"),
    "RFC 3339": datetime.isoformat,
    "ISO 8601, compact": lambda at: at.strftime("%Y%m%dT%H%M%S%z"),
    "SQL": lambda at: at.strftime("%Y-%m-%d %H:%M:%S %z"),
    "asctime": lambda at: at.strftime("%a %b %d %H:%M:%S %z %Y"),
    "American": lambda at: at.strftime("%B %d, %Y %I:%M:%S %p %z"),
    "Chinese": lambda at: f"{at.year}年{at.month}月{at.day}日 {at:%H:%M:%S} {at:%z}",
    "Japanese": lambda at: f"{at.year}年{at.month}月{at.day}日 {at:%H時%M分%S秒} {at:%z}",
    "unix": lambda at: str(int(at.timestamp())),
    "unix in milliseconds": lambda at: f"{int(at.timestamp())}000",
}
MOMENTS = st.datetimes(datetime(1995, 1, 1), datetime(2069, 12, 31)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)


@pytest.mark.parametrize("form", WRITERS)
@given(moment=MOMENTS, hours=st.integers(-12, 14))
def test_any_moment_is_read_from_every_form_that_can_write_it(
    form: str, moment: datetime, hours: int
) -> None:
    expected = moment.replace(second=0) if "without seconds" in form else moment

    assert read_date(WRITERS[form](zoned(moment, hours)), None, "") == expected


CLOCK = r"([01]\d|2[0-5]):[0-5]\d:([0-5]\d|60)"
NEARLY_STANDARD = st.from_regex(
    rf"((Thu, )?([1-9]|0[1-9]|[12]\d|3[0-2]) (Mar|Sep|Dec|Maj) (2022|1999|0001|9999) {CLOCK}"
    r" (GMT|[+-](0\d|1\d|2\d)[0-6]\d)"
    r"|(2022|1999|0001|9999)-(0[1-9]|1[0-3])-(0[1-9]|[12]\d|3[0-2])[Tt]"
    rf"{CLOCK}(\.\d+)?([Zz]|[+-](0\d|1\d|2\d):[0-6]\d))",
    fullmatch=True,
    alphabet=st.characters(max_codepoint=0x7F),
)


@given(NEARLY_STANDARD, st.sampled_from(["", SHANGHAI, "Europe/London"]))
def test_a_date_as_its_standard_has_it_is_read_like_one_with_a_space_more(
    stated: str, zone: str
) -> None:
    assert read_date(stated, None, zone) == read_date(f" {stated}", None, zone)


@given(st.text(max_size=60), st.sampled_from(["", SHANGHAI, "America/Sao_Paulo"]), st.booleans())
def test_no_text_brings_the_reading_of_dates_down(stated: str, zone: str, chinese: bool) -> None:
    moment = read_date(stated, None, zone, is_chinese=chinese)

    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize("year", [0, 10**6])
def test_a_year_that_no_calendar_has_is_no_date(year: int) -> None:
    assert read_date("stated", struct_time((year, 1, 1, 0, 0, 0, 0, 1, 0)), "") is None


def test_every_format_reads_a_date_without_a_zone_in_the_sources_zone() -> None:
    stated = "2022-03-31 08:36:20"
    documents = (
        an_rss(an_item(date=stated)),
        an_atom(an_entry(date=stated)),
        a_json_feed({"id": "1", "date_published": stated}),
    )

    read = [parse(one, url=URL, zone=SHANGHAI).entries[0].published for one in documents]

    assert read == [MOMENT] * 3


def test_an_update_is_not_taken_for_the_date() -> None:
    entry = an_entry(date="").replace("</entry>", "<updated>2022-03-31T00:36:20Z</updated></entry>")

    [one] = parse(an_atom(entry), url=URL).entries

    assert (one.published, one.updated) == (None, MOMENT)


def test_a_date_that_cannot_be_read_gives_way_to_another_that_can() -> None:
    item = an_item(date="soon", extra="<dc:date>2022-03-31T00:36:20Z</dc:date>")

    [one] = parse(an_rss(item), url=URL).entries

    assert (one.published, one.updated) == (None, MOMENT)
