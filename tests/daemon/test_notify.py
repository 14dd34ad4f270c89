"""What the service manager is told (sd_notify(3))."""

import socket
from pathlib import Path

import pytest

from aggregator.daemon.notify import Notifier


@pytest.mark.parametrize("abstract", [False, True], ids=["a path", "an abstract name"])
def test_states_arrive_in_one_datagram(tmp_path: Path, abstract: bool) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(10)
        name = tmp_path / "notify"
        manager.bind(f"\0{name}" if abstract else str(name))

        Notifier(f"@{name}" if abstract else str(name)).send("READY=1", "STATUS=3 sources")

        assert manager.recv(1000) == b"READY=1\nSTATUS=3 sources"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all"])
def test_no_service_manager_is_no_reason_to_stop(address: str) -> None:
    Notifier(address).send("READY=1")
