"""Which of a poll's articles are new: scenarios of sources as they are."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.core.article import Article
from aggregator.core.dedup import Decision, Kind, Known, Ref, deduplicate
from aggregator.core.entry import Entry
from tests.core.records import SEEN_AT, a_source, articles, candidate

LONG = "<p>" + "互联互通让不同的平台彼此开放。" * 4 + "</p>"
SHORT = "<p>详见原文</p>"
Seen = tuple[str, str, str, str]  # kind, guid stored by, reason, guid of the cluster's first


@dataclass
class Shelf:
    """Remembers what earlier polls stored, the way the database does: first come, first kept."""

    by_id: dict[str, Ref] = field(default_factory=dict)
    by_url: dict[int, Ref] = field(default_factory=dict)
    by_body: dict[int, Ref] = field(default_factory=dict)

    def poll(self, *entries: Entry, source: str = "paper", hours: int = 0) -> list[Decision]:
        """Decide on a document's entries and put them on the shelf."""
        batch = articles(
            *entries, source=a_source(source), seen_at=SEEN_AT + timedelta(hours=hours)
        )
        decisions = deduplicate(
            map(candidate, batch),
            Known(by_id=dict(self.by_id), by_url=dict(self.by_url), by_body=dict(self.by_body)),
        )
        for one in decisions:
            ref = Ref.of(one.candidate.article, one.cluster)
            self.by_id[ref.id] = ref
            if one.kind in (Kind.NEW, Kind.DUPLICATE):
                for index, key in ((self.by_url, one.keys.url), (self.by_body, one.keys.body)):
                    if key is not None:
                        index.setdefault(key, ref)
        return decisions

    def seen(self, decisions: list[Decision]) -> list[Seen]:
        """Write decisions with guids in place of ids."""
        return [
            (
                one.kind.value,
                one.candidate.article.guid,
                one.reason,
                self.by_id[one.cluster].guid,
            )
            for one in decisions
        ]


def an_entry(guid: str, title: str = "", link: str = "", body: str = SHORT) -> Entry:
    """Make an entry whose link is its own unless given."""
    return Entry(
        guid=guid, title=title or guid, link=link or f"https://paper.example/{guid}", content=body
    )


