"""The systemd units: what the daemon relies on is there, and what it does not need is denied."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[1] / "systemd"
SYSTEM = UNITS / "aggregator.service"
USER = UNITS / "user" / "aggregator.service"
MOST_EXPOSED = 1.5
both = pytest.mark.parametrize("unit", [SYSTEM, USER], ids=["system", "user"])


def settings(unit: Path) -> list[str]:
    return [line for line in unit.read_text("utf-8").splitlines() if line and line[0] not in "#["]


@both
def test_a_unit_waits_for_the_daemon_and_watches_it(unit: Path) -> None:
    needed = {"Type=notify", "NotifyAccess=main", "WatchdogSec=60", "Restart=on-failure"}

    assert needed - set(settings(unit)) == set()


@both
def test_a_unit_stops_the_daemon_only_and_bounds_the_wait(unit: Path) -> None:
    assert "KillMode=mixed" in settings(unit)
    assert any(line.startswith("TimeoutStopSec=") for line in settings(unit))


@both
def test_a_unit_runs_the_daemon_on_a_named_configuration(unit: Path) -> None:
    (start,) = (line for line in settings(unit) if line.startswith("ExecStart="))

    assert re.fullmatch(r"ExecStart=\S+/\.venv/bin/aggregator --config \S+/feeds\.toml run", start)


def test_the_system_unit_may_write_its_own_folder_only() -> None:
    needed = {
        "User=aggregator",
        "StateDirectory=aggregator",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
    }

    assert needed - set(settings(SYSTEM)) == set()
    assert not any(line.startswith("ReadWritePaths=") for line in settings(SYSTEM))


@both
def test_a_unit_lets_the_daemon_use_the_network_and_sockets_of_its_processes(unit: Path) -> None:
    assert "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX" in settings(unit)


def test_the_system_unit_lets_parsing_processes_bound_their_memory() -> None:
    filters = [line for line in settings(SYSTEM) if line.startswith("SystemCallFilter=")]

    assert "prlimit64" in filters[-1]
    assert not filters[-1].startswith("SystemCallFilter=~")


def test_the_system_unit_exposes_little() -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("needs systemd-analyze")
    command = [analyze, "security", "--offline=yes", "--no-pager", str(SYSTEM)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    score = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    if score is None:
        pytest.skip(f"this systemd-analyze cannot judge a file: {done.stderr.strip()[:200]}")

    assert float(score[1]) <= MOST_EXPOSED
