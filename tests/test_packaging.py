"""What a fresh clone is given: make targets, the check, the licence, files that a package needs."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

import aggregator

ROOT = Path(__file__).parents[1]
TARGETS = (
    "run",
    "test",
    "test-slow",
    "lint",
    "format",
    "bench",
    "pictures",
    "clean",
    "install",
    "uninstall",
)


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def make(*words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    program = shutil.which("make")
    if program is None:
        pytest.skip("needs make")
    # Nothing else: a make that runs these tests hands its own variables down.
    environment = {"PATH": os.environ["PATH"]}
    command = [program, f"--directory={folder}", "--no-print-directory", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def dry_run(target: str) -> str:
    done = make("--dry-run", "--always-make", target)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_the_target(target: str) -> None:
    assert dry_run(target)


def test_every_test_is_run_by_one_target() -> None:
    assert '-m "not slow and not browser"' in dry_run("test")
    assert "-m slow" in dry_run("test-slow")
    assert "-m browser" in dry_run("test-browser")


def test_make_run_installs_what_it_needs_and_no_more() -> None:
    steps = dry_run("run").splitlines()

    assert any(
        step.endswith('install --quiet --disable-pip-version-check -e "."') for step in steps
    )
    assert steps[-1].split() == [".venv/bin/aggregator", "run"]


def test_make_names_what_is_missing_when_there_is_no_python(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)

    done = make("PYTHON=no-such-python", "run", folder=tmp_path)

    assert done.returncode != 0
    assert "error: there is no no-such-python: install Python 3.11 or newer" in done.stderr


def test_make_names_what_is_missing_when_python_is_too_old(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    python = tmp_path / "old-python"
    python.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2\nexit 1\n')
    python.chmod(0o755)

    done = make(f"PYTHON={python}", "run", folder=tmp_path)

    assert done.returncode != 0
    assert "is Python 3.9.2, and 3.11 or newer is needed" in done.stderr


def test_the_check_can_be_run_and_is_sound_bash() -> None:
    check = ROOT / ".ci" / "run"
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run([bash, "-n", str(check)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert os.access(check, os.X_OK)
    assert "set -euo pipefail" in check.read_text("utf-8")


def test_the_licence_is_the_one_that_is_declared() -> None:
    assert project()["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")


def test_the_files_that_a_package_carries_are_there() -> None:
    carried = project()["tool"]["setuptools"]["package-data"]
    found = {
        package: any(
            one.is_file()
            for pattern in patterns
            for one in (ROOT / package.replace(".", "/")).glob(pattern)
        )
        for package, patterns in carried.items()
    }

    assert found
    assert all(found.values())


def test_the_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", aggregator.__version__)


def test_the_changelog_begins_with_the_version() -> None:
    headings = re.findall(r"(?m)^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"))

    assert headings[0] == aggregator.__version__
