"""What the service manager is told (sd_notify(3))."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator.daemon.notify import Notifier
from tests.manager import Manager


@pytest.fixture
def manager(tmp_path: Path) -> Manager:
    """Give a service manager."""
    return Manager(tmp_path)


def test_an_abstract_name_is_an_address_as_well(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(10)
        manager.bind(f"\0{tmp_path}/notify")

        Notifier(f"@{tmp_path}/notify").status("3 sources")

        assert manager.recv(1000) == b"STATUS=3 sources"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all"])
def test_no_service_manager_is_no_reason_to_stop(address: str) -> None:
    Notifier(address).ready()


def test_a_service_manager_that_reads_nothing_is_none(manager: Manager) -> None:
    with manager:
        notifier = Notifier(manager.address)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as other:
            while is_sent(lambda: other.sendto(b"full", manager.address)):
                pass
        began = time.monotonic()
        notifier.stopping()

        assert time.monotonic() - began < 10


def is_sent(send: Callable[[], object]) -> bool:
    try:
        send()
    except BlockingIOError:
        return False
    return True


def test_a_status_is_told_when_it_is_another_with_the_note_of_the_time(manager: Manager) -> None:
    with manager:
        notifier = Notifier(manager.address)
        notifier.status("idle")
        notifier.status("idle")
        notifier.note("something is wrong")
        notifier.status("idle")
        notifier.note("")
        notifier.status("idle")

        assert manager.states == [
            "STATUS=idle",
            "STATUS=idle; something is wrong",
            "STATUS=idle",
        ]


def test_a_reload_is_told_with_its_moment_and_ends_with_ready(manager: Manager) -> None:
    with manager:
        notifier = Notifier(manager.address)
        notifier.ready()
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        with notifier.reloading():
            during = manager.states
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000

        name, _, moment = during[-1].partition("=")
        assert (during[:-1], name) == (["READY=1", "RELOADING=1"], "MONOTONIC_USEC")
        assert before <= int(moment) <= after
        assert manager.states[3:] == ["READY=1"]


def test_a_reload_during_the_start_or_the_end_makes_nothing_ready(manager: Manager) -> None:
    with manager:
        notifier = Notifier(manager.address)
        with notifier.reloading():
            pass
        started = manager.states
        notifier.ready()
        with notifier.reloading():
            notifier.stopping()

        assert started == []
        assert [one for one in manager.states if "USEC" not in one] == [
            "READY=1",
            "RELOADING=1",
            "STOPPING=1",
        ]


@pytest.mark.parametrize(
    ("environment", "pause", "pings"),
    [
        ({"WATCHDOG_USEC": "2000000"}, 1, 1),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 5, 1),
        ({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}, 5, 0),
        ({"WATCHDOG_USEC": "0"}, 5, 0),
        ({"WATCHDOG_USEC": "soon"}, 5, 0),
        ({}, 5, 0),
    ],
    ids=["2 s", "60 s and for us", "for another", "0 s", "nonsense", "none"],
)
def test_pings_come_where_they_are_asked_for_within_half_of_the_time(
    manager: Manager,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    pause: float,
    pings: int,
) -> None:
    with manager:
        for name, value in {**environment, "NOTIFY_SOCKET": manager.address}.items():
            monkeypatch.setenv(name, value)
        notifier = Notifier.from_environment()
        notifier.alive()

        assert (notifier.pause, len(manager.states)) == (pause, pings)
        assert not [one for one in os.environ if one.startswith(("NOTIFY_", "WATCHDOG_"))]
