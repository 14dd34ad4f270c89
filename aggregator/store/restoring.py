"""Putting a backup in the place of a database; what it replaces is set aside, never deleted."""

import errno
import os
import re
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator.core.words import size as in_words
from aggregator.errors import StoreError
from aggregator.store import integrity, locks, migrated, rows
from aggregator.store.backups import CONFIG, DATABASE, Backup, count, sync_folder

ASIDE = "set-aside"
_OURS = re.compile(r"private/(?:tokens|keys)/[^/]+")  # with the two above, all that is unpacked
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """What was in a backup, in a folder beside the database."""

    folder: Path
    names: tuple[str, ...]

    @property
    def database(self) -> Path:
        """Give the database."""
        return self.folder / DATABASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What a database holds that a backup does not; `newest` is when the last of it came."""

    articles: int
    newest: datetime | None


@contextmanager
def unpacked(backup: Backup, data_dir: Path) -> Iterator[Unpacked]:
    """Unpack a backup and look through it; StoreError where it cannot be used."""
    folder = data_dir / f".restore-{os.getpid()}"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        _check_room(data_dir, backup)
        folder.mkdir(mode=0o700)
        yield _unpack(backup, folder)
    except (OSError, zipfile.BadZipFile, zlib.error) as error:
        raise StoreError(
            f"{backup.path} cannot be restored: {error}",
            "`aggregator restore --list` shows the others",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_room(data_dir: Path, backup: Backup) -> None:
    free = shutil.disk_usage(data_dir).free
    if free < backup.bytes:
        raise StoreError(
            f"restoring takes {in_words(backup.bytes)}, and {in_words(free)} are free in "
            f"{data_dir}",
            "make room there; what is there already stays, it is set aside",
        )


def _unpack(backup: Backup, folder: Path) -> Unpacked:
    with zipfile.ZipFile(backup.path) as archive:
        names = tuple(
            one
            for one in archive.namelist()
            if one in (DATABASE, CONFIG) or (_OURS.fullmatch(one) and ".." not in one)
        )
        for name in names:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            # As it will stay: only the database may be read by others.
            mode = 0o644 if name == DATABASE else 0o600
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with (
                archive.open(name) as source,
                os.fdopen(os.open(target, flags, mode), "wb") as file,
            ):
                shutil.copyfileobj(source, file, 1 << 20)
                file.flush()
                os.fsync(file.fileno())
    _check(backup, folder / DATABASE)
    return Unpacked(folder=folder, names=names)


def _check(backup: Backup, database: Path) -> None:
    """Compare what was unpacked with what the backup says of itself."""
    found = integrity.problems(database, full=True)
    if not found:
        with closing(integrity.read_only(database)) as connection:
            newer = migrated.newer(connection)
            if count(connection, "article") != backup.articles:
                found = ["it holds another number of articles than it says"]
        if newer:
            raise StoreError(
                f"{backup.path} was made by a newer version ({newer})",
                "install that version, then restore it",
            )
    if found:
        raise StoreError(
            f"{backup.path} is damaged: {found[0]}", "`aggregator restore --list` shows the others"
        )


def loss(database: Path, restored: Path) -> Loss | None:
    """Say what would be lost by a restore; None where the database cannot be read."""
    if not database.exists():
        return Loss(articles=0, newest=None)
    sql = """SELECT count(*), max(first_seen) FROM article
        WHERE id NOT IN (SELECT id FROM restored.article)"""
    try:
        with closing(integrity.read_only(database)) as connection:
            connection.execute("ATTACH ? AS restored", [str(restored)])
            articles, newest = connection.execute(sql).fetchone()
    except sqlite3.Error:
        return None
    return Loss(articles=articles, newest=rows.moment(newest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the parts of a backup belong; `config` is None where feeds.toml is to stay."""

    database: Path
    private_dir: Path
    config: Path | None

    def of(self, name: str) -> Path | None:
        """Say where a part of a backup belongs."""
        if name == DATABASE:
            return self.database
        if name == CONFIG:
            return self.config
        return self.private_dir.parent / name


def put_in_place(
    found: Unpacked, places: Places, lock: locks.Lock, now: datetime
) -> tuple[Path, ...]:
    """Move what was unpacked to its place; return where what was there before is now.

    Nobody can open the database meanwhile, nor after a restore that was cut short: it has to be
    done once more.
    """
    aside = _unfinished(lock) or _new_folder(places.database.parent / ASIDE, now)
    locks.mark(lock, str(aside))
    gone = [_set_aside(one, aside / one.name) for one in _files_of(places.database)]
    for name in found.names:
        target, source = places.of(name), found.folder / name
        if target is None or (target.is_file() and target.read_bytes() == source.read_bytes()):
            continue
        if target.exists():
            gone.append(_set_aside(target, aside / name))
        _make_folder(target.parent, is_private=name.startswith("private/"))
        _move(source, target)
    if not gone:
        aside.rmdir()
    locks.mark(lock, "")
    return tuple(gone)


def _unfinished(lock: locks.Lock) -> Path | None:
    """Give the folder of a restore that was cut short, so that what belongs together stays so."""
    if not lock.is_marked:
        return None
    folder = Path(lock.path.read_text("utf-8"))
    return folder if folder.is_dir() and not (folder / DATABASE).exists() else None


def _files_of(database: Path) -> list[Path]:
    """Name the files of a database that hold something, its log first: it must not meet another
    database. The index of the log is made anew by whoever opens it."""
    log = integrity.log_of(database)
    database.with_name(f"{database.name}-shm").unlink(missing_ok=True)
    if log.exists() and not log.stat().st_size:
        log.unlink()
    return [one for one in (log, database) if one.exists()]


def _new_folder(parent: Path, now: datetime) -> Path:
    parent.mkdir(mode=0o700, exist_ok=True)
    stamp = now.strftime(_STAMP)
    taken = len([*parent.glob(f"{stamp}*")])
    folder = parent / (f"{stamp}-{taken + 1}" if taken else stamp)
    folder.mkdir(mode=0o700)
    return folder


def _set_aside(path: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _move(path, target)
    return target


def _move(path: Path, target: Path) -> None:
    """Move a file for good; feeds.toml is often on another file system than the data."""
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copy2(path, target)
        path.unlink()
    sync_folder(target.parent)


def _make_folder(folder: Path, *, is_private: bool) -> None:
    if is_private:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700 if is_private else 0o777)
