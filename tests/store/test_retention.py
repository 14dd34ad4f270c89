"""Purging: what stays, what goes with an article, and what a kill leaves to be done."""

import resource
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregator.core.output import Output, Rule
from aggregator.core.retention import FOREVER, Why
from aggregator.errors import StoreError
from aggregator.pipeline.history import read_page
from aggregator.pipeline.retention import Purger
from aggregator.store import archive_queue, history, listings, purging, retention, space
from aggregator.store.archive_queue import WrittenFile
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from aggregator.syndicate.archive import Archive
from tests.store.records import NOW, a_source, an_entry, poll
from tests.store.stories import Story

DAY = timedelta(days=1)
ALL = Output(id="all", title="All", description="All", rule=Rule(), limit=1)


@dataclass
class Shelf:
    """Ten articles of one source, one a day; each is alone in a document, and has its file."""

    database: Database
    writer: Writer
    archive: Archive
    now: datetime = NOW + 10 * DAY

    def purger(self, *outputs: Output, max_size: int | None = None, **bounds: object) -> Purger:
        source = replace(a_source(), **bounds)  # type: ignore[arg-type]
        return Purger(
            sources=(source,),
            outputs=outputs or (ALL,),
            max_size=max_size,
            archive=self.archive,
            has_archive=True,
            clock=lambda: self.now,
        )

    def leaving(self, purger: Purger) -> dict[int, Why]:
        return {one.n: one.why for one in purger.plan(self.database)}

    def do(self, purger: Purger) -> None:
        for _ in purger.steps(self.writer, self.database):
            pass

    @property
    def left(self) -> list[int]:
        return [n for n, _ in self.database.articles_after(0, 100)]

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.archive.root.rglob("*.md"))


def fill(database: Database, archive: Archive) -> None:
    for number in range(10):
        at = NOW + number * DAY
        entry = an_entry(f"Article {number}", content=Story(number).text(), published=at)
        poll(database, entry, at=at)
    for one in archive_queue.due(database, range(1, 11)):
        (archive.root / f"{one.n}.md").write_text("an article")
        archive_queue.mark_written(database, [WrittenFile(one.n, f"{one.n}.md", one.changes)])


@pytest.fixture
def shelf(database: Database, path: Path, tmp_path: Path) -> Iterator[Shelf]:
    root = tmp_path / "archive"
    root.mkdir()
    archive = Archive(root, "{id}.md", ())
    fill(database, archive)
    writer = Writer(path)
    yield Shelf(database, writer, archive)
    writer.close()


def test_what_is_too_old_goes(shelf: Shelf) -> None:
    assert shelf.leaving(shelf.purger(keep=5 * DAY)) == dict.fromkeys(range(1, 6), Why.AGE)


def test_what_is_too_many_goes(shelf: Shelf) -> None:
    assert shelf.leaving(shelf.purger(keep_articles=8)) == dict.fromkeys((1, 2), Why.COUNT)


def test_what_is_too_much_goes(shelf: Shelf) -> None:
    sizes = [one.size for one in retention.of_source(shelf.database, "paper", sized=True)]

    asked = shelf.purger(keep_size=sum(sizes[:6]))

    assert shelf.leaving(asked) == dict.fromkeys(range(1, 5), Why.SIZE)


def test_the_oldest_make_room_in_the_database(shelf: Shelf) -> None:
    used, mean = space.used(shelf.database), space.mean_size(shelf.database)

    asked = shelf.purger(max_size=used - 3 * mean)

    assert shelf.leaving(asked) == dict.fromkeys((1, 2, 3), Why.CEILING)


def test_what_goes_by_a_bound_makes_room_as_well(shelf: Shelf) -> None:
    used, mean = space.used(shelf.database), space.mean_size(shelf.database)

    asked = shelf.purger(max_size=used - 3 * mean, keep_articles=8)

    assert shelf.leaving(asked) == {1: Why.COUNT, 2: Why.COUNT, 3: Why.CEILING}


def test_without_bounds_nothing_goes(shelf: Shelf) -> None:
    assert shelf.leaving(shelf.purger()) == {}


