"""Two hundred kills of a daemon whose sources write all the time: in the end nothing tells of them.

What a run in peace and a run that is killed see must be the same in the end: entries stay in their
feeds, and what changes or is renumbered was there from the beginning, so that both have seen it
before. When something was seen is not compared, nor how often a source failed.
"""

import os
import random
import re
import signal
import statistics
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import pytest

from tests.feeds import an_item, an_rss
from tests.kept import differences, timeless, what_is_kept
from tests.running import Home, Running, until
from tests.servers import FeedServer, Request, Response

KILLS, SOURCES, OLD = 200, 24, 9
NEWEST = datetime(2026, 3, 2, 12, tzinfo=UTC)
RENUMBERED_AT = KILLS // 2
LAST_EVENT = re.compile(r"(?:INFO|WARNING|ERROR) (\w+)")


class Press:
    """Sources at a step: each step adds an entry to one of them and changes an old one.

    Every fourth knows its validators, every fourth fails now and then, every fourth gives its old
    entries other guids from the middle on.
    """

    def __init__(self, server: FeedServer) -> None:
        self._server = server
        self._asked = Counter[str]()
        self._lock = threading.Lock()
        self.step = 0
        self.fails = True
        for number in range(SOURCES):
            server.handle(f"/{number}", self._respond)

    def _respond(self, request: Request) -> Response:
        number, step = int(request.path[1:]), self.step
        with self._lock:
            self._asked[request.path] += 1
            turn = self._asked[request.path]
        if number % 4 == 1 and self.fails and turn % 3 == 0:
            return Response(status=(500, 404, 429)[turn // 3 % 3])
        tag = f'"{sum(one % SOURCES == number for one in range(step))}"'
        if number % 4 == 0 and request.headers.get("if-none-match") == tag:
            return Response(status=304, headers={"ETag": tag})
        headers = {"ETag": tag} if number % 4 == 0 else {}
        return Response(headers=headers, body=self._feed(number, step))

    def _feed(self, number: int, step: int) -> bytes:
        mine = [one for one in range(step) if one % SOURCES == number]
        new = [self._item(number, OLD + place) for place in reversed(range(len(mine)))]
        renumbered = number % 4 == 2 and step >= RENUMBERED_AT
        old = [
            self._item(number, place, has_changed=place < len(mine), mark="b" * renumbered)
            for place in reversed(range(OLD))
        ]
        return an_rss(*new, *old, title=f"Paper {number}")

    @staticmethod
    def _item(number: int, place: int, *, has_changed: bool = False, mark: str = "") -> str:
        words = f"Word{number} of{place} story{number * 1000 + place}"
        moment = NEWEST - timedelta(days=number) + timedelta(minutes=place)
        return an_item(
            f"Story {number}-{place}",
            link=f"https://p{number}.example/{place}",
            guid=f"p{number}:{place}{mark}",
            body=f"<p>{words}{', corrected by its writers' if has_changed else ''}.</p>",
            date=format_datetime(moment),
        )

    def home(self, folder: Path) -> Home:
        """Give a folder in which the first step was polled in peace."""
        folder.mkdir()
        home = Home(folder)
        home.configure(
            sources={f"s{number:02}": self._server.url(f"/{number}") for number in range(SOURCES)},
            outputs={"all": {"limit": 5000}, "sevens": {"any": ["re:Story 7"], "limit": 5000}},
            defaults={"interval": "1s"},
            service={"public_url": "https://news.example"},
        )
        self.step, self.fails = 0, False
        assert home.run("poll").code == 0
        self.fails = True
        return home

    def settle(self, home: Home) -> dict[str, object]:
        """Poll everything once more while nothing fails; give what is kept in the end."""
        self.step, self.fails = KILLS, False
        assert home.run("poll", "--all").code == 0
        revisions = home.query(
            """SELECT id, revision.title, revision.body FROM revision
            JOIN article ON n = revision.article ORDER BY 1, replaced_at"""
        )
        sources = home.query("SELECT id, error, failures, title, known FROM source ORDER BY id")
        return what_is_kept(home) | {
            "feeds": timeless(home),
            "revisions": revisions,
            "sources": sources,
        }


def kill_a_worker(daemon: Running, moments: random.Random) -> int:
    """Kill one of the processes that a daemon started; return how many were killed."""
    others = [one for one in daemon.processes() if one != daemon.pid]
    if not others:
        return 0
    try:
        os.kill(moments.choice(others), signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def is_gone(daemon: Running) -> bool:
    """Say whether nothing is left of a daemon."""
    return daemon.processes() == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hundred_kills_over_a_growing_load_leave_no_trace(
    server: FeedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    press = Press(server)
    peaceful = press.home(tmp_path / "peaceful")
    for step in range(0, KILLS, 50):
        press.step = step
        peaceful.run("poll", "--all")
    undisturbed = press.settle(peaceful)
    home = press.home(tmp_path / "killed")
    moments = random.Random("two hundred kills")
    lives, last_words, kills = list[float](), Counter[str](), Counter[str]()
    while kills.total() < KILLS:
        with home.start("run") as daemon:
            for _ in range(moments.choice((0, 1, 2))):
                daemon.is_over_within(moments.uniform(0.3, 0.9))
                kills["worker"] += kill_a_worker(daemon, moments)
                press.step = min(kills.total(), KILLS)
            lives.append(moments.uniform(0.1, 1.4))
            assert not daemon.is_over_within(lives[-1]), daemon.errors
            daemon.send(signal.SIGKILL)
            daemon.ended()
            kills["daemon"] += 1
            press.step = min(kills.total(), KILLS)
            events = LAST_EVENT.findall(daemon.errors)
            last_words[events[-1] if events else "nothing yet"] += 1
            if kills["daemon"] % 20 == 0:
                until(partial(is_gone, daemon), "its processes end as well", seconds=15)

    kept = press.settle(home)

    assert differences(kept, undisturbed) == []
    assert kept["integrity"] == [("ok",)]
    assert [path.name for path in home.data.rglob("*.tmp")] == []
    assert len(home.query("SELECT * FROM article")) == SOURCES * OLD + KILLS
    with capsys.disabled():
        sys.stdout.write(
            f"\n{dict(kills)} kills; a daemon lived {min(lives):.2f} to {max(lives):.2f} s, "
            f"{statistics.median(lives):.2f} in the middle; its last words: {dict(last_words)}\n"
        )
