"""`aggregator run` as a service manager runs it."""

import json
import signal

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home, Running, until
from tests.servers import FeedServer

pytestmark = pytest.mark.slow


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
