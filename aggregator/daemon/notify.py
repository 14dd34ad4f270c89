"""Tell the service manager how the daemon does (sd_notify(3)); nothing without one."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Notifier:
    """Sends states to the socket that systemd names in NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        # A leading @ stands for Linux's abstract namespace.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address

    @classmethod
    def from_environment(cls) -> "Notifier":
        """Use the socket of the environment, or none."""
        return cls(os.environ.get("NOTIFY_SOCKET", ""))

    def send(self, *states: str) -> None:
        """Send states such as "READY=1"; a service manager that went away is no reason to stop."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            try:
                channel.sendto("\n".join(states).encode(), self._address)
            except OSError:
                return

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """Say that another configuration is being taken up, and when that is over."""
        self.send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            yield
        finally:
            self.send("READY=1")
