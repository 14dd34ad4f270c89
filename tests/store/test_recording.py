"""What a poll leaves in the database."""

from datetime import timedelta

import pytest

from aggregator.core.dedup import deduplicate
from aggregator.core.entry import Enclosure, Origin, join_slices
from aggregator.core.polling import next_poll_at
from aggregator.core.source import Source, SourceState, Validators
from aggregator.store import archive_queue, listings, search
from aggregator.store.database import Database, Member, Revision
from aggregator.store.known import known
from aggregator.store.outcomes import Recorded
from tests.store.records import (
    KNOWN,
    LONG,
    NOW,
    a_source,
    an_entry,
    an_outcome,
    candidates,
    failure,
    poll,
    settled,
)

LATER = NOW + timedelta(hours=1)
ALL = frozenset(("all",))


def titles(database: Database, output: str = "all") -> list[str]:
    return [article.title for article in listings.listed(database, output, 100)]


def pending_files(database: Database) -> list[str]:
    return [one.article.title for one in archive_queue.due(database, range(100))]


def test_a_new_article_is_stored_as_it_is(database: Database) -> None:
    entry = an_entry(
        "One",
        summary="In short.",
        authors=("Ann", "Bo"),
        tags=("a", "b"),
        language="fr",
        origin=Origin(title="O", url="https://o.example/feed", link="https://o.example/"),
        season=2,
        episode=7,
        enclosures=(
            Enclosure(
                url="https://x.example/7.mp3", type="audio/mpeg", length=2**40, duration=3723
            ),
        ),
    )
    (one,) = candidates(entry)

    recorded = poll(database, entry)

    assert recorded == Recorded(new=1, outputs=ALL)
    assert database.article(one.article.id) == one.article


def test_a_new_article_is_due_for_its_file_and_for_search(database: Database) -> None:
    poll(database, an_entry("One"), an_entry("Two"))

    assert pending_files(database) == ["Two", "One"]
    assert search.backlog(database) == 2


def test_the_same_again_changes_nothing(database: Database) -> None:
    poll(database, an_entry("One"))

    recorded = poll(database, an_entry("One"), at=LATER)

    assert recorded == Recorded()
    assert database.count_articles() == 1


def test_a_changed_article_keeps_its_place_and_what_it_said_before(database: Database) -> None:
    (one,) = candidates(an_entry("One"))
    poll(database, an_entry("One"))

    recorded = poll(
        database, an_entry("One", title="One, mended", content="<p>Mended.</p>"), at=LATER
    )

    stored = database.article(one.article.id)
    assert recorded == Recorded(changed=1, outputs=ALL)
    assert stored is not None
    assert (stored.title, stored.first_seen) == ("One, mended", NOW)
    assert database.revisions(one.article.id) == [
        Revision(replaced_at=LATER, title="One", body="<p>One.</p>")
    ]


def test_each_change_is_a_revision_oldest_first(database: Database) -> None:
    (one,) = candidates(an_entry("One"))
    for hour in range(4):
        poll(database, an_entry("One", content=f"<p>{hour}</p>"), at=NOW + timedelta(hours=hour))

    assert [one.body for one in database.revisions(one.article.id)] == [
        "<p>0</p>",
        "<p>1</p>",
        "<p>2</p>",
    ]


def test_a_change_may_move_an_article_from_one_output_to_another(database: Database) -> None:
    poll(database, an_entry("One"), kept_by=["before", "both"])

    recorded = poll(
        database, an_entry("One", content="<p>x</p>"), at=LATER, kept_by=["both", "after"]
    )

    assert recorded.outputs == {"before", "both", "after"}
    assert {name: titles(database, name) for name in ("before", "both", "after")} == {
        "before": [],
        "both": ["One"],
        "after": ["One"],
    }


def test_a_changed_article_is_due_for_its_file_and_for_search_again(database: Database) -> None:
    poll(database, an_entry("One"))
    (due,) = archive_queue.due(database, range(10))
    written = archive_queue.WrittenFile(due.n, "one.md", due.changes)
    archive_queue.mark_written(database, [written])
    search.index(database, 10)
    poll(database, an_entry("One", content="<p>x</p>"), at=LATER)

    (again,) = archive_queue.due(database, range(10))

    assert (again.path, again.article.body) == ("one.md", "<p>x</p>")
    assert search.backlog(database) == 1


