"""What two texts are to each other, by their measures; and what makes a fingerprint last."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from aggregator.core.clusters import Bond, Place, Tie, clusters
from aggregator.core.copies import shown
from aggregator.core.entry import Entry
from aggregator.core.fingerprint import anchors
from aggregator.core.likeness import Likeness, Text, compare, is_digest, numbers_differ
from aggregator.core.revision import is_real
from aggregator.core.text import units
from tests.core.records import SEEN_AT, a_source, article

WORDS = [f"word{n}" for n in range(300)]
LONG = " ".join(WORDS)


def text(content: str, title: str = "", source: str = "paper", hours: int = 0) -> Text:
    """Make an article with a date and cut it up."""
    published = SEEN_AT - timedelta(hours=hours)
    entry = Entry(guid="1", title=title or content[:20], content=content, published=published)
    return Text.of(article(entry, source=a_source(source)))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (text(LONG, source="b"), "text 1.00"),
        (text(" ".join(WORDS[:200]), title="New", source="b"), "text 0.66"),
        (text(" ".join(WORDS[:60]) + "…", title="New", source="b"), "part 1.00"),
        (text(" ".join(WORDS[:60]) + " Read more", title="New", source="b"), "part 0.97"),
        (text(" ".join(WORDS[:9]), source="b"), "title 1.00"),
    ],
    ids=["whole", "two thirds", "cut", "cut in words", "only its title"],
)
def test_a_copy_is_the_same_by(other: Text, expected: str) -> None:
    one = text(LONG)

    found = [compare(one, other), compare(other, one)]

    assert [likeness and (likeness.is_same, likeness.why) for likeness in found] == [
        (True, expected)
    ] * 2


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (text(" ".join(WORDS[:60]), title="New", source="b"), "part 1.00"),
        (text(" ".join(WORDS[100:160]) + "…", title="New", source="b"), "part 1.00"),
        (text(" ".join([*WORDS[:150], *WORDS[150:][::-1]]), title="New"), "text 0.33"),
        (
            text(" ".join([*WORDS[:200], *WORDS[200:][::-1]]), title="New"),
            "text 0.50 in one source",
        ),
    ],
    ids=["an item of a digest", "a quotation", "a third", "the next in a series"],
)
def test_what_hides_nothing_is_related_by(other: Text, expected: str) -> None:
    likeness = compare(text(LONG), other)

    assert likeness is not None
    assert (likeness.is_same, likeness.why) == (False, expected)


def test_texts_that_have_little_in_common_are_nothing_to_each_other() -> None:
    assert compare(text(LONG), text(" ".join(WORDS[::-1]), title="New", source="b")) is None


def test_titles_alone_say_something_within_a_day_only() -> None:
    title = "A headline of nine words that nobody else has"
    near, far = (text("", title=title, source="b", hours=hours) for hours in (20, 30))

    assert compare(text("", title=title), near) == Likeness(
        is_same=True, why="title 1.00", is_part=True, has_title=True
    )
    assert compare(text("", title=title), far) is None


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("科技周刊（第 403 期）：甲", "科技周刊（第 404 期）：乙", True),
        ("20日股票基金跌多涨少", "21日股票基金跌多涨少", True),
        ("Apple sells 10 million", "Apple sells 10 million phones", False),
        ("买房等于打工20年", "买房等于打工20年，业内热议", False),
        ("没有数字", "没有数字", False),
    ],
)
def test_numbers_between_the_same_words_are_told_apart(one: str, other: str, differ: bool) -> None:
    assert numbers_differ(units(one, 99), units(other, 99)) is differ


def test_a_text_that_holds_two_strangers_is_a_digest() -> None:
    first, second = text(" ".join(WORDS[:50])), text(" ".join(WORDS[50:99]))
    shorter = text(" ".join(WORDS[:30]))

    assert [is_digest(parts) for parts in ([first], [first, shorter], [first, second])] == [
        False,
        False,
        True,
    ]


def test_a_copy_cut_after_forty_words_shares_two_anchors_wherever_an_intro_shifts_it() -> None:
    body = anchors("", LONG)
    cut = anchors("", " ".join(WORDS[:40]))
    shifted = anchors("", " ".join([*(f"intro{n}" for n in range(30)), *WORDS]))

    assert len({*body} & {*cut}) >= 2
    assert len({*body} & {*shifted}) >= 2


@pytest.mark.parametrize("content", ["", "one", "一", "…", "a b c d e f g h i"])
def test_a_text_of_any_length_has_a_fingerprint(content: str) -> None:
    assert anchors(content, content) == tuple(sorted(set(anchors(content, content))))


def tie(a: int, b: int, bond: Bond = Bond.SAME, why: str = "text 0.90") -> Tie:
    return Tie.between(a, b, bond, why)


TIES = [
    tie(1, 2, why="url"), tie(2, 3), tie(4, 5), tie(5, 6, Bond.RELATED), tie(6, 7, Bond.MERGED, ""),
    tie(1, 8), tie(8, 9), tie(1, 9, Bond.APART, ""),
]  # fmt: skip


def test_clusters_are_the_same_in_any_order_of_ties() -> None:
    found = [clusters(range(1, 10), order) for order in list(permutations(TIES))[::4001]]

    assert all(one == found[0] for one in found)
    assert found[0] == {
        1: Place(first=1, reason=""),
        2: Place(first=1, reason="url"),
        3: Place(first=1, reason="text 0.90"),
        4: Place(first=4, reason=""),
        5: Place(first=4, reason="text 0.90"),
        6: Place(first=6, reason=""),
        7: Place(first=6, reason="merged"),
        8: Place(first=1, reason="text 0.90"),
        9: Place(first=9, reason=""),
    }


def test_the_first_of_equally_full_copies_is_shown() -> None:
    first = article(Entry(guid="1", content="x" * 1000))
    footed = article(Entry(guid="2", content="x" * 1050), source=a_source("b"))
    fuller = article(Entry(guid="3", content="x" * 2000), source=a_source("c"))

    def source(*copies: str, prefer: tuple[str, ...] = ()) -> str:
        kept = [one for one in (first, footed, fuller) if one.source in copies]
        return shown(first, kept, kept, prefer).source

    assert source("paper", "b") == "paper"
    assert source("paper", "b", "c") == "c"
    assert source("paper", "b", "c", prefer=("b", "paper")) == "b"


@pytest.mark.parametrize(
    ("before", "after", "real"),
    [
        ("<p>阅读 1.2万 · 评论 3</p>", "<p>阅读 1.3万 · 评论 9</p>", False),
        ("<p>1,024 views</p>", "<p>2,048 views</p>", False),
        ("<p>12 人受伤</p>", "<p>15 人受伤</p>", True),
        ('<div class="top ad">A</div>x', '<div class="top ad">B</div>x', False),
        ('<div class="shade">A</div>x', '<div class="shade">B</div>x', True),
        ('<img src="1.jpg">x', '<img src="2.jpg">x', False),
        ("<p>x</p>", "<p>x y</p>", True),
    ],
)
def test_a_change_is_real_if_the_words_are_others(before: str, after: str, real: bool) -> None:
    one = article(Entry(guid="1", title="T", content=before))

    assert is_real(one, replace(one, body=after)) is real
