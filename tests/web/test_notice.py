"""What all pages say of a feeds.toml that cannot be used, or not yet, and to whom."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.core.in_force import InForce
from aggregator.core.source import Source
from aggregator.web.metrics import Metrics
from aggregator.web.monitoring import Watch
from aggregator.web.recent import Recent
from tests.core.records import an_output
from tests.store.records import NOW
from tests.web.library import Library

GOOD = InForce(since=NOW)
BAD = replace(
    GOOD, problems=("line 3: outputs.<b>: is not known", *(f"line {n}" for n in range(9)))
)
LATER = replace(GOOD, later=("service.listen", "service.data_dir"))
PAGES = ("/", "/outputs/all", "/sources", "/sources/paper", "/search?q=x", "/status")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    watch = Watch(Metrics(), Recent(str))
    source = Source(id="paper", url="https://paper.example/feed", name="The Paper")
    library = Library(tmp_path, [an_output("all")], [source], watch=watch)
    library.server.start()
    yield library
    library.server.stop()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_what_is_wrong_with_the_file(library: Library, path: str) -> None:
    library.watch.tell(BAD)
    page = library.page(path)

    assert "feeds.toml cannot be used as it is now; the one before holds:" in page
    assert "<li>line 3: outputs.&lt;b&gt;: is not known</li>" in page
    assert "5 more are named by <code>aggregator check</code>" in page


def test_what_to_do_about_it_is_said_with_what_is_wrong(library: Library) -> None:
    library.watch.tell(replace(GOOD, problems=("line 3",), hint="put back what it said"))

    assert "<li>line 3</li></ul>\n<p>put back what it said</p>" in library.page("/")


def test_every_page_says_what_waits_for_the_next_start(library: Library) -> None:
    library.watch.tell(LATER)

    assert "Takes effect at the next start: service.listen, service.data_dir" in library.page("/")


@pytest.mark.parametrize("told", [GOOD, None], ids=["a good one", "none yet"])
def test_nothing_is_said_of_a_file_that_holds(library: Library, told: InForce | None) -> None:
    library.watch.in_force = told
    page = library.page("/")

    assert "cannot be used" not in page
    assert "next start" not in page


@pytest.mark.parametrize("told", [BAD, LATER], ids=["a bad one", "one that waits"])
def test_strangers_are_told_nothing(library: Library, told: InForce) -> None:
    library.watch.tell(told)
    page = library.get("/", Host="news.example").body.decode()

    assert "Feeds" in page
    assert "cannot be used" not in page
    assert "next start" not in page
