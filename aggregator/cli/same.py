"""`aggregator split` and `merge`: a person's word on what is the same article."""

from contextlib import closing
from pathlib import Path

import click

from aggregator.cli.named import find_article
from aggregator.config.load import load
from aggregator.core.words import counted
from aggregator.errors import UsageError
from aggregator.store import publish_queue, ties
from aggregator.store.database import Database
from aggregator.store.ties import Regrouped


@click.command()
@click.argument("article")
@click.pass_obj
def split(path: Path, article: str) -> None:
    """Take an ARTICLE out of its cluster for good: it is not the same as the others there."""
    with closing(Database(load(path).service.database)) as database:
        found = find_article(database, article)
        others = [one for one in database.members(found.id) if one.id != found.id]
        if not others:
            raise UsageError(
                f"{found.id} is alone in its cluster already",
                f"`aggregator show {found.id}` says what it is related to",
            )
        with database.transaction():
            _note(database, ties.split(database, database.number(found.id)))
    click.echo(f"{found.id} stands alone; {counted(len(others), 'other')} as before")


@click.command()
@click.argument("article")
@click.argument("other")
@click.pass_obj
def merge(path: Path, article: str, other: str) -> None:
    """Make ARTICLE and OTHER, with all that is the same as either, one for good."""
    with closing(Database(load(path).service.database)) as database:
        one, two = find_article(database, article), find_article(database, other)
        if one.id == two.id:
            raise UsageError(f"{one.id} was named twice", "name two articles")
        with database.transaction():
            _note(database, ties.merge(database, database.number(one.id), database.number(two.id)))
        members = database.members(one.id)
    click.echo(f"one article in {len(members)} places, shown under {members[0].id}")


def _note(database: Database, regrouped: Regrouped) -> None:
    publish_queue.put(database, regrouped.outputs)
