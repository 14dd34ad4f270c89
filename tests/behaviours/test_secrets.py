"""A daemon with a secret in every place, and failures of every kind, tells nobody any of them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home, Running, until
from tests.servers import FeedServer, Request, Response


@dataclass
class Safe:
    """Secrets that were given out, each with the place it was put in."""

    places: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, place: str) -> str:
        self.places.setdefault(place, f"hunter{len(self.places)}X{place}")
        return self.places[place]

    def found_in(self, text: str) -> set[str]:
        return {place for place, secret in self.places.items() if secret in text}


@pytest.fixture
def hub() -> Iterator[FeedServer]:
    with FeedServer(host="127.0.0.2") as hub:
        yield hub


def serve(server: FeedServer, safe: Safe) -> None:
    """Program every kind of failure; several say back what they were told."""
    page = server.url("/page?token=") + safe["article"]
    server.serve("/works", an_rss(an_item("One", link=page)))
    server.answer("/fails", 500)
    server.answer("/blocked", 401, {"WWW-Authenticate": f"Basic realm={safe['header']}"})
    server.answer("/busy", 429, {"Retry-After": f"never {safe['header']}"})
    server.answer("/gone", 410)
    server.answer("/page", 403)
    server.serve("/no-feed", f"<html>{safe['token']}</html>".encode(), content_type="text/html")
    server.serve("/broken", f"<rss><channel><title>{safe['cookie']}".encode())
    server.truncated_gzip("/cut", an_rss(an_item("Two")))
    server.short("/short", an_rss(an_item("Three")))
    server.reset("/reset")
    server.never("/never")
    server.redirect("/circles", f"/circles?token={safe['redirect']}")
    server.redirect("/inside", f"http://me:{safe['redirect']}@10.0.0.1/?key={safe['redirect']}")
    server.redirect("/file", f"file:///etc/passwd?token={safe['redirect']}")

    def odd_head(request: Request) -> Response:
        # urllib3 warns of such a header with the address that was asked, as it is.
        return Response(status=500, headers=[("X bad", f"{safe['header']}\x0b")])

    server.handle("/odd", odd_head)


def configure(home: Home, server: FeedServer, hub: FeedServer, safe: Safe) -> dict[str, str]:
    """Put a secret into every place there is for one; give the environment."""
    at = server.url().removeprefix("http://")
    file = home.folder / "kept"
    file.write_text(safe["file"])
    user = f"http://me:{safe['login']}@"
    header = {"headers": {"X-Api-Key": safe["header"]}}
    home.configure(
        sources={
            "works": {"url": f"{user}{at}works?token={safe['query']}", "full_text": True},
            "fails": f"{user}{at}fails?api_key={safe['query']}",
            "headed": {"url": server.url("/fails?1"), **header},
            "blocked": {"url": server.url("/blocked"), **header},
            "busy": {"url": server.url("/busy"), **header},
            "gone": {"url": server.url("/gone"), "cookie": safe["cookie"]},
            "no-feed": {"url": server.url("/no-feed"), "token": safe["token"]},
            "broken": {"url": server.url("/broken"), "cookie": safe["cookie"]},
            "cut": {"url": server.url("/cut"), "token": {"env": "PAPER_TOKEN"}},
            "short": {"url": server.url("/short"), "token": {"file": str(file)}},
            "reset": {"url": server.url("/reset"), "auth": basic(safe["password"])},
            "never": {"url": f"{user}{at}never?sig={safe['query']}", "timeout": "1s"},
            "circles": server.url(f"/circles?token={safe['query']}"),
            "inside": {"url": server.url("/inside"), "allow_private": True, "timeout": "1s"},
            "file": server.url("/file"),
            "odd": {"url": f"{user}{at}odd?secret={safe['query']}", **header},
            "down": f"{user}127.0.0.1:1/?token={safe['query']}",
            "refused": {"url": f"{user}{at}?token={safe['query']}", "allow_private": False},
            "unknown": f"{user}{'a' * 64}.example/?token={safe['query']}",
            "proxied": {
                "url": server.url("/x"),
                "proxy": f"http://me:{safe['proxy']}@127.0.0.1:1",
            },
        },
        outputs={
            "everything": {"title": "Everything"},
            "mine": {"title": "Mine", "private": True},
            "ours": {"title": "Ours", "auth": basic(safe["reader"])},
        },
        service={
            "hubs": [
                f"http://me:{safe['hub']}@127.0.0.2:{hub.port}/?token={safe['hub']}",
                f"http://me:{safe['hub']}@127.0.0.2:1/?token={safe['hub']}",
            ],
            "allow_private": True,
        },
    )
    return {"PAPER_TOKEN": safe["environment"]}


def basic(password: str) -> dict[str, str]:
    return {"user": "me", "password": password}


def pages(home: Home) -> str:
    """Collect what the daemon answers to who has no leave."""
    paths = (
        "/", "/health", "/metrics", "/metrics/sources", "/feeds/_health.rss",
        "/feeds/_health.json", "/feeds/everything.html", "/feeds/outputs.opml", "/feeds/mine.rss",
        "/feeds/ours.json",
    )  # fmt: skip
    answers = [home.get(path) for path in paths]
    return "\n".join(f"{one.headers}\n{one.body.decode()}" for one in answers)


def all_was_tried(home: Home, daemon: Running) -> bool:
    assert not daemon.is_over, daemon.errors
    told = daemon.errors
    return (
        home.query("SELECT count(*) FROM source WHERE last_poll_at IS NOT NULL") == [(20,)]
        and told.count("hub=") + told.count('"hub": ') >= 2
        and ("page source=works" in told or '"event": "page"' in told)
        and b"page?token=" in (home.feeds / "everything.rss").read_bytes()
    )


# All that can be seen of a source, but those of a second visit and of 15 MiB.
SEEN = {
    "blocked", "broken", "gone", "http_error", "not_a_feed", "ok", "refused", "timeout",
    "unreachable",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "json in the journal"])
def test_no_secret_is_told_anywhere_while_everything_fails(
    form: str, home: Home, server: FeedServer, hub: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe = Safe()
    serve(server, safe)
    hub.answer("/", 500)
    environment = configure(home, server, hub, safe)
    if form != "text":
        environment |= {"AGGREGATOR_LOG_FORMAT": "json", "JOURNAL_STREAM": journal(home)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with home.start("--debug", "run") as daemon:
        daemon.answers()
        until(lambda: all_was_tried(home, daemon), "all are tried, and what came is published")
        for kept in (*home.data.glob("private/tokens/*"), *home.data.glob("private/keys/*")):
            safe.places[f"private/{kept.name}"] = kept.read_text().strip()
        shown = pages(home)
        sources = home.run("--debug", "sources", "--json")
        polled = home.run("--debug", "poll", "odd", "down")
        wrong = home.run("--debug", "poll", "nobody")
        log = daemon.errors

    assert "private/mine" in safe.places
    assert {one["status"] for one in sources.json} == SEEN
    assert (polled.code, wrong.code) == (1, 2)
    assert "Traceback" in wrong.err
    assert safe.found_in(log) == set()
    # Both are for subscribers: where their hub is, and what a publisher links to.
    assert safe.found_in(shown) == {"hub", "article"}
    assert safe.found_in(sources.text + polled.text + wrong.text) == set()
    assert lines_of_another_form(log, form) == []


def journal(home: Home) -> str:
    """Make the file that the daemon's standard error goes to, and pass it off as the journal."""
    file = home.folder / "stderr.txt"
    file.touch()
    return f"{file.stat().st_dev}:{file.stat().st_ino}"


def lines_of_another_form(log: str, form: str) -> list[str]:
    if form == "text":
        return [one for one in log.splitlines() if not re.match(r"20\d\d-|    ", one)]
    levels = {"<6>": "info", "<4>": "warning", "<3>": "error"}
    lines = log.splitlines()
    return [one for one in lines if json.loads(one[3:])["level"] != levels[one[:3]]]
