"""`aggregator export`: sources as OPML, articles as files."""

from contextlib import closing
from pathlib import Path

import click

from aggregator.cli.display import progress
from aggregator.cli.feed_lists import sources_as_opml
from aggregator.cli.named import find_output, since
from aggregator.config.load import Config, load
from aggregator.core.frontmatter import OPTIONAL_KEYS
from aggregator.errors import FileError, UsageError
from aggregator.pipeline import archiving
from aggregator.store.database import Database
from aggregator.store.exporting import Wanted
from aggregator.syndicate.archive import Archive
from aggregator.syndicate.files import write_if_changed


@click.command()
@click.argument("what", type=click.Choice(["opml", "articles"]))
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--output", metavar="NAME", help="Only articles that this output shows.")
@click.option(
    "--since", "stated", metavar="AGE", help="Only articles since then: 30d, or 2026-01-31."
)
@click.pass_obj
def export(
    config_path: Path, what: str, path: Path | None, output: str | None, stated: str | None
) -> None:
    """Export WHAT to PATH: the sources as "opml", or "articles" as files below a folder.

    Without PATH "opml" goes to standard output. Files have all keys, for `aggregator import`.
    """
    config = load(config_path)
    if what == "opml":
        if output or stated:
            raise UsageError("--output and --since are for articles")
        _export_opml(config, path)
        return
    if path is None:
        raise UsageError("say where the files go", "aggregator export articles FOLDER")
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is no folder", "name one, or a new one")
    wanted = _wanted(config, output, stated)
    with closing(Database(config.service.database)) as database:
        _export_articles(config, database, path, wanted)


def _export_opml(config: Config, path: Path | None) -> None:
    document = sources_as_opml(config)
    if path is None:
        click.echo(document, nl=False)
        return
    if path.is_dir():
        raise FileError(f"{path} is a folder", "name a file, such as sources.opml")
    write_if_changed(path, document)
    click.echo(f"{len(config.sources)} sources written to {path}")


def _wanted(config: Config, name: str | None, stated: str | None) -> Wanted:
    moment = since(stated) if stated else None
    if not name:
        return Wanted(since=moment)
    output = find_output(name, config)
    return Wanted(output=output.id, doubled=not output.dedupe, since=moment)


def _export_articles(config: Config, database: Database, path: Path, wanted: Wanted) -> None:
    service = config.service
    archive = Archive(path, service.archive_path, OPTIONAL_KEYS, service.archive_style)
    sources = {source.id: source for source in config.sources}
    with progress("exporting", "articles") as advance:
        done, failed = archiving.export(archive, sources, database, wanted, advance)
    click.echo(f"{done} articles in {path}")
    if failed:
        raise FileError(f"{failed} articles could not be written", "the lines above say why")
