"""What only serves to follow readers, taken out of links and bodies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.entry import Entry
from aggregator.core.tracking import clean_body, clean_url
from tests.core.records import URLS, a_source, article

P = "https://x.example/p"


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        (P, P),
        (f"{P}?utm_source=a&utm_medium=b", P),
        (f"{P}?id=1&UTM_Source=a&x=%E4%BA%92", f"{P}?id=1&x=%E4%BA%92"),
        (f"{P}?fbclid=1&gclid=2&spm=3&id=1", f"{P}?id=1"),
        (f"{P}?id=1#utm_source=a", f"{P}?id=1"),
        (f"{P}#xtor=RSS-1", P),
        (f"{P}?a=1&a=2&b=&c#top", f"{P}?a=1&a=2&b=&c#top"),
        (f"{P}?source=a&ref=b", f"{P}?source=a&ref=b"),
        ("https://[x?utm_source=a", "https://[x?utm_source=a"),
        ("", ""),
    ],
)
def test_tracking_parameters_go_and_the_rest_stays_as_it_is_written(url: str, cleaned: str) -> None:
    assert clean_url(url, URLS) == cleaned


A = f'<a class="x" href="{P}?utm_source=a&amp;id=1&amp;x=2">x</a>'
BODIES = {
    "a link": (A, f'<a class="x" href="{P}?id=1&amp;x=2">x</a>'),
    "in single quotes": (f"<a href='{P}?spm=1'>x</a>", f"<a href='{P}'>x</a>"),
    "a link without parameters": (f'<a href="{P}?id=1&x=2">x</a>',) * 2,
    "words that look like one": (f"<p>{P}?utm_source=a</p>",) * 2,
    "a picture's address": (f'<img src="{P}.png?utm_source=a">',) * 2,
    "a pixel": (f'<p>a<img src="{P}" width="1" height="1">b</p>', "<p>ab</p>"),
    "a pixel by its style": (f'a<img style="width:1px;height:0" src="{P}"/>', "a"),
    "a counter": ('a<img src="https://feeds.feedburner.com/~r/x/~4/1">', "a"),
    "a line is no pixel": (f'<img src="{P}" width="600" height="1">',) * 2,
    "an emoji": ('<img class="emoji" src="https://x.example/emoji/1.png">',) * 2,
    "a picture": (f'<img src="{P}.png">',) * 2,
}


@pytest.mark.parametrize(("body", "cleaned"), BODIES.values(), ids=BODIES)
def test_links_of_bodies_are_cleaned_and_pixels_taken_out(body: str, cleaned: str) -> None:
    assert clean_body(body, URLS) == cleaned


@given(st.text(alphabet="<>aimghrefsc=/\"' ?&;utm_1", max_size=60))
def test_what_is_clean_stays_as_it_is(body: str) -> None:
    cleaned = clean_body(body, URLS)

    assert clean_body(cleaned, URLS) == cleaned


ENTRY = Entry(guid="1", link=f"{P}?utm_source=a", content=A, summary=f"{A}!")


def test_a_source_that_asks_for_it_has_its_links_cleaned() -> None:
    one = article(ENTRY, a_source(strip_tracking=True))

    assert (one.link, "utm_" in one.body, "utm_" in one.summary) == (P, False, False)


def test_other_sources_keep_their_bodies_to_the_byte() -> None:
    one = article(ENTRY)

    assert (one.link, one.body, one.summary) == (ENTRY.link, A, ENTRY.summary)


def test_asking_for_it_makes_no_known_entry_a_new_one() -> None:
    by_link = Entry(link=f"{P}?utm_source=a")

    assert article(by_link, a_source(strip_tracking=True)).id == article(by_link).id
