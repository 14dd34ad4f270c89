"""What outputs show of articles: summaries, and pictures at another address."""

from dataclasses import replace

import pytest

from aggregator.core.entry import Enclosure, Entry
from aggregator.core.picture_links import PictureLinks
from aggregator.core.views import summarized, with_pictures_at
from tests.core.records import article

LINKS = PictureLinks("key", "https://news.example")


def elsewhere(url: str) -> str:
    return f"/x/{url}" if url.startswith("http") else url


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<img src="http://a/b.png">', '<img src="/x/http://a/b.png">'),
        ("<IMG SRC = 'http://a/?x=1&amp;y'>", '<IMG SRC="/x/http://a/?x=1&amp;y">'),
        ("<img src=http://a/b.png/>", '<img src="/x/http://a/b.png/">'),
        ('<img alt="a > b" src="http://a/b">', '<img alt="a > b" src="/x/http://a/b">'),
        (
            '<img src="http://a/1" srcset="http://a/2 2x" sizes="9px" width=3>',
            '<img src="/x/http://a/1"   width=3>',
        ),
        (
            '<picture><source srcset="http://a/2"><img src="http://a/1"></picture>',
            '<picture><img src="/x/http://a/1"></picture>',
        ),
        (
            '<video poster="http://a/p" src="http://a/v"><source src="http://a/w"></video>',
            '<video poster="/x/http://a/p" src="http://a/v"><source src="http://a/w"></video>',
        ),
        ('<p>&lt;img src="http://a/b"&gt; src="http://a/c"</p>', None),
        ('<imgx src="http://a/b"><a href="http://a/b.png">x</a>', None),
        ('<img src="http://a/b', None),
        ('<img src="data:image/png;base64,xx">', None),
        ("<img " + "a'" * 20_000, None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_pictures_of_a_body_get_another_address(body: str, expected: str | None) -> None:
    before = replace(article(Entry(title="t")), body=body)

    assert with_pictures_at(before, elsewhere).body == (body if expected is None else expected)


def test_the_lead_image_and_enclosed_pictures_get_it_as_well() -> None:
    files = (Enclosure(url="http://a/1", type="image/png"), Enclosure(url="http://a/2"))
    before = replace(article(Entry(title="t")), image="http://a/i", enclosures=files)

    after = with_pictures_at(before, elsewhere)

    assert after.image == "/x/http://a/i"
    assert [one.url for one in after.enclosures] == ["/x/http://a/1", "http://a/2"]


@pytest.mark.parametrize("url", ["https://a.example/图.png?x='\"&y", "http://a/" + "x" * 1400])
@pytest.mark.parametrize("may_be_private", [True, False])
def test_an_address_is_read_back(url: str, may_be_private: bool) -> None:
    address = LINKS.address(url, may_be_private=may_be_private)

    base, signature, coded = address.rsplit("/", 2)
    assert base == "https://news.example/img"
    assert LINKS.read(signature, coded) == (url, may_be_private)


def test_nothing_is_read_that_was_not_signed_with_this_key() -> None:
    _, signature, coded = LINKS.address("http://a/b", may_be_private=False).rsplit("/", 2)
    other = LINKS.address("http://a/c", may_be_private=False).rpartition("/")[2]

    tried = [
        LINKS.read(signature, other),
        LINKS.read("", coded),
        LINKS.read(signature[:-1], coded),
        LINKS.read(f"{signature}é", coded),
        LINKS.read(signature, "é"),
        PictureLinks("other", "https://news.example").read(signature, coded),
    ]
    assert tried == [None] * 6


@pytest.mark.parametrize("url", ["", "data:image/png,x", "http://a/" + "x" * 1500])
def test_what_cannot_be_fetched_or_is_too_long_keeps_its_address(url: str) -> None:
    assert LINKS.address(url, may_be_private=False) == url


@pytest.mark.parametrize(
    ("summary", "content", "body"),
    [
        ("<b>s</b>", "<p>whole</p>", "<b>s</b>"),
        ("", "<p>1 &lt; 2</p><p>b</p>", "<p>1 &lt; 2 b</p>"),
        ("", "x" * 500, f"<p>{'x' * 400}…</p>"),
        ("", "", ""),
    ],
)
def test_a_summary_is_the_sources_own_or_the_beginning(
    summary: str, content: str, body: str
) -> None:
    after = summarized(article(Entry(title="t", summary=summary, content=content)))

    assert (after.body, after.summary) == (body, "")
