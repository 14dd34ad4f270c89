"""Hubs are told of each change of a feed once, whatever becomes of them meanwhile."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from aggregator.core.pace import HostPace
from aggregator.ingest.fetch import Fetcher
from aggregator.pipeline.websub import Pinger, ping_many
from aggregator.store import hub_pings
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from tests.feeds import an_item, an_rss
from tests.running import Home, Table, until
from tests.servers import FeedServer
from tests.store.records import NOW

FAST = {"*": HostPace(connections=1, delay=0.0)}


@pytest.fixture
def hub() -> Iterator[FeedServer]:
    with FeedServer(host="127.0.0.2") as hub:
        hub.answer("/", 204)
        yield hub


@pytest.fixture
def home(tmp_path: Path, server: FeedServer) -> Home:
    server.serve("/feed", an_rss(an_item("One")))
    return Home(tmp_path)


def configure(
    home: Home, server: FeedServer, hub: FeedServer, outputs: dict[str, Table], **service: object
) -> None:
    home.configure(
        sources={"paper": server.url("/feed")},
        outputs=outputs,
        service={"hubs": [hub.url()], "allow_private": True, **service},
    )


def told(hub: FeedServer) -> list[str]:
    """List what a hub was told, as the names of feeds."""
    forms = [parse_qs(request.body.decode()) for request in hub.requests]
    assert all(form["hub.mode"] == ["publish"] for form in forms)
    return sorted(form["hub.url"][0].rpartition("/")[2] for form in forms)


NEWS: dict[str, Table] = {"news": {"title": "News"}, "none": {"title": "None", "any": ["nowhere"]}}
ALL = [f"{name}.{kind}" for name in ("news",) for kind in ("atom", "json", "rss")]


def test_each_format_that_changed_is_told_once(
    home: Home, server: FeedServer, hub: FeedServer
) -> None:
    configure(home, server, hub, NEWS)
    home.run("poll")
    first = told(hub)
    home.run("poll", "--all")
    home.run("publish")
    same = told(hub)
    server.serve("/feed", an_rss(an_item("One"), an_item("Two")))

    home.run("poll", "--all")

    every = sorted(f"{name}.{kind}" for name in ("_health", "news", "none")
                   for kind in ("atom", "json", "rss"))  # fmt: skip
    assert (first, same, told(hub)) == (every, every, sorted(every + ALL))
    assert hub.requests[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert home.query("SELECT * FROM hub_ping") == []


def test_the_documents_and_the_answers_say_where_changes_are_told(
    home: Home, server: FeedServer, hub: FeedServer
) -> None:
    configure(home, server, hub, NEWS)
    home.run("poll")
    base = f"http://127.0.0.1:{home.port}/feeds/news"
    atom = "{http://www.w3.org/2005/Atom}"

    rss = ET.parse(home.feeds / "news.rss").getroot().findall(f"channel/{atom}link")
    feed = ET.parse(home.feeds / "news.atom").getroot().findall(f"{atom}link")
    document = json.loads((home.feeds / "news.json").read_text())
    with home.start("run") as daemon:
        daemon.answers()
        link = home.get("/feeds/news.atom").headers["link"]

    for kind, links in (("rss", rss), ("atom", feed)):
        stated = {one.get("rel"): one.get("href") for one in links}
        assert (stated["hub"], stated["self"]) == (hub.url(), f"{base}.{kind}")
    assert document["hubs"] == [{"type": "WebSub", "url": hub.url()}]
    assert link == f'<{hub.url()}>; rel="hub", <{base}.atom>; rel="self"'


def test_what_a_hub_did_not_take_is_told_by_a_later_run(
    home: Home, server: FeedServer, hub: FeedServer
) -> None:
    hub.answer("/", 500)
    configure(home, server, hub, NEWS)
    home.run("poll")
    left = home.query("SELECT DISTINCT tries FROM hub_ping")
    home.run("poll")
    asked = len(hub.requests)
    hub.answer("/", 202)

    set_due(home)
    home.run("poll")

    assert (left, asked) == ([(1,)], 9)
    assert len(hub.requests) == 18
    assert home.query("SELECT * FROM hub_ping") == []


def set_due(home: Home) -> None:
    """Let the pauses of all pings be over."""
    database = Database(home.database)
    with database.transaction():
        database.db.execute("UPDATE hub_ping SET next_at = 0")
    database.close()


def test_a_hub_that_hangs_does_not_hold_up_the_feeds(
    home: Home, server: FeedServer, hub: FeedServer
) -> None:
    hub.never("/")
    source: Table = {"url": server.url("/feed"), "interval": "1s"}
    home.configure(
        sources={"paper": source},
        outputs=NEWS,
        service={"hubs": [hub.url()], "allow_private": True},
    )

    with home.start("run"):
        until(lambda: hub.requests, "the hub is asked")
        server.serve("/feed", an_rss(an_item("One"), an_item("Two")))
        until(lambda: b"Two" in (home.feeds / "news.rss").read_bytes(), "the feed is made anew")


def test_the_daemon_tells_hubs_and_says_so_in_its_log(
    home: Home, server: FeedServer, hub: FeedServer
) -> None:
    configure(home, server, hub, NEWS)

    with home.start("run") as daemon:
        until(lambda: set(ALL) <= set(told(hub)), "the hub is told")
        until(lambda: f"hub hub={hub.url()} feed=news.rss status=told" in daemon.errors, "the log")


def test_a_private_output_is_told_to_its_own_hubs_only(
    home: Home, server: FeedServer, hub: FeedServer
) -> None:
    outputs: dict[str, Table] = {
        "mine": {"title": "Mine", "private": True},
        "ours": {"title": "Ours", "private": True, "hubs": [hub.url("/own")]},
        "quiet": {"title": "Quiet", "hubs": []},
    }
    hub.answer("/own", 204)
    configure(home, server, hub, outputs)

    home.run("poll")

    assert [one for one in told(hub) if "health" not in one] == [
        "ours.atom",
        "ours.json",
        "ours.rss",
    ]
    assert b"hub" not in (home.data / "private/feeds/mine.rss").read_bytes()


def test_a_hub_at_a_private_address_is_refused_unless_it_is_allowed(
    home: Home, server: FeedServer, hub: FeedServer
) -> None:
    configure(home, server, hub, NEWS, allow_private=False)

    home.run("poll")

    assert hub.requests == ()
    assert home.query("SELECT DISTINCT tries FROM hub_ping") == [(1,)]


def test_pauses_grow_until_a_hub_is_given_up(tmp_path: Path, hub: FeedServer) -> None:
    hub.answer("/", 503)
    now = [NOW]
    writer = Writer(tmp_path / "a.db")
    database = Database(tmp_path / "a.db")
    pinger = Pinger(
        fetcher=Fetcher("test"),
        writer=writer,
        hubs=frozenset((hub.url(),)),
        allow_private=True,
        clock=lambda: now[0],
    )
    writer.call(lambda db: hub_pings.settle(db, [(hub.url(), "http://news/f.rss")], NOW))
    tried: list[timedelta] = []

    def is_left() -> datetime | None:
        row = database.db.execute("SELECT next_at FROM hub_ping").fetchone()
        return datetime.fromtimestamp(row[0], NOW.tzinfo) if row else None

    while due := is_left():
        now[0] = due
        tried.append(due - NOW)
        list(ping_many(pinger, database, FAST, 1, 10))
    writer.close()
    database.close()

    minutes = [int(one.total_seconds()) // 60 for one in tried]
    assert minutes == [0, 1, 6, 36, 156, 516, 1236, 2676]
    assert len(hub.requests) == 8
