"""Needless terms: those that are found only where another of their list is found anyway."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.shadows import Shadows
from aggregator.core.terms import Vocabulary
from aggregator.core.text import fold


@pytest.mark.parametrize(
    ("terms", "shadows"),
    [
        (("interoperab*", "interoperability"), {("interoperability", "interoperab*")}),
        (("interoperability", "interoperab*"), {("interoperability", "interoperab*")}),
        (("chin*", "china*"), {("china*", "chin*")}),
        (("china", "chin*"), {("china", "chin*")}),
        (("chin*", "chinaa"), {("chinaa", "chin*")}),
        (("china*", "china"), {("china", "china*")}),
        (("china", "chin"), set()),
        (("robot*", "robota"), {("robota", "robot*")}),
        (("robota", "robot*"), {("robota", "robot*")}),
        (("互联互通", "互联"), {("互联互通", "互联")}),
        (("互联互通", "互聯"), {("互联互通", "互聯")}),
        (("AI", "AI芯片"), {("AI芯片", "AI")}),
        (("AI", "OpenAI"), set()),
        (("AI", "Open AI"), {("Open AI", "AI")}),
        (("C++", "c"), {("C++", "c")}),
        (("AI", "ai", "ＡＩ"), {("ai", "AI"), ("ＡＩ", "AI")}),
        (("影片", "视频"), {("视频", "影片")}),
        (("视频", "影片"), {("视频", "影片")}),
        (("re:chin.*", "china"), set()),
        (("china", "re:china"), set()),
        (("a", "b"), set()),
        (("a*", "ab*", "abc"), {("ab*", "a*"), ("abc", "a*")}),
        ((), set()),
    ],
)
def test_a_term_is_needless_where_another_is_found_wherever_it_is(
    terms: tuple[str, ...], shadows: set[tuple[str, str]]
) -> None:
    assert set(Shadows(terms).among(terms)) == shadows


TERMS = st.lists(
    st.sampled_from("AI,A,AI*,Open AI,互联,互聯互通,联*,C++,C,+,_,影片,视频,0,_0*,AI_*".split(",")),
    max_size=5,
    unique=True,
).map(tuple)
TEXTS = st.lists(
    st.sampled_from("AI,A,Open, ,互联,通,C,+,_,影片,視頻,x,0".split(",")), max_size=8
).map("".join)


@given(TERMS, TEXTS)
def test_what_is_found_without_the_needless_terms_is_the_same(
    terms: tuple[str, ...], text: str
) -> None:
    shadows = list(Shadows(terms).among(terms))

    found = Vocabulary(terms).find({"text": fold(text)})

    assert all(other in found for term, other in shadows if term in found)


def test_terms_of_other_lists_make_nothing_needless() -> None:
    shadows = Shadows(("a*", "ab", "abc*"))

    assert list(shadows.among(("ab", "x"))) == []
    assert list(shadows.among(("abc*", "ab"))) == []
