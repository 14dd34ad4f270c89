"""What the daemon does from time to time, made from the parts that do it."""

import threading
from contextlib import closing

from aggregator.cli.parts import Parts, make_keeper
from aggregator.daemon.chores import Chore
from aggregator.store import clock
from aggregator.store.database import Database

_CLOCK_SECONDS = 30
_RELIST_SECONDS = 5
_PURGE_SECONDS = 3600


def chores(parts: Parts) -> tuple[Chore, ...]:
    """List the chores of a daemon."""
    return (_going_by_the_clock(parts), _judging_anew(parts), _purging(parts))


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


def _purging(parts: Parts) -> Chore:
    """Purge what is beyond the bounds of feeds.toml, a portion at a time."""
    keeper = make_keeper(parts.config, parts.clock)

    def do(stopping: threading.Event) -> None:
        with closing(Database(parts.config.service.database)) as database:
            for _ in keeper.steps(parts.writer, database):
                if stopping.is_set():
                    return

    return Chore(name="purge", seconds=_PURGE_SECONDS, do=do)