def test_an_article_that_changed_while_its_file_was_written_stays_due(database: Database) -> None:
    poll(database, an_entry("One"))
    (due,) = archive_queue.due(database, range(10))
    poll(database, an_entry("One", content="<p>x</p>"), at=LATER)

    written = archive_queue.WrittenFile(due.n, "one.md", due.changes)
    archive_queue.mark_written(database, [written])

    assert [one.path for one in archive_queue.due(database, range(10))] == ["one.md"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (an_entry("Reprint", link="http://www.publisher.example/one/?utm_source=x"), "url"),
        (an_entry("Reprint", content=LONG), "body"),
    ],
    ids=["the same page", "the same words"],
)
def test_a_duplicate_of_another_source_joins_its_cluster(
    database: Database, entry: object, reason: str
) -> None:
    poll(database, an_entry("One", content=LONG))
    first, second = (
        candidates(an_entry("One", content=LONG))[0].article.id,
        candidates(entry, source="other")[0].article.id,  # type: ignore[arg-type]
    )

    recorded = poll(database, entry, source="other", at=LATER)  # type: ignore[arg-type]

    assert recorded == Recorded(duplicates=1, outputs=ALL)
    assert [(one.id, one.reason) for one in database.members(first)] == [
        (first, ""),
        (second, reason),
    ]
    assert database.members(second) == database.members(first)
    assert all(isinstance(one, Member) for one in database.members(first))


def test_the_one_entry_of_a_source_may_be_a_duplicate(database: Database) -> None:
    link = "https://shared.example/story"
    poll(database, an_entry("One", link=link, content=LONG))
    poll(database, an_entry("Two", link=link, content=LONG), source="other")

    third = poll(database, an_entry("Three", link="", content=LONG), source="third")

    assert third == Recorded(duplicates=1, outputs=ALL)


def test_a_duplicate_is_shown_only_where_no_earlier_member_is(database: Database) -> None:
    link = "https://shared.example/story"
    poll(database, an_entry("First", link=link), kept_by=["a"])
    poll(database, an_entry("Second", link=link), source="b", kept_by=["a", "b"])
    poll(database, an_entry("Third", link=link), source="c", kept_by=["a", "b", "c"])

    assert {name: titles(database, name) for name in "abc"} == {
        "a": ["First"],
        "b": ["Second"],
        "c": ["Third"],
    }
    assert {name: count for name, (count, _) in listings.counts(database).items()} == {
        "a": 1,
        "b": 1,
        "c": 1,
    }


def test_a_duplicate_gets_no_file_of_its_own(database: Database) -> None:
    link = "https://shared.example/story"
    poll(database, an_entry("First", link=link))
    poll(database, an_entry("Second", link=link), source="b")

    assert pending_files(database) == ["First"]


def test_articles_are_listed_newest_first_and_in_document_order_within_a_date(
    database: Database,
) -> None:
    old, new = NOW - timedelta(days=2), NOW - timedelta(days=1)
    poll(
        database,
        an_entry("Old A", published=old),
        an_entry("New A", published=new),
        an_entry("New B", published=new),
        an_entry("Old B", published=old),
        an_entry("New C", published=new),
    )
    poll(database, an_entry("New D", published=new), source="other", at=LATER)

    assert titles(database) == ["New D", "New A", "New B", "New C", "Old A", "Old B"]


def test_entries_without_a_date_are_listed_by_their_first_sight(database: Database) -> None:
    poll(database, an_entry("First", published=None))
    poll(database, an_entry("Second", published=None), an_entry("First", published=None), at=LATER)

    assert titles(database) == ["Second", "First"]


def test_a_listing_may_be_bounded_by_number_and_date(database: Database) -> None:
    for hour in range(5):
        poll(database, an_entry(f"Story {hour}", published=NOW - timedelta(hours=hour)))

    assert [one.title for one in listings.listed(database, "all", 2)] == ["Story 0", "Story 1"]
    assert [one.title for one in listings.listed(database, "all", 9, NOW - timedelta(hours=1))] == [
        "Story 0",
        "Story 1",
    ]


def test_an_entry_whose_guid_the_source_changed_is_not_new(database: Database) -> None:
    poll(database, an_entry("One", guid="tag:1"))

    recorded = poll(database, an_entry("One", guid="tag:2"), at=LATER)

    assert recorded == Recorded()
    assert [one.guid for _, one in database.articles_after(0, 10)] == ["tag:1"]


