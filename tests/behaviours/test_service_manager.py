"""What a service manager is told of start, life and end, also when something hangs."""

import contextlib
import fcntl
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from aggregator.store import integrity
from tests.feeds import an_item, an_rss
from tests.manager import Manager, an_address, handing_over
from tests.running import Home, Running, until
from tests.servers import FeedServer, Request, Response

pytestmark = pytest.mark.slow

BOUND = 30  # seconds; systemd waits 60 (TimeoutStopSec)
ends = pytest.mark.parametrize(
    "signals",
    [
        (signal.SIGTERM,),
        (signal.SIGINT,),
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGTERM, signal.SIGINT),
    ],
    ids=["SIGTERM", "SIGINT", "SIGTERM twice", "SIGTERM and SIGINT"],
)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """Give a service manager."""
    with Manager(tmp_path) as manager:
        yield manager


class Hang:
    """Has whoever opens the database hang in a system call, as on a disk that does not answer: the
    file of its lock is a pipe meanwhile, which waits to be opened for writing.

    The pipe is locked as shared to the end of the test, or who goes on would think that nobody else
    is at work.
    """

    def __init__(self, home: Home) -> None:
        self._lock, self._aside = home.data / "aggregator.lock", home.data / "aside"
        self._pipe = -1

    def begin(self) -> None:
        """Have those hang that come from now on."""
        self._lock.rename(self._aside)
        pipe = self._lock.with_name("pipe")
        os.mkfifo(pipe)
        self._pipe = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.flock(self._pipe, fcntl.LOCK_SH)
        pipe.rename(self._lock)

    def end(self) -> None:
        """Let all of them go on."""
        writing = os.open(self._lock, os.O_WRONLY)
        self._aside.rename(self._lock)
        os.close(writing)

    def close(self) -> None:
        """Give up the lock of the pipe."""
        os.close(self._pipe)


@pytest.fixture
def hang(home: Home) -> Iterator[Hang]:
    """Give what has a daemon hang."""
    with closing(Hang(home)) as hang:
        yield hang


def send(daemon: Running, signals: Sequence[signal.Signals]) -> None:
    for number in signals:
        daemon.send(number)


def titles(home: Home) -> list[str]:
    try:
        return [title for (title,) in home.query("SELECT title FROM article ORDER BY n")]
    except sqlite3.OperationalError:
        return []  # the table is not made yet


def only_kinds(states: Sequence[str]) -> list[str]:
    """Leave out what changes from run to run."""
    return [one for one in states if not one.startswith(("STATUS=", "MONOTONIC_USEC="))]


# Start, life, end


def test_start_life_reload_and_end_are_told(
    home: Home, server: FeedServer, manager: Manager
) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    server.answer("/broken", 410)
    home.configure(sources={"paper": server.url("/feed"), "old": server.url("/broken")})
    with home.start("run", **manager.environment(watchdog=1)) as daemon:
        manager.wait("READY=1")
        served = home.get("/").status
        manager.wait("STATUS=2 sources (1 broken), 1 output; waiting for what is due")
        manager.wait("WATCHDOG=1")
        daemon.send(signal.SIGHUP)
        until(lambda: manager.states.count("READY=1") == 2, "the reload is over")
        home.config.write_text("nonsense")
        manager.wait("STATUS=2 sources (1 broken), 1 output; waiting for what is due; feeds.toml ")
        daemon.send(signal.SIGTERM)
        manager.wait("STOPPING=1")
        code = daemon.ended()

    told = list(dict.fromkeys(only_kinds(manager.states)))
    assert (served, code, manager.states[0]) == (200, 0, "STATUS=starting")
    assert told == ["READY=1", "WATCHDOG=1", "RELOADING=1", "STOPPING=1"]


def test_where_no_pings_are_asked_for_none_come(home: Home, manager: Manager) -> None:
    home.configure(sources={})
    of_another = manager.environment(watchdog=0.1) | {"WATCHDOG_PID": "1"}
    with home.start("run", **of_another) as daemon:
        manager.wait("READY=1")
        time.sleep(0.5)  # ten times as long as a ping would take
        daemon.send(signal.SIGTERM)
        assert daemon.ended() == 0

    assert only_kinds(manager.states) == ["READY=1", "STOPPING=1"]


def test_the_processes_that_parse_have_nothing_of_the_service_manager(
    home: Home, server: FeedServer, manager: Manager
) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    home.configure(sources={"paper": server.url("/feed")})
    with (
        an_address() as held,
        home.start("run", **manager.environment(watchdog=9), **handing_over(held)) as daemon,
    ):
        until(lambda: "One" in titles(home), "a document was parsed")
        others = [one for one in daemon.processes() if one != daemon.pid]
        variables = [name for pid in others for name in environment(pid)]
        sockets = {pid: open_sockets(pid) for pid in daemon.processes()}
        inode = os.fstat(held.fileno()).st_ino

    assert len(others) > 1
    assert [one for one in variables if one.startswith(("NOTIFY", "LISTEN", "WATCHDOG"))] == []
    assert [pid for pid, inodes in sockets.items() if inode in inodes] == [daemon.pid]


def environment(pid: int) -> list[str]:
    variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return [one.partition(b"=")[0].decode() for one in variables]


def open_sockets(pid: int) -> set[int]:
    """List the inodes of the sockets that a process has open."""
    links = []
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(str(file.readlink()))
    return {int(one[8:-1]) for one in links if one.startswith("socket:[")}


# Row 10: SIGTERM


