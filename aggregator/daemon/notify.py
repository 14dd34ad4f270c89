"""Tell the service manager how the daemon does (sd_notify(3)); nothing without one."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

_MOST_PAUSE_SECONDS = 5.0
# A service manager that hangs fills its socket, and would have the daemon hang with it.
_SEND_SECONDS = 2


class Notifier:
    """Sends states to the socket that systemd names in NOTIFY_SOCKET. It wants to hear that the
    daemon is alive every `watchdog` seconds, or never, which is 0."""

    def __init__(self, address: str = "", watchdog: float = 0.0) -> None:
        # A leading @ stands for Linux's abstract namespace.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._watchdog = watchdog
        self._is_up = False
        self._note = self._told = ""

    @classmethod
    def from_environment(cls) -> "Notifier":
        """Use the socket of the environment, or none. What is read is taken out of it: processes
        that parse have nothing to tell."""
        names = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
        address, interval, process = (os.environ.pop(name, "") for name in names)
        is_meant = process in ("", str(os.getpid()))
        is_number = interval.isascii() and interval.isdecimal()
        return cls(address, int(interval) / 1e6 if is_meant and is_number else 0.0)

    @property
    def is_heard(self) -> bool:
        """Say whether there is a service manager to tell."""
        return bool(self._address)

    @property
    def pause(self) -> float:
        """Give the seconds until it is to be told again: half of the watchdog's time at most."""
        return min(self._watchdog / 2 or _MOST_PAUSE_SECONDS, _MOST_PAUSE_SECONDS)

    def ready(self) -> None:
        """Say that the start is over."""
        self._is_up = True
        self._send("READY=1")

    def alive(self) -> None:
        """Say that there is progress, where that is asked for."""
        if self._watchdog:
            self._send("WATCHDOG=1")

    def status(self, words: str) -> None:
        """Say for people what it is at, unless that was said last."""
        status = f"{words}; {self._note}" if self._note else words
        if status != self._told:
            self._told = status
            self._send(f"STATUS={status}")

    def note(self, words: str) -> None:
        """Add something to each status from now on."""
        self._note = words

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """Say that another configuration is being taken up, and when that is over. Nothing during a
        start or an end, in the midst of which READY would not be true."""
        if not self._is_up:
            yield
            return
        # CLOCK_MONOTONIC, by which systemd knows this from the reload before (Type=notify-reload).
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={now}")
        try:
            yield
        finally:
            if self._is_up:
                self._send("READY=1")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._is_up = False
        self._send("STOPPING=1")

    def _send(self, *states: str) -> None:
        """Send states; a service manager that went away is no reason to stop."""
        if not self.is_heard:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.settimeout(_SEND_SECONDS)
            try:
                channel.sendto("\n".join(states).encode(), self._address)
            except OSError:
                return
