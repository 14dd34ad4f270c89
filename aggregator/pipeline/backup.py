"""What a backup is made of and where backups are, as feeds.toml has it."""

from datetime import datetime
from pathlib import Path

from aggregator.config.load import Config
from aggregator.core.progress import Progress, no_progress
from aggregator.errors import StoreError
from aggregator.store import backups, integrity
from aggregator.store.backups import Backup


def back_up(
    config: Config, now: datetime, path: Path | None = None, progress: Progress = no_progress
) -> Backup:
    """Back up everything that cannot be made anew, into a folder or a new file; without a path into
    the folder of backups. What `progress` raises ends the work."""
    database = config.service.database
    if not database.is_file():
        raise StoreError(f"there is no database at {database}", "`aggregator poll` makes one")
    target = path or config.backups.folder
    if path is None or target.is_dir():
        target /= backups.file_name(now)
    if target.exists():
        backups.read(target)  # what is no backup is not overwritten
    others = {backups.CONFIG: config.path, **backups.private_files(config.service.data_dir)}
    return backups.make(target, now, database, others, progress)


def folders(config: Config) -> tuple[Path, ...]:
    """Name the folders in which backups are: the one of feeds.toml, and the one for upgrades."""
    return (config.backups.folder, config.service.data_dir / integrity.BACKUPS)
