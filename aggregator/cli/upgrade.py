"""`aggregator upgrade`: bringing the database up to date, or trying that on a copy."""

from contextlib import closing
from pathlib import Path

import click

from aggregator.config.load import load
from aggregator.core.words import size
from aggregator.errors import StoreError
from aggregator.store import upgrading
from aggregator.store.database import Database


@click.command()
@click.option("--dry-run", is_flag=True, help="Try it on a copy, and change nothing.")
@click.pass_obj
def upgrade(path: Path, dry_run: bool) -> None:
    """Bring the database up to date; every other command that opens it does the same.

    A backup is made before, where there is room.
    """
    database = load(path).service.database
    if not database.is_file():
        raise StoreError(f"there is no database at {database}", "`aggregator poll` makes one")
    pending = upgrading.pending(database)
    if not pending:
        click.echo(f"{database} is up to date")
        return
    if dry_run:
        trial = upgrading.attempt(database)
        click.echo(f"would run: {', '.join(trial.pending)}")
        click.echo(
            f"on a copy it took {trial.seconds:.1f} s; {size(trial.before)} became "
            f"{size(trial.after)}, and the copy is whole"
        )
        click.echo(f"it needs {size(3 * trial.before)} of room, for the backup made before as well")
        return
    with closing(Database(database)):
        click.echo(f"done: {', '.join(pending)}")