STAYING: dict[str, tuple[Output, list[int]]] = {
    "what a feed shows": (replace(ALL, limit=4), [7, 8, 9, 10]),
    "what a feed shows by age": (replace(ALL, limit=9, max_age=3 * DAY), [8, 9, 10]),
    "what an output keeps for ever": (replace(ALL, keep=FOREVER), list(range(1, 11))),
    "what an output keeps for a while": (replace(ALL, keep=6 * DAY), [5, 6, 7, 8, 9, 10]),
    "so many of an output": (replace(ALL, keep_articles=3), [8, 9, 10]),
    "an output of others": (replace(ALL, id="other", limit=9, keep=FOREVER), [10]),
}  # fmt: skip


@pytest.mark.parametrize(("output", "left"), STAYING.values(), ids=STAYING.keys())
def test_it_stays_whatever_its_source_says(shelf: Shelf, output: Output, left: list[int]) -> None:
    shelf.do(shelf.purger(output, keep=timedelta(seconds=1)))

    assert shelf.left == left


def test_as_many_as_the_last_document_had_stay(shelf: Shelf) -> None:
    shelf.database.db.execute("UPDATE source SET entries = 4")

    shelf.do(shelf.purger(keep_articles=1))

    assert shelf.left == [7, 8, 9, 10]


def test_an_article_whose_file_is_due_stays_until_that_is_written(shelf: Shelf) -> None:
    archive_queue.put(shelf.database, [2])

    shelf.do(shelf.purger(keep_articles=8))

    assert shelf.left == [2, *range(3, 11)]


def test_an_article_that_changes_between_plan_and_purge_stays(shelf: Shelf) -> None:
    purger = shelf.purger(keep_articles=8)
    plan = purger.plan(shelf.database)
    poll(shelf.database, an_entry("Article 1", content="<p>Mended.</p>"), at=shelf.now)

    list(purger.purge(shelf.writer, plan))

    assert shelf.left == [2, *range(3, 11)]


def test_files_go_with_their_articles(shelf: Shelf) -> None:
    shelf.do(shelf.purger(keep_articles=2))

    assert shelf.files == ["10.md", "9.md"]
    assert archive_queue.removals(shelf.database, "", 10) == []


def test_files_that_a_kill_left_go_at_the_next_turn(shelf: Shelf) -> None:
    purging.purge(shelf.database, [shelf.database.numbered(1).id])
    assert "1.md" in shelf.files

    shelf.do(shelf.purger())

    assert "1.md" not in shelf.files


