"""Encodings: by the document's word, the server's, a byte order mark, and in spite of all three."""

import codecs
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.ingest.charset import settle
from aggregator.ingest.parse import parse
from tests.feeds import a_json_feed, an_item, an_rss

URL = "https://publisher.example/feed"
ZH = "两个平台今天宣布互联互通，用户可以直接分享链接"
EMOJI = "互联网上的表情😀和喆镕两个生僻字"
TW = "兩個平臺今天宣布互聯互通，使用者可以直接分享連結"
HK = "佢哋今日宣布喺兩個平台互聯互通，啲用戶可以分享"
JA = "二つのプラットフォームが今日、相互接続を発表しました"
JA_VENDOR = "①株式会社㈱の新製品、髙橋さんが発表しました"
KO = "두 플랫폼이 오늘 상호 연결을 발표했습니다 사용자는 링크를 공유할 수 있습니다"
FR = "Café « l'été » à Genève, où êtes-vous ?"
RU = "Сегодня две площадки объявили о совместимости"
NONE = None
XML = "text/xml"


def document(text: str, encoding: str, declared: str | None) -> bytes:
    """Write a feed in one encoding that calls itself another, or nothing."""
    written = an_rss(an_item(text, guid="1", link="", body=f"<p>{text}</p>")).decode()
    head = "" if declared is NONE else f'<?xml version="1.0" encoding="{declared}"?>'
    return (head + written.partition("?>")[2]).encode(encoding)


def served_as(charset: str) -> str:
    return f"{XML}; charset={charset}"


# name: text, what it is in, what it says it is in, what the server says
ROWS = {
    # as stated
    "utf-8": (ZH, "utf-8", "utf-8", XML),
    "utf-8, not stated": (ZH, "utf-8", NONE, ""),
    "utf-8 with a byte order mark": (ZH, "utf-8-sig", "utf-8", ""),
    "utf-8 with a byte order mark, not stated": (ZH, "utf-8-sig", NONE, ""),
    "utf-16, either end first": (ZH, "utf-16", "utf-16", ""),
    "gb2312": (ZH, "gb2312", "gb2312", ""),
    "gbk": (ZH, "gbk", "GBK", ""),
    "gb18030": (EMOJI, "gb18030", "GB18030", ""),
    "big5": (TW, "big5", "Big5", ""),
    "shift_jis": (JA, "shift_jis", "Shift_JIS", ""),
    "euc-jp": (JA, "euc_jp", "EUC-JP", ""),
    "iso-2022-jp": (JA, "iso2022_jp", "ISO-2022-JP", ""),
    "euc-kr": (KO, "euc_kr", "EUC-KR", ""),
    "koi8-r": (RU, "koi8-r", "KOI8-R", ""),
    "windows-1251": (RU, "cp1251", "windows-1251", ""),
    "iso-8859-1": (FR, "iso-8859-1", "iso-8859-1", ""),
    # by the server alone
    "gbk by the server": (ZH, "gbk", NONE, served_as("gbk")),
    "big5 by the server": (TW, "big5", NONE, served_as("Big5")),
    "shift_jis by the server": (JA, "shift_jis", NONE, served_as("shift_jis")),
    "iso-2022-jp by the server": (JA, "iso2022_jp", NONE, served_as("ISO-2022-JP")),
    "windows-1252 by the server": (FR, "cp1252", NONE, served_as("windows-1252")),
    # the server and the document disagree
    "gbk under a server's utf-8": (ZH, "gbk", "gbk", served_as("utf-8")),
    "gbk under a server's latin-1": (ZH, "gbk", "gbk", served_as("ISO-8859-1")),
    "shift_jis under a server's latin-1": (JA, "shift_jis", "Shift_JIS", served_as("ISO-8859-1")),
    "utf-8 under a server's latin-1": (ZH, "utf-8", "utf-8", served_as("ISO-8859-1")),
    "utf-8 under a server's gbk": (ZH, "utf-8", "utf-8", served_as("gbk")),
    "utf-8 under a server's us-ascii": (ZH, "utf-8", NONE, served_as("us-ascii")),
    "french utf-8 under a server's latin-1": (FR, "utf-8", NONE, served_as("iso-8859-1")),
    "gbk that a server recoded": (ZH, "gbk", "utf-8", served_as("gbk")),
    # mislabelled
    "gbk called utf-8": (ZH, "gbk", "utf-8", ""),
    "gbk called nothing": (ZH, "gbk", NONE, ""),
    "gb18030 called gb2312": (EMOJI, "gb18030", "gb2312", ""),
    "gb18030 called gbk": (EMOJI, "gb18030", "gbk", ""),
    "big5 called utf-8": (TW, "big5", "utf-8", ""),
    "big5 called nothing": (TW, "big5", NONE, ""),
    "hong kong's big5 called big5": (HK, "big5hkscs", "Big5", ""),
    "shift_jis called utf-8": (JA, "shift_jis", "utf-8", ""),
    "windows-31j called shift_jis": (JA_VENDOR, "cp932", "Shift_JIS", ""),
    "windows-31j called x-sjis": (JA_VENDOR, "cp932", "x-sjis", ""),
    "euc-jp called utf-8": (JA, "euc_jp", "utf-8", ""),
    "euc-jp called nothing": (JA, "euc_jp", NONE, ""),
    "windows-949 called euc-kr": (KO + "똠방각하", "cp949", "euc-kr", ""),
    "euc-kr called utf-8": (KO, "euc_kr", "utf-8", ""),
    "utf-8 called gbk": (ZH, "utf-8", "gbk", ""),
    "utf-8 called big5": (TW, "utf-8", "Big5", ""),
    "utf-8 called iso-8859-1": (ZH, "utf-8", "iso-8859-1", ""),
    "utf-8 called a name that nobody knows": (ZH, "utf-8", "unicode-1-1", ""),
    "utf-8 with a byte order mark called gbk": (FR, "utf-8-sig", "gbk", ""),
    "windows-1252 called utf-8": (FR, "cp1252", "utf-8", ""),
    "windows-1252 called iso-8859-1": ("“Café”", "cp1252", "iso-8859-1", ""),
}  # fmt: skip


