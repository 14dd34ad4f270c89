"""The wall clock of a real process, set by a test before it starts or while it runs.

clock = Clock(tmp_path)
home.environment = clock.environment
with home.start("run") as daemon:
    clock.shift(timedelta(days=-365))

A library that is loaded before the others answers in place of the C library's clock, so that the
process has nothing to be made ready for it. libfaketime would do the same, but with its version
0.9.10 Python's `time.sleep` fails (clock_nanosleep gives EINVAL), unless it fakes the steady clock
as well.
"""

import mmap
import os
import shutil
import struct
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

_SHARED = Path(__file__).with_suffix(".c")


class Clock:
    """A clock that runs with the real one, so much ahead or behind, or stands still."""

    def __init__(self, folder: Path) -> None:
        library, told = folder / "clock.so", folder / "clock"
        _compile(library)
        told.write_bytes(bytes(16))
        with told.open("r+b") as file:
            self._told = mmap.mmap(file.fileno(), 16)
        self.environment = {"LD_PRELOAD": str(library), "TEST_CLOCK": str(told)}

    def shift(self, by: timedelta) -> None:
        """Go, with the real time and so much added."""
        self._tell(int(by.total_seconds()) * 10**9, 0)

    def stop(self, at: datetime) -> None:
        """Stand still."""
        self._tell(0, int(at.timestamp()) * 10**9)

    def _tell(self, ahead: int, still: int) -> None:
        self._told[:] = struct.pack("qq", ahead, still)


def _compile(library: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        needed("a C compiler")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SHARED), "-ldl"], check=True
    )


def needed(what: str) -> NoReturn:
    """Skip a test for want of a tool; where everything is to be checked that is a failure."""
    words = f"needs {what}: .ci/run names Debian's package"
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)
