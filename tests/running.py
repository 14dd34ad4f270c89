"""The real command, as a person runs it: in a process of its own, in a folder of its own.

home = Home(tmp_path)
home.configure(sources={"paper": server.url("/feed")})
home.run("poll")                         # to its end
with home.start("run") as daemon: ...    # until the block ends; everything it started ends as well
"""

import contextlib
import json
import os
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeVar

_T = TypeVar("_T")
Table = Mapping[str, object]
COMMAND = (sys.executable, "-m", "aggregator")
EVERYTHING: Mapping[str, Table] = {"everything": {"title": "Everything"}}


def until(condition: Callable[[], _T], what: str, seconds: float = 30) -> _T:
    """Wait until a condition holds and give its value; fail in words when it does not in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        select.select((), (), (), 0.01)
    return value


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Read every file below a folder: content and time of its last change, by path."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder, by path."""
    return {path: content for path, (content, _) in snapshot(folder).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything it wrote."""
        return self.out + self.err

    @property
    def json(self) -> Any:
        """What it printed for programs."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[list[str]]:
        """The table it printed: rows of cells, the head first."""
        return [line.split("\t") for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer of the daemon's web server; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Home:
    """A folder with a feeds.toml, and the command run on it."""

    def __init__(self, folder: Path, command: tuple[str, ...] = COMMAND) -> None:
        self.folder = folder
        self.command = command
        self.config = folder / "feeds.toml"
        self.data = folder / "data"
        self.database = self.data / "aggregator.db"
        self.feeds = self.data / "public" / "feeds"
        self.archive = self.data / "archive"
        self.port = 0
        self.environment: dict[str, str] = {}  # beside that of the tests

    def configure(
        self,
        *,
        sources: Mapping[str, str | Table],
        outputs: Mapping[str, Table] = EVERYTHING,
        defaults: Table | None = None,
        service: Table | None = None,
        delay: str = "0s",
    ) -> None:
        """Write feeds.toml; a source may be its url alone. Loopback is allowed, the port free.

        `delay` is between two requests to one host; tests have all their sources on one.
        """
        self.port = self.port or free_port()
        tables: dict[str, Table] = {
            "service": {"listen": f"127.0.0.1:{self.port}", **(service or {})},
            "defaults": {"allow_private": True, **(defaults or {})},
            'hosts."*"': {"delay": delay, "connections": 8},
        }
        for name, source in sources.items():
            tables[f"sources.{name}"] = {"url": source} if isinstance(source, str) else source
        tables |= {f"outputs.{name}": output for name, output in outputs.items()}
        self.config.write_text("\n".join(_toml(name, one) for name, one in tables.items()))

    def run(self, *arguments: str, seconds: float = 90) -> Ended:
        """Run a command to its end."""
        return self.run_bare("--config", str(self.config), *arguments, seconds=seconds)

    def run_bare(self, *arguments: str, seconds: float = 90) -> Ended:
        """Run a command to its end, with no word about its configuration."""
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=self.folder,
            env=_environment() | self.environment,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        return Ended(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())

    @contextlib.contextmanager
    def start(
        self,
        *arguments: str,
        under: tuple[str, ...] = (),
        files: tuple[int, ...] = (),
        **environment: str,
    ) -> Iterator["Running"]:
        """Start a command; whatever is left of it and its children in the end is killed.

        `under` is a command that starts it in its own place, as `strace -D` does; `files` are open
        ones that it gets.
        """
        with (self.folder / "stderr.txt").open("wb") as errors:
            process = subprocess.Popen(
                [*under, *self.command, "--config", str(self.config), *arguments],
                cwd=self.folder,
                env=_environment() | self.environment | environment,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=files,
                start_new_session=True,
            )
            running = Running(process, self)
            try:
                yield running
            finally:
                running.kill()

    def query(self, sql: str, *values: object) -> list[Any]:
        """Ask the database, as a person's script would."""
        if not self.database.exists():
            return []
        with contextlib.closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return connection.execute(sql, values).fetchall()

    def sources(self) -> dict[str, dict[str, Any]]:
        """Give `aggregator sources --json` by source."""
        return {one["source"]: one for one in self.run("sources", "--json").json}

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask the daemon; `_` stands for `-` in the names of headers."""
        return ask(self.port, path, method, **headers)


def ask(port: int, path: str, method: str = "GET", **headers: str) -> Answer:
    """Send one request to a port of 127.0.0.1, the path exactly as it is given."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        response = connection.getresponse()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=answered, body=response.read())
    finally:
        connection.close()


class Running:
    """A command under way, in a session of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]", home: Home) -> None:
        self._process = process
        self._home = home

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def errors(self) -> str:
        """What it wrote to standard error so far."""
        return (self._home.folder / "stderr.txt").read_text()

    @property
    def is_over(self) -> bool:
        """Say whether it ended by itself."""
        return self._process.poll() is not None

    def is_over_within(self, seconds: float) -> bool:
        """Wait for its end so long, and say whether it came."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the command alone, not to its children."""
        self._process.send_signal(number)

    def ended(self, seconds: float = 30) -> int:
        """Wait for its end and give the exit code, negative for a signal."""
        return self._process.wait(seconds)

    def answers(self) -> None:
        """Wait until its web server answers."""

        def reached() -> bool:
            assert not self.is_over, self.errors
            try:
                return ask(self._home.port, "/").status == 200
            except OSError:
                return False

        until(reached, "the web server answers")

    def processes(self) -> list[int]:
        """List what lives of its session: itself and everything it started."""
        return [pid for pid in _pids() if _session(pid) == self._process.pid]

    def kill(self) -> None:
        """Kill it and everything it started, as far as that still lives."""
        while living := self.processes():
            for pid in living:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _session(pid: int) -> int:
    """Give the session of a process; 0 for one that is gone or waits to be buried."""
    try:
        state, _, _, session = (
            Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split(" ", 4)[:4]
        )
    except OSError:
        return 0
    return 0 if state == "Z" else int(session)


def _environment() -> dict[str, str]:
    of_systemd = ("NOTIFY_", "WATCHDOG_", "LISTEN_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(of_systemd)}
    return kept | {"LC_ALL": "C.UTF-8", "NO_COLOR": "1", "COLUMNS": "200"}


def _toml(name: str, table: Table) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in table.items()]
    return "\n".join([f"[{name}]", *lines, ""])


def _value(value: object) -> str:
    """Write a value; JSON's texts, lists, numbers and booleans are TOML's as well."""
    if isinstance(value, Mapping):
        inner = (f"{json.dumps(key)} = {_value(one)}" for key, one in value.items())
        return f"{{ {', '.join(inner)} }}"
    return json.dumps(value, ensure_ascii=False)
