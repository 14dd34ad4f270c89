"""What befalls the daemon on a bad day: its disk fills up, it is killed, its file is broken."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.measure import BenchError

DISK_MB = 512
LEFT_BYTES = 1_000_000  # on the full disk
_BLOCK = 1 << 20
RESTART_SECONDS = 1.0  # that a service manager waits
MISTAKES = (
    "[outputs.everything\n",
    '[sources.s1]\nurl = "http://127.0.0.1:9/twice"\n',
    '[outputs.wrong]\ntitle = "x"\nanny = ["y"]\n',
    "\0\ufffe",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One that came and went: its kind, and its begin and end in seconds since the start."""

    kind: str
    begin: float
    end: float


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Make a folder a file system of its own, in memory, which can be filled.

    Raises BenchError where this user may not mount one.
    """
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder))
    done = subprocess.run(("mount", *options), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"no small disk can be mounted: {done.stderr.strip()}; try `unshare -rm`")
    try:
        yield
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=False)


class Service:
    """The daemon, kept running as a service manager would: started again after it was killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._again_at = 0.0
        self.starts = 0
        self.own_ends: list[tuple[float, int]] = []  # when it ended by itself, and its exit codes

    @property
    def pid(self) -> int | None:
        """Give the process that runs now, if one does."""
        return self._process.pid if self._process else None

    def keep_running(self) -> None:
        """Start it unless it runs, a moment after it ended by itself."""
        if self._process is None:
            if time.monotonic() >= self._again_at:
                self._start()
        elif (code := self._process.poll()) is not None:
            self.own_ends.append((time.monotonic(), code))
            self._end_all()
            self._again_at = time.monotonic() + RESTART_SECONDS

    def kill(self) -> None:
        """Kill it and all that it started, with SIGKILL."""
        self._end_all()
        self._again_at = 0.0

    def stop(self, seconds: float) -> int:
        """Ask it to end, and give its exit code; kill what is left of it after so long."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(seconds)
        finally:
            self._end_all()

    def _start(self) -> None:
        command = (sys.executable, "-m", "aggregator", "--config", self._folder / "feeds.toml")
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen((*command, "run"), stderr=log, start_new_session=True)
        self.starts += 1

    def _end_all(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


class Ballast:
    """A file that takes what is free on a disk."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ballast"

    def fill(self) -> None:
        """Leave a megabyte."""
        disk = os.statvfs(self._path.parent)
        size = max(disk.f_bavail * disk.f_frsize - LEFT_BYTES, 0)
        with suppress(OSError), self._path.open("ab", buffering=0) as file:
            while size > 0:
                size -= file.write(bytes(min(size, _BLOCK)))

    def empty(self) -> None:
        """Give it back."""
        self._path.unlink(missing_ok=True)


class Misfortune:
    """Lets troubles come and go, over one another as chance will have it; call `go_on` often."""

    def __init__(self, service: Service, config: Path, disk: Path, seed: int) -> None:
        self._service = service
        self._config = config
        self._sound = config.read_text(encoding="utf-8")
        self._ballast = Ballast(disk)
        self._random = random.Random(seed)
        self._began = time.monotonic()
        self._next = {"kill": self._within(8, 25), "disk": self._within(20, 50),
                      "file": self._within(10, 30)}  # fmt: skip
        self._since: dict[str, float] = {}
        self.past: list[Trouble] = []

    def go_on(self) -> None:
        """Do what is due."""
        if self._is_due("kill"):
            self._service.kill()
            self.past.append(Trouble(kind="kill", begin=self._at, end=self._at))
            self._next["kill"] = self._within(8, 25)
        if self._is_due("disk"):
            self._turn("disk", lasts=self._within(6, 15), pause=self._within(35, 60))
        if self._is_due("file"):
            self._turn("file", lasts=self._within(4, 12), pause=self._within(20, 40))
        if "disk" in self._since:
            self._ballast.fill()  # what the daemon gave back is gone at once

    def end(self) -> None:
        """Put everything right."""
        for kind in tuple(self._since):
            self._mend(kind)
        self._write(self._sound)

    @property
    def _at(self) -> float:
        return time.monotonic() - self._began

    def _within(self, least: float, most: float) -> float:
        return self._at + self._random.uniform(least, most)

    def _is_due(self, kind: str) -> bool:
        return self._at >= self._next[kind]

    def _turn(self, kind: str, *, lasts: float, pause: float) -> None:
        if kind in self._since:
            self._mend(kind)
            self._next[kind] = pause
            return
        self._since[kind] = self._at
        self._next[kind] = lasts
        if kind == "disk":
            self._ballast.fill()
        else:
            self._write(self._sound + self._random.choice(MISTAKES))

    def _mend(self, kind: str) -> None:
        self.past.append(Trouble(kind=kind, begin=self._since.pop(kind), end=self._at))
        if kind == "disk":
            self._ballast.empty()
        else:
            # With an output more or less than before, so that there is something to take up.
            number = len(self.past)
            extra = f'\n[outputs.extra{number}]\ntitle = "Extra {number}"\nlimit = 5\n'
            self._write(self._sound + extra * (number % 2))

    def _write(self, text: str) -> None:
        self._config.write_text(text, encoding="utf-8", errors="surrogateescape")
