"""`aggregator doctor`: is everything as it should be?"""

import sys
from contextlib import closing
from pathlib import Path

import click

from aggregator.cli import surroundings
from aggregator.cli.display import print_json
from aggregator.cli.parts import now
from aggregator.config.load import Config, load
from aggregator.errors import StoreError
from aggregator.pipeline.backup import folders
from aggregator.store import backups, checkup, integrity, upgrading
from aggregator.store.checkup import Finding
from aggregator.store.database import Database


@click.command()
@click.option("--full", is_flag=True, help="Compare every index with its table as well.")
@click.option("--repair", is_flag=True, help="Mend what can be made anew; no article is touched.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def doctor(path: Path, full: bool, repair: bool, as_json: bool) -> None:
    """Look through the database and the files around it; say what is wrong and what to do.

    Exits with 1 where something is to be done.
    """
    config = load(path)
    findings, mended = _look(config, full=full, repair=repair)
    if as_json:
        print_json({"findings": [_as_dict(one) for one in findings], "mended": mended})
    else:
        _tell(findings, mended)
    if any(one.is_wrong for one in findings):
        sys.exit(1)


def _look(config: Config, *, full: bool, repair: bool) -> tuple[list[Finding], int]:
    """List what is wrong, without what was mended just now; and how much that was."""
    if broken := _file(config, full=full):
        return broken, 0
    with closing(Database(config.service.database)) as database:
        findings = _all(config, database)
        if not repair:
            return findings, 0
        mended = checkup.mend(database, findings)
        return _all(config, database), mended


def _all(config: Config, database: Database) -> list[Finding]:
    return [*checkup.look(database), *surroundings.look(config, database, now())]


def _file(config: Config, *, full: bool) -> list[Finding]:
    """Look at the file alone: what is wrong with it comes before everything else."""
    database = config.service.database
    if not database.is_file():
        return [
            Finding(
                name="database",
                what=f"there is no database at {database}",
                means="nothing was polled yet, or data_dir in feeds.toml names another folder",
                todo="`aggregator poll` makes one; `aggregator restore` puts a backup there",
            )
        ]
    if integrity.is_emptied(database):
        return [_damage(config, f"{database} is empty, and there are backups of what it held")]
    if problems := integrity.problems(database, full=full):
        shown = "; ".join(problems[:3])
        return [_damage(config, f"{database} is damaged: {shown}")]
    return _version(database)


def _damage(config: Config, what: str) -> Finding:
    newest = backups.newest_whole(folders(config))
    if newest is None:
        todo = "there is no good backup: keep the file, and look for a copy elsewhere"
    else:
        todo = (
            f"stop the daemon, then `aggregator restore`: the newest good backup is of "
            f"{newest.made:%Y-%m-%d %H:%M} UTC, {newest.path}"
        )
    return Finding(
        name="damage", what=what, means="nothing more should be written into it", todo=todo
    )


def _version(database: Path) -> list[Finding]:
    """Say where a database is of another version; this one is not brought up to date here."""
    try:
        pending = upgrading.pending(database)
    except StoreError as error:
        means = "this version cannot know what is in it"
        return [Finding(name="version", what=error.what, means=means, todo=error.hint)]
    if not pending:
        return []
    return [
        Finding(
            name="version",
            what=f"{database} is of an older version: {', '.join(pending)} are to be run",
            means="the next command that opens it brings it up to date, after a backup",
            todo="`aggregator upgrade --dry-run` tries it on a copy, `aggregator upgrade` does it",
        )
    ]


def _as_dict(one: Finding) -> dict[str, object]:
    return {
        "name": one.name,
        "what": one.what,
        "means": one.means,
        "todo": one.todo,
        "is_wrong": one.is_wrong,
        "can_be_mended": one.mend is not None,
    }


def _tell(findings: list[Finding], mended: int) -> None:
    if mended:
        click.echo(f"mended: {mended} rows and files")
    for one in findings:
        click.echo(f"{one.name}: {one.what}")
        click.echo(f"  {one.means}")
        click.echo(f"  {one.todo}")
    if not any(one.is_wrong for one in findings):
        click.echo("all is well")
