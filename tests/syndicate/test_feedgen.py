"""What feedgen does on its own, and what we make of it: each of its faults is cured."""

import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from feedgen.feed import FeedGenerator

from aggregator.core.entry import Enclosure
from aggregator.syndicate.render import render
from tests.syndicate.profile import ATOM, DC, DCTERMS, MEDIA
from tests.syndicate.records import DATE, a_channel, an_article
from tests.syndicate.test_profile import FULL

XML = ("rss", "atom")


def rendered(kind: str, *articles: Any) -> Any:
    return Xml.fromstring(render(a_channel(), articles, [kind])[kind])


def by_feedgen_alone() -> Any:
    feed = FeedGenerator()
    feed.id("https://news.example/")
    feed.title("News")
    feed.description("News")
    feed.link(href="https://news.example/", rel="alternate")
    feed.link(href="https://news.example/feeds/news.rss", rel="self")
    for name in ("Newest", "Oldest"):
        entry = feed.add_entry()
        entry.id(f"urn:x:{name}")
        entry.title(name)
        entry.updated(DATE)
        entry.link(href="https://x.example/a.mp3", rel="enclosure", type="audio/mpeg", length="9")
        entry.content("x")
    return feed


def test_feedgen_still_has_its_faults() -> None:
    feed = by_feedgen_alone()
    rss, atom = Xml.fromstring(feed.rss_str()), Xml.fromstring(feed.atom_str())

    link = atom.find(f"{ATOM}entry/{ATOM}link")
    assert link is not None
    assert rss.findtext("channel/link") == "https://news.example/feeds/news.rss"
    assert [one.findtext("title") for one in rss.iter("item")] == ["Oldest", "Newest"]
    assert link.attrib == {"href": "https://x.example/a.mp3"}
    assert atom.findtext(f"{ATOM}updated", "").startswith("20")


@pytest.mark.parametrize("kind", XML)
def test_every_date_is_one_of_the_articles(kind: str) -> None:
    later = DATE + timedelta(days=1)
    document = render(a_channel(), [an_article("One", updated=later)], [kind])[kind].decode()

    dates = set(re.findall(r"\d{4}-\d\d-\d\dT[^<]+|\d\d \w{3} \d{4} [^<]+", document))
    written = {"rss": f"{later:%d %b %Y %T %z}", "atom": later.isoformat()}[kind]
    first = {"rss": f"{DATE:%d %b %Y %T %z}", "atom": DATE.isoformat()}[kind]
    assert dates == {written, first, DATE.isoformat()}


def test_a_feed_moves_its_date_for_an_article_that_came_late() -> None:
    late = DATE + timedelta(hours=3)

    feed = rendered("atom", an_article("Old"), an_article("Late", first_seen=late))

    assert feed.findtext(f"{ATOM}updated") == late.isoformat()


def test_the_link_of_a_channel_is_its_page() -> None:
    assert rendered("rss").findtext("channel/link") == "https://news.example/feeds/news.html"


@pytest.mark.parametrize("kind", XML)
def test_entries_stand_in_the_order_given(kind: str) -> None:
    feed = rendered(kind, an_article("Newest"), an_article("Oldest"))

    titles = [one.text for one in feed.iter() if one.tag.endswith("title")]
    assert [one for one in titles if one in ("Newest", "Oldest")] == ["Newest", "Oldest"]


def test_links_of_atom_keep_what_they_say() -> None:
    (entry,) = rendered("atom", FULL).iter(f"{ATOM}entry")

    assert [one.attrib for one in entry.findall(f"{ATOM}link")] == [
        {"href": FULL.link, "rel": "alternate"},
        {"href": "https://left.example/1", "rel": "related", "title": "also at left"},
        {
            "href": "https://paper.example/a.mp3",
            "rel": "enclosure",
            "type": "audio/mpeg",
            "length": "9",
        },
    ]


def test_a_source_of_atom_says_all_that_it_has_to() -> None:
    (source,) = rendered("atom", FULL).iter(f"{ATOM}source")

    assert {one.tag.removeprefix(ATOM): one.text or one.attrib for one in source} == {
        "id": "https://paper.example/feed",
        "title": "The Paper",
        "updated": DATE.isoformat(),
        "link": {"rel": "self", "href": "https://paper.example/feed"},
    }


@pytest.mark.parametrize("kind", XML)
def test_an_entry_says_where_it_is_from_and_when_it_was_seen(kind: str) -> None:
    feed = rendered(kind, FULL)

    assert (feed.find(f".//{DC}identifier").text, feed.find(f".//{DCTERMS}dateAccepted").text) == (
        FULL.guid,
        DATE.isoformat(),
    )
    relations = [one.text for one in feed.iter(f"{DC}relation")]
    assert relations == {"rss": ["https://left.example/1"], "atom": []}[kind]


def test_rss_has_one_enclosure_and_all_files_as_media() -> None:
    files = (
        Enclosure(url="https://x.example/a.mp3", type="audio/mpeg", length=9, duration=60),
        Enclosure(url="https://x.example/b.pdf", type="application/pdf"),
    )

    (item,) = rendered("rss", an_article(enclosures=files, image="https://x.example/i.png")).iter(
        "item"
    )

    assert [one.attrib for one in item.findall("enclosure")] == [
        {"url": "https://x.example/a.mp3", "length": "9", "type": "audio/mpeg"}
    ]
    assert [one.attrib for one in item.findall(f"{MEDIA}content")] == [
        {
            "url": "https://x.example/a.mp3",
            "fileSize": "9",
            "type": "audio/mpeg",
            "medium": "audio",
            "duration": "60",
        },
        {"url": "https://x.example/b.pdf", "type": "application/pdf"},
    ]
    assert [one.attrib for one in item.findall(f"{MEDIA}thumbnail")] == [
        {"url": "https://x.example/i.png"}
    ]


@pytest.mark.parametrize("kind", XML)
def test_a_feed_in_one_language_names_it(kind: str) -> None:
    feed = rendered(kind, FULL, FULL)
    mixed = rendered(kind, FULL, an_article(language="en"))

    name = {"rss": "channel/language", "atom": "."}[kind]
    found = [
        one.find(name).text
        if kind == "rss"
        else one.get("{http://www.w3.org/XML/1998/namespace}lang")
        for one in (feed, mixed)
        if one.find(name) is not None
    ]
    assert found == {"rss": ["zh-Hans"], "atom": ["zh-Hans", None]}[kind]
