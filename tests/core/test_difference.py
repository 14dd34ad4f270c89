"""What came, went and is another."""

from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.difference import Difference, difference
from aggregator.core.words import some

THINGS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 2))


@given(THINGS, THINGS)
def test_a_difference_leads_from_one_to_the_other_and_names_nothing_twice(
    before: dict[str, int], after: dict[str, int]
) -> None:
    found = difference(before, after)
    named = (*found.added, *found.removed, *found.changed)
    kept = {name: value for name, value in before.items() if name not in named}

    assert len(set(named)) == len(named)
    assert kept | {name: after[name] for name in (*found.added, *found.changed)} == after
    assert bool(found) is (before != after)


def test_a_difference_is_told_in_words() -> None:
    found = Difference(added=("b",), removed=("c", "d"))

    assert list(found.words("source")) == ["1 source added: b", "2 sources removed: c, d"]
    assert list(Difference().words("source")) == []


def test_of_many_names_the_first_are_told() -> None:
    assert some(tuple("abcdefghijkl")) == "a, b, c, d, e, f, g, h, i, j and 2 more"
