"""What `run` does where it finds its database damaged at the start: it serves what is published."""

import logging
from dataclasses import replace
from typing import NoReturn

from aggregator import log
from aggregator.cli.signals import Signals
from aggregator.core.pulse import Pulse
from aggregator.daemon.notify import Notifier
from aggregator.errors import AggregatorError
from aggregator.store import integrity
from aggregator.web.site import Site

_logger = logging.getLogger(__name__)
PULSE = Pulse(since_tick=0.0, polls=0, pages=0, pings=0, is_paused=True)


def without_database(site: Site, error: Exception) -> Site:
    """Make a site that leaves the database alone: to open it is enough to have SQLite write a log
    into it that may be of another. Feeds are files."""

    def refuse() -> NoReturn:
        raise error

    # The workbench opens the database in a process of its own.
    return replace(site, open_database=refuse, desk=None)


def stand_by(error: Exception, notifier: Notifier, signals: Signals) -> None:
    """Wait for the end. A restart would change nothing, so the service manager need not try."""
    hint = error.hint if isinstance(error, AggregatorError) else integrity.HINT
    log.event(_logger, "store", level=logging.ERROR, error=error, hint=hint)
    notifier.ready()
    signals.on_reload(lambda: _read_nothing(notifier))
    notifier.status("not polling: the database is damaged; `aggregator restore` mends it")
    while not signals.stop.wait(notifier.pause):
        notifier.alive()
    notifier.stopping()
    log.event(_logger, "stop")


def _read_nothing(notifier: Notifier) -> None:
    # With Type=notify-reload it is waited for.
    with notifier.reloading():
        log.event(_logger, "reload", changed="nothing")
