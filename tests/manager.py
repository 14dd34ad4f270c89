"""A service manager, as far as a daemon sees one: the socket it tells its states (sd_notify(3)),
and addresses that are handed to it open (sd_listen_fds(3)).

with Manager(folder) as manager, home.start("run", **manager.environment(watchdog=2)) as daemon:
    manager.wait("READY=1")

with an_address() as held, home.start("run", **handing_over(held)) as daemon: ...
"""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from tests.running import until

# Sockets come as 3 and up, to the process whose number is told: itself, before it becomes another.
_HAND_OVER = """
import os, sys
count, names, *command = sys.argv[1:]
files = [int(one) for one in command[: int(count)]]
above = [os.dup2(one, 100 + number) for number, one in enumerate(files)]
os.closerange(3, 100)
for number, one in enumerate(above):
    os.dup2(one, 3 + number)
    os.close(one)
os.environ |= {"LISTEN_FDS": count, "LISTEN_PID": str(os.getpid())}
if names:
    os.environ["LISTEN_FDNAMES"] = names
os.execvp(command[int(count)], command[int(count) :])
"""


class HasFileno(Protocol):
    """A socket, or another open file."""

    def fileno(self) -> int:
        """Give its number."""


class Manager:
    """The socket that a daemon tells its states, with what came and when."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self.told: list[tuple[float, str]] = []  # by the steady clock
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(self.address)

    def __enter__(self) -> "Manager":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def environment(self, watchdog: float = 0) -> dict[str, Any]:
        """Give what a daemon is started with; `watchdog` is in seconds."""
        asked = {"WATCHDOG_USEC": str(int(watchdog * 1e6))} if watchdog else {}
        return {"NOTIFY_SOCKET": self.address, **asked}

    @property
    def states(self) -> list[str]:
        """List what it was told so far."""
        while True:
            try:
                datagram = self._socket.recv(4096).decode()
            except BlockingIOError:
                return [state for _, state in self.told]
            self.told += [(time.monotonic(), state) for state in datagram.split("\n")]

    def wait(self, state: str, seconds: float = 30) -> None:
        """Wait until it was told a state, or anything that begins like it."""
        until(lambda: any(one.startswith(state) for one in self.states), f"told {state}", seconds)

    def pings(self) -> list[float]:
        """List when the daemon said that it is alive."""
        _ = self.states
        return [moment for moment, state in self.told if state == "WATCHDOG=1"]

    def silence(self) -> float:
        """Tell for how many seconds the daemon has not said that it is alive."""
        return time.monotonic() - self.pings()[-1]


@contextlib.contextmanager
def an_address(
    address: str | Path = "127.0.0.1", kind: int = socket.SOCK_STREAM
) -> Iterator[socket.socket]:
    """Hold an address as systemd does: at an IP address, with a free port, or at a path."""
    place: Any = (address, 0)
    family = socket.AF_INET6 if ":" in str(address) else socket.AF_INET
    if isinstance(address, Path):
        place, family = str(address), socket.AF_UNIX
    with socket.socket(family, kind) as held:
        held.bind(place)
        if kind == socket.SOCK_STREAM:
            held.listen(128)
        yield held


def handing_over(*held: HasFileno, names: str = "web") -> Mapping[str, Any]:
    """Give the words of `Home.start` with which a command gets sockets."""
    files = [one.fileno() for one in held]
    words = (str(len(files)), ":".join([names] * len(files) if names else ()))
    return {
        "under": (sys.executable, "-I", "-S", "-c", _HAND_OVER, *words, *map(str, files)),
        "files": tuple(files),
    }
