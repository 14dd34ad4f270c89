"""What becomes of the daemon where its database is damaged: at the start, and while it works."""

import logging
import sqlite3
from collections.abc import Callable

from aggregator import log
from aggregator.core.pulse import Pulse
from aggregator.daemon.notify import Notifier
from aggregator.daemon.signals import Signals
from aggregator.errors import AggregatorError, StoreError
from aggregator.store import integrity

_logger = logging.getLogger(__name__)
STANDING_BY = Pulse(since_tick=0.0, polls=0, pages=0, pings=0, is_paused=True)


class Guard:
    """Does jobs until one of them finds the database damaged, and none from then on: what was
    published before is served all the same, and nothing is written into the damaged file."""

    def __init__(self, shut: Callable[[BaseException], None]) -> None:
        """`shut` lets nothing be written any more of what is under way."""
        self.is_shut = False
        self._shut = shut

    def do(self, job: Callable[[], None]) -> None:
        """Do a job; what the database says against it is logged."""
        if self.is_shut:
            return
        try:
            job()
        except (StoreError, sqlite3.Error) as error:
            self.note(error)

    def note(self, error: BaseException) -> None:
        """Take note of an error of a job."""
        if self.is_shut:
            return
        if integrity.is_damage(error):
            self.is_shut = True
            self._shut(error)
        _tell(error)


def stand_by(error: Exception, notifier: Notifier, signals: Signals) -> None:
    """Wait for the end with a database that was damaged at the start. A restart would change
    nothing, so the service manager need not try."""
    _tell(error)
    notifier.ready()
    signals.on_reload(lambda: _read_nothing(notifier))
    notifier.status("not polling: the database is damaged; `aggregator restore` mends it")
    while not signals.stop.wait(notifier.pause):
        notifier.alive()
    notifier.stopping()
    log.event(_logger, "stop")


def _tell(error: BaseException) -> None:
    hint = error.hint if isinstance(error, AggregatorError) else ""
    if not hint and integrity.is_damage(error):
        hint = integrity.HINT
    log.event(_logger, "store", level=logging.ERROR, error=error, hint=hint)


def _read_nothing(notifier: Notifier) -> None:
    # With Type=notify-reload it is waited for.
    with notifier.reloading():
        log.event(_logger, "reload", changed="nothing")
