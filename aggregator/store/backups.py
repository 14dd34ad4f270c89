"""Backups: one file each, a zip of the database, feeds.toml, and our tokens and keys.

A zip, because every system can open one, and its head can be read without the rest.
"""

import json
import os
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from aggregator.core.progress import Progress, no_progress
from aggregator.core.rotation import Rotation
from aggregator.core.words import size as in_words
from aggregator.errors import StoreError
from aggregator.processes import is_alive
from aggregator.store import integrity
from aggregator.store.migrated import applied

DATABASE, CONFIG, PRIVATE = "aggregator.db", "feeds.toml", "private"
_ABOUT = "about.json"
_NAME = "aggregator-%Y%m%dT%H%M%SZ.zip"
_PORTION = 2000  # pages between two looks at whether to go on
_LEVEL = 1  # see "Backups" in docs/decisions.md
_ROOM = 64 << 20  # bytes that stay free for everything else on the disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup; `bytes` of the database in it. `migrations` say which version wrote it."""

    path: Path
    made: datetime
    articles: int
    sources: int
    bytes: int
    migrations: tuple[str, ...]

    @property
    def size(self) -> int:
        """Give the bytes of the file."""
        return self.path.stat().st_size


def file_name(made: datetime) -> str:
    """Name the file of a backup by its moment."""
    return made.astimezone(UTC).strftime(_NAME)


def private_files(data_dir: Path) -> dict[str, Path]:
    """Name our tokens and keys, by their places in a backup."""
    return {
        f"{PRIVATE}/{folder}/{one.name}": one
        for folder in ("tokens", "keys")
        for one in sorted((data_dir / PRIVATE / folder).glob("*"))
        if one.is_file() and not one.name.startswith(".")
    }


def make(
    target: Path,
    made: datetime,
    database: Path,
    others: Mapping[str, Path],
    progress: Progress = no_progress,
) -> Backup:
    """Back a database up while it is in use, with other files by their names in the backup.

    The target is there when it is whole and was looked through, and not before. What `progress`
    raises ends the work. Raises DamagedError where it is the database that is broken.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(target.parent)
        _check_room(target.parent, database)
        copy = target.with_name(f".{os.getpid()}-{target.name}.db")
        packed = target.with_name(f".{os.getpid()}-{target.name}.zip")
        try:
            _private_file(copy).close()
            copy_to(database, copy, progress)
            backup = _about(target, made, copy, database)
            _pack(packed, backup, {DATABASE: copy, **others})
            packed.replace(target)
            sync_folder(target.parent)
        finally:
            for one in (copy, packed):
                one.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise _failed(target, database, error) from error
    return backup


def _failed(target: Path, database: Path, error: Exception) -> StoreError:
    if integrity.is_damage(error):
        return integrity.damaged(database, error)
    return StoreError(
        f"no backup could be made in {target.parent}: {error}",
        "look at its permissions and the disk's free space; [backup] in feeds.toml names it",
    )


def _check_room(folder: Path, database: Path) -> None:
    """The copy and what is packed of it stand side by side for a while."""
    log = integrity.log_of(database)
    wanted = 2 * sum(one.stat().st_size for one in (database, log) if one.exists()) + _ROOM
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise StoreError(
            f"no backup was made: it may take {in_words(wanted)}, and {in_words(free)} are free in "
            f"{folder}",
            "make room there, or name a folder on another disk under [backup] in feeds.toml",
        )


def copy_to(database: Path, copy: Path, progress: Progress) -> None:
    """Copy a database as it is at this moment, whoever writes to it meanwhile."""

    def advance(_status: int, left: int, total: int) -> None:
        progress(total - left, total)

    with closing(integrity.read_only(database)) as source, closing(sqlite3.connect(copy)) as target:
        # One reading transaction for all steps: else SQLite begins again whenever somebody wrote.
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_schema").fetchone()
        source.backup(target, pages=_PORTION, progress=advance, sleep=0)
        # Without a log of its own, which would be left beside it; whoever opens it turns it on.
        target.execute("PRAGMA journal_mode = DELETE").fetchone()


def _about(target: Path, made: datetime, copy: Path, database: Path) -> Backup:
    """Look through a copy, and say what is in it."""
    if found := integrity.problems(copy, full=True):
        raise integrity.damaged(database, found[0])
    with closing(integrity.read_only(copy)) as connection:
        return Backup(
            path=target,
            made=made,
            articles=count(connection, "article"),
            sources=count(connection, "source"),
            bytes=copy.stat().st_size,
            migrations=applied(connection),
        )


def count(connection: sqlite3.Connection, table: str) -> int:
    """Count the rows of a table."""
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _pack(packed: Path, backup: Backup, files: Mapping[str, Path]) -> None:
    about = {
        "made": backup.made.isoformat(),
        "articles": backup.articles,
        "sources": backup.sources,
        "bytes": backup.bytes,
        "migrations": list(backup.migrations),
    }
    with _private_file(packed) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            archive.writestr(_ABOUT, json.dumps(about, indent=1))
            for name, path in files.items():
                archive.write(path, name)
        file.flush()
        os.fsync(file.fileno())
    if spoilt := _spoilt(packed):
        raise StoreError(f"{spoilt} was not written as it is", "the disk may be failing")


def _private_file(path: Path) -> IO[bytes]:
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600), "w+b")


def sync_folder(folder: Path) -> None:
    """Have what was moved into a folder stay there, whatever happens."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove what a killed run left; another that is at work still needs its own."""
    for path in folder.glob(".*-aggregator-*"):
        process = path.name[1:].partition("-")[0]
        if process.isdigit() and not is_alive(int(process)):
            path.unlink(missing_ok=True)


