"""The workbench: trying changes nothing, writing changes one table, strangers do neither."""

from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from aggregator.config.load import load
from aggregator.ingest.workers import Workers
from aggregator.pipeline.preview import PRELOAD
from aggregator.web.desk import MOST, Desk
from tests.running import Answer
from tests.store.records import an_entry
from tests.web.library import Library

FEEDS = """# All of it is mine.
[sources.paper]
url = "https://paper.example/feed"

[outputs.news]   # the news
title = "News"
any = ["open"]   # and more

[outputs.inner]
private = true
any = ["confidential"]
"""
RULE = '[outputs.news]\ntitle = "News"\nany = ["open", "quiet"]\nnone = ["closed"]\n'


class Bench:
    """A site with a workbench, and its feeds.toml."""

    def __init__(
        self, folder: Path, workers: Workers, *, may_write: bool, most: int = MOST
    ) -> None:
        self.file = folder / "feeds.toml"
        self.file.write_text(FEEDS, "utf-8")
        config = load(self.file)
        self.library = Library(
            folder,
            config.outputs,
            config.sources,
            desk=Desk(path=self.file, workers=workers, may_write=may_write, most=most),
        )
        self.library.add(
            an_entry("Open networks"), an_entry("Open and closed"), an_entry("Quiet day")
        )
        self.library.server.start()

    def send(self, block: str, do: str = "try", origin: str | None = "") -> Answer:
        """Send the form as a browser does."""
        connection = HTTPConnection("127.0.0.1", self.library.port, timeout=30)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if origin is not None:
            headers["Origin"] = origin or self.library.url
        body = urlencode({"block": block.replace("\n", "\r\n"), "do": do})
        connection.request("POST", "/workbench", body, headers)
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(status=response.status, headers=named, body=response.read())
        connection.close()
        return answer


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    workers = Workers(1, preload=PRELOAD)
    yield workers
    workers.close()


@pytest.fixture
def bench(tmp_path: Path, workers: Workers) -> Iterator[Bench]:
    """Give a workbench that may write."""
    bench = Bench(tmp_path, workers, may_write=True)
    yield bench
    bench.library.server.stop()


def test_where_there_are_many_articles_some_are_tried_and_that_is_said(
    tmp_path: Path, workers: Workers
) -> None:
    bench = Bench(tmp_path, workers, may_write=False, most=2)
    tried = bench.send(RULE).body.decode()
    bench.library.server.stop()

    assert "<h2>1 of 2 articles</h2>" in tried
    assert "More than 2 articles came in the last 30 days; those that came last" in tried


def test_the_table_of_an_output_is_taken_from_the_file(bench: Bench) -> None:
    page = bench.library.page("/workbench?output=news")

    assert (
        "[outputs.news]   # the news\ntitle = &#34;News&#34;\nany = [&#34;open&#34;]   # and more"
        in page
    )
    assert "Write it" not in page  # before it is tried


def test_another_rule_is_tried_and_nothing_is_changed(bench: Bench) -> None:
    answer = bench.send(RULE)
    page = answer.body.decode()

    assert answer.status == 200
    assert "2 of 3 articles" in page
    assert "1 more and 1 fewer than its feed has" in page
    assert "Quiet day" in page
    assert "Open and closed" in page
    assert "Write it into feeds.toml" in page
    assert bench.file.read_text() == FEEDS


def test_what_was_tried_is_written_and_the_rest_stays(bench: Bench) -> None:
    answer = bench.send(RULE, do="write")

    assert (answer.status, answer.headers["location"]) == (303, "/workbench?output=news&written=1")
    before, after = FEEDS.split("[outputs.news]")[0], FEEDS[FEEDS.index("\n[outputs.inner]") :]
    assert bench.file.read_text() == before + RULE + after
    assert "Written into" in bench.library.page("/workbench?output=news&written=1")


def test_an_output_that_was_just_written_is_shown_before_it_is_taken_up(bench: Bench) -> None:
    bench.send('[outputs.fresh]\nany = ["fresh news"]\n', do="write")
    bench.file.write_text(f"{bench.file.read_text()}[outputs.hidden]\nprivate = true\n")

    assert "fresh news" in bench.library.page("/workbench?output=fresh&written=1")
    assert "private = true" not in bench.library.page("/workbench?output=hidden")


@pytest.mark.parametrize("do", ["try", "write"])
@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("", "it has to be one table of an output"),
        ("[outputs.news", "it is not TOML"),
        ('[outputs.news]\nany = ["open"]\nnone_of = ["x"]', "line 3: outputs.news.none_of: is not"),
        ('[outputs.news]\nany = ["re:("]', "line 2: outputs.news.any: the term"),
        ("[service]\ndata_dir = '/etc'", "it has to be one table of an output"),
        ("[outputs.inner]\nany = ['x']", "inner is private"),
    ],
)
def test_mistakes_are_told_with_their_line_and_nothing_is_written(
    bench: Bench, block: str, told: str, do: str
) -> None:
    answer = bench.send(block, do)

    assert answer.status == 422
    assert told in answer.body.decode().replace("&#39;", "'")
    assert bench.file.read_text() == FEEDS


@pytest.mark.parametrize("do", ["try", "write"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_forms_of_other_sites_are_refused(bench: Bench, do: str, origin: str | None) -> None:
    assert bench.send(RULE, do, origin).status == 403
    assert bench.file.read_text() == FEEDS


def test_a_private_output_is_not_shown(bench: Bench) -> None:
    assert "confidential" not in bench.library.page("/workbench?output=inner")
    assert "confidential" not in bench.library.page("/workbench")


def test_nothing_is_written_where_that_is_not_allowed(tmp_path: Path, workers: Workers) -> None:
    bench = Bench(tmp_path, workers, may_write=False)
    tried, written = bench.send(RULE), bench.send(RULE, do="write")
    bench.library.server.stop()

    assert b"Write it" not in tried.body
    assert written.status == 403
    assert bench.file.read_text() == FEEDS


def test_a_form_that_is_too_long_is_refused(bench: Bench) -> None:
    assert bench.send("x" * 70_000).status == 413


def test_a_file_that_was_spoiled_meanwhile_is_told(bench: Bench) -> None:
    bench.file.write_text("[outputs.news", "utf-8")

    answer = bench.send(RULE, do="write")

    assert answer.status == 422
    assert bench.file.read_text() == "[outputs.news"
