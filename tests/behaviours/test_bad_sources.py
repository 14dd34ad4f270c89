"""Sources that fail, each in its own way: each has its own clear line, and the rest is on time."""

import gzip
import signal
import threading
from dataclasses import dataclass

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Ended, Home, free_port, until
from tests.servers import FeedServer, Request, Response

FEED = an_rss(an_item("One", body="<p>" + "words " * 200 + "</p>"), an_item("Two"))
PAGE = (
    b"<!DOCTYPE html><html><head><title>Moved</title></head><body>See our new site.</body></html>"
)

# status, error, next step
EXPECTED = {
    "healthy-a": ("ok", "", ""),
    "healthy-b": ("ok", "", ""),
    "down": ("unreachable", "127.0.0.1 refused the connection", "is it down?"),
    "page": (
        "not_a_feed",
        "an HTML page, not a feed",
        "look in the page for its feed, or whether it wants a login",
    ),
    "silent": (
        "timeout",
        "127.0.0.1 did not answer within 1 s",
        "it is tried again, less often; `timeout` can be raised for this source",
    ),
    "missing": (
        "http_error",
        "the server answered 404 Not Found",
        "look for the feed's new address",
    ),
    "gone": (
        "gone",
        "the server answered 410 Gone",
        "the publisher took the feed away for good; remove it or give its new address",
    ),
    "troubled": (
        "http_error",
        "the server answered 500 Internal Server Error",
        "the server has a problem; it is tried again, less often",
    ),
    "cut-gzip": ("broken", "the compressed body is cut short", "it is tried again, less often"),
    "short": (
        "unreachable",
        "127.0.0.1 broke off before the end of the response",
        "it is tried again, less often",
    ),
    "private": (
        "refused",
        "127.0.0.1 is at 127.0.0.1, which is not a public address",
        "write allow_private = true for this source if you mean it",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Two healthy sources and nine bad ones after a poll, and what that poll said."""

    home: Home
    polled: Ended
    requests: tuple[Request, ...]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Poll two healthy sources and nine bad ones."""
    home = Home(tmp_path_factory.mktemp("town"))
    with FeedServer() as server:
        server.serve("/a", FEED)
        server.serve("/b", an_rss(an_item("Three", link="https://b.example/3")))
        server.answer("/page", 200, {"Content-Type": "text/html"}, PAGE)
        server.never("/silent")
        server.answer("/gone", 410)
        server.answer("/troubled", 500)
        server.truncated_gzip("/cut-gzip", FEED)
        server.short("/short", FEED, missing=100)
        home.configure(
            sources={
                "down": f"http://127.0.0.1:{free_port()}/",
                "page": server.url("/page"),
                "silent": {"url": server.url("/silent"), "timeout": "1s"},
                "missing": server.url("/missing"),
                "gone": server.url("/gone"),
                "troubled": server.url("/troubled"),
                "cut-gzip": server.url("/cut-gzip"),
                "short": server.url("/short"),
                "private": {"url": server.url("/a?private"), "allow_private": False},
                "healthy-a": server.url("/a"),
                "healthy-b": server.url("/b"),
            }
        )
        polled = home.run("poll")
    return Town(home=home, polled=polled, requests=server.requests)


def test_each_bad_source_has_its_own_clear_line_and_the_rest_is_stored(town: Town) -> None:
    sources = town.home.sources()

    assert town.polled.code == 0
    assert {
        name: (one["status"], one["error"], one["hint"]) for name, one in sources.items()
    } == EXPECTED
    assert {name: one["articles"] for name, one in sources.items() if one["articles"]} == {
        "healthy-a": 2,
        "healthy-b": 1,
    }


def test_the_plain_table_says_the_same(town: Town) -> None:
    head, *rows = town.home.run("sources").lines
    table = {row[0]: dict(zip(head, row, strict=True)) for row in rows}

    assert {name: (row["status"], row["problem"]) for name, row in table.items()} == {
        name: (status, f"{error}; {hint}" if hint else error)
        for name, (status, error, hint) in EXPECTED.items()
    }
    assert table["gone"]["next"] == "never"


def test_the_poll_itself_names_those_that_failed(town: Town) -> None:
    *rows, summary = town.polled.out.splitlines()

    assert [row.split("\t")[:2] for row in rows] == [
        ["source", "status"],
        *sorted([name, status] for name, (status, *_) in EXPECTED.items() if status != "ok"),
    ]
    assert summary.startswith("11 sources polled in ")
    assert summary.endswith(" s, 9 failed: 3 new articles, 0 changed, 0 known from elsewhere")


def test_a_refused_address_is_never_asked(town: Town) -> None:
    assert [one for one in town.requests if one.path == "/a?private"] == []


def test_no_bad_source_is_due_again_at_once(town: Town) -> None:
    states = town.home.query("SELECT id, next_poll_at - last_poll_at > 0 FROM source")

    assert dict(states) == dict.fromkeys(EXPECTED, 1)


def test_a_source_that_mends_loses_its_error(home: Home, server: FeedServer) -> None:
    home.configure(sources={"paper": server.url("/feed")})
    server.answer("/feed", 500)
    home.run("poll")
    server.serve("/feed", FEED)
    home.run("poll", "--all")

    paper = home.sources()["paper"]

    assert (paper["status"], paper["failures"], paper["error"], paper["hint"]) == ("ok", 0, "", "")


def test_a_source_that_fails_keeps_what_it_had(home: Home, server: FeedServer) -> None:
    home.configure(sources={"paper": server.url("/feed")})
    server.serve("/feed", FEED, etag='"one"')
    home.run("poll")
    served = (home.feeds / "everything.rss").read_bytes()
    server.answer("/feed", 200, {}, PAGE)
    home.run("poll", "--all")
    server.serve("/feed", FEED, etag='"one"')
    home.run("poll", "--all")

    assert home.sources()["paper"]["articles"] == 2
    assert server.requests_for("/feed")[-1].headers.get("if-none-match") == '"one"'
    assert (home.feeds / "everything.rss").read_bytes() == served


class Gate:
    """A source that answers only when it is told to."""

    def __init__(self, server: FeedServer) -> None:
        self.opened = threading.Event()
        self._closing = server.closing

    def __call__(self, _: Request) -> Response:
        until(lambda: self.opened.is_set() or self._closing.is_set(), "the gate", seconds=60)
        return Response(body=an_rss(an_item("Late")))


def test_a_hanging_source_does_not_delay_the_others(home: Home, server: FeedServer) -> None:
    gate = Gate(server)
    server.handle("/hung", gate)
    for number in range(20):
        server.serve(f"/{number}", an_rss(an_item(f"Story {number}")))
    home.configure(
        sources={
            "hung": {"url": server.url("/hung"), "timeout": "60s"},
            **{f"s{number}": server.url(f"/{number}") for number in range(20)},
        },
        service={"fetch_threads": 2},
    )

    def status() -> dict[str, str]:
        return dict(home.query("SELECT id, status FROM source"))

    with home.start("poll", "--all") as polling:
        until(lambda: home.database.exists() and len(server.requests) == 21, "all are asked")
        until(lambda: list(status().values()).count("ok") == 20, "the others are stored")
        before = status()["hung"]
        gate.opened.set()
        code = polling.ended()

    assert (before, code, status()["hung"]) == ("", 0, "ok")


def test_the_daemon_polls_the_others_again_and_again_beside_a_hanging_source(
    home: Home, server: FeedServer
) -> None:
    gate = Gate(server)
    server.handle("/hung", gate)
    server.serve("/a", FEED)
    home.configure(
        sources={"hung": server.url("/hung"), "paper": server.url("/a")},
        defaults={"interval": "1s", "timeout": "60s"},
        service={"fetch_threads": 2},
    )
    with home.start("run") as daemon:
        until(lambda: len(server.requests_for("/a")) >= 3, "three polls of the healthy source")
        hung = server.requests_for("/hung")
        gate.opened.set()
        until(lambda: home.query("SELECT 1 FROM article WHERE title = 'Late'"), "the late article")
        daemon.send(signal.SIGTERM)
        code = daemon.ended()

    assert (len(hung), code) == (1, 0)


def test_an_entry_that_cannot_be_kept_costs_neither_feed_nor_poll(
    home: Home, server: FeedServer
) -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "lol">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
    )
    laughs += b"]><rss version='2.0'><channel><title>x</title><item><title>&a9;</title></item>"
    server.serve("/laughs", laughs + b"</channel></rss>")
    server.serve("/zip-bomb", gzip.compress(bytes(64 << 20)), headers={"Content-Encoding": "gzip"})
    server.serve("/deep", an_rss(an_item("Deep", body="<b>" * 200_000)))
    server.serve("/a", FEED)
    home.configure(
        sources={
            **{name: server.url(f"/{name}") for name in ("laughs", "zip-bomb", "deep")},
            "paper": server.url("/a"),
        }
    )
    polled = home.run("poll")
    sources = home.sources()

    assert (polled.code, sources["paper"]["articles"]) == (0, 2)
    assert sources["zip-bomb"]["status"] == "too_large"
    assert (
        home.query("SELECT title FROM article WHERE title LIKE '%&a%' OR title LIKE '%lol%'") == []
    )