def listed(folders: Iterable[Path]) -> list[Backup]:
    """List the backups in some folders, newest first, without those that cannot be read."""
    found = {}
    for folder in folders:
        for path in folder.glob("*.zip"):
            with suppress(StoreError):
                found[path.resolve()] = read(path)
    return sorted(found.values(), key=lambda one: (one.made, one.path.name), reverse=True)


def read(path: Path) -> Backup:
    """Read what a backup says of itself; StoreError where it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            about = json.loads(archive.read(_ABOUT))
            archive.getinfo(DATABASE)
        return Backup(
            path=path,
            made=datetime.fromisoformat(about["made"]),
            articles=int(about["articles"]),
            sources=int(about["sources"]),
            bytes=int(about["bytes"]),
            migrations=tuple(about["migrations"]),
        )
    except (OSError, zipfile.BadZipFile, ValueError, LookupError, TypeError) as error:
        raise StoreError(
            f"{path} is no backup that can be read: {error}",
            "`aggregator restore --list` shows which can be",
        ) from error


def config_of(backup: Backup) -> str:
    """Read the feeds.toml in a backup; empty where it has none."""
    with zipfile.ZipFile(backup.path) as archive, suppress(KeyError):
        return archive.read(CONFIG).decode("utf-8-sig")
    return ""


def _spoilt(path: Path) -> str:
    """Read everything in a zip; name what is not as it was written, if anything."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() or ""
    except (OSError, zipfile.BadZipFile, zlib.error):
        return path.name


def is_whole(backup: Backup) -> bool:
    """Say whether everything in a backup can be read and is as it was written."""
    return not _spoilt(backup.path)


def newest_whole(folders: Iterable[Path]) -> Backup | None:
    """Find the newest backup that is whole."""
    return next((one for one in listed(folders) if is_whole(one)), None)


def drop_superseded(folders: Iterable[Path], rotation: Rotation) -> list[Path]:
    """Remove the backups that the newest, which has just proved to be good, and the rules make
    needless; return their files."""
    known = listed(folders)
    moments = frozenset(rotation.superseded(one.made for one in known))
    dropped = [one.path for one in known if one.made in moments]
    for path in dropped:
        path.unlink(missing_ok=True)
    return dropped
