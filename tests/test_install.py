"""`make install` into a folder, as a package is built, and `make uninstall`."""

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregator import __version__
from aggregator.config.load import load

ROOT = Path(__file__).parents[1]
UNITS = ("aggregator.service", "aggregator.socket", "aggregator-poll.service",
         "aggregator-poll.timer")  # fmt: skip
# The interpreter that .venv was made of: a venv made of a venv would look for its packages there.
PYTHON = Path(sys.base_prefix) / "bin" / "python3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something is installed: DESTDIR and PREFIX."""

    root: Path
    prefix: str
    wheel: Path

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        stated = (f"DESTDIR={self.root}", f"PREFIX={self.prefix}", f"PYTHON={PYTHON}")
        # The packages it needs are not fetched: they are those of the tests.
        offline = (f"WHEEL={self.wheel}", "PIP_OPTIONS=--no-deps --no-index")
        program = shutil.which("make")
        assert program is not None
        return subprocess.run(
            [program, f"--directory={ROOT}", "--no-print-directory", *words, *stated, *offline],
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )

    def below(self, path: str) -> Path:
        return self.root / f"{self.prefix}/{path}".lstrip("/")

    def files(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the package, of a copy, with what is installed already."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "aggregator", folder / "aggregator", ignore=ignored)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    done = subprocess.run(
        [*command, "--no-build-isolation", "--wheel-dir", str(folder / "made"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (made,) = (folder / "made").glob("*.whl")
    return made


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Place:
    """Install as Debian lays things out."""
    place = Place(root=tmp_path_factory.mktemp("root"), prefix="/usr", wheel=wheel)
    done = place.make("install")
    assert done.returncode == 0, done.stderr
    assert "systemctl enable --now aggregator" in done.stdout
    assert "systemctl link" not in done.stdout
    return place


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


pytestmark = pytest.mark.slow


def test_what_is_installed_is_where_debian_has_it(place: Place) -> None:
    expected = {
        "etc/aggregator/feeds.toml",
        "usr/bin/aggregator",
        "usr/lib/sysusers.d/aggregator.conf",
        "usr/lib/tmpfiles.d/aggregator.conf",
        "usr/share/doc/aggregator/service.md",
        "usr/share/doc/aggregator/credentials.conf",
        "usr/share/doc/aggregator/monitoring/alerts.yml",
        *(f"usr/lib/systemd/system/{unit}" for unit in UNITS),
    }

    assert expected - place.files() == set()


def test_the_installed_command_runs(place: Place) -> None:
    (packages,) = place.below("lib/aggregator/lib").glob("python*/site-packages")
    ours = Path(pytest.__file__).parents[1]
    (packages / "of-the-tests.pth").write_text(f"{ours}\n")
    script = place.below("bin/aggregator").read_text()
    # As it is for who has it at the root of the machine.
    moved = script.replace("/usr/lib/aggregator", str(place.below("lib/aggregator")))
    done = subprocess.run(
        ["/bin/sh", "-c", moved, "aggregator", "--version"],
        cwd=place.root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert moved != script
    assert done.stdout == f"aggregator, version {__version__}\n", done.stderr
    assert mode(place.below("bin/aggregator")) == 0o755


def test_units_and_scripts_name_the_place_without_the_folder_it_was_built_in(place: Place) -> None:
    texts = [
        path.read_text("utf-8")
        for folder in ("bin", "lib/systemd/system", "share/doc/aggregator")
        for path in place.below(folder).rglob("*")
        if path.is_file()
    ]

    assert [one for one in texts if str(place.root) in one] == []
    assert "ExecStart=/usr/bin/aggregator " in "".join(texts)


def test_the_configuration_is_for_the_service_and_for_nobody_else_to_read(place: Place) -> None:
    path = place.root / "etc" / "aggregator" / "feeds.toml"
    config = load(path)

    assert config.service.data_dir == Path("/var/lib/aggregator")
    assert config.sources == load(ROOT / "feeds.toml").sources
    assert mode(path) == 0o600


def test_elsewhere_the_steps_that_follow_name_what_systemd_does_not_look_for(
    tmp_path: Path, wheel: Path
) -> None:
    done = Place(root=tmp_path, prefix="/opt/x", wheel=wheel).make("install")

    assert [one.strip() for one in done.stdout.splitlines()[1:3]] == [
        "systemd-sysusers /opt/x/lib/sysusers.d/aggregator.conf",
        "systemd-tmpfiles --create /opt/x/lib/tmpfiles.d/aggregator.conf",
    ]
    assert "systemctl link /opt/x/lib/systemd/system/aggregator.service " in done.stdout


def test_installing_again_leaves_the_configuration_and_uninstalling_leaves_all_that_is_ours(
    tmp_path: Path, wheel: Path
) -> None:
    place = Place(root=tmp_path, prefix="/usr/local", wheel=wheel)
    config, data = tmp_path / "etc/aggregator/feeds.toml", tmp_path / "var/lib/aggregator/x.db"
    stranger = place.below("lib/systemd/system/another.service")
    for path in (config, data, stranger):
        path.parent.mkdir(parents=True)
        path.write_text("mine")

    installed = place.make("install")
    unit = place.below("lib/systemd/system/aggregator.service").read_text("utf-8")
    removed = place.make("uninstall")
    left = place.files()
    purged = place.make("uninstall", "PURGE=yes")

    assert [one.returncode for one in (installed, removed, purged)] == [0, 0, 0]
    assert "ExecStart=/usr/local/bin/aggregator " in unit
    assert left == {str(path.relative_to(tmp_path)) for path in (config, data, stranger)}
    assert place.files() == {str(stranger.relative_to(tmp_path))}
