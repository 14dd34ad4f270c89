"""What the daemon does from time to time beside polling and publishing."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from aggregator import log
from aggregator.errors import AggregatorError, DamagedError
from aggregator.store import integrity

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Work that is due every so many seconds. `do` is told by the event that it is to end soon, and
    goes on where it ended when it is called again; how far it is is in the database."""

    name: str
    seconds: int
    do: Callable[[threading.Event], None]


def perform(chore: Chore, stopping: threading.Event) -> None:
    """Do a chore; a failure is logged, and it is tried again when it is due again. Damage of the
    database is told to who sets the chores off."""
    try:
        chore.do(stopping)
    except DamagedError:
        raise
    except AggregatorError as error:
        log.event(_logger, chore.name, level=logging.ERROR, error=error, hint=error.hint)
    except Exception as error:
        if integrity.is_damage(error):
            raise
        # Nothing may stop the daemon.
        log.fault(_logger, chore.name)