def same_guid_unchanged(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """The feed is polled again, nothing happened."""
    shelf.poll(an_entry("1"))
    return shelf.poll(an_entry("1")), [("unchanged", "1", "guid", "1")]


def same_guid_changed(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """The source corrects an entry."""
    shelf.poll(an_entry("1"))
    return shelf.poll(an_entry("1", title="Corrected")), [("changed", "1", "guid", "1")]


def same_guid_moved(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """The entry moves to another address: its guid says it is the same."""
    shelf.poll(an_entry("1"))
    moved = an_entry("1", link="https://paper.example/moved")
    return shelf.poll(moved), [("changed", "1", "guid", "1")]


def all_new(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """The first poll."""
    return shelf.poll(an_entry("1"), an_entry("2")), [("new", "1", "", "1"), ("new", "2", "", "2")]


A, B = "https://paper.example/a", "https://paper.example/b"


def twins_of_one_guid(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """One guid for two entries of a document: both are kept."""
    decisions = shelf.poll(an_entry("1", link=A), an_entry("1", link=B))
    return decisions, [("new", f"1#{A}", "", f"1#{A}"), ("new", f"1#{B}", "", f"1#{B}")]


def twins_turned_round(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """Two entries of one guid change places."""
    shelf.poll(an_entry("1", link=A), an_entry("1", link=B))
    return shelf.poll(an_entry("1", link=B), an_entry("1", link=A)), [
        ("unchanged", f"1#{B}", "guid", f"1#{B}"),
        ("unchanged", f"1#{A}", "guid", f"1#{A}"),
    ]


def a_twin_comes_and_goes(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """A second user of a guid appears: the first one is still known, by its page."""
    shelf.poll(an_entry("1", link=A))
    decisions = shelf.poll(an_entry("1", link=A), an_entry("1", link=B))
    assert shelf.seen(decisions) == [
        ("unchanged", "1", "url", "1"),
        ("new", f"1#{B}", "", f"1#{B}"),
    ]
    return shelf.poll(an_entry("1", link=A)), [("unchanged", "1", "guid", "1")]


def one_entry_twice(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """A document repeats an entry: it is one article."""
    return shelf.poll(an_entry("1"), an_entry("1")), [("new", "1", "", "1")]


def renumbered(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """A move to another CMS gives every entry a new guid."""
    shelf.poll(an_entry("1", title="One", link="https://paper.example/a"))
    again = an_entry("900", title="One", link="https://paper.example/a")
    return shelf.poll(again), [("unchanged", "1", "url", "1")]


def renumbered_and_folded(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """A new guid, another width in the title and tracking on the link: still the same entry."""
    shelf.poll(an_entry("1", title="AI 互联", link="https://paper.example/a"))
    again = an_entry("900", title="ＡＩ 互聯", link="http://www.paper.example/a/?utm_source=rss")
    return shelf.poll(again), [("changed", "1", "url", "1")]


def renumbered_body(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """New guids and new addresses; title and text agree."""
    shelf.poll(an_entry("1", title="One", body=LONG))
    again = an_entry("900", title="One", body=LONG)
    return shelf.poll(again), [("changed", "1", "body", "1")]


def changelog(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """All entries link to one page, now and later."""
    page = "https://paper.example/changes"
    shelf.poll(an_entry("1", link=page), an_entry("2", link=page))
    return shelf.poll(
        an_entry("2", link=page), an_entry("3", link=page), an_entry("4", link=page)
    ), [
        ("unchanged", "2", "guid", "2"),
        ("new", "3", "", "3"),
        ("new", "4", "", "4"),
    ]


def changelog_one_by_one(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """A changelog that shows one entry at a time: the titles tell them apart."""
    page = "https://paper.example/changes"
    shelf.poll(an_entry("1", link=page))
    return shelf.poll(an_entry("2", link=page)), [("new", "2", "", "2")]


def podcast(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """Each episode has the same standard description."""
    shelf.poll(an_entry("1", body=LONG), an_entry("2", body=LONG))
    return shelf.poll(an_entry("3", body=LONG)), [("new", "3", "", "3")]


def two_sources_by_url(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """Another source links to the article, with its tracking."""
    shelf.poll(an_entry("1", link="https://paper.example/a"))
    link = "http://www.paper.example/a?utm_source=other&fbclid=9#top"
    decisions = shelf.poll(an_entry("x", title="Another title", link=link), source="other")
    return decisions, [("duplicate", "x", "url", "1")]


def two_sources_by_body(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """Another source carries the whole text; markup and script differ."""
    shelf.poll(an_entry("1", body=LONG))
    copied = LONG.replace("联", "聯").replace("<p>", "<div class='x'>")
    decisions = shelf.poll(an_entry("x", body=copied), source="other")
    return decisions, [("duplicate", "x", "body", "1")]


def third_copy(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """A copy of a copy joins the cluster of the first."""
    shelf.poll(an_entry("1", link="https://paper.example/a"))
    shelf.poll(an_entry("x", link="https://paper.example/a", body=LONG), source="other")
    decisions = shelf.poll(an_entry("y", body=LONG), source="third")
    return decisions, [("duplicate", "y", "body", "1")]


def duplicate_again(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """A duplicate is known by its own guid from then on."""
    shelf.poll(an_entry("1", link="https://paper.example/a"))
    copy = an_entry("x", link="https://paper.example/a")
    shelf.poll(copy, source="other")
    return shelf.poll(copy, source="other"), [("unchanged", "x", "guid", "1")]


def one_guid_in_two_sources(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """Guids like 1 and 2 mean something within their source only."""
    shelf.poll(an_entry("1"))
    other = an_entry("1", link="https://other.example/1")
    return shelf.poll(other, source="other"), [("new", "1", "", "1")]


def short_bodies(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """ "See the original" is no text to know an article by."""
    shelf.poll(an_entry("1", body=SHORT))
    return shelf.poll(an_entry("x", body=SHORT), source="other"), [("new", "x", "", "x")]


def home_page_links(shelf: Shelf) -> tuple[list[Decision], list[Seen]]:
    """Links to the home page identify nothing."""
    shelf.poll(an_entry("1", title="Same", link="https://paper.example/"))
    again = an_entry("2", title="Same", link="https://paper.example/")
    return shelf.poll(again), [("new", "2", "", "2")]


SCENARIOS = [
    all_new, same_guid_unchanged, same_guid_changed, same_guid_moved, twins_of_one_guid,
    twins_turned_round, a_twin_comes_and_goes, one_entry_twice, renumbered, renumbered_and_folded,
    renumbered_body, changelog, changelog_one_by_one,
    podcast, two_sources_by_url, two_sources_by_body, third_copy, duplicate_again,
    one_guid_in_two_sources, short_bodies, home_page_links,
]  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: Callable[[Shelf], tuple[list[Decision], list[Seen]]]) -> None:
    shelf = Shelf()

    decisions, expected = scenario(shelf)

    assert shelf.seen(decisions) == expected


def dated(day: int | None) -> Entry:
    """Make an entry with a date or without."""
    published = datetime(2026, 3, day, tzinfo=UTC) if day else None
    return replace(an_entry("1", title=f"Of day {day}"), published=published)


@pytest.mark.parametrize(
    ("before", "after", "kept"), [(1, 2, 2), (1, None, 1), (None, 2, 2), (None, None, None)]
)
def test_a_change_keeps_the_first_sight_and_a_date_the_source_no_longer_states(
    before: int | None, after: int | None, kept: int | None
) -> None:
    shelf = Shelf()
    first = shelf.poll(dated(before))[0].candidate.article

    changed = shelf.poll(dated(after), hours=5)[0].candidate.article

    assert (changed.id, changed.first_seen, changed.published) == (
        first.id,
        SEEN_AT,
        dated(kept).published,
    )


def test_a_renumbered_entry_is_stored_under_the_id_and_guid_it_first_had() -> None:
    shelf = Shelf()
    first: Article = shelf.poll(an_entry("1", title="One", link="https://paper.example/a"))[
        0
    ].candidate.article
    again = an_entry("900", title="One", link="https://paper.example/a")

    article = shelf.poll(again, hours=5)[0].candidate.article

    assert article == first


def test_keys_that_entries_of_one_document_share_identify_nothing_later() -> None:
    shelf = Shelf()

    decisions = shelf.poll(an_entry("1", body=LONG), an_entry("2", body=LONG), an_entry("3"))

    assert [(one.keys.url is None, one.keys.body is None) for one in decisions] == [
        (False, True),
        (False, True),
        (False, True),
    ]
    assert len({one.keys.url for one in decisions}) == 3
