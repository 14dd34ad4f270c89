"""Text as matching and comparing see it."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.core.text import (
    fold,
    has_units,
    one_line,
    plain_text,
    simplify,
    storable,
)

INVISIBLE = frozenset(
    map(
        chr,
        (
            0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F),
            *range(0x2060, 0x2065), *range(0xFE00, 0xFE10),
        ),
    )
)  # fmt: skip
TELLING = (
    "AaÅéßẞİıΣσςŉﬁｶﾞﾊﾟガぱ\u0301\u0307\u3099각ᄀ\u1161ﾡￂ㍿℡Å"
    "，。　\xa0\xad\u200b\ufe0f聯網軟體互联网络芯片①Ⅳ가"
)
TEXTS = st.text(st.sampled_from(TELLING)) | st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("stated", "folded"),
    [
        ("ＡＩ芯片，１２３！", "ai芯片,123!"),
        ("OpenAI", "openai"),
        ("Straße", "strasse"),
        ("ΌΣΟΣ", "όσοσ"),
        ("a\xa0b\u3000c", "a b c"),
        ("互\u200b联\u200d互\u2060通\ufeff", "互联互通"),
        ("co\xadop", "coop"),
        ("❤\ufe0f", "❤"),
        ("互聯互通", "互联互通"),
        ("軟體與網路", "软件与网络"),
        ("這個程式", "这个程序"),
        ("ｶﾞｲﾄﾞ", "ガイド"),
        ("cafe\u0301", "café"),
        ("\u1100\u1161\u11a8", "각"),
        ("ﬁ㈱Ⅳ", "fi(株)iv"),
    ],
)
def test_fold_gives_one_form_to_every_way_of_writing_a_word(stated: str, folded: str) -> None:
    assert fold(stated) == folded


@given(TEXTS)
@example("ﾊ\u200bﾟ")
@example("İΣ\u0345")
def test_fold_is_nfkc_and_casefold_and_simplified_without_the_invisible(stated: str) -> None:
    seen = "".join(char for char in stated if char not in INVISIBLE)
    whole = unicodedata.normalize("NFKC", seen).casefold()

    assert fold(stated) == simplify("".join(char for char in whole if char not in INVISIBLE))


@given(st.text(st.sampled_from("互联互通软件程序式影片视频体AI，a1 ")))
def test_simplify_leaves_a_text_without_a_traditional_character_as_it_is(text: str) -> None:
    assert simplify(text) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("a<b>b</b>c", "abc"),
        ("互<strong class='x'>联</strong>互通", "互联互通"),
        ("<p>one</p><p>two</p>", "\none\n\ntwo\n"),
        ("one<br/>two<img src=x>three", "one\ntwo\nthree"),
        ("a<!-- <p>b</p> -->c", "ac"),
        ("a<!-- never closed", "a"),
        ("a<script>var b = '<p>';</script>c<STYLE>d</STYLE>e", "ace"),
        ("a<script>never closed", "a"),
        ("<q>1 &lt; 2 &amp;&#20114;</q>", "1 < 2 &互"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("&lt;b&gt;", "<b>"),
        ("<articles>x</articles>", "\nx\n"),
    ],
)
def test_plain_text_parts_blocks_and_joins_what_inline_tags_part(markup: str, text: str) -> None:
    assert plain_text(markup) == text


def test_one_line_collapses_every_kind_of_space_and_line_end() -> None:
    assert one_line(" \t a\r\n b\u2028c\u2029d\x85e\u3000\xa0f ") == "a b c d e f"


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", 0),
        ("互联互通", 4),
        ("interoperability now", 2),
        ("AI芯片 2026", 4),
        ("カタ_カナ, 𠀀!", 5),
    ],
)
def test_a_unit_is_one_cjk_character_or_one_word_of_another_script(text: str, units: int) -> None:
    counted = [has_units(text, least) for least in range(7)]

    assert counted == [least <= units for least in range(7)]


def test_storable_drops_what_xml_and_utf_8_cannot_carry_and_nothing_else() -> None:
    assert (
        storable("a\x00\x08b\x0b\x0c\x1f\x7fc\ud800d\ufffe\uffffe\t\n\r互😀\x85")
        == "abcde\t\n\r互😀\x85"
    )
