"""One article, once: what sources do to their entries, and what readers must not notice of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregator.core.article import Article
from aggregator.core.entry import Entry
from aggregator.store import listings, near, publish_queue, purging, ties
from aggregator.store.database import Database
from tests.store.records import NOW, poll
from tests.store.stories import Story

HOUR = timedelta(hours=1)
TEXT = Story(1).text()


@dataclass
class Reader:
    """Subscribes to an output and remembers every id it was shown as news."""

    database: Database
    now: datetime = NOW
    announced: list[str] = field(default_factory=list)

    def poll(self, *entries: Entry, source: str = "paper") -> list[Article]:
        """Have a source polled an hour later, then look at the feed."""
        self.now += HOUR
        poll(self.database, *entries, source=source, at=self.now)
        return self.look()

    def look(self, prefer: tuple[str, ...] = ()) -> list[Article]:
        """Read the feed, the newest first."""
        shown = listings.listed(self.database, "all", 100, prefer=prefer)
        self.announced += [one.id for one in reversed(shown) if one.id not in self.announced]
        return shown


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Subscribe to a new aggregator."""
    database = Database(tmp_path / "once.db")
    yield Reader(database)
    database.close()


def an_entry(guid: str = "1", **fields: object) -> Entry:
    stated: dict[str, object] = {"link": f"https://paper.example/{guid}", "title": Story(1).title}
    return Story(1).entry(guid, **(stated | fields))


def guids_are_renumbered(reader: Reader) -> None:
    """A move to another CMS."""
    reader.poll(an_entry("1"))
    reader.poll(an_entry("900", link="https://paper.example/1"))


def guids_are_new_at_each_poll(reader: Reader) -> None:
    """A source makes them of the time of day, and mends a title the fourth time."""
    for n in range(5):
        reader.poll(an_entry(f"{n}", link="https://paper.example/1", content="详见原文"))
    mended = "另一个标题，与先前的毫无相似之处"
    reader.poll(an_entry("9", link="https://paper.example/1", content="详见原文", title=mended))


def http_becomes_https(reader: Reader) -> None:
    """Links and guids are URLs, and all of them change."""
    reader.poll(an_entry("http://paper.example/1", link="http://paper.example/1"))
    reader.poll(an_entry("https://paper.example/1", link="https://paper.example/1"))


def the_host_moves(reader: Reader) -> None:
    """The same, to another host; the text is long."""
    reader.poll(an_entry("https://paper.example/1", link="https://paper.example/1"))
    reader.poll(an_entry("https://neue.example/1", link="https://neue.example/1"))


def the_host_moves_with_a_headline_feed(reader: Reader) -> None:
    """The same, and all there is to go by are title and date."""
    reader.poll(an_entry("https://paper.example/1", content=""))
    reader.poll(an_entry("https://neue.example/1", link="https://neue.example/1", content=""))


def an_archive_is_published_again(reader: Reader) -> None:
    """With new guids and today's dates."""
    old = NOW - timedelta(days=900)
    reader.poll(an_entry("1", published=old))
    reader.poll(an_entry("new-1", link="https://paper.example/1", published=NOW))


def another_source_has_it_too(reader: Reader) -> None:
    """Word for word, a day later."""
    reader.poll(an_entry("1"))
    reader.poll(an_entry("x", link="https://other.example/x"), source="other")


def another_source_has_a_better_copy(reader: Reader) -> None:
    """The first had the beginning only."""
    reader.poll(an_entry("1", content=f"{Story(1).text(last=40)}…"))
    reader.poll(an_entry("x", link="https://other.example/x"), source="other")


def a_copy_comes_back_after_a_purge(reader: Reader) -> None:
    """Under its guid, and under another."""
    reader.poll(an_entry("1"))
    purging.purge(reader.database, reader.announced)
    reader.poll(an_entry("1"))
    reader.poll(an_entry("1", title="同一篇文章的另一个标题"))
    reader.poll(an_entry("2", link="https://paper.example/1"))


def two_clusters_turn_out_to_be_one(reader: Reader) -> None:
    """Both halves of a story were announced; nothing is announced when the whole joins them."""
    reader.poll(an_entry("1", content=Story(1).text(last=85), title="甲乙丙丁戊己庚辛"))
    reader.poll(
        an_entry("x", content=Story(1).text(first=75), link="", title="子丑寅卯辰巳午未"),
        source="other",
    )
    before = len(reader.announced)
    reader.poll(an_entry("y", link=""), source="third")
    reader.announced = reader.announced[before - 1 :]


ONCE = [
    guids_are_renumbered, guids_are_new_at_each_poll, http_becomes_https, the_host_moves,
    the_host_moves_with_a_headline_feed, an_archive_is_published_again, another_source_has_it_too,
    another_source_has_a_better_copy, a_copy_comes_back_after_a_purge,
    two_clusters_turn_out_to_be_one,
]  # fmt: skip


