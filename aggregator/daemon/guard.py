"""What becomes of the daemon when its database proves to be damaged."""

import logging
import sqlite3
from collections.abc import Callable

from aggregator import log
from aggregator.errors import StoreError
from aggregator.store import integrity

_logger = logging.getLogger(__name__)


class Guard:
    """Does jobs until one of them finds the database damaged, and none from then on: what was
    published before is served all the same, and nothing is written into the damaged file."""

    def __init__(self) -> None:
        self.is_shut = False

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
        is_damage = integrity.is_damage(error)
        self.is_shut = is_damage
        hint = getattr(error, "hint", "") or (integrity.HINT if is_damage else "")
        log.event(_logger, "store", level=logging.ERROR, error=error, hint=hint)