def test_a_file_that_cannot_be_deleted_holds_up_no_other(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    (shelf.archive.root / "1.md").unlink()
    (shelf.archive.root / "1.md").mkdir()

    shelf.do(shelf.purger(keep_articles=2))

    assert shelf.files == ["1.md", "10.md", "9.md"]
    assert "1.md cannot be deleted" in caplog.text
    assert archive_queue.removals(shelf.database, "", 10) == ["1.md"]


def test_nothing_of_a_purged_article_is_left_in_any_table(shelf: Shelf) -> None:
    shelf.database.db.execute(
        "INSERT INTO full_text (article, rounds, tries, text_hash, error) VALUES (1, 1, 0, x'', '')"
    )

    shelf.do(shelf.purger(keep_articles=2))

    tables = [
        table.name
        for table in shelf.database.db.utils.tables
        if "article" in {column.name for column in table.columns}
    ]
    left = {
        name: [n for (n,) in shelf.database.db.execute(f"SELECT article FROM {name}") if n < 9]
        for name in tables
    }
    assert {name: numbers for name, numbers in left.items() if numbers} == {}


def test_the_number_of_a_purged_article_is_not_given_again(shelf: Shelf) -> None:
    purging.purge(shelf.database, [shelf.database.numbered(10).id])

    poll(shelf.database, an_entry("Another"), at=shelf.now)

    assert shelf.left[-1] == 11


def test_pages_of_history_keep_their_numbers(shelf: Shelf) -> None:
    history.add(shelf.database, "all", [4, 8])

    shelf.do(shelf.purger(keep_articles=5))

    found = [read_page(shelf.database, ALL, number, ()) for number in (1, 2, 3)]
    assert [[one.title for one in page.articles] for page in found if page] == [
        [],
        ["Article 7", "Article 6", "Article 5"],
        ["Article 9", "Article 8"],
    ]


def test_an_article_is_compared_with_none_that_was_purged(shelf: Shelf) -> None:
    another_week = "UPDATE article SET published = 0, first_seen = 0 WHERE n = 3"
    shelf.database.db.execute(another_week)
    purging.purge(shelf.database, [shelf.database.numbered(3).id])

    poll(shelf.database, an_entry("New", content=Story(2).text()), source="other", at=shelf.now)

    assert shelf.database.numbered(11).title == "New"


def test_former_versions_beyond_their_bound_go(shelf: Shelf) -> None:
    for hour in range(5):
        entry = an_entry("Article 9", content=f"<p>Mended {hour}. {Story(9).text()}</p>")
        poll(shelf.database, entry, at=shelf.now + timedelta(hours=hour))
    article = shelf.database.numbered(10).id
    before = shelf.database.revisions(article)

    shelf.do(shelf.purger(keep_revisions=2))

    assert len(before) == 5
    assert shelf.database.revisions(article) == before[-2:]


def test_what_is_free_is_given_back(shelf: Shelf, path: Path) -> None:
    shelf.database.db.execute("UPDATE article SET body = ? WHERE n < 9", ["x" * 100_000])
    before = space.size(shelf.database)

    shelf.do(shelf.purger(keep_articles=2))

    assert space.size(shelf.database) < before - 700_000
    assert path.with_name(f"{path.name}-wal").stat().st_size == 0
    assert path.stat().st_size == space.size(shelf.database)


def test_a_log_that_cannot_be_moved_into_the_database_is_told_and_kept(
    shelf: Shelf, path: Path
) -> None:
    shelf.database.db.execute("UPDATE article SET body = ? WHERE n < 9", ["x" * 100_000])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, hard))
    try:
        with pytest.raises(StoreError) as told:
            space.empty_wal(shelf.database)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert told.value.what == "the database cannot be written: disk I/O error"
    assert shelf.database.numbered(3).body == "x" * 100_000
    space.empty_wal(shelf.database)
    assert path.with_name(f"{path.name}-wal").stat().st_size == 0


def test_a_file_of_an_older_version_gives_back_once_it_is_compacted(shelf: Shelf) -> None:
    shelf.database.db.execute("PRAGMA auto_vacuum = NONE")
    shelf.database.db.execute("VACUUM")
    shelf.database.db.execute("UPDATE article SET body = ? WHERE n < 9", ["x" * 100_000])
    shelf.do(shelf.purger(keep_articles=2))
    assert not space.gives_back(shelf.database)
    assert space.size(shelf.database) - space.used(shelf.database) > 700_000

    space.compact(shelf.database)

    assert space.gives_back(shelf.database)
    assert space.size(shelf.database) == space.used(shelf.database)
    assert shelf.left == [9, 10]


def test_a_copy_that_stays_does_not_come_to_light(shelf: Shelf) -> None:
    copy = an_entry("Copy", content=Story(2).text(), published=shelf.now)
    poll(shelf.database, copy, source="other", at=shelf.now)
    before = [one.title for one in listings.listed(shelf.database, "all", 100)]

    shelf.do(shelf.purger(keep_articles=2))

    after = [one.title for one in listings.listed(shelf.database, "all", 100)]
    assert shelf.left == [3, 9, 10, 11]
    assert "Copy" not in before
    assert after == [title for title in before if title in ("Article 2", "Article 8", "Article 9")]


def test_every_table_with_rows_of_articles_is_one_that_purging_knows(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "aggregator.db")) as database:
        tables = [table for table in database.db.utils.table_names() if "search_index" not in table]
        of_articles = {
            table
            for table in tables
            if "article" in {column.name for column in database.table(table).columns}
        }

    assert of_articles == {*purging.DERIVED, "anchor", "recent_anchor", "revision"}
