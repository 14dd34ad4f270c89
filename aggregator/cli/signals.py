"""What signals ask of a daemon."""

import signal
import threading
from collections.abc import Callable


class Signals:
    """Listens to SIGTERM and SIGINT, which end the daemon, and SIGHUP, which has feeds.toml read
    again; one that comes before there is something to reload is made up for then."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._reload: Callable[[], None] | None = None
        self._is_asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        signal.signal(signal.SIGHUP, lambda *_: self._hang_up())

    def on_reload(self, reload: Callable[[], None]) -> None:
        """Say what is to be done at SIGHUP."""
        self._reload = reload
        if self._is_asked:
            reload()

    def _hang_up(self) -> None:
        self._is_asked = True
        if self._reload is not None:
            self._reload()
