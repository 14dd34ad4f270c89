"""Other duties for a daemon that is at work."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from aggregator.cli.parts import Parts, now, open_parts
from aggregator.cli.run import clock_trust, duties
from aggregator.cli.taking_up import taken_up
from aggregator.config.change import change
from aggregator.config.load import load
from aggregator.daemon.chores import Chore
from aggregator.daemon.loop import Daemon
from aggregator.daemon.notify import Notifier
from tests.running import Home, until


@pytest.fixture
def parts(home: Home) -> Iterator[Parts]:
    configure(home, "Tea")
    with open_parts(load(home.config)) as parts:
        parts.relister.begin()
        yield parts


def configure(home: Home, title: str) -> None:
    home.configure(sources={}, outputs={"tea": {"title": title}, "all": {"title": "All"}})


def retitled(home: Home, parts: Parts) -> Parts:
    """Give the parts of a feeds.toml in which one output has another title."""
    configure(home, "All the tea")
    return taken_up(parts, change(parts.config, load(home.config)))


def publish(daemon: Daemon) -> None:
    next(job for job, _ in daemon.jobs if getattr(job, "__name__", "") == "_publish")()


def test_a_feed_that_is_another_while_feeds_are_made_is_made_once_more(
    home: Home, parts: Parts
) -> None:
    after = retitled(home, parts)
    taken: list[bool] = []

    def clock() -> datetime:
        if not taken:  # the feeds are about to be made by the duties of before
            taken.append(True)
            daemon.take_up(duties(after, clock_trust(after)), ["tea"])
        return now()

    daemon = Daemon(replace(duties(parts, clock_trust(parts)), clock=clock), Notifier(""))
    publish(daemon)
    assert "All the tea" not in (home.feeds / "tea.rss").read_text()
    before = (home.feeds / "all.rss").stat().st_mtime_ns
    publish(daemon)

    assert "<title>All the tea</title>" in (home.feeds / "tea.rss").read_text()
    assert (home.feeds / "all.rss").stat().st_mtime_ns == before


def test_feeds_that_could_not_be_made_are_made_later(home: Home, parts: Parts) -> None:
    daemon = Daemon(duties(parts, clock_trust(parts)), Notifier(""))
    home.feeds.parent.mkdir(parents=True)
    home.feeds.write_text("a file where the folder of the feeds should be")
    publish(daemon)
    home.feeds.unlink()
    publish(daemon)

    assert "<title>Tea</title>" in (home.feeds / "tea.rss").read_text()


def test_chores_under_way_end_soon_and_later_ones_go_on(home: Home, parts: Parts) -> None:
    told_to_end: list[bool] = []
    has_begun = threading.Event()

    def do(stopping: threading.Event) -> None:
        has_begun.set()
        told_to_end.append(stopping.wait(0.1 if told_to_end else 30))

    chore = Chore(name="purge", seconds=1, do=do)
    working = replace(duties(parts, clock_trust(parts)), chores={"purge": chore})
    daemon = Daemon(working, Notifier(""))
    purge = daemon.jobs[-1][0]
    thread = threading.Thread(target=purge)
    thread.start()
    until(has_begun.is_set, "it purges")
    daemon.take_up(working, [])
    thread.join()
    purge()

    assert told_to_end == [True, False]
