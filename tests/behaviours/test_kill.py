"""kill -9 at any moment: nothing lost, nothing doubled, and the next start goes on."""

import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.feeds import an_item, an_rss
from tests.kept import count, differences, what_is_kept
from tests.running import Home, until
from tests.servers import FeedServer, Request, Response

pytestmark = pytest.mark.slow

SOURCES, ENTRIES, GATED = 200, 10, 40
NEWEST = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_feed(number: int) -> bytes:
    """Write the feed of a source; no two entries of all sources have one date."""
    return an_rss(
        *(
            an_item(
                f"Story {number}-{entry}",
                link=f"https://publisher{number}.example/story/{entry}",
                body=f"<p>Words of {number}-{entry}.</p>",
                date=format_datetime(NEWEST - timedelta(minutes=number * ENTRIES + entry)),
            )
            for entry in range(ENTRIES)
        ),
        title=f"Paper {number}",
    )


class Press:
    """200 sources; the last 40 answer only once the gate is open."""

    def __init__(self, server: FeedServer) -> None:
        self.gate = threading.Event()
        self._server = server
        for number in range(SOURCES):
            server.handle(f"/{number}", self._answer(a_feed(number), number))

    def _answer(self, feed: bytes, number: int) -> Callable[[Request], Response]:
        def respond(request: Request) -> Response:
            if number >= SOURCES - GATED:
                until(lambda: self.gate.is_set() or self._server.closing.is_set(), "the gate")
            return Response(headers={"Content-Type": "application/rss+xml"}, body=feed)

        return respond

    def url(self, number: int) -> str:
        """Give the address of a source."""
        return self._server.url(f"/{number}")

    def home(self, folder: Path) -> Home:
        """Give a new folder with all sources configured."""
        folder.mkdir()
        home = Home(folder)
        home.configure(
            sources={f"s{number:03}": self.url(number) for number in range(SOURCES)},
            outputs={"everything": {"limit": 5000}, "sevens": {"any": ["re:Story 7"]}},
            service={"public_url": "https://news.example"},
        )
        return home


@pytest.fixture(scope="module")
def printer() -> Iterator[Press]:
    with FeedServer() as server:
        press = Press(server)
        yield press
        press.gate.set()


@pytest.fixture
def press(printer: Press) -> Press:
    """Give the press with its gate closed."""
    printer.gate.clear()
    return printer


@pytest.fixture(scope="module")
def undisturbed(printer: Press, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Give what is kept after a poll in peace."""
    home = printer.home(tmp_path_factory.mktemp("undisturbed") / "home")
    printer.gate.set()
    assert home.run("poll").code == 0
    return what_is_kept(home)


def stored(home: Home) -> int:
    return count(home, "SELECT count(*) FROM source WHERE status <> ''")


def some_sources_are_stored(home: Home) -> bool:
    return 20 <= stored(home) < SOURCES


def some_articles_have_their_file(home: Home) -> bool:
    return 0 < sum(1 for _ in home.archive.rglob("*.md")) < SOURCES * ENTRIES


def test_a_poll_that_is_killed_goes_on_at_the_next_start(
    undisturbed: dict[str, object], press: Press, tmp_path: Path
) -> None:
    home = press.home(tmp_path / "killed")
    with home.start("poll") as polling:
        until(lambda: some_sources_are_stored(home), "some sources are stored")
        polling.send(signal.SIGKILL)
        assert polling.ended() == -signal.SIGKILL
    before = stored(home)
    articles = count(home, "SELECT count(*) FROM article")
    press.gate.set()

    again = home.run("poll", "--json").json

    assert 0 < before < SOURCES
    assert articles == before * ENTRIES  # of each source everything or nothing
    assert again["statuses"] == {"ok": SOURCES - before}
    assert differences(what_is_kept(home), undisturbed) == []


def test_a_run_that_is_killed_while_it_writes_files_goes_on_at_the_next_start(
    undisturbed: dict[str, object], press: Press, tmp_path: Path
) -> None:
    home = press.home(tmp_path / "killed")
    press.gate.set()
    with home.start("poll") as polling:
        until(lambda: some_articles_have_their_file(home), "some article files are written")
        polling.send(signal.SIGKILL)
        assert polling.ended() == -signal.SIGKILL
    files = sum(1 for _ in home.archive.rglob("*.md"))

    home.run("publish")

    assert 0 < files < SOURCES * ENTRIES
    assert differences(what_is_kept(home), undisturbed) == []


def test_a_killed_poll_leaves_no_process_behind(press: Press, tmp_path: Path) -> None:
    home = press.home(tmp_path / "killed")
    with home.start("poll") as polling:
        until(lambda: some_sources_are_stored(home), "some sources are stored")
        polling.send(signal.SIGKILL)
        polling.ended()

        until(lambda: polling.processes() == [], "its parsing processes end as well", seconds=15)


def test_what_a_killed_poll_stored_is_published_by_the_next(
    server: FeedServer, press: Press, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    server.serve("/paper", an_rss(an_item("Old news")))
    home.configure(
        sources={"paper": server.url("/paper"), "gated": press.url(SOURCES - 1)},
        outputs={"news": {"any": ["news"]}, "stories": {"any": ["story"]}},
    )
    press.gate.set()
    home.run("poll")
    press.gate.clear()
    server.serve("/paper", an_rss(an_item("New news"), an_item("Old news")))
    with home.start("poll", "--all") as polling:
        until(lambda: count(home, "SELECT count(*) FROM article") == ENTRIES + 2, "it is stored")
        polling.send(signal.SIGKILL)
        polling.ended()
    press.gate.set()

    home.run("poll", "--all")

    assert b"New news" in (home.feeds / "news.rss").read_bytes()


@pytest.mark.parametrize("command", ["poll", "run"])
def test_ten_kills_at_any_moment_lose_and_double_nothing(
    undisturbed: dict[str, object], press: Press, tmp_path: Path, command: str
) -> None:
    home = press.home(tmp_path / "killed")
    press.gate.set()
    moments = random.Random(f"kill -9 {command}")
    for _ in range(10):
        with home.start(command) as running, suppress(AssertionError):
            until(lambda: running.is_over, "a random moment", seconds=moments.uniform(0.3, 1.5))

    assert home.run("poll").code == 0
    assert differences(what_is_kept(home), undisturbed) == []


def test_the_temp_files_of_a_killed_run_do_not_stay_for_good(press: Press, tmp_path: Path) -> None:
    home = press.home(tmp_path / "killed")
    press.gate.set()
    with home.start("poll") as polling:
        until(lambda: any(home.archive.rglob("*.tmp")), "temp files are there")
        polling.send(signal.SIGKILL)
        polling.ended()

    home.run("publish")

    assert [path.name for path in home.data.rglob("*.tmp")] == []
