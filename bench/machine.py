"""Say on what was measured, and what: the machine without its name, versions of everything."""

import os
import platform
import re
import sqlite3
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psutil

from bench.contenders import everybody
from bench.measure import ROOT
from bench.rivals import debian, nginx


def machine() -> dict[str, str]:
    """Describe the machine."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "cores": str(os.cpu_count()),
        "processor": _first(r"(?m)^model name\s*: (.+)$", "/proc/cpuinfo") or platform.machine(),
        "memory": f"{memory:.0f} GiB",
        "system": _first(r'(?m)^PRETTY_NAME="(.+)"$', "/etc/os-release") or platform.system(),
    }


def versions() -> dict[str, str]:
    """Give the version of everything that is measured or measures; "" where it is missing."""
    contenders = {one.name: one.version() for one in everybody()}
    return {
        **contenders,
        "ours": f"{contenders['ours']}{_commit()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "feedparser": version("feedparser"),
        "curl": debian.version_of("curl"),
        "nginx": nginx.version(),
        "wrk": debian.version_of("wrk"),
    }


def loads_numpy() -> bool:
    """Tell whether numpy is installed: sqlite-utils loads it then, at each start of ours."""
    return find_spec("numpy") is not None


def _first(pattern: str, path: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text("utf-8"))
    except OSError:
        return ""
    return found[1] if found else ""


def _commit() -> str:
    """Name the commit, if this is a clone."""
    try:
        done = subprocess.run(
            ("git", "describe", "--always", "--dirty"),
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    except OSError:
        return ""
    return f", commit {done.stdout.strip()}" if done.returncode == 0 else ""
