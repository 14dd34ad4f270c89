"""`aggregator backup` and `aggregator restore`."""

import os
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path

import click

from aggregator.cli.display import print_json, print_table, progress
from aggregator.cli.parts import now
from aggregator.config.load import Config, load
from aggregator.core.words import ago, counted, size
from aggregator.errors import ConfigError, StoreError, UsageError
from aggregator.pipeline.backup import back_up, folders
from aggregator.store import backups, locks, restoring
from aggregator.store.backups import Backup
from aggregator.store.restoring import Loss, Places, Unpacked


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def backup(config_path: Path, path: Path | None, as_json: bool) -> None:
    """Back up the database, feeds.toml, and our tokens and keys into one file.

    PATH is a folder or a new file; without it the backup goes into the folder of backups.
    """
    config = load(config_path)
    started = time.monotonic()
    with progress("backing up", "pages") as advance:
        made = back_up(config, now(), path, advance)
    seconds = time.monotonic() - started
    if as_json:
        print_json(_as_dict(made) | {"seconds": round(seconds, 2)})
    else:
        click.echo(f"{made.path}: {_in_numbers(made)}, in {seconds:.1f} s")
        click.echo("it holds secrets: keep it where others cannot read it")


def _as_dict(one: Backup) -> dict[str, object]:
    """Describe a backup for programs."""
    return {
        "path": str(one.path),
        "made": one.made,
        "articles": one.articles,
        "sources": one.sources,
        "database_bytes": one.bytes,
        "bytes": one.size,
    }


def _in_numbers(one: Backup) -> str:
    """Describe a backup for people."""
    articles, sources = counted(one.articles, "article"), counted(one.sources, "source")
    return f"{articles} of {sources}, {size(one.size)}"


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--list", "only_list", is_flag=True, help="List the backups there are, and end.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--with-config", is_flag=True, help="Put the feeds.toml of then back as well.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def restore(
    config_path: Path,
    path: Path | None,
    only_list: bool,
    dry_run: bool,
    with_config: bool,
    as_json: bool,
) -> None:
    """Put a backup in the place of the database: the newest good one, or the one at PATH.

    What it replaces is set aside, not deleted. The daemon has to be stopped.
    """
    config = _config(config_path, path)
    if only_list:
        _list(backups.listed(folders(config)), as_json=as_json)
        return
    service = config.service
    service.data_dir.mkdir(parents=True, exist_ok=True)
    is_wanted = with_config or not config_path.exists()
    places = Places(
        database=service.database,
        private_dir=service.private_dir,
        config=config_path if is_wanted else None,
    )
    with ExitStack() as stack:
        lock = None if dry_run else stack.enter_context(closing(locks.alone(service.database)))
        chosen = _named(path, folders(config)) if path else _newest_good(config)
        found = stack.enter_context(restoring.unpacked(chosen, service.data_dir))
        lost = restoring.loss(service.database, found.database)
        is_other = not is_wanted and _is_other_config(found, config_path)
        gone = restoring.put_in_place(found, places, lock, now()) if lock else ()
    if as_json:
        print_json(_restored(chosen, lost, gone, dry_run=dry_run))
        return
    _tell(chosen, lost, dry_run=dry_run)
    for one in gone:
        click.echo(f"set aside: {one}")
    if is_other:
        click.echo(f"{config_path} is not as it was then; --with-config puts that one back as well")
    if not dry_run:
        click.echo("start the daemon, or run `aggregator publish`: the feeds are made anew")


def _config(config_path: Path, path: Path | None) -> Config:
    """Load feeds.toml; where there is none, the one in the backup says where the data belongs."""
    try:
        return load(config_path)
    except ConfigError:
        if path is None or config_path.exists():
            raise
    return _config_of(_named(path), config_path)


def _config_of(chosen: Backup, config_path: Path) -> Config:
    """Load the feeds.toml in a backup as if it were in its place."""
    trial = config_path.with_name(f".{config_path.name}.{os.getpid()}")
    try:
        trial.touch(mode=0o600)
        trial.write_text(backups.config_of(chosen), "utf-8")
        return replace(load(trial), path=config_path)
    finally:
        trial.unlink(missing_ok=True)


def _named(path: Path, known: tuple[Path, ...] = ()) -> Backup:
    """Find a backup by its path, or by its name alone in the folders of backups."""
    for place in (path, *(folder / path for folder in known)):
        if place.is_file():
            return backups.read(place)
    raise UsageError(f"there is no backup {path}", "`aggregator restore --list` lists them")


def _newest_good(config: Config) -> Backup:
    known = backups.listed(folders(config))
    for one in known:
        if backups.is_whole(one):
            return one
        click.echo(f"{one.path} is damaged, the one before it is taken", err=True)
    where = " and ".join(str(one) for one in dict.fromkeys(folders(config)))
    raise StoreError(
        f"there is no good backup in {where}" if known else f"there is no backup in {where}",
        "name one that is elsewhere: aggregator restore PATH",
    )


def _is_other_config(found: Unpacked, config_path: Path) -> bool:
    with suppress(OSError):
        return (found.folder / backups.CONFIG).read_bytes() != config_path.read_bytes()
    return False


def _list(known: list[Backup], *, as_json: bool) -> None:
    if as_json:
        print_json([_as_dict(one) for one in known])
        return
    moment = now()
    rows = [
        {
            "backup": str(one.path),
            "made": f"{one.made:%Y-%m-%d %H:%M}",
            "age": ago(one.made, moment),
            "articles": str(one.articles),
            "size": size(one.size),
        }
        for one in known
    ]
    print_table(rows, empty="no backup yet; `aggregator backup` makes one")


def _restored(
    chosen: Backup, lost: Loss | None, gone: tuple[Path, ...], *, dry_run: bool
) -> dict[str, object]:
    return {
        "backup": _as_dict(chosen),
        "dry_run": dry_run,
        "lost_articles": lost.articles if lost else None,
        "set_aside": [str(one) for one in gone],
    }


def _tell(chosen: Backup, lost: Loss | None, *, dry_run: bool) -> None:
    done = "would be restored" if dry_run else "restored"
    click.echo(f"{done}: {chosen.path} of {chosen.made:%Y-%m-%d %H:%M} UTC, {_in_numbers(chosen)}")
    gone = "would be lost" if dry_run else "lost"
    if lost is None:
        click.echo(
            f"what came after it is {gone}; how much cannot be told, since the database cannot be "
            "read. Entries that their sources still list come again"
        )
    elif lost.articles:
        click.echo(
            f"{gone}: {counted(lost.articles, 'article')} that came after it, the last at "
            f"{lost.newest:%Y-%m-%d %H:%M} UTC; those that their sources still list come again"
        )
    else:
        click.echo(f"no article {'would be' if dry_run else 'is'} lost")
