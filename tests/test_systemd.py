"""The systemd units: what the daemon relies on is there, and what it does not need is denied."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from aggregator.config.load import load

ROOT = Path(__file__).parents[1]
UNITS = ROOT / "systemd"
SYSTEM = UNITS / "aggregator.service"
POLL = UNITS / "aggregator-poll.service"
USER = UNITS / "user" / "aggregator.service"
MOST_EXPOSED = 1.5
both = pytest.mark.parametrize("unit", [SYSTEM, USER], ids=["system", "user"])
system_services = pytest.mark.parametrize("unit", [SYSTEM, POLL], ids=["daemon", "poll"])


def settings(unit: Path) -> list[str]:
    return [line for line in unit.read_text("utf-8").splitlines() if line and line[0] not in "#["]


def tool(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program of systemd; only where nobody counts on it may it be missing."""
    program = shutil.which(name)
    if program is None:
        assert "CI" not in os.environ, f"{name} is missing: the check installs systemd"
        pytest.skip(f"needs {name}")
    # A manager of users wants a folder of its own, which there is after a login only.
    environment = os.environ | {"SYSTEMD_LOG_COLOR": "0", "XDG_RUNTIME_DIR": "/tmp"}
    return subprocess.run(
        [program, *words], capture_output=True, text=True, check=False, env=environment
    )


def with_a_program(units: list[Path], folder: Path) -> list[str]:
    """Copy units so that what they start is there: it is installed nowhere on this machine."""
    copies = []
    for unit in units:
        text = re.sub(r"(ExecStart=)\S+/aggregator ", r"\1/bin/true ", unit.read_text("utf-8"))
        copy = folder / unit.name
        copy.write_text(text, "utf-8")
        copies.append(str(copy))
    return copies


@both
def test_a_unit_waits_for_the_daemon_and_watches_it(unit: Path) -> None:
    needed = {"Type=notify", "NotifyAccess=main", "WatchdogSec=60", "Restart=on-failure"}

    assert needed - set(settings(unit)) == set()


@both
def test_a_unit_stops_the_daemon_only_and_bounds_the_wait(unit: Path) -> None:
    assert "KillMode=mixed" in settings(unit)
    assert any(line.startswith("TimeoutStopSec=") for line in settings(unit))


@both
def test_a_unit_has_the_daemon_read_feeds_toml_again(unit: Path) -> None:
    assert "ExecReload=/bin/kill -HUP $MAINPID" in settings(unit)


def test_the_units_run_the_command_on_a_named_configuration() -> None:
    started = [
        line for unit in (SYSTEM, POLL, USER) for line in settings(unit) if "ExecStart=" in line
    ]

    assert started == [
        "ExecStart=/usr/bin/aggregator --config /etc/aggregator/feeds.toml run",
        "ExecStart=/usr/bin/aggregator --config /etc/aggregator/feeds.toml poll",
        "ExecStart=%h/aggregator/.venv/bin/aggregator --config %h/aggregator/feeds.toml run",
    ]


@system_services
def test_a_system_unit_may_write_its_own_folder_only(unit: Path) -> None:
    needed = {
        "User=aggregator",
        "StateDirectory=aggregator",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
    }

    assert needed - set(settings(unit)) == set()
    assert not any(line.startswith("ReadWritePaths=") for line in settings(unit))


def test_a_poll_is_confined_as_the_daemon_is() -> None:
    confined = [unit.read_text("utf-8").partition("# What it may do")[2] for unit in (SYSTEM, POLL)]

    assert confined[0].partition("\n[Install]")[0].strip() == confined[1].strip()


@both
def test_a_unit_lets_the_daemon_use_the_network_and_sockets_of_its_processes(unit: Path) -> None:
    assert "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX" in settings(unit)


@system_services
def test_a_system_unit_lets_parsing_processes_bound_their_memory(unit: Path) -> None:
    filters = [line for line in settings(unit) if line.startswith("SystemCallFilter=")]

    assert "prlimit64" in filters[-1]
    assert not filters[-1].startswith("SystemCallFilter=~")


def test_the_socket_is_where_the_daemon_would_listen() -> None:
    listen = load(ROOT / "feeds.toml").service.listen

    assert f"ListenStream={listen}" in settings(UNITS / "aggregator.socket")
    assert SYSTEM.stem == "aggregator"  # the service of a socket has its name


def test_the_drop_in_for_newer_versions_takes_the_other_way_of_reloading_out() -> None:
    assert settings(UNITS / "notify-reload.conf") == ["Type=notify-reload", "ExecReload="]


# What systemd says


@system_services
def test_a_system_unit_exposes_little(unit: Path) -> None:
    done = tool("systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit))
    score = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)

    assert score is not None, done.stderr
    assert float(score[1]) <= MOST_EXPOSED


def test_systemd_finds_nothing_wrong_with_the_system_units(tmp_path: Path) -> None:
    units = [one for one in UNITS.iterdir() if one.suffix in (".service", ".socket", ".timer")]
    done = tool("systemd-analyze", "verify", "--man=no", *with_a_program(units, tmp_path))

    assert len(units) == 4
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["credentials.conf", "notify-reload.conf"])
def test_systemd_takes_the_drop_ins(name: str, tmp_path: Path) -> None:
    (copy,) = with_a_program([SYSTEM], tmp_path)
    folder = tmp_path / "aggregator.service.d"
    folder.mkdir()
    shutil.copy(UNITS / name, folder)
    done = tool("systemd-analyze", "verify", "--man=no", copy)

    # Debian 12 says of the one for newer versions that it does not know it.
    foreign = "notify-reload" if name == "notify-reload.conf" else ""
    strange = [one for one in done.stderr.splitlines() if not foreign or foreign not in one]
    assert strange == []


def test_systemd_finds_nothing_wrong_with_the_user_unit(tmp_path: Path) -> None:
    copies = with_a_program([USER], tmp_path)
    done = tool("systemd-analyze", "verify", "--man=no", "--user", *copies)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_user_and_the_folders_of_the_service_are_made(tmp_path: Path) -> None:
    for kind in ("sysusers", "tmpfiles"):
        folder = tmp_path / "usr" / "lib" / f"{kind}.d"
        folder.mkdir(parents=True)
        shutil.copy(UNITS / f"aggregator.{kind}", folder / "aggregator.conf")
    config = tmp_path / "etc" / "aggregator" / "feeds.toml"
    config.parent.mkdir(parents=True)
    config.touch(mode=0o600)
    users = tool("systemd-sysusers", f"--root={tmp_path}", "--dry-run")
    if os.geteuid() != 0:
        pytest.skip("needs root to give folders to a user")
    tool("systemd-sysusers", f"--root={tmp_path}")
    folders = tool("systemd-tmpfiles", f"--root={tmp_path}", "--create", "aggregator.conf")

    assert (users.returncode, folders.returncode) == (0, 0), users.stderr + folders.stderr
    made = {
        path: oct((tmp_path / path).stat().st_mode & 0o777)
        for path in ("etc/aggregator", "etc/aggregator/feeds.toml", "var/lib/aggregator")
    }
    assert list(made.values()) == ["0o750", "0o640", "0o750"]
    assert "aggregator:x:" in (tmp_path / "etc" / "passwd").read_text()
    owners = [(tmp_path / path).stat() for path in made]
    assert [one.st_uid for one in owners[:2]] == [0, 0]
    assert owners[2].st_uid == owners[0].st_gid != 0
