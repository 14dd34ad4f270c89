"""The demo: samples that are valid from the first to the last minute, and the command itself."""

import json
import re
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest

from aggregator.demo.site import SampleServer, render, samples
from tests.running import Home, ask, free_port, until

ENDINGS = (".rss", ".atom", ".rdf", ".xml", ".json")
FEEDS = sorted(one.name for one in samples().iterdir() if one.name.endswith(ENDINGS))
STARTED = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATE = timedelta(hours=1)
INTERCONNECTION, DECOYS = 9, 3


def entries(name: str, running: timedelta) -> list[Any]:
    """Read a sample as it is served so long after the start."""
    text = render(
        (samples() / name).read_text("utf-8"),
        started=STARTED,
        now=STARTED + running,
        names={"base": "http://127.0.0.1:1"},
    )
    assert "{{" not in text
    if name.endswith(".json"):
        found: list[Any] = json.loads(text)["items"]
        return found
    parsed: Any = feedparser.parse(text.encode("gb18030" if "gbk" in name else "utf-8"))
    assert not parsed.bozo, parsed.bozo_exception
    return list(parsed.entries)


@pytest.mark.parametrize("name", FEEDS)
def test_a_sample_is_valid_at_the_start_and_late(name: str) -> None:
    early, late = entries(name, timedelta(0)), entries(name, LATE)

    assert 0 < len(early) <= len(late)
    assert [one["title"] for one in late[-len(early) :]] == [one["title"] for one in early]


def test_some_sample_grows_within_the_first_minute() -> None:
    start, minute = timedelta(0), timedelta(minutes=1)

    grown = [name for name in FEEDS if len(entries(name, minute)) > len(entries(name, start))]

    assert grown


def test_the_samples_are_served_on_loopback_only_while_they_are_wanted() -> None:
    server = SampleServer(datetime.now(UTC))
    port = int(server.base.rpartition(":")[2])
    server.start()
    try:
        answers = {
            path: ask(port, path).status
            for path in (
                f"/{FEEDS[0]}",
                "/about.html",
                "/missing.xml",
                "/../site.py",
                "/feeds.toml",
            )
        }
    finally:
        server.stop()

    assert answers == {
        f"/{FEEDS[0]}": 200,
        "/about.html": 200,
        "/missing.xml": 404,
        "/../site.py": 404,
        "/feeds.toml": 404,
    }
    with pytest.raises(ConnectionRefusedError):
        ask(port, "/")


def test_the_demo_runs_without_a_network_and_leaves_nothing_behind(home: Home) -> None:
    home.port = free_port()
    listen = f"127.0.0.1:{home.port}"
    with home.start("demo", "--listen", listen, TMPDIR=str(home.folder)) as demo:
        until(lambda: len(titles(home, "interconnection-news")) >= INTERCONNECTION, "its articles")
        until(lambda: len(decoys(titles(home, "everything"))) == DECOYS, "the decoys elsewhere")
        shown = titles(home, "interconnection-news")
        page = home.get("/")
        (folder,) = home.folder.glob("aggregator-demo-*")
        sources = (folder / "feeds.toml").read_text()
        demo.send(signal.SIGINT)
        code = demo.ended()

    assert code == 0
    assert (len(shown), decoys(shown)) == (INTERCONNECTION, [])
    assert page.status == 200
    assert "[sources." in sources
    assert [path.name for path in home.folder.glob("aggregator-demo-*")] == []
    assert f"open http://{listen}/" in demo.errors
    assert "Traceback" not in demo.errors


def decoys(found: list[str]) -> list[str]:
    """Pick the titles of stock markets, roads and power grids, which connect as well."""
    return [one for one in found if re.search("沪深港通|高速公路|电网", one)]


def titles(home: Home, output: str) -> list[str]:
    """Read what the demo serves of an output; nothing before it serves anything."""
    try:
        answer = home.get(f"/feeds/{output}.json")
    except OSError:
        return []
    items = json.loads(answer.body)["items"] if answer.status == 200 else []
    return [item["title"] for item in items]


def test_an_address_in_use_ends_the_demo_in_words(home: Home) -> None:
    home.configure(sources={})
    with home.start("run") as daemon:
        daemon.answers()
        second = home.run_bare("demo", "--listen", f"127.0.0.1:{home.port}")

    assert second.code == 1
    said, hint = second.err.splitlines()
    assert said == f"error: cannot listen on 127.0.0.1:{home.port}: Address already in use"
    assert "`--listen 127.0.0.1:8643`" in hint
