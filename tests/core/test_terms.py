"""Terms as they are written, and what is wrong with some."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.terms import fault_of
from aggregator.core.text import fold


@pytest.mark.parametrize("term", ["", " ", "*", "\u200b", "\u3000*", "\xad\ufeff"])
def test_a_term_that_folds_to_nothing_has_a_fault(term: str) -> None:
    assert fault_of(term) == "is empty once folded, so it would match everything"


@given(st.text(max_size=4).filter(lambda term: not term.startswith("re:")))
def test_no_other_term_has_that_fault(term: str) -> None:
    assert bool(fault_of(term)) == (not fold(term.removesuffix("*")).strip())


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        ("re:(a", "(missing ): (a)"),
        ("re:[a", "missing ]"),
        ("re:a)(b", "unexpected )"),
        ("re:(?=a)", "invalid perl operator: (?="),
        (r"re:(a)\1", r"invalid escape sequence: \1"),
        ("re:", "matches the empty text"),
        ("re:a*", "matches the empty text"),
        ("re:(互联)?", "matches the empty text"),
        # In the characters that folded texts have: 并 comes after 丧.
        ("re:[並-丧]", "invalid character class range"),
    ],
)
def test_a_pattern_that_cannot_be_used_has_a_fault_that_says_why(term: str, fault: str) -> None:
    assert fault in fault_of(term)


@pytest.mark.parametrize(
    "term",
    ["AI", "互联互通", "interoperab*", "**", "re:a+", "re:(.*?,){20}P", "C++", "(", "re:（a"],
)
def test_a_term_that_can_be_used_has_no_fault(term: str) -> None:
    assert fault_of(term) == ""
