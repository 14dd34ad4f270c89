"""Which articles go, against the plainest reading of the bounds."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.retention import FOREVER, Keep, Stored, Why, beyond, going, to_make_room

NOW = 1_000_000
ARTICLES = st.lists(st.tuples(st.integers(0, NOW), st.integers(0, 50)), max_size=12).map(
    lambda pairs: [Stored(n, at, size) for n, (at, size) in enumerate(sorted(pairs), start=1)][::-1]
)
KEEPS = st.builds(
    Keep,
    age=st.one_of(st.just(FOREVER), st.integers(1, NOW).map(lambda n: timedelta(seconds=n))),
    articles=st.none() | st.integers(1, 12),
    size=st.none() | st.integers(1, 300),
)


def plainly(newest_first: list[Stored], keep: Keep, now: int) -> dict[int, Why]:
    """Hold each article against each bound by itself."""
    gone = {}
    for place, one in enumerate(newest_first):
        with_it = newest_first[: place + 1]
        if keep.age != FOREVER and one.at + keep.age.total_seconds() < now:
            gone[one.n] = Why.AGE
        elif keep.articles is not None and len(with_it) > keep.articles:
            gone[one.n] = Why.COUNT
        elif keep.size is not None and sum(other.size for other in with_it) > keep.size:
            gone[one.n] = Why.SIZE
    return gone


@given(ARTICLES, KEEPS)
def test_what_goes_is_what_a_bound_leaves_out(newest_first: list[Stored], keep: Keep) -> None:
    found = {one.n: why for one, why in beyond(newest_first, keep, NOW)}

    assert found == plainly(newest_first, keep, NOW)


@given(ARTICLES, KEEPS, st.data())
def test_it_does_not_matter_what_of_it_is_purged_already(
    newest_first: list[Stored], keep: Keep, data: st.DataObject
) -> None:
    gone = [one for one, _ in beyond(newest_first, keep, NOW)]
    purged = data.draw(st.lists(st.sampled_from(gone), unique=True)) if gone else []

    left = [one for one in newest_first if one not in purged]

    assert [one for one, _ in beyond(left, keep, NOW) if one not in gone] == []


@given(ARTICLES)
def test_without_bounds_nothing_goes(newest_first: list[Stored]) -> None:
    assert list(beyond(newest_first, Keep(), NOW)) == []


@given(ARTICLES, st.integers(-10, 700))
def test_room_is_made_by_the_fewest_of_the_oldest(newest_first: list[Stored], excess: int) -> None:
    oldest_first = newest_first[::-1]

    gone = list(to_make_room(oldest_first, excess))

    assert gone == oldest_first[: len(gone)]
    assert sum(one.size for one in gone[:-1]) < max(excess, 1)
    assert len(gone) == len(oldest_first) or sum(one.size for one in gone) >= max(excess, 0)


@given(st.sets(st.integers(1, 9)), st.lists(st.integers(0, 3), min_size=9, max_size=9))
def test_no_copy_comes_to_light_whenever_purging_is_cut_short(
    leaving: set[int], homes: list[int]
) -> None:
    members = [[n for n, at in enumerate(homes, start=1) if at == home] for home in range(4)]
    visible = {some[0] for some in members if some}

    order = going(leaving, [some for some in members if len(some) > 1])

    for end in range(len(order) + 1):
        left = [[n for n in some if n not in order[:end]] for some in members]
        assert {some[0] for some in left if some} <= visible
    assert set(order) <= leaving
    assert leaving - set(order) == {
        n
        for some in members
        for n in some
        if n in leaving and any(m > n and m not in leaving for m in some)
    }
