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


def watch_file(path: Path, changed: Callable[[], None], stop: threading.Event) -> None:
    """Call `changed` whenever the file says something else, until `stop` is set.

    Its folder is watched, since editors put another file in its place, and so is the one that a
    symbolic link leads to, which may be another after each change.
    """
    said = _read(path)
    while not stop.is_set():
        try:
            _wait(path, stop)
        except Exception as error:  # watchfiles has several of its own
            log.event(
                _logger,
                "reload",
                level=logging.WARNING,
                error=f"{path.parent} cannot be watched: {error}",
                hint="SIGHUP has feeds.toml read again",
            )
            return
        if _read(path) == said:
            continue
        now = _settled(path, stop)
        if now != said and not stop.is_set():
            said = now
            changed()


def _wait(path: Path, stop: threading.Event) -> None:
    """Wait until anything happens in the folders, or for a while."""
    folders = {path.absolute().parent, path.resolve().parent}
    for _ in watch(
        *folders,
        watch_filter=None,
        stop_event=stop,
        recursive=False,
        debounce=400,
        rust_timeout=_LOOK_SECONDS * 1000,
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        return


def _settled(path: Path, stop: threading.Event) -> bytes | None:
    """Read the file once it says the same for a moment, and is there or stays away."""
    waited = 0.0
    now = _read(path)
    while not stop.wait(_SETTLED_SECONDS):
        waited += _SETTLED_SECONDS
        before, now = now, _read(path)
        if now == before and (now is not None or waited >= _GONE_SECONDS):
            break
    return now


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
