"""Rules that change under subscribers, under polls, and under kill -9."""

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home, contents, until
from tests.servers import FeedServer

pytestmark = pytest.mark.slow

NEWEST = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORED = 3000
FORMATS = ("rss", "atom", "json")


def a_story(number: int, words: str, body: str = "<p>Words.</p>") -> str:
    """Write an entry; the higher its number, the newer it is."""
    date = format_datetime(NEWEST + timedelta(minutes=number))
    return an_item(f"{words} {number}", guid=str(number), date=date, body=body)


@dataclass
class Reader:
    """Follows an output in one format, as a feed reader does: what it saw it knows by its id."""

    home: Home
    kind: str
    seen: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def look(self) -> list[str]:
        """Read the feed, and give the titles of what is new to this reader, as they come."""
        new = []
        for name, title, dates in self._entries():
            if name not in self.seen:
                new.append(title)
            assert self.seen.setdefault(name, (title, dates)) == (title, dates)
        return new

    def _entries(self) -> Iterator[tuple[str, str, Any]]:
        content = (self.home.feeds / f"news.{self.kind}").read_bytes()
        if self.kind == "json":
            for one in json.loads(content)["items"]:
                yield one["id"], one["title"], (one["date_published"], one["date_modified"])
        else:
            parsed: Any = feedparser.parse(content)
            for one in parsed.entries:
                dates = [one[key] for key in sorted(one.keys()) if key.endswith("_parsed")]
                yield one.id, one.title, dates


def test_a_subscriber_sees_each_article_once_at_its_date_whatever_rules_come_and_go(
    home: Home, server: FeedServer
) -> None:
    stories = [a_story(n, ("Cats", "Dogs", "Cats and dogs")[n % 3]) for n in range(9)]
    sources = {"paper": server.url("/feed")}
    readers = [Reader(home, kind) for kind in FORMATS]
    told = []
    for count, rule in (
        (6, {"any": ["cats"]}),
        (6, {"any": ["dogs"]}),
        (6, {"any": ["cats", "dogs"]}),
        (6, {"any": ["cats"]}),
        (9, {"any": ["cats", "dogs"], "none": ["re:cats and"]}),
        (9, {}),
    ):
        server.serve("/feed", an_rss(*stories[:count][::-1]))
        home.configure(sources=sources, outputs={"news": rule})
        assert home.run("poll", "--all").code == 0
        told.append([reader.look() for reader in readers])

    assert told == [
        [new] * len(FORMATS)
        for new in (
            ["Cats and dogs 5", "Cats 3", "Cats and dogs 2", "Cats 0"],
            ["Dogs 4", "Dogs 1"],
            [],
            [],
            ["Dogs 7", "Cats 6"],
            ["Cats and dogs 8"],
        )
    ]


def test_what_a_subscriber_has_not_seen_yet_stays_when_a_rule_brings_much(
    home: Home, server: FeedServer
) -> None:
    older = [a_story(n, "Dogs") for n in range(20)]
    news = [a_story(-n, "Cats") for n in range(1, 4)]  # of earlier dates than all of those
    sources = {"paper": server.url("/feed")}
    home.configure(sources=sources, outputs={"news": {"any": ["cats"], "limit": 3}})
    server.serve("/feed", an_rss(*older))
    home.run("poll")
    reader = Reader(home, "atom")
    reader.look()
    server.serve("/feed", an_rss(*news, *older))
    home.run("poll", "--all")
    home.configure(sources=sources, outputs={"news": {"limit": 3}})

    home.run("publish")

    assert reader.look() == ["Dogs 19", "Dogs 18", "Dogs 17", "Cats -1", "Cats -2", "Cats -3"]


@pytest.fixture
def library(home: Home, server: FeedServer) -> Home:
    """Give a home with many articles and an output of every seventh."""
    server.serve("/feed", an_rss(*old_stories()))
    home.configure(
        sources={"paper": server.url("/feed")},
        outputs={"news": rule(7)},
        defaults={"interval": "1s"},
    )
    assert home.run("poll").code == 0
    return home


def old_stories() -> list[str]:
    return [a_story(n, "Story", "<p>Words. </p>" * 9) for n in range(STORED)]


def rule(digit: int, **more: object) -> dict[str, object]:
    return {"any": [f"re:story \\d*{digit}$"], "limit": STORED, **more}


def change(library: Home, server: FeedServer, *outputs: str) -> None:
    """Give outputs another rule, the second builds on the first."""
    builds_on = {"base": outputs[0]} if len(outputs) > 1 else {}
    library.configure(
        sources={"paper": server.url("/feed")},
        outputs={outputs[0]: rule(3), **{name: rule(3, **builds_on) for name in outputs[1:]}},
        defaults={"interval": "1s"},
    )


def is_under_way(home: Home) -> bool:
    return bool(home.query("SELECT 1 FROM relisting WHERE done BETWEEN 1 AND up_to - 1"))


def what_is_listed(home: Home) -> dict[str, object]:
    return {
        "listings": home.query(
            """SELECT output, id, sort_at, score, why FROM listing
            JOIN article ON n = listing.article ORDER BY 1, 2"""
        ),
        "rules": home.query("SELECT * FROM output ORDER BY id"),
        "left": home.query("SELECT output FROM relisting UNION SELECT output FROM relisted"),
        "feeds": contents(home.feeds),
    }


def test_judging_anew_that_is_killed_goes_on_and_comes_to_the_same(
    library: Home, server: FeedServer, tmp_path: Path
) -> None:
    before = contents(library.feeds)
    change(library, server, "news", "copy")
    peaceful = Home(tmp_path / "peaceful")
    shutil.copytree(library.data, peaceful.data)
    shutil.copy(library.config, peaceful.config)
    assert peaceful.run("publish").code == 0
    with library.start("publish") as publishing:
        until(lambda: is_under_way(library), "some articles are judged")
        publishing.send(signal.SIGKILL)
        publishing.ended()
    halfway = library.query("SELECT output, done FROM relisting ORDER BY 1")
    at_the_kill = contents(library.feeds)

    library.run("publish")

    assert [output for output, _ in halfway] == ["copy", "news"]
    assert at_the_kill == before
    assert what_is_listed(library) == what_is_listed(peaceful)
    assert what_is_listed(library)["left"] == []
    expected = [f"Story {n}" for n in reversed(range(STORED)) if n % 10 == 3]
    assert [titles(library, name) for name in ("news", "copy")] == [expected, expected]


def titles(home: Home, output: str) -> list[str]:
    feed = json.loads((home.feeds / f"{output}.json").read_bytes())
    return [one["title"] for one in feed["items"]]


def test_the_daemon_judges_anew_while_it_polls_and_serves_and_loses_nothing(
    library: Home, server: FeedServer
) -> None:
    change(library, server, "news")
    server.serve("/feed", an_rss(*old_stories(), a_story(5003, "Story"), a_story(5007, "Story")))
    expected = [n for n in (5003, *reversed(range(STORED))) if n % 10 == 3]
    with library.start("run") as daemon:
        daemon.answers()
        until(lambda: is_under_way(library), "some articles are judged")
        served = json.loads(library.get("/feeds/news.json").body)["items"]
        until(lambda: titles(library, "news") == [f"Story {n}" for n in expected], "it is done")
        daemon.send(signal.SIGTERM)
        code = daemon.ended()

    polled, judged = (daemon.errors.find(word) for word in ("new=2", "judged anew"))
    assert (code, 0 < polled < judged) == (0, True)
    assert {one["title"] for one in served} >= {"Story 7", "Story 2997"}
