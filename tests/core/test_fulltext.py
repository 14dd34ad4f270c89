"""Full text: when a page is read, and what its article is then."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator.core.article import Article
from aggregator.core.entry import Entry
from aggregator.core.fulltext import MOST_ROUNDS, PageState, is_fuller, text_hash, with_full_text
from tests.core.records import a_source, article

SUMMARY = "<p>In short.</p>"
PAGE = '<p>At length, and with a <img src="https://x.example/p.jpg" width="600"> picture.</p>'


def an_article(**fields: object) -> Article:
    stated: dict[str, object] = {"guid": "1", "title": "A & B", "summary": SUMMARY}
    return article(Entry(**(stated | fields)))  # type: ignore[arg-type]


def waits(status: str, now: datetime, retry_after: timedelta | None = None) -> list[timedelta]:
    """List how long it is to each next try of a page that goes on failing."""
    state, found = PageState(next_at=now), []
    while state.next_at is not None:
        state = state.failed(now, status, "what", retry_after)
        if state.next_at is not None:
            found.append(state.next_at - now)
    return found


def test_a_failing_page_is_tried_less_and_less_often_and_then_left(now: datetime) -> None:
    hours = [wait / timedelta(hours=1) for wait in waits("timeout", now)]

    assert hours == [1 / 6, 1, 6, 24]


@pytest.mark.parametrize("status", ["gone", "refused", "too_large", "not_a_feed"])
def test_what_another_try_cannot_change_is_not_tried_again(status: str, now: datetime) -> None:
    assert waits(status, now) == []


def test_a_server_can_ask_for_longer_but_not_for_ever(now: datetime) -> None:
    assert waits("blocked", now, timedelta(hours=3))[0] == timedelta(hours=3)
    assert waits("blocked", now, timedelta(days=900))[0] == timedelta(days=7)


def test_a_changed_entry_begins_another_round_a_few_times(now: datetime) -> None:
    state = PageState().read(now, b"hash")
    rounds = []
    for _ in range(MOST_ROUNDS + 2):
        state = state.wanted(now)
        rounds.append((state.rounds, state.next_at, state.text_hash))
        state = state.read(now, b"hash")

    assert rounds[: MOST_ROUNDS - 1] == [(n, now, b"hash") for n in range(2, MOST_ROUNDS + 1)]
    assert rounds[MOST_ROUNDS - 1 :] == [(MOST_ROUNDS, None, b"hash")] * 3


def test_a_page_that_gives_nothing_later_leaves_the_text_of_before(now: datetime) -> None:
    state = PageState().read(now, b"first").wanted(now).read(now, b"", "no more than the feed")

    assert (state.text_hash, state.error) == (b"first", "no more than the feed")


def test_what_the_feed_said_becomes_the_summary() -> None:
    one = an_article()

    full = with_full_text(one, PAGE, a_source(), has_one=False)

    picture = "https://x.example/p.jpg"
    assert full == replace(one, body=PAGE, summary=SUMMARY, image=picture, language="en")
    assert full.content_hash == one.content_hash


def test_a_text_that_is_read_anew_leaves_the_summary_alone() -> None:
    one = with_full_text(an_article(summary=""), PAGE, a_source(), has_one=False)

    again = with_full_text(one, "<p>Other.</p>", a_source(), has_one=True)

    assert (again.body, again.summary) == ("<p>Other.</p>", "")


def test_the_picture_that_the_feed_states_leads() -> None:
    stated = "https://x.example/stated.jpg"

    full = with_full_text(an_article(image=stated), PAGE, a_source(), has_one=False)

    assert full.image == stated


@pytest.mark.parametrize(
    ("heading", "stays"),
    [
        ("<h1>A &amp; B</h1>", False),
        ('\n<h2 class="t"> <b>a</b> &amp; Ｂ </h2>\n', False),
        ("<h1>A & B and C</h1>", True),
        ("<h4>A &amp; B</h4>", True),
        ("<p>A &amp; B</p>", True),
    ],
)
def test_a_heading_that_repeats_the_title_is_left_out(heading: str, stays: bool) -> None:
    full = with_full_text(an_article(), heading + PAGE, a_source(), has_one=False)

    assert full.body == (heading + PAGE if stays else PAGE)


def test_a_text_counts_only_where_it_says_more_than_the_feed() -> None:
    one = an_article(content="<p>The feed's whole article, of many words.</p>")

    assert is_fuller(f"{one.body}<p>More.</p>", one, has_one=False)
    assert not is_fuller("<div><p><b>In short, and a bit</b></p></div>", one, has_one=False)
    assert not is_fuller(one.body, one, has_one=False)


def test_texts_are_told_apart_by_what_they_say() -> None:
    assert text_hash("<p>One  two</p>") == text_hash("<div>One <b>two</b></div>")
    assert text_hash("<p>One</p>") != text_hash("<p>Two</p>")