@pytest.mark.parametrize(("text", "encoding", "declared", "served"), ROWS.values(), ids=ROWS)
def test_a_text_is_read_as_it_was_written(
    text: str, encoding: str, declared: str | None, served: str
) -> None:
    [one] = parse(document(text, encoding, declared), url=URL, content_type=served).entries

    assert (one.title, one.summary) == (text, f"<p>{text}</p>")


SHORT = {
    "simplified": (ZH, "gb18030"),
    "traditional": (TW, "big5"),
    "japanese in shift_jis": (JA, "cp932"),
    "japanese in euc-jp": (JA, "euc_jp"),
}


@pytest.mark.parametrize(("text", "encoding"), SHORT.values(), ids=SHORT)
def test_ten_characters_are_enough_to_tell_an_encoding_that_nobody_states(
    text: str, encoding: str
) -> None:
    pick = random.Random(encoding)
    starts = [pick.randrange(len(text) - 10) for _ in range(20)]
    titles = [text[start : start + 10] for start in starts]

    read = [parse(document(one, encoding, NONE), url=URL).entries[0].title for one in titles]

    assert read == titles


BROKEN = {
    "utf-8": ("utf-8", "utf-8", b"\xe4\xba"),
    "utf-8, not stated": ("utf-8", NONE, b"\xe4\xba"),
    "gbk": ("gbk", "gbk", b"\xbb"),
    "gbk called gb2312": ("gbk", "gb2312", b"\xff"),
}


@pytest.mark.parametrize(("encoding", "declared", "half"), BROKEN.values(), ids=BROKEN)
def test_a_character_cut_in_two_costs_itself_and_not_the_document(
    encoding: str, declared: str | None, half: bytes
) -> None:
    whole = document(f"{ZH}。{ZH}。{ZH}", encoding, declared)
    cut = whole.replace(b"</p>", half + b"</p>").replace(b"&lt;/p&gt;", half + b"&lt;/p&gt;")

    [one] = parse(cut, url=URL).entries

    assert cut != whole
    assert one.title == f"{ZH}。{ZH}。{ZH}"
    assert one.summary.replace("\ufffd", "") == f"<p>{one.title}</p>"


def test_a_document_in_gbk_is_cut_at_its_entries_like_any_other() -> None:
    old = document(ZH, "gbk", "gbk")
    new = old.replace(b"<item>", "<item><title>新的</title></item>\n<item>".encode("gbk"), 1)

    parsed = parse(new, url=URL, known=parse(old, url=URL).known)

    assert ([one.title for one in parsed.entries], parsed.partial) == (["新的"], True)


def test_a_wrong_label_makes_no_known_entry_new() -> None:
    known = parse(document(ZH, "utf-8", "utf-8"), url=URL).known

    assert parse(document(ZH, "utf-8", "gbk"), url=URL, known=known).entries == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_json_feed_is_read_in_an_encoding_it_may_not_have(encoding: str) -> None:
    item = {"id": "1", "title": ZH, "content_text": ZH * 3}

    [one] = parse(a_json_feed(item).decode().encode(encoding), url=URL).entries

    assert one.title == ZH


@given(st.text(alphabet=st.characters(codec="gb18030"), max_size=60), st.sampled_from(["", "gbk"]))
def test_utf_8_stays_what_it_is_whatever_is_in_it(text: str, charset: str) -> None:
    content = document(f"{ZH}{text}".replace("\0", ""), "utf-8", NONE)

    settled = settle(content, served_as(charset) if charset else "")

    assert settled.document == content


@given(st.binary(max_size=200))
def test_any_bytes_stay_as_they_are_or_become_utf_8(noise: bytes) -> None:
    settled = settle(b"<rss>" + noise, "")

    if settled.document != b"<rss>" + noise:
        assert codecs.decode(settled.document, "utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_an_empty_line_before_the_declaration_changes_nothing(encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    feed = an_rss(an_item("互联互通", body="<p>外链开放</p>")).decode().partition("?>")[2]

    spaced = parse(
        f"{declared}{feed}".encode(encoding).replace(b"<?xml", b"\n\r\n<?xml", 1), url=URL
    )

    assert spaced == parse(f"{declared}{feed}".encode(encoding), url=URL)
    assert [one.title for one in spaced.entries] == ["互联互通"]
    assert spaced.known