@pytest.mark.slow
@ends
def test_r10_polls_under_way_are_stored_and_one_that_never_ends_is_given_up(
    home: Home, server: FeedServer, manager: Manager, signals: Sequence[signal.Signals]
) -> None:
    def late(_request: Request) -> Response:
        until(lambda: "STOPPING=1" in manager.states or server.closing.is_set(), "it stops")
        return Response(body=an_rss(an_item("Late")))

    server.handle("/late", late)
    server.never("/never")
    home.configure(
        sources={"late": server.url("/late"), "never": server.url("/never")},
        defaults={"timeout": "100s"},
    )
    with home.start("run", **manager.environment()) as daemon:
        until(lambda: len(server.requests) == 2, "both are asked")
        send(daemon, signals)
        began = time.monotonic()
        code = daemon.ended(BOUND)
        took = time.monotonic() - began
        errors = daemon.errors

    assert (code, titles(home)) == (0, ["Late"])
    assert took < BOUND
    assert only_kinds(manager.states) == ["READY=1", "STOPPING=1"]
    assert "given up sources=never" in errors
    assert "Traceback" not in errors
    assert b"Late" in (home.feeds / "everything.rss").read_bytes()
    assert integrity.problems(home.database, full=True) == []


@pytest.mark.slow
@ends
def test_r10_a_start_that_hangs_is_ended_as_well_and_the_next_one_works(
    home: Home,
    server: FeedServer,
    manager: Manager,
    hang: Hang,
    signals: Sequence[signal.Signals],
) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    home.configure(sources={"paper": server.url("/feed")})
    home.run("poll")
    hang.begin()
    with home.start("run", **manager.environment()) as daemon:
        manager.wait("STATUS=starting")
        send(daemon, signals)
        code = daemon.ended(BOUND)
        errors = daemon.errors
    hang.end()

    assert (code, only_kinds(manager.states)) == (0, [])
    assert " WARNING stop during=start" in errors
    assert "Traceback" not in errors
    with home.start("run") as daemon:
        daemon.answers()
        daemon.send(signal.SIGTERM)
        assert daemon.ended() == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_r10_a_signal_at_any_moment_of_the_start_ends_it(
    home: Home, server: FeedServer, tmp_path: Path, number: signal.Signals
) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    home.configure(sources={"paper": server.url("/feed")})
    ended, errors = [], []
    for step in range(8):
        (tmp_path / str(step)).mkdir()
        with (
            Manager(tmp_path / str(step)) as manager,
            home.start("run", **manager.environment()) as daemon,
        ):
            manager.wait("STATUS=starting")
            threading.Event().wait(step * 0.05)  # the moments are what is tried here
            daemon.send(number)
            ended.append(daemon.ended(BOUND))
            errors.append(daemon.errors)

    assert ended == [0] * 8
    assert "Traceback" not in "".join(errors)
    assert integrity.problems(home.database, full=True) == []


# Row 11: the scheduler hangs


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_r11_pings_stop_while_the_scheduler_hangs_and_go_on_with_it(
    home: Home, server: FeedServer, manager: Manager, hang: Hang
) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    home.configure(sources={"paper": server.url("/feed")}, defaults={"interval": "1s"})
    with home.start("run", **manager.environment(watchdog=2)) as daemon:
        until(lambda: "One" in titles(home), "it polls")
        hang.begin()
        until(lambda: manager.silence() > 4, "no pings come", seconds=60)
        manager.wait("STATUS=1 source, 1 output; stuck: the scheduler hangs")
        silent = len(manager.pings())
        hang.end()
        until(lambda: len(manager.pings()) > silent + 2, "pings come again")
        server.serve("/feed", an_rss(an_item("Two"), an_item("One")))
        until(lambda: "Two" in titles(home), "it polls again")
        daemon.send(signal.SIGTERM)
        assert daemon.ended(BOUND) == 0


@pytest.mark.slow
def test_r11_a_daemon_whose_scheduler_hangs_can_be_ended(
    home: Home, server: FeedServer, manager: Manager, hang: Hang
) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    home.configure(sources={"paper": server.url("/feed")}, defaults={"interval": "1s"})
    with home.start("run", **manager.environment()) as daemon:
        until(lambda: "One" in titles(home), "it polls")
        hang.begin()
        asked = len(server.requests)
        with pytest.raises(AssertionError):
            until(lambda: len(server.requests) > asked + 1, "it polls on", seconds=4)
        daemon.send(signal.SIGTERM)
        code = daemon.ended(BOUND)
        errors = daemon.errors

    assert (code, "given up sources=scheduler" in errors) == (0, True)
    assert integrity.problems(home.database, full=True) == []


@pytest.mark.slow
def test_r11_a_busy_daemon_goes_on_pinging(
    home: Home, server: FeedServer, manager: Manager
) -> None:
    body = an_rss(*(an_item(f"Story {n}", body=f"<p>{'word ' * 500}</p>") for n in range(200)))
    for number in range(15):
        server.serve(f"/{number}", body.replace(b"Story", b"Story %d" % number))
    for number in range(8):
        server.never(f"/never/{number}")
    names = [*map(str, range(15)), *(f"never/{number}" for number in range(8))]
    home.configure(
        sources={f"s{one.replace('/', '-')}": server.url(f"/{one}") for one in names},
        service={"allow_private": True},
        defaults={"timeout": "30s"},
    )
    with home.start("run", **manager.environment(watchdog=3)) as daemon:
        until(lambda: len(titles(home)) == 3000, "all is stored", 110)
        # On a fast machine that is before the fourth ping; other sources still keep it busy.
        until(lambda: len(manager.pings()) > 3, "it has pinged", 30)
        daemon.send(signal.SIGTERM)
        assert daemon.ended(BOUND) == 0

    pings = manager.pings()
    gaps = [later - earlier for earlier, later in pairwise(pings)]
    assert len(gaps) > 2
    assert max(gaps) < 3
    assert any("under way: " in one for one in manager.states)
