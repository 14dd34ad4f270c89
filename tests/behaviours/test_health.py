"""How sources are doing, told once: in words, with the next step, in a feed of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from aggregator.core.health import Health, next_step, settle
from aggregator.core.polling import Outcome, Status
from aggregator.core.source import Source, SourceState
from tests.feeds import an_item, an_rss
from tests.running import Home
from tests.servers import FeedServer
from tests.visits import Visits

pytestmark = pytest.mark.slow

FEED = an_rss(an_item("One"), an_item("Two"))
PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORY = ("works again", "cannot be polled")


def daily(visits: Visits) -> bytes:
    """Write a feed that had an entry a day until now."""
    days = [visits.clock.now - timedelta(days=n) for n in range(5)]
    return an_rss(*(an_item(f"Day {n}", date=f"{day:%a, %d %b %Y %T} GMT")
                    for n, day in enumerate(days)))  # fmt: skip


def silent_for_a_month(visits: Visits, server: FeedServer) -> None:
    server.serve("/feed", daily(visits), etag='"a"')
    visits.go("paper")
    visits.clock.forward(days=30)


def moved_for_good(_: Visits, server: FeedServer) -> None:
    server.redirect("/feed", "/new", 301)
    server.serve("/new", FEED)


STATES: dict[Health, tuple[Callable[[Visits, FeedServer], object], int, str]] = {
    Health.OK: (lambda _, server: server.serve("/feed", FEED), 1, ""),
    Health.FAILING: (
        lambda _, server: server.answer("/feed", 500), 1,
        "the server answered 500 Internal Server Error",
    ),
    Health.STALE: (silent_for_a_month, 1, "nothing new for far longer than usual"),
    Health.EMPTY: (lambda _, server: server.serve("/feed", an_rss()), 2, "its feed has no entries"),
    Health.BLOCKED: (
        lambda _, server: server.answer("/feed", 403), 1, "the server answered 403 Forbidden",
    ),
    Health.NOT_A_FEED: (
        lambda _, server: server.serve("/feed", PAGE), 1, "an HTML page, not a feed",
    ),
    Health.GONE: (
        lambda _, server: server.answer("/feed", 410), 1, "the server answered 410 Gone",
    ),
    Health.MOVED: (
        moved_for_good, 1,
        "it has moved to ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("health", STATES)
def test_each_health_is_reached_and_told_once(
    health: Health, visits: Visits, server: FeedServer
) -> None:
    behave, times, words = STATES[health]
    visits.add("paper", server.url("/feed"))
    behave(visits, server)

    state = visits.go("paper", times)
    again = visits.go("paper") if health is not Health.GONE else state

    what, hint = next_step(state)
    assert (state.health, what.startswith(words)) == (health, True)
    assert bool(hint) is (health is not Health.OK)
    told = [event for event in visits.health_events() if event.health == health]
    assert len(told) == (0 if health is Health.OK else 1)
    assert again.health_since == state.health_since


def test_a_server_that_usually_takes_long_is_slow_and_one_that_stumbles_is_not() -> None:
    source = Source(id="a", url="", name="a")
    state, found = SourceState(id="a", url=""), list[str]()
    outcome = Outcome(source=source, at=NOON, status=Status.NOT_MODIFIED)

    for seconds in (30, 1, 1, 1, 30, 30, 1, 1, 1):
        state = settle(replace(outcome, answered_in=seconds), state, [])
        found.append(state.health)

    assert found == ["ok"] * 4 + ["slow"] * 4 + ["ok"]
    assert next_step(replace(state, health="slow", answers_in=12.4))[0] == "it takes 12 s to answer"


def test_every_health_there_is_has_its_test() -> None:
    assert {*STATES, Health.SLOW} == set(Health)


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_the_feed_of_health_tells_each_change_once_and_no_other_output_tells_any(
    kind: str, home: Home, server: FeedServer
) -> None:
    server.serve("/good", FEED)
    server.answer("/bad", 500)
    home.configure(sources={"good": server.url("/good"), "bad": server.url("/bad")})

    def entries() -> list[tuple[str, str]]:
        read = feedparser.parse((home.feeds / f"_health.{kind}").read_bytes())
        return [(one.title, one.content[0].value if "content" in one else one.summary)
                for one in read.entries]  # fmt: skip

    for _ in range(2):
        home.run("poll", "--all")
    broken = entries() if kind != "json" else []
    server.serve("/bad", an_rss(an_item("Three")))
    home.run("poll", "--all")

    if kind == "json":
        mended = home.feeds.joinpath("_health.json").read_text()
        assert [mended.count(f'"title": "bad: {words}"') for words in STORY] == [1, 1]
    else:
        [(title, body)] = broken
        assert title == "bad: cannot be polled"
        assert body.startswith(
            "<p>The server answered 500 Internal Server Error.</p>"
            "<p>The server has a problem; it is tried again, less often.</p>"
            "<p>It is tried next at 20"
        )
        assert [one for one, _ in entries()] == ["bad: works again", "bad: cannot be polled"]
    everything = (home.feeds / f"everything.{kind}").read_text()
    assert "cannot be polled" not in everything
    assert [everything.count(f"{word}<") + everything.count(f'"{word}"')
            for word in ("One", "Two", "Three")] == [1, 1, 1]  # fmt: skip