def test_a_success_leaves_all_of_the_sources_state(database: Database) -> None:
    poll(database, an_entry("One"))
    due = next_poll_at(an_outcome(), SourceState(id="paper", url=""))

    assert database.states() == {
        "paper": SourceState(
            id="paper",
            url="https://paper.example/feed",
            validators=Validators(etag='"1"', last_modified="yesterday", body_hash=b"hash"),
            known=join_slices(KNOWN),
            title="A feed",
            next_poll_at=LATER.replace(second=due.second, minute=due.minute),
            last_poll_at=NOW,
            last_ok_at=NOW,
            failures=0,
            status="ok",
            health="ok",
            health_since=NOW,
            entries=1,
            newest_at=NOW - timedelta(hours=1),
        )
    }


def test_a_failure_leaves_validators_and_slices_as_they_were(database: Database) -> None:
    poll(database, an_entry("One"))
    before = database.states()["paper"]
    for hour in (1, 2):
        settled(database, failure(NOW + timedelta(hours=hour)))

    state = database.states()["paper"]

    assert (state.validators, state.known, state.title) == (
        before.validators,
        before.known,
        before.title,
    )
    assert (state.status, state.error, state.hint, state.failures) == (
        "timeout",
        "it did not answer",
        "wait",
        2,
    )
    assert (state.last_ok_at, state.last_poll_at) == (NOW, NOW + timedelta(hours=2))


def test_a_success_forgets_the_failures_before(database: Database) -> None:
    database.sync_sources([a_source()])
    settled(database, failure())
    poll(database, an_entry("One"), at=LATER)

    state = database.states()["paper"]

    assert (state.failures, state.status, state.error, state.hint) == (0, "ok", "", "")


def test_a_poll_is_stored_as_a_whole_or_not_at_all(database: Database) -> None:
    database.sync_sources([a_source()])
    before = database.states()
    batch = candidates(an_entry("One"))
    (decision,) = deduplicate(batch, known(database, batch))

    # The same article twice: the second insert breaks the rule that ids are unique.
    with pytest.raises(Exception, match="UNIQUE"), database.transaction():
        settled(database, an_outcome(), [decision, decision])

    assert (database.states(), database.count_articles()) == (before, 0)


def test_only_sources_whose_time_has_come_are_due(database: Database) -> None:
    sources = [a_source(name) for name in ("never-polled", "early", "late", "gone")]
    database.sync_sources(sources)
    settled(database, an_outcome("early"))
    settled(database, an_outcome("late", NOW + timedelta(minutes=10)))

    due = database.due_states(NOW + timedelta(minutes=67))

    assert set(due) == {"never-polled", "early", "gone"}


def test_a_source_with_a_new_url_starts_afresh_and_keeps_its_articles(database: Database) -> None:
    poll(database, an_entry("One"))
    moved = Source(id="paper", url="https://new.example/feed", name="paper")

    database.sync_sources([moved])

    assert database.states() == {
        "paper": SourceState(
            id="paper",
            url="https://new.example/feed",
            title="A feed",
            last_poll_at=NOW,
            last_ok_at=NOW,
            health="ok",
            health_since=NOW,
            newest_at=NOW - timedelta(hours=1),
        )
    }
    assert database.article_counts() == {"paper": (1, NOW)}


def test_a_source_that_left_and_came_back_has_its_state(database: Database) -> None:
    poll(database, an_entry("One"))
    before = database.states()["paper"]

    database.sync_sources([a_source("other")])
    database.sync_sources([a_source()])

    assert database.states()["paper"] == before


def test_an_article_is_found_by_the_beginning_of_its_id_and_by_its_link(
    database: Database,
) -> None:
    poll(database, an_entry("One"), an_entry("Two"))
    one = candidates(an_entry("One"))[0].article

    assert database.find_ids(one.id[:6]) == [one.id]
    assert database.ids_of_link(one.link) == [one.id]
    assert (database.find_ids("%"), database.ids_of_link("x"), database.article("x")) == (
        [],
        [],
        None,
    )


def test_outputs_that_left_are_forgotten(database: Database) -> None:
    poll(database, an_entry("One"), kept_by=["a", "b"])

    listings.drop_except(database, ["b"])

    assert {name: titles(database, name) for name in "ab"} == {"a": [], "b": ["One"]}


def test_all_listings_are_forgotten_where_no_output_is_left(database: Database) -> None:
    poll(database, an_entry("One"), kept_by=["a", "b"])

    listings.drop_except(database, [])

    assert listings.counts(database) == {}
