"""Terms marked in titles and bodies: only marks are added, and only around terms."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.markup import framed, tidy
from aggregator.web.marking import marked_html, marked_text

PIECES = st.sampled_from(
    (
        "互联", "互联互通", "Open ", "open", " &amp; ", "&lt;b&gt;", "x", "\n",
        "<p>", "</p>", "<b>", "</b>", "<br>", "</a>",
        '<a href="https://a.example/?互联=1&amp;b=open" >',
        '<img src="https://a.example/open.png" alt="x">',
    )
)  # fmt: skip
TERMS = ("互联互通", "open*", "b")


def unmarked(markup: str) -> str:
    return re.sub("</?mark>", "", markup)


def words(markup: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", markup))


def test_a_term_in_a_title_is_marked_and_the_rest_escaped() -> None:
    assert marked_text("<b>开放 & 互联互通</b>", ["互联互通"]) == (
        "&lt;b&gt;开放 &amp; <mark>互联互通</mark>&lt;/b&gt;"
    )


def test_a_term_in_other_characters_is_marked_as_it_stands_there() -> None:
    assert marked_text("互聯互通", ["互联互通"]) == "<mark>互聯互通</mark>"


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p>互联互通</p>", "<p><mark>互联互通</mark></p>"),
        ("<p>互<b>联互</b>通</p>", "<p><mark>互</mark><b><mark>联互</mark></b><mark>通</mark></p>"),
        ("<p>互联</p><p>互通</p>", "<p>互联</p><p>互通</p>"),
        ('<a title="互联互通">x</a>', '<a title="互联互通">x</a>'),
        ('<a title="a > 互联互通">x</a>', '<a title="a > 互联互通">x</a>'),
        ("a &amp; 互联互通 &lt;", "a &amp; <mark>互联互通</mark> &lt;"),
    ],
)
def test_a_term_is_marked_in_words_and_across_inline_elements_only(markup: str, shown: str) -> None:
    assert marked_html(markup, ["互联互通"]) == shown


def test_terms_that_overlap_are_marked_as_one() -> None:
    assert marked_html("互联互通了", ["互联互通", "互通了"]) == "<mark>互联互通了</mark>"


@given(st.lists(PIECES, max_size=30).map("".join))
def test_marks_change_neither_tags_nor_words(markup: str) -> None:
    clean = tidy(markup)

    marked = marked_html(clean, TERMS)

    assert words(unmarked(marked)) == words(clean)
    assert re.findall("<[^>]*>", unmarked(marked)) == re.findall("<[^>]*>", clean)


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<h1>A</h1>", "<h2>A</h2>"),
        ('<img src="https://a.example/1.png">',
         '<img alt="" src="https://a.example/1.png" loading="lazy">'),
        ('<p class="top" style="color:red" id="main" onclick="x()">A</p>', "<p>A</p>"),
        ('<video src="https://a.example/1.mp4">A</video>', "A"),
        ('<a href="javascript:alert(1)">A</a>', '<a rel="noopener noreferrer nofollow">A</a>'),
        ("<script>alert(1)</script><style>p{}</style>A<form><input></form>", "A"),
        ("<p>A", "<p>A</p>"),
        ("</div></main>A", "A"),
    ],
)  # fmt: skip
def test_html_in_a_page_of_ours_neither_acts_nor_looks_like_a_part_of_it(
    markup: str, shown: str
) -> None:
    assert framed(markup) == shown
