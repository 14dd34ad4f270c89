"""Before a database is brought up to date: what is kept of it, and a trial on a copy."""

import logging
import os
import shutil
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database as SqliteUtils

from aggregator import log
from aggregator.core.progress import no_progress
from aggregator.core.words import size as in_words
from aggregator.errors import DamagedError, StoreError
from aggregator.store import backups, integrity, migrated
from aggregator.store.schema import migrations

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What bringing a database up to date would do; sizes in bytes."""

    pending: tuple[str, ...]
    seconds: float
    before: int
    after: int


def back_up(database: Path) -> None:
    """Keep a database as it is, with tokens and keys, in the folder of backups beside it.

    An upgrade goes on without, since nothing that it does loses anything; but it says so.
    """
    moment = datetime.now(UTC)
    target = database.parent / integrity.BACKUPS / backups.file_name(moment)
    try:
        made = backups.make(target, moment, database, backups.private_files(database.parent))
    except DamagedError:
        raise
    except StoreError as error:
        log.event(
            _logger,
            "backup",
            level=logging.WARNING,
            why="before an upgrade",
            error=error,
            hint=error.hint,
        )
        return
    log.event(_logger, "backup", why="before an upgrade", file=made.path, articles=made.articles)


def pending(database: Path) -> tuple[str, ...]:
    """Name the migrations that a database lacks; StoreError where it is of a newer version."""
    with closing(integrity.read_only(database)) as connection:
        return migrated.lacking(connection, database)


def attempt(database: Path) -> Trial:
    """Bring a copy of a database up to date, look through it, and remove it again."""
    todo, before = pending(database), database.stat().st_size
    if shutil.disk_usage(database.parent).free < 3 * before:
        raise StoreError(
            f"a trial takes {in_words(3 * before)} of room in {database.parent}",
            "make room there",
        )
    folder = database.parent / f".upgrade-{os.getpid()}"
    try:
        folder.mkdir(mode=0o700)
        copy = folder / database.name
        backups.copy_to(database, copy, no_progress)
        started = time.monotonic()
        with closing(SqliteUtils(copy, execute_plugins=False)) as db:
            migrations.apply(db)
        seconds = time.monotonic() - started
        if found := integrity.problems(copy):
            raise StoreError(f"the copy is not whole after it: {found[0]}", "please report this")
        return Trial(pending=todo, seconds=seconds, before=before, after=copy.stat().st_size)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
