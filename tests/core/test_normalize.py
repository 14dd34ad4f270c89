"""ParsedFeed → Articles."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.article import Article
from aggregator.core.entry import Enclosure, Entry, Origin, ParsedFeed
from aggregator.core.identity import article_id, content_hash
from aggregator.core.normalize import normalize
from aggregator.core.source import DatePolicy
from tests.core.records import SEEN_AT, URLS, a_source, article, articles

LINK = "https://paper.example/1"
FULL = Entry(
    guid="g1",
    link=LINK,
    title=" A \n title ",
    summary="<p>Short.</p>",
    content="<p>Long.</p>",
    image="https://paper.example/1.jpg",
    language="en",
    authors=("Ann", "Bo"),
    tags=("x", "y"),
    enclosures=(Enclosure(url="https://paper.example/1.mp3", type="audio/mpeg", length=9),),
    published=datetime(2026, 3, 1, 8, 0, 0, 5, tzinfo=timezone(timedelta(hours=8))),
    updated=datetime(2026, 3, 2, tzinfo=UTC),
    origin=Origin(title="O", url="https://o.example/feed"),
    season=2,
    episode=7,
)


def test_an_entry_that_states_everything_becomes_an_article_as_it_is() -> None:
    assert article(FULL, seen_at=SEEN_AT.replace(microsecond=9)) == Article(
        id=article_id("paper", "g1"),
        source="paper",
        guid="g1",
        link=LINK,
        title="A title",
        body="<p>Long.</p>",
        summary="<p>Short.</p>",
        image="https://paper.example/1.jpg",
        language="en",
        authors=("Ann", "Bo"),
        tags=("x", "y"),
        enclosures=FULL.enclosures,
        origin=FULL.origin,
        season=2,
        episode=7,
        published=datetime(2026, 3, 1, tzinfo=UTC),
        updated=datetime(2026, 3, 2, tzinfo=UTC),
        first_seen=SEEN_AT,
        content_hash=content_hash(
            "A title", LINK, "<p>Long.</p>", "<p>Short.</p>", "https://paper.example/1.jpg",
            "Ann", "Bo", "x", "y", "https://paper.example/1.mp3",
        ),
    )  # fmt: skip


def test_an_empty_entry_becomes_an_article_all_the_same() -> None:
    guid = f"sha:{content_hash('', '').hex()}"

    assert article(Entry()) == Article(
        id=article_id("paper", guid), source="paper", guid=guid, link="", title="(untitled)",
        body="", summary="", image="", language="", authors=(), tags=(), enclosures=(),
        published=None, updated=None, first_seen=SEEN_AT,
        content_hash=content_hash("(untitled)", "", "", "", ""),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "guid", "link"),
    [
        (Entry(guid="g", link=LINK), "g", LINK),
        (Entry(link=LINK), LINK, LINK),
        (Entry(guid=LINK), LINK, LINK),
        (Entry(guid="urn:1"), "urn:1", ""),
        (Entry(title="T", content="C"), f"sha:{content_hash('T', 'C').hex()}", ""),
        (Entry(title="T", summary="S"), f"sha:{content_hash('T', 'S').hex()}", ""),
    ],
)
def test_guid_and_link_stand_in_for_each_other_and_the_words_for_both(
    entry: Entry, guid: str, link: str
) -> None:
    one = article(entry)

    assert (one.guid, one.link) == (guid, link)


def of_words(title: str) -> str:
    """Give the mark of an entry that has only this title."""
    return content_hash(title, "").hex()


G = Entry(guid="g")


@pytest.mark.parametrize(
    ("entries", "guids"),
    [
        ([replace(G, link="l1"), replace(G, link="l2")], ["g#l1", "g#l2"]),
        ([replace(G, link="l2"), replace(G, link="l1")], ["g#l2", "g#l1"]),
        ([replace(G, title=t, link="l") for t in "ab"], ["g#l", f"g#{of_words('b')}"]),
        ([replace(G, title="a", tags=(t,)) for t in "xyz"], ["g#", f"g#{of_words('a')}", "g#2"]),
        ([replace(G, title="a", tags=(t,)) for t in "xy"] * 3, ["g#", f"g#{of_words('a')}"]),
        ([Entry(link="l", title=t) for t in "ab"], ["l#l", f"l#{of_words('b')}"]),
        (
            [Entry(guid="g#l"), G, replace(G, link="l", title="t")],
            ["g#l", "g#", f"g#{of_words('t')}"],
        ),
        ([G, replace(G), Entry(guid="h")], ["g", "h"]),
    ],
)
def test_users_of_one_guid_are_told_apart_by_link_then_words_then_turn(
    entries: list[Entry], guids: list[str]
) -> None:
    assert [one.guid for one in articles(*entries)] == guids


def test_an_entry_that_stands_twice_in_a_document_is_one_article() -> None:
    assert articles(FULL, Entry(guid="x"), FULL) == articles(FULL, Entry(guid="x"))


GUIDS = st.sampled_from(["g", "g#l", "g#", "g#2", "g#3", f"g#{of_words('a')}", "", "l"])
ENTRIES = st.builds(
    Entry, guid=GUIDS, link=st.sampled_from(["", "l", "l#l"]), title=st.sampled_from("ab"),
    tags=st.sampled_from([("x",), ("y",), ("z",)]),
)  # fmt: skip


@given(st.lists(ENTRIES, max_size=12))
def test_no_two_articles_of_a_document_ever_share_an_id(entries: list[Entry]) -> None:
    ids = [one.id for one in articles(*entries)]

    assert len(set(ids)) == len(ids) == len(set(entries))


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        (Entry(title="a\u2028b\tc"), "a b c"),
        (Entry(content="<p>First</p><p>second</p>"), "First second"),
        (Entry(summary="Only a summary"), "Only a summary"),
        (Entry(content="互" * 81), "互" * 80 + "…"),
        (Entry(content="互" * 80), "互" * 80),
        (Entry(content="<img src='x'>", link=LINK), LINK),
        (Entry(), "(untitled)"),
    ],
)
def test_a_title_comes_from_the_body_then_the_link(entry: Entry, title: str) -> None:
    assert article(entry).title == title


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        (SEEN_AT, SEEN_AT),
        (SEEN_AT + timedelta(days=1), SEEN_AT + timedelta(days=1)),
        (SEEN_AT + timedelta(days=1, seconds=1), None),
        (datetime(1994, 12, 31, 23, 59, 59, tzinfo=UTC), None),
        (datetime(1995, 1, 1, tzinfo=UTC), datetime(1995, 1, 1, tzinfo=UTC)),
        (datetime(1970, 1, 1, tzinfo=UTC), None),
        (None, None),
    ],
)
def test_a_date_from_the_future_or_from_before_feeds_is_dropped(
    stated: datetime | None, kept: datetime | None
) -> None:
    one = article(Entry(published=stated))

    assert (one.published, one.date) == (kept, kept or SEEN_AT)


OLD = datetime(1985, 7, 13, tzinfo=UTC)
FUTURE = SEEN_AT + timedelta(days=400)


@pytest.mark.parametrize(
    ("settings", "old", "future"),
    [
        ({}, None, None),
        ({"old_dates": DatePolicy.KEEP}, OLD, None),
        ({"future_dates": DatePolicy.KEEP}, None, FUTURE),
        ({"old_dates": DatePolicy.FIRST_SEEN, "future_dates": DatePolicy.FIRST_SEEN}, None, None),
    ],
)
def test_a_source_says_what_becomes_of_its_odd_dates(
    settings: dict[str, DatePolicy], old: datetime | None, future: datetime | None
) -> None:
    source = a_source(**settings)

    dated = [article(Entry(published=at, updated=at), source) for at in (OLD, FUTURE)]

    assert [one.published for one in dated] == [old, future]
    assert [one.updated for one in dated] == [old, future]
    assert [one.date for one in dated] == [old or SEEN_AT, future or SEEN_AT]


def test_an_update_stands_in_for_a_date_that_is_not_stated() -> None:
    updated = SEEN_AT - timedelta(days=1)

    one = article(Entry(updated=updated))

    assert (one.published, one.updated, one.date) == (updated, updated, updated)


PNG = Enclosure(url="https://x.example/enclosed.png", type="image/png")
SOURCES_OWN = "https://x.example/source.png"


@pytest.mark.parametrize(
    ("entry", "image"),
    [
        (Entry(content="<img src='https://x.example/a.png'>"), "https://x.example/a.png"),
        (Entry(summary="<img src='https://x.example/s.png'>"), "https://x.example/s.png"),
        (Entry(enclosures=(PNG,)), PNG.url),
        (Entry(content="<img src='https://x.example/p' width=1 height=1>"), SOURCES_OWN),
        (Entry(), SOURCES_OWN),
    ],
)
def test_an_article_without_a_picture_has_its_sources(entry: Entry, image: str) -> None:
    assert article(entry, a_source(image=SOURCES_OWN)).image == image


def test_escaped_braces_become_braces_so_that_article_files_can_be_read_back() -> None:
    one = article(Entry(summary="&#123;s&#125;", content="a &#123;{ b }&#125; &#124;"))

    assert (one.body, one.summary) == ("a {{ b }} &#124;", "{s}")


@pytest.mark.parametrize(
    ("entry", "body", "summary"),
    [
        (Entry(summary="s", content="c"), "c", "s"),
        (Entry(summary="s"), "s", ""),
        (Entry(content="c"), "c", ""),
        (Entry(summary="c", content="c"), "c", ""),
    ],
)
def test_a_summary_that_only_repeats_the_body_is_left_out(
    entry: Entry, body: str, summary: str
) -> None:
    one = article(entry)

    assert (one.body, one.summary) == (body, summary)


@pytest.mark.parametrize(
    ("entry", "source", "feed", "language"),
    [
        ("fr", "de", "en", "fr"),
        ("", "de", "en", "de"),
        ("", "", "en", "en"),
        ("", "", "", "zh"),
    ],
)
def test_the_language_is_the_entrys_then_the_sources_then_the_feeds_then_what_it_looks_like(
    entry: str, source: str, feed: str, language: str
) -> None:
    one = article(Entry(title="平台互通", language=entry), a_source(language=source), language=feed)

    assert one.language == language


def test_every_thing_a_reader_would_notice_changes_the_content_hash() -> None:
    changes = [
        {"title": "Other"}, {"link": "https://paper.example/2"}, {"content": "<p>Other.</p>"},
        {"summary": "<p>Other.</p>"}, {"image": "https://paper.example/2.jpg"}, {"authors": ("Cy",
        )},
        {"tags": ("z",)}, {"enclosures": (PNG,)},
    ]  # fmt: skip

    hashes = {article(replace(FULL, **change)).content_hash for change in ({}, *changes)}  # type: ignore[arg-type]

    assert len(hashes) == len(changes) + 1


@pytest.mark.parametrize("change", [{"published": None}, {"updated": None}, {"language": "fr"}])
def test_a_new_date_alone_is_no_new_content(change: dict[str, object]) -> None:
    again = article(replace(FULL, **change), seen_at=SEEN_AT + timedelta(days=1))  # type: ignore[arg-type]

    assert again.content_hash == article(FULL).content_hash


def test_articles_come_in_the_order_of_the_document() -> None:
    parsed = ParsedFeed(kind="rss20", entries=tuple(Entry(guid=guid) for guid in "cab"))

    assert [one.guid for one in normalize(parsed, a_source(), SEEN_AT, URLS)] == ["c", "a", "b"]
