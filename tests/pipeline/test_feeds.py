"""Making one feed while others write, and beside one that cannot be made."""

from contextlib import closing
from pathlib import Path

import pytest

from aggregator.core.output import Output, Rule
from aggregator.ingest.workers import Workers
from aggregator.pipeline.feeds import FeedMaker
from aggregator.pipeline.publish import Publisher, publish_due
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from tests.store.records import NOW, a_source, an_entry, poll


def maker_of(folder: Path, *outputs: Output) -> FeedMaker:
    return FeedMaker(
        outputs=outputs,
        sources={"paper": a_source()},
        public_url="https://news.example",
        feeds_dir=folder / "feeds",
        versions_dir=folder / "versions",
        private_dir=folder / "private",
    )


def an_output(name: str, title: str) -> Output:
    return Output(id=name, title=title, description=title, rule=Rule())


def test_an_article_that_comes_while_a_feed_is_read_closes_no_page(tmp_path: Path) -> None:
    path = tmp_path / "aggregator.db"
    maker = maker_of(tmp_path, an_output("all", "All"))
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


def test_a_feed_that_cannot_be_made_is_told_and_costs_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # feeds.toml cannot say so: RSS wants a title.
    maker = maker_of(tmp_path, an_output("bad", ""), an_output("good", "Good"))
    workers, writer = Workers(2), Writer(tmp_path / "aggregator.db")
    try:
        with closing(Database(tmp_path / "aggregator.db")) as database:
            publisher = Publisher(maker=maker, workers=workers)
            published = publish_due(publisher, writer, database, NOW, ("bad", "good"))
    finally:
        writer.close()
        workers.close()

    assert published.failed == ("bad",)
    assert {path.name.partition(".")[0] for path in published.files} == {"good", "outputs"}
    (fault,) = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert "during=publish output=bad" in fault
