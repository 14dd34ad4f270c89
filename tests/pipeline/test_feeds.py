"""Making one feed while others write."""

from contextlib import closing
from pathlib import Path

from aggregator.core.output import Output, Rule
from aggregator.pipeline.feeds import FeedMaker
from aggregator.store.database import Database
from tests.store.records import NOW, a_source, an_entry, poll


def test_an_article_that_comes_while_a_feed_is_read_closes_no_page(tmp_path: Path) -> None:
    path = tmp_path / "aggregator.db"
    maker = FeedMaker(
        outputs=(Output(id="all", title="All", description="all", rule=Rule()),),
        sources={"paper": a_source()},
        public_url="https://news.example",
        feeds_dir=tmp_path / "feeds",
        versions_dir=tmp_path / "versions",
        private_dir=tmp_path / "private",
    )
    came: list[str] = []
    with closing(Database(path)) as reading, closing(Database(path)) as writing:
        writing.sync_sources([a_source()])
        poll(writing, an_entry("One"))

        def write_in_between(statement: str) -> None:
            if "page" in statement and not came:  # what the feed shows was read by then
                came.append(statement)
                poll(writing, an_entry("One"), an_entry("Two"))

        reading.connection.set_trace_callback(write_in_between)
        made = maker.make(reading, "all", NOW)
        reading.connection.set_trace_callback(None)
        after = maker.make(reading, "all", NOW)

    assert len(came) == 1
    assert (made.articles, made.ends) == (1, ())
    assert (after.articles, after.ends) == (2, ())
