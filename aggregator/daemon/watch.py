"""Notice that feeds.toml was written, whichever way an editor or an orchestrator does it."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from watchfiles import watch

from aggregator import log

_logger = logging.getLogger(__name__)
_SETTLED_SECONDS = 0.3  # some editors write a file in two goes, or remove it in between
_GONE_SECONDS = 2.0
# Looked at anyway from time to time: what happens while nobody waits, or on a disk of the network,
# is told by nobody.
_LOOK_SECONDS = 5


class FileWatch:
    """Tells whenever a file says something else than when this was made.

    Its folder is watched, since editors put another file in its place, and so is the one that a
    symbolic link leads to, which may be another after each change.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._said = _read(path)
        self._trouble = ""

    def run(self, changed: Callable[[], None], stop: threading.Event) -> None:
        """Call `changed` each time, until `stop` is set."""
        while not stop.is_set():
            if _read(self._path) != self._said:
                now = self._settled(stop)
                if now != self._said and not stop.is_set():
                    self._said = now
                    changed()
            self._wait(stop)

    def _wait(self, stop: threading.Event) -> None:
        """Wait until anything happens in the folders, or for a while."""
        folders = {self._path.absolute().parent, self._path.resolve().parent}
        try:
            for _ in watch(
                *folders,
                watch_filter=None,
                stop_event=stop,
                recursive=False,
                debounce=400,
                # watchfiles looks so often whether anything was told: 20 times a second by default.
                step=200,
                rust_timeout=_LOOK_SECONDS * 1000,
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                break
            self._trouble = ""
        except Exception as error:  # watchfiles has several of its own
            self._tell(str(error))
            stop.wait(_LOOK_SECONDS)

    def _tell(self, error: str) -> None:
        """Log what stands against watching, once."""
        if error != self._trouble:
            self._trouble = error
            log.event(
                _logger,
                "watch",
                level=logging.WARNING,
                error=f"{self._path.absolute().parent} cannot be watched: {error}",
                hint=f"feeds.toml is looked at every {_LOOK_SECONDS} seconds, and at SIGHUP",
            )

    def _settled(self, stop: threading.Event) -> bytes | None:
        """Read the file once it says the same for a moment, and is there or stays away."""
        waited = 0.0
        now = _read(self._path)
        while not stop.wait(_SETTLED_SECONDS):
            waited += _SETTLED_SECONDS
            before, now = now, _read(self._path)
            if now == before and (now is not None or waited >= _GONE_SECONDS):
                break
        return now


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
