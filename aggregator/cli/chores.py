"""What the daemon does from time to time, made from the parts that do it."""

import logging
import threading
import time
from contextlib import closing, suppress
from datetime import timedelta

from aggregator import log
from aggregator.cli import backup
from aggregator.cli.parts import Parts, make_keeper
from aggregator.core.clock_trust import ClockTrust
from aggregator.daemon.chores import Chore
from aggregator.store import backups, clock
from aggregator.store.database import Database

_CLOCK_SECONDS = 30
_RELIST_SECONDS = 5
_PURGE_SECONDS = 3600
_BACKUP_SECONDS = 60
_BACKUP_AGAIN = timedelta(hours=1)  # after one that could not be made
_logger = logging.getLogger(__name__)


def clock_trust(parts: Parts) -> ClockTrust:
    """Begin to watch the clock, before the first poll notes what it says."""
    return ClockTrust(clock.latest(parts.database), parts.clock(), time.monotonic())


def chores(parts: Parts, trust: ClockTrust) -> dict[str, Chore]:
    """Give the chores of a daemon, by their names; `trust` outlives a feeds.toml."""
    every = (
        _going_by_the_clock(parts),
        _judging_anew(parts),
        _purging(parts, trust),
        _backing_up(parts),
    )
    return {one.name: one for one in every}


def _going_by_the_clock(parts: Parts) -> Chore:
    """Bring back within their wait what was put off while the clock was ahead."""

    def do(_: threading.Event) -> None:
        parts.writer.call(lambda db: clock.was_ahead(db, parts.clock()))

    return Chore(name="clock", seconds=_CLOCK_SECONDS, do=do)


def _judging_anew(parts: Parts) -> Chore:
    """Apply changed rules to what is stored, beside everything else."""

    def do(stopping: threading.Event) -> None:
        with closing(Database(parts.config.service.database)) as database:
            while not stopping.is_set() and parts.relister.advance(database):
                pass

    return Chore(name="judged anew", seconds=_RELIST_SECONDS, do=do)


def _purging(parts: Parts, trust: ClockTrust) -> Chore:
    """Purge what is beyond the bounds of feeds.toml, a portion at a time, but by no clock that may
    be wrong: a year ahead of time everything is too old."""
    keeper = make_keeper(parts.config, parts.clock)

    def do(stopping: threading.Event) -> None:
        if not trust.holds(parts.clock(), time.monotonic()):
            if keeper.is_bounded:
                log.event(
                    _logger,
                    "purge",
                    level=logging.WARNING,
                    error="the clock is days ahead of what was stored last; nothing is purged",
                    hint="if it is right wait for a day, or run `aggregator prune`",
                )
            return
        with closing(Database(parts.config.service.database)) as database:
            for _ in keeper.steps(parts.writer, database):
                if stopping.is_set():
                    return

    return Chore(name="purge", seconds=_PURGE_SECONDS, do=do)


def _backing_up(parts: Parts) -> Chore:
    """Make a backup when it is time for one, and remove those that it makes needless."""
    config, tried = parts.config, [parts.clock() - _BACKUP_AGAIN]
    folders = backup.folders(config)

    def do(stopping: threading.Event) -> None:
        now = parts.clock()
        # One from the future was made while the clock was wrong.
        newest = next((one.made for one in backups.listed(folders) if one.made <= now), None)
        if not config.backups.rotation.is_due(newest, now) or abs(now - tried[0]) < _BACKUP_AGAIN:
            return
        with closing(Database(config.service.database)) as database:
            if not database.last_number():
                return  # nothing is stored yet that cannot be had again
        tried[0] = now
        with suppress(_StoppedError):
            _back_up(parts, stopping)

    return Chore(name="backup", seconds=_BACKUP_SECONDS, do=do)


class _StoppedError(Exception):
    """The daemon is about to end; the backup is made at its next start."""


def _back_up(parts: Parts, stopping: threading.Event) -> None:
    def advance(_done: int, _total: int) -> None:
        if stopping.is_set():
            raise _StoppedError

    started = time.monotonic()
    made = backup.make(parts.config, advance=advance)
    dropped = backups.drop_superseded(backup.folders(parts.config), parts.config.backups.rotation)
    log.event(
        _logger,
        "backup",
        file=made.path,
        articles=made.articles,
        bytes=made.size,
        seconds=round(time.monotonic() - started, 2),
        dropped=len(dropped),
    )
