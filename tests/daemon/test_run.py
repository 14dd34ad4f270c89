"""`aggregator run` as a service manager runs it."""

import json
import signal
import socket
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home, Running, until
from tests.servers import FeedServer, Request, Response


def stop(daemon: Running, number: signal.Signals = signal.SIGTERM) -> int:
    """Tell a daemon to end and give its exit code."""
    daemon.send(number)
    return daemon.ended()


def titles(home: Home) -> list[str]:
    """Read what the daemon serves."""
    try:
        answer = home.get("/feeds/everything.json")
    except OSError:
        return []
    items = json.loads(answer.body)["items"] if answer.status == 200 else []
    return [item["title"] for item in items]


def test_the_daemon_polls_again_and_publishes_what_is_new(home: Home, server: FeedServer) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    newer = an_item("Two", date="Mon, 02 Mar 2026 09:00:00 GMT")
    # Publishing waits for a pause of polling, which an interval of a second hardly leaves.
    home.configure(sources={"paper": server.url("/feed")}, defaults={"interval": "3s"})
    with home.start("run") as daemon:
        until(lambda: titles(home) == ["One"], "the first article is served")
        server.serve("/feed", an_rss(newer, an_item("One")))
        until(lambda: titles(home) == ["Two", "One"], "the second article is served")
        until(lambda: len([*home.archive.rglob("*.md")]) == 2, "both article files are written")
        code = stop(daemon)

    assert code == 0


@pytest.mark.slow
def test_the_daemon_makes_articles_findable_and_keeps_their_words_by_itself(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", an_rss(an_item("互联互通")))
    home.configure(sources={"paper": server.url("/feed")})
    with home.start("run") as daemon:
        until(
            lambda: (
                home.query("SELECT 1 FROM sqlite_master WHERE name = 'search_document'")
                and home.query("SELECT * FROM search_document")
            ),
            "the article is in the index",
        )
        found = home.run("search", "--json", "互通").json
        kept = home.query("SELECT article FROM rule_text")
        code = stop(daemon)

    assert ([one["title"] for one in found], code) == (["互联互通"], 0)
    assert kept == [(1,)]


def test_the_daemon_publishes_what_an_earlier_run_stored(home: Home, server: FeedServer) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    home.configure(sources={"paper": server.url("/feed")})
    home.run("poll")
    (home.feeds / "everything.json").unlink()
    with home.start("run") as daemon:
        until(lambda: titles(home) == ["One"], "the article is served")
        code = stop(daemon)

    assert (code, len(server.requests)) == (0, 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_daemon_and_all_it_started(
    home: Home, server: FeedServer, number: signal.Signals
) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    home.configure(sources={"paper": server.url("/feed")})
    with home.start("run") as daemon:
        until(lambda: titles(home) == ["One"], "the article is served")

        assert stop(daemon, number) == 0

        until(lambda: daemon.processes() == [], "no process is left", seconds=5)
    assert "Traceback" not in daemon.errors


def test_a_poll_under_way_is_finished_before_the_daemon_ends(
    home: Home, server: FeedServer
) -> None:
    seen: list[Request] = []

    def respond(request: Request) -> Response:
        seen.append(request)
        until(lambda: "STOPPING=1" in told or server.closing.is_set(), "the daemon stops")
        return Response(body=an_rss(an_item("Late")))

    told: list[str] = []

    def is_told(state: str) -> bool:
        told.extend(manager.states())
        return state in told

    server.handle("/feed", respond)
    home.configure(sources={"paper": server.url("/feed")})
    with Manager(home.folder) as manager, under(manager, home) as daemon:
        until(lambda: seen, "the source is asked")
        daemon.send(signal.SIGTERM)
        until(lambda: is_told("STOPPING=1"), "it says it stops")
        code = daemon.ended()

    assert (code, home.query("SELECT title FROM article")) == (0, [("Late",)])
    assert b"Late" in (home.feeds / "everything.rss").read_bytes()


@pytest.mark.slow
def test_a_hanging_source_does_not_hold_up_the_end_for_long(home: Home, server: FeedServer) -> None:
    server.never("/feed")
    home.configure(sources={"paper": server.url("/feed")}, defaults={"timeout": "100s"})
    with home.start("run") as daemon:
        until(lambda: server.requests, "the source is asked")
        daemon.send(signal.SIGTERM)

        assert daemon.ended(seconds=25) == 0


def under(manager: "Manager", home: Home) -> AbstractContextManager[Running]:
    """Start the daemon as a service manager does."""
    return home.start("run", NOTIFY_SOCKET=manager.address)


class Manager:
    """A service manager: the socket that a daemon tells its states."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(self.address)

    def __enter__(self) -> "Manager":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def states(self) -> list[str]:
        """Give the states that arrived since the last call."""
        states: list[str] = []
        while True:
            try:
                states += self._socket.recv(1000).decode().splitlines()
            except BlockingIOError:
                return states


def test_the_service_manager_is_told_of_start_life_and_stop(home: Home, server: FeedServer) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    home.configure(sources={"paper": server.url("/feed")})
    told: list[str] = []

    def is_told(state: str) -> bool:
        told.extend(manager.states())
        return state in told

    with Manager(home.folder) as manager, under(manager, home) as daemon:
        until(lambda: is_told("READY=1"), "it is ready")
        served = home.get("/").status
        until(lambda: is_told("WATCHDOG=1"), "it lives")
        daemon.send(signal.SIGTERM)
        until(lambda: is_told("STOPPING=1"), "it stops")
        code = daemon.ended()

    assert (served, code) == (200, 0)
    assert list(dict.fromkeys(told)) == ["READY=1", "STATUS=1 sources", "WATCHDOG=1", "STOPPING=1"]


def test_a_second_daemon_on_the_same_port_is_told_so(home: Home) -> None:
    home.configure(sources={})
    with home.start("run") as daemon:
        daemon.answers()
        second = home.run("run", seconds=20)
        code = stop(daemon)

    assert (second.code, code) == (1, 0)
    assert second.err.splitlines() == [
        f"error: cannot listen on 127.0.0.1:{home.port}: Address already in use",
        "is it running already? `listen` in feeds.toml names another port",
    ]


def test_a_poll_beside_the_daemon_works(home: Home, server: FeedServer) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    home.configure(sources={"paper": server.url("/feed")})
    with home.start("run") as daemon:
        until(lambda: titles(home) == ["One"], "the first article is served")
        server.serve("/feed", an_rss(an_item("Two"), an_item("One")))
        polled = home.run("poll", "paper")
        served = titles(home)
        code = stop(daemon)

    assert (polled.code, code, sorted(served)) == (0, 0, ["One", "Two"])


def test_every_poll_is_one_line_of_the_log(home: Home, server: FeedServer) -> None:
    server.serve("/good", an_rss(an_item("One")))
    home.configure(
        sources={
            "good": server.url("/good"),
            "bad": server.url("/bad?token=secret").replace("//", "//user:secret@"),
        }
    )
    with home.start("run") as daemon:
        until(lambda: daemon.errors.count(" poll source=") >= 2, "both are polled")
        stop(daemon)

    lines = sorted(line.split(" ", 2)[2] for line in daemon.errors.splitlines() if " poll " in line)
    assert [line.partition(" seconds=")[0] for line in lines] == [
        "INFO poll source=good status=ok new=1",
        "WARNING poll source=bad status=http_error",
    ]
    assert "secret" not in daemon.errors
