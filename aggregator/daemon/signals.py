"""What signals ask of a daemon."""

import logging
import os
import signal
import threading
from collections.abc import Callable

from aggregator import log

_logger = logging.getLogger(__name__)
_START_SECONDS = 10


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
        # Obeyed by a thread that reads their numbers from a pipe. A handler would run on the main
        # thread: in the midst of what it is at, which may hold the lock of the very event to be
        # set, and not while it waits within SQLite for a large database to be brought up to date.
        came, told = os.pipe()
        os.set_blocking(told, False)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        threading.Thread(target=self._obey, args=(came,), name="signals", daemon=True).start()

    def on_reload(self, reload: Callable[[], None]) -> None:
        """Say what is to be done at SIGHUP, which is the end of the start."""
        with self._lock:
            self._reload = reload
            if self._is_asked:
                reload()

    def _obey(self, came: int) -> None:
        while numbers := os.read(came, 100):
            for number in numbers:
                if number == signal.SIGHUP and not (self._has_terminal and not _has_terminal()):
                    self._hang_up()
                elif number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
                    self._end()

    def _hang_up(self) -> None:
        with self._lock:
            self._is_asked = True
            if self._reload is not None:
                self._reload()

    def _end(self) -> None:
        if self._reload is None and not self.stop.is_set():
            # A start may wait for a lock, or bring a large database up to date.
            late = threading.Timer(_START_SECONDS, self._leave)
            late.daemon = True
            late.start()
        self.stop.set()

    def _leave(self) -> None:
        """End a start that goes on after all. What it was at is undone, or done again, by the next,
        as when it is killed."""
        if self._reload is None:
            log.event(_logger, "stop", level=logging.WARNING, during="start")
            logging.shutdown()
            os._exit(0)


def _has_terminal() -> bool:
    """Say whether there is a controlling terminal (tty(4))."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
