"""`aggregator prune`: what is beyond the bounds of feeds.toml, and taking it out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

import click

from aggregator.cli.display import print_json, print_table, progress
from aggregator.cli.parts import make_purger
from aggregator.config.load import load
from aggregator.core.words import size
from aggregator.errors import UsageError
from aggregator.pipeline.retention import Leaving, Purger
from aggregator.store import space
from aggregator.store.database import Database
from aggregator.store.writer import Writer

_UNBOUNDED = "nothing goes: feeds.toml has no `keep`, `keep_articles`, `keep_size` or `max_size`"
_Row = Mapping[str, str | int]


@click.command()
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@click.option("--compact", is_flag=True, help="Give all that is free back to the disk.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def prune(path: Path, dry_run: bool, compact: bool, as_json: bool) -> None:
    """Purge the articles that are beyond the bounds of feeds.toml, with their files."""
    if dry_run and compact:
        raise UsageError("--dry-run and --compact do not go together", "name one of them")
    config = load(path)
    purger = make_purger(config)
    with closing(Database(config.service.database)) as database:
        leaving = purger.plan(database)
        done = {} if dry_run else _purge(purger, leaving, database)
        if compact:
            space.compact(database)
        sizes = {"database": space.size(database), "used": space.used(database)}
        is_older = not space.gives_back(database)
    rows = _summary(leaving)
    if as_json:
        print_json({"beyond": rows, "done": done or None, **sizes})
        return
    print_table(
        [
            {
                name: size(int(value)) if name == "text" else str(value)
                for name, value in one.items()
            }
            for one in rows
        ],
        empty="nothing is beyond its bounds" if purger.is_bounded else _UNBOUNDED,
    )
    if done:
        click.echo(_done(done))
    elif leaving:
        click.echo("nothing was purged yet: `aggregator prune` does it")
    free = sizes["database"] - sizes["used"]
    click.echo(f"the database takes {size(sizes['database'])}, of which {size(free)} are free")
    if is_older and free:
        click.echo("`aggregator prune --compact` gives them back, once and from then on by itself")


def _summary(leaving: Iterable[Leaving]) -> list[dict[str, str | int]]:
    """Add up what goes, by source and reason."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in leaving:
        groups[one.source, one.why].append(one.size)
    return [
        {"source": source, "why": why, "articles": len(sizes), "text": sum(sizes)}
        for (source, why), sizes in sorted(groups.items())
    ]


def _purge(purger: Purger, leaving: list[Leaving], database: Database) -> dict[str, int]:
    """Do it, and count what went."""
    writer = Writer(database.path)
    try:
        with progress("purging", "articles") as advance:
            articles = sum(purger.purge(writer, leaving, advance))
        revisions = sum(purger.trim_revisions(writer))
        files = purger.remove_files(writer, database)
        for _ in purger.tidy(writer, database):
            pass
    finally:
        writer.close()
    return {"articles": articles, "revisions": revisions, "files": files}


def _done(done: Mapping[str, int]) -> str:
    return (
        f"purged {done['articles']} articles and {done['revisions']} former versions;"
        f" {done['files']} files are deleted"
    )
