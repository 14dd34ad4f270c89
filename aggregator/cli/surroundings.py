"""What may be wrong around a database: files, permissions, room, clock, backups."""

import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from aggregator.config.load import Config
from aggregator.core.words import ago, counted, size, some
from aggregator.pipeline.backup import folders
from aggregator.processes import is_alive
from aggregator.store import backups, clock, integrity, locks, restoring
from aggregator.store.checkup import Finding
from aggregator.store.database import Database
from aggregator.syndicate.channel import FORMATS
from aggregator.syndicate.secrets import Private

_LOG_BYTES = 256 << 20
_SLACK = timedelta(hours=1)
_FIRST_RELEASE = 2026
_SHOWN = 3


def look(config: Config, database: Database, now: datetime) -> Iterator[Finding]:
    """Look at what is around a database that can be read."""
    yield from _feeds(config, database)
    yield from _archive(config, database)
    yield from _leftovers(config)
    yield from _permissions(config)
    yield from _room(config)
    yield from _clock(database, now)
    yield from _backups(config, now)


def _named(paths: list[Path]) -> str:
    return some([str(one) for one in paths], _SHOWN)


def _feeds(config: Config, database: Database) -> Iterator[Finding]:
    service = config.service
    private = Private(service.private_dir)
    files = [
        (private.feeds if one.is_hidden else service.feeds_dir) / f"{one.id}.{kind}"
        for one in config.outputs
        for kind in FORMATS
    ]
    if missing := [one for one in files if not one.is_file()]:
        yield Finding(
            name="feeds",
            what=f"{counted(len(missing), 'missing feed file')}: {_named(missing)}",
            means="who subscribed to them is told that they are not there",
            todo="`aggregator publish` writes them",
        )
    if database.is_pending("publish_pending") and not locks.daemon_of(service.database):
        yield Finding(
            name="feeds",
            what="feeds lack what is stored already",
            means="a run was cut short, and no daemon is running that would make up for it",
            todo="`aggregator publish` makes them anew",
        )


def _archive(config: Config, database: Database) -> Iterator[Finding]:
    if not config.service.archive:
        return
    paths = database.db.execute(
        """SELECT path FROM archive_file
        WHERE article NOT IN (SELECT article FROM archive_pending)"""
    )
    folder = config.service.archive_dir
    if missing := [folder / path for (path,) in paths if not (folder / path).is_file()]:
        yield Finding(
            name="archive",
            what=f"{counted(len(missing), 'missing article file')}: {_named(missing)}",
            means="somebody removed them, or they were never on this disk",
            todo="`aggregator publish` writes them again",
        )


def _leftovers(config: Config) -> Iterator[Finding]:
    service = config.service
    patterns = ("public/feeds/.*.tmp", "archive/.new/.*.tmp", "private/**/.*.tmp", ".restore-*",
                ".upgrade-*", "private/*/.*.new")  # fmt: skip
    found = [one for pattern in patterns for one in service.data_dir.glob(pattern)]
    found += config.backups.folder.glob(".*-aggregator-*")
    if left := [one for one in found if not _is_at_work(one)]:
        yield Finding(
            name="leftovers",
            what=f"{counted(len(left), 'temporary file')} of runs that were killed: {_named(left)}",
            means="they take room, and are not read by anything",
            todo="`aggregator doctor --repair` removes them",
            mend=lambda _: _remove(left),
        )
    aside = service.data_dir / restoring.ASIDE
    if taken := sum(one.stat().st_size for one in aside.rglob("*") if one.is_file()):
        yield Finding(
            name="set aside",
            what=f"{size(taken)} in {aside} are what restores set aside",
            means="nothing reads them",
            is_wrong=False,
            todo=f"once you are sure that nothing in them is missed: rm -r {aside}",
        )


def _is_at_work(path: Path) -> bool:
    """Say whether the process still lives whose number is the first in the name of a file."""
    parts = path.name.strip(".").replace("-", ".").split(".")
    process = next((int(part) for part in parts if part.isdigit()), None)
    return process is not None and is_alive(process)


def _remove(paths: list[Path]) -> int:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(paths)


def _permissions(config: Config) -> Iterator[Finding]:
    service = config.service
    private = [one for one in (service.private_dir, config.backups.folder) if one.is_dir()]
    if open_to_all := [one for one in private if stat.S_IMODE(one.stat().st_mode) & 0o077]:
        yield Finding(
            name="permissions",
            what=f"others may look into {_named(open_to_all)}",
            means="tokens of private outputs, keys, and what feeds.toml holds are no secret",
            todo="`aggregator doctor --repair` closes them",
            mend=lambda _: _close(open_to_all),
        )
    owner = service.data_dir.stat().st_uid
    ours = [service.database, integrity.log_of(service.database), service.feeds_dir]
    ours += [service.archive_dir, service.versions_dir, service.private_dir]
    if foreign := [one for one in ours if one.exists() and one.stat().st_uid != owner]:
        yield Finding(
            name="permissions",
            what=f"{_named(foreign)} belong to another user than {service.data_dir}",
            means="a command was run as another user, and the daemon may not be able to write",
            todo=f"chown -R --reference={service.data_dir} {service.data_dir}",
        )


def _close(paths: list[Path]) -> int:
    for path in paths:
        path.chmod(0o700)
    return len(paths)


def _room(config: Config) -> Iterator[Finding]:
    service = config.service
    free = shutil.disk_usage(service.data_dir).free
    needed = service.database.stat().st_size
    if free < max(needed, 64 << 20):
        yield Finding(
            name="room",
            what=f"{size(free)} are free where the data is",
            means=f"a backup or an upgrade takes more: the database has {size(needed)}",
            todo="make room, or keep backups on another disk: folder under [backup]",
        )
    log = integrity.log_of(service.database)
    if log.is_file() and log.stat().st_size > _LOG_BYTES:
        yield Finding(
            name="log",
            what=f"{log} has {size(log.stat().st_size)}",
            means="something reads the database without end, so that SQLite cannot empty its log",
            todo="restart the daemon, and end other programs that have the database open",
        )


def _clock(database: Database, now: datetime) -> Iterator[Finding]:
    latest = clock.latest(database)
    if now.year < _FIRST_RELEASE or (latest and latest > now + _SLACK):
        told = f", and something was stored at {latest:%Y-%m-%d %H:%M}" if latest else ""
        yield Finding(
            name="clock",
            what=f"the clock says {now:%Y-%m-%d %H:%M} UTC{told}",
            means="it is or was wrong: dates of articles and times of polls may be as well",
            todo="set the clock; timedatectl says whether it is kept right",
        )


def _backups(config: Config, now: datetime) -> Iterator[Finding]:
    known = backups.listed(folders(config))
    every = config.backups.rotation.every
    if not known:
        yield Finding(
            name="backups",
            what="there is no backup",
            means="a damaged disk takes everything with it",
            todo="`aggregator backup` makes one; the daemon does so by itself",
        )
    elif every and known[0].made < now - 2 * every:
        yield Finding(
            name="backups",
            what=f"the newest backup was made {ago(known[0].made, now)}",
            means="the daemon did not run, or could not make one; its log says why",
            todo="`aggregator backup` makes one now",
        )
    if known and not backups.is_whole(known[0]):
        yield Finding(
            name="backups",
            what=f"the newest backup is damaged: {known[0].path}",
            means="it cannot be restored; the disk may be failing",
            todo="`aggregator backup` makes another",
        )
