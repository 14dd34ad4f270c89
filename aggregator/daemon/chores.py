"""What the daemon does from time to time beside polling and publishing."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator import log
from aggregator.config.load import Config
from aggregator.core.clock_trust import ClockTrust
from aggregator.errors import AggregatorError, DamagedError
from aggregator.pipeline.backup import back_up, folders
from aggregator.pipeline.relisting import Relister
from aggregator.pipeline.retention import Purger
from aggregator.store import backups, clock, integrity
from aggregator.store.database import Database
from aggregator.store.writer import Writer

_CLOCK_SECONDS = 30
_RELIST_SECONDS = 5
_PURGE_SECONDS = 3600
_BACKUP_SECONDS = 60
_BACKUP_AGAIN = timedelta(hours=1)  # after one that could not be made
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Chores:
    """The chores of one feeds.toml, and what they are done with; `trust` outlives a feeds.toml."""

    config: Config
    writer: Writer
    relister: Relister
    purger: Purger
    now: Callable[[], datetime]
    trust: ClockTrust

    def by_name(self) -> Mapping[str, Chore]:
        """Give the chores, by their names."""
        every = (
            Chore(name="clock", seconds=_CLOCK_SECONDS, do=self._go_by_the_clock),
            Chore(name="judged anew", seconds=_RELIST_SECONDS, do=self._judge_anew),
            Chore(name="purge", seconds=_PURGE_SECONDS, do=self._purge),
            Chore(name="backup", seconds=_BACKUP_SECONDS, do=_BackingUp(self.config, self.now)),
        )
        return {one.name: one for one in every}

    def _go_by_the_clock(self, _: threading.Event) -> None:
        """Bring back within their wait what was put off while the clock was ahead."""
        self.writer.call(lambda db: clock.was_ahead(db, self.now()))

    def _judge_anew(self, stopping: threading.Event) -> None:
        """Apply changed rules to what is stored, beside everything else."""
        with closing(Database(self.config.service.database)) as database:
            while not stopping.is_set() and self.relister.advance(database):
                pass

    def _purge(self, stopping: threading.Event) -> None:
        """Purge what is beyond the bounds of feeds.toml, a portion at a time, but by no clock that
        may be wrong: a year ahead of time everything is too old."""
        if not self.trust.holds(self.now(), time.monotonic()):
            if self.purger.is_bounded:
                log.event(
                    _logger,
                    "purge",
                    level=logging.WARNING,
                    error="the clock is days ahead of what was stored last; nothing is purged",
                    hint="if it is right wait for a day, or run `aggregator prune`",
                )
            return
        with closing(Database(self.config.service.database)) as database:
            for _ in self.purger.steps(self.writer, database):
                if stopping.is_set():
                    return


class _StoppedError(Exception):
    """The daemon is about to end; the backup is made at its next start."""


class _BackingUp:
    """Makes a backup when it is time for one, and removes those that it makes needless."""

    def __init__(self, config: Config, now: Callable[[], datetime]) -> None:
        self._config = config
        self._now = now
        self._tried = now() - _BACKUP_AGAIN

    def __call__(self, stopping: threading.Event) -> None:
        now = self._now()
        if not self._is_due(now) or abs(now - self._tried) < _BACKUP_AGAIN:
            return
        with closing(Database(self._config.service.database)) as database:
            if not database.last_number():
                return  # nothing is stored yet that cannot be had again
        self._tried = now
        with suppress(_StoppedError):
            self._back_up(now, stopping)

    def _is_due(self, now: datetime) -> bool:
        # One from the future was made while the clock was wrong.
        known = (one.made for one in backups.listed(folders(self._config)) if one.made <= now)
        return self._config.backups.rotation.is_due(next(known, None), now)

    def _back_up(self, now: datetime, stopping: threading.Event) -> None:
        def stop_if_asked(_done: int, _total: int) -> None:
            if stopping.is_set():
                raise _StoppedError

        config, started = self._config, time.monotonic()
        made = back_up(config, now, progress=stop_if_asked)
        dropped = backups.drop_superseded(folders(config), config.backups.rotation)
        log.event(
            _logger,
            "backup",
            file=made.path,
            articles=made.articles,
            bytes=made.size,
            seconds=round(time.monotonic() - started, 2),
            dropped=len(dropped),
        )
