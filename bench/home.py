"""Make a home of ours by real polls, and run the real daemon in it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil

from aggregator.store import figures
from aggregator.store.database import Database
from bench.contenders import feeds_toml
from bench.measure import BenchError
from bench.session import serving
from tests.running import ask, free_port, until

PATIENCE = 1200  # seconds for the daemon to be done with what it does in the background
COMMAND = (sys.executable, "-m", "aggregator")


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """A folder with everything that polls of ours leave; `raw` is the bytes of what they read."""

    folder: Path
    port: int
    raw: int

    @property
    def data(self) -> Path:
        """Where database, article files and feeds are."""
        return self.folder / "data"

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.data / "aggregator.db"

    @property
    def command(self) -> tuple[str, ...]:
        """Our command on this home, without the word for what to do."""
        return (*COMMAND, "--config", str(self.folder / "feeds.toml"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """A process that serves on a port; what it started counts as well."""

    pid: int
    port: int

    def cpu(self) -> float:
        """Add up the CPU seconds so far, those of processes that ended included."""
        root, total = psutil.Process(self.pid), 0.0
        for one in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                taken = one.cpu_times()
                total += taken.user + taken.system + taken.children_user + taken.children_system
        return total


@contextlib.contextmanager
def polled(folder: Path, sources: int, entries: int, seed: int) -> Iterator[Home]:
    """Poll every source once; the sources go on being served, as the daemon may ask again."""
    port = free_port()
    with serving(sources, entries, seed) as server:
        text = feeds_toml(folder / "data", server.base, sources, f"127.0.0.1:{port}")
        (folder / "feeds.toml").write_text(text, encoding="utf-8")
        server.control()
        home = Home(folder=folder, port=port, raw=0)
        done = subprocess.run(
            (*home.command, "poll", "--all"), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BenchError(f"poll: exit {done.returncode}: {done.stderr[-2000:]}")
        yield Home(folder=folder, port=port, raw=int(str(server.control()["raw_bytes"])))


@contextlib.contextmanager
def daemon(home: Home) -> Iterator[Served]:
    """Run the daemon, once it has done all that it does in the background."""
    with (home.folder / "log").open("wb") as log:
        process = subprocess.Popen((*home.command, "run"), stderr=log, start_new_session=True)
    try:
        with closing(Database(home.database)) as database:
            until(lambda: process.poll() is not None or _is_idle(home, database),
                  "the daemon comes to rest", PATIENCE)  # fmt: skip
        if process.poll() is not None:
            raise BenchError(f"run: {(home.folder / 'log').read_text()[-2000:]}")
        yield Served(pid=process.pid, port=home.port)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _is_idle(home: Home, database: Database) -> bool:
    if any(figures.counts(database).pending.values()):
        return False
    with contextlib.suppress(OSError):
        return ask(home.port, "/").status == 200
    return False
