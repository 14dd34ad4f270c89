"""What signals ask of a daemon."""

import os
import signal
import threading
from collections.abc import Callable
from queue import SimpleQueue


class Signals:
    """Listens to SIGTERM and SIGINT, which end the daemon, and SIGHUP, which has feeds.toml read
    again; one that comes before there is something to reload is made up for then.

    Where the terminal went away that it was started in, SIGHUP ends it: nobody sees it any more.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._reload: Callable[[], None] | None = None
        self._is_asked = False
        self._lock = threading.Lock()
        self._has_terminal = _has_terminal()
        # A handler runs in the midst of what the main thread is at, which may hold the lock of the
        # very event that it would set. To put something into this queue takes no lock.
        self._came: SimpleQueue[int] = SimpleQueue()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, _: self._came.put(number))
        threading.Thread(target=self._obey, name="signals", daemon=True).start()

    def on_reload(self, reload: Callable[[], None]) -> None:
        """Say what is to be done at SIGHUP."""
        with self._lock:
            self._reload = reload
            if self._is_asked:
                reload()

    def _obey(self) -> None:
        while True:
            number = self._came.get()
            if number == signal.SIGHUP and not (self._has_terminal and not _has_terminal()):
                self._hang_up()
            else:
                self.stop.set()

    def _hang_up(self) -> None:
        with self._lock:
            self._is_asked = True
            if self._reload is not None:
                self._reload()


def _has_terminal() -> bool:
    """Say whether there is a controlling terminal (tty(4))."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
