"""Where in a text a term was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.highlight import marked, spans
from aggregator.core.terms import Vocabulary
from aggregator.core.text import fold

# What stands in brackets is where the term is found: in Simplified, in Traditional with Taiwan's
# words, in English.
FOUND = [
    ("AI", "国产[AI]算法, AIR 与 OpenAI"),
    ("AI", "[ＡＩ] 芯片，[ai]!"),
    ("AI", "[A\u00adI]与[A\u200bI]"),
    ("AI", "AIR"),
    ("Open AI", "[open AI], openai"),
    ("Open AI", "[Open\u00a0AI]"),
    ("interoperab*", "[Interoperab]ility, [INTEROPERAB]le"),
    ("互联互通", "平台[互联互通]，[互聯互通]"),
    ("互聯互通", "平台[互联互通]"),
    ("互联互通", "[互\u200b联互\u00ad通]"),
    ("软件", "自由[軟體]與[軟件]"),
    ("軟體", "自由[软件]與[軟體]"),
    ("程式", "這個[程式]很好"),
    ("影片", "這部[影片]很長"),
    ("芯片", "[晶片]與[芯片]"),
    ("人工智能", "[人工智慧]與[人工智能]"),
    ("ガイド", "[ｶﾞｲﾄﾞ]です"),
    ("café", "un [CAFE\u0301] noir"),
    ("ﬁle", "a [FILE] and a [ﬁle]"),
    ("stra\u00dfe", "[STRASSE]"),
    ("C++", "modern [c++], abc++"),
    ("re:(铁路|电网)互联互通", "全国[鐵路互聯互通]"),
    ("re:gpt-?[0-9]+", "[GPT-4] and [gpt５]"),
    ("re:第三方应用.?商店", "[第三方應用的商店]"),
]


@pytest.mark.parametrize(("term", "text"), FOUND)
def test_a_term_is_shown_where_it_stands_in_the_text_that_people_see(term: str, text: str) -> None:
    shown = text.replace("[", "").replace("]", "")

    found = spans(term, shown)

    back = shown
    for start, end in reversed(found):
        back = f"{back[:start]}[{back[start:end]}]{back[end:]}"
    assert back == text


TERMS = st.sampled_from(["AI", "ai*", "互联", "通", "C++", "re:a[i1]+", "Ⅳ", "e\u0301"])
PIECES = [
    "AI",
    "ＡＩ",
    "R",
    "a1",
    "互联",
    "聯",
    "互",
    "通",
    " ",
    "c++",
    "_",
    "\u200b",
    "e",
    "\u0301",
    "é",
    "ⅳ",
]


@given(TERMS, st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_a_term_is_shown_where_and_only_where_it_is_found(term: str, text: str) -> None:
    found = Vocabulary([term]).find({"body": fold(text)})

    shown = spans(term, text)

    assert bool(shown) is bool(found)
    assert all(0 <= start < end <= len(text) for start, end in shown)


def test_an_excerpt_has_the_first_places_with_some_text_around_them() -> None:
    text = "x" * 50 + "AI and AI" + "y" * 50 + "AI"

    pieces = list(marked(text, spans("AI*", text.replace("x", " ").replace("y", " ")), around=5))

    assert pieces == [
        ("xxxxx", False),
        ("AI", True),
        (" and ", False),
        ("AI", True),
        ("yyyyy", False),
    ]
    assert list(marked("abcdef", [], around=2)) == [("abcd", False)]


LONG = "long" * 20


@pytest.mark.parametrize(
    ("text", "around", "excerpt"),
    [
        ("Some words before AI and some after", 10, "before AI and some"),
        ("Some words before AI and some after", 9, "before AI and some"),
        ("Some words before AI and some after", 7, "before AI and"),
        ("Some words before AI and some after", 3, "AI"),
        ("It's 一些文字AI一些文字", 3, "些文字AI一些文"),
        (f"{LONG} AI {LONG}", 40, f"{LONG[-39:]} AI {LONG[:39]}"),
        ("Nothing of that is here", 5, "Nothing of"),
        ("Nothing of that is here", 6, "Nothing of"),
        ("Nothing", 2, "Noth"),
    ],
)
def test_an_excerpt_cuts_no_word_in_two(text: str, around: int, excerpt: str) -> None:
    pieces = marked(text, spans("AI", text), around)

    assert "".join(piece for piece, _ in pieces) == excerpt