@pytest.mark.parametrize("scenario", ONCE, ids=lambda one: one.__name__)
def test_it_is_announced_once_when(scenario: Callable[[Reader], None], reader: Reader) -> None:
    scenario(reader)

    assert len(reader.announced) == 1


def test_a_better_copy_is_shown_under_the_id_and_date_that_were_announced(reader: Reader) -> None:
    (first,) = reader.poll(an_entry("1", content=f"{Story(1).text(last=40)}…"))

    (shown,) = reader.poll(an_entry("x", link="https://other.example/x"), source="other")

    assert (shown.id, shown.date, shown.body) == (first.id, first.date, TEXT)
    assert shown.updated == NOW + 2 * HOUR
    assert [(one.source, one.link) for one in shown.also] == [("paper", "https://paper.example/1")]


def test_a_preferred_source_is_shown_though_another_copy_is_fuller(reader: Reader) -> None:
    reader.poll(an_entry("1"))
    reader.poll(an_entry("x", content=f"{Story(1).text(last=80)}…"), source="other")

    (shown,) = reader.look(prefer=("other",))

    assert (shown.source, shown.id) == ("other", reader.announced[0])


COSMETIC = {
    "a counter of views": ("{}<p>阅读 1,024</p>", "{}<p>阅读 2,048</p>"),
    "white space and markup": ("<p>{}</p>", '<div class="x">\n {} </div>'),
    "an advertisement": ('{}<div class="ad">一</div>', '{}<div class="ad">二</div>'),
    "tracking in a link": (
        '{}<a href="https://a.example/?utm_source=1">接着读</a>',
        '{}<a href="https://a.example/?utm_source=2">接着读</a>',
    ),
}


@pytest.mark.parametrize(("before", "after"), COSMETIC.values(), ids=COSMETIC.keys())
def test_a_change_that_says_nothing_moves_nothing(reader: Reader, before: str, after: str) -> None:
    (first,) = reader.poll(an_entry("1", content=before.format(TEXT)))
    pending = publish_queue.due(reader.database)

    (shown,) = reader.poll(
        an_entry("1", content=after.format(TEXT), updated=NOW + timedelta(minutes=5))
    )

    assert shown.updated == first.updated
    assert publish_queue.due(reader.database) == pending
    assert reader.database.revisions(first.id) == []


def test_a_real_change_moves_updated_though_the_source_does_not_say_so(reader: Reader) -> None:
    (first,) = reader.poll(an_entry("1"))

    (shown,) = reader.poll(an_entry("1", content=f"更正：{TEXT}"))

    assert (shown.id, shown.date, shown.updated) == (first.id, first.date, NOW + 2 * HOUR)


def ids(reader: Reader) -> list[str]:
    return [one.id for one in reader.look()]


def test_a_split_outlasts_polls_and_indexing(reader: Reader) -> None:
    reader.poll(an_entry("1"))
    reader.poll(an_entry("x", link="https://other.example/x"), source="other")
    n = reader.database.articles_after(1, 1)[0][0]
    with reader.database.transaction():
        ties.split(reader.database, n)
    parted = ids(reader)

    reader.poll(an_entry("x", content=f"{TEXT}完", link="https://other.example/x"), source="other")
    reader.poll(an_entry("y", link="https://third.example/y"), source="third")
    near.catch_up(reader.database, 10)

    assert (len(parted), ids(reader)) == (2, parted)


def test_a_merge_outlasts_polls_and_indexing(reader: Reader) -> None:
    reader.poll(an_entry("1"))
    other = Story(2).entry("x", link="https://other.example/x")
    reader.poll(other, source="other")
    with reader.database.transaction():
        ties.merge(reader.database, 1, 2)

    reader.poll(replace(other, content="全新的内容"), source="other")
    near.catch_up(reader.database, 10)

    assert len(ids(reader)) == 1


def test_what_a_split_article_held_together_stays_together(reader: Reader) -> None:
    for source in ("paper", "other", "third"):
        reader.poll(an_entry("1", link="https://paper.example/1"), source=source)
    with reader.database.transaction():
        ties.split(reader.database, 1)

    clusters = reader.database.db.execute("SELECT count(DISTINCT cluster) FROM article")

    assert clusters.fetchone()[0] == 2


def test_a_survivor_takes_the_place_of_a_purged_first(reader: Reader) -> None:
    reader.poll(an_entry("1"))
    reader.poll(an_entry("x", link="https://paper.example/1"), source="other")
    reader.poll(an_entry("y", link="https://third.example/y"), source="third")

    purging.purge(reader.database, reader.announced)

    (shown,) = reader.look()
    assert shown.source == "other"
    assert [one.reason for one in reader.database.members(shown.id)] == ["", "body"]
    for table in ("anchor", "recent_anchor"):
        assert list(reader.database.db.execute(f"SELECT * FROM {table} WHERE article = 1")) == []
