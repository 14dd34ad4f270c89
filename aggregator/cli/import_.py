"""`aggregator import`: article files into the database, OPML into feeds.toml."""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import click

from aggregator.cli.display import print_json, progress
from aggregator.cli.feed_lists import import_opml
from aggregator.cli.named import find_source
from aggregator.cli.parts import Parts, open_parts
from aggregator.cli.poll import publish_changes, refresh
from aggregator.config.load import Config, load
from aggregator.core.source import Source
from aggregator.errors import UsageError
from aggregator.pipeline.importing import Import, Importer, find_files

_OPML = (".opml", ".xml")


@click.command(name="import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--source", "source_id", metavar="ID", help="Whose articles files are that name none."
)
@click.option("--dry-run", is_flag=True, help="Say what would be imported, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def import_(
    config_path: Path, path: Path, source_id: str | None, dry_run: bool, as_json: bool
) -> None:
    """Import PATH: an article file, a folder of them, or a list of feeds (OPML).

    Exits with 1 when a file or a feed of the list could not be imported.
    """
    config = load(config_path)
    if not path.exists():
        raise UsageError(f"there is nothing at {path}", "name a file or a folder")
    if path.suffix.lower() in _OPML:
        if source_id:
            raise UsageError("--source is for article files, not for a list of feeds")
        if import_opml(config, path, dry_run=dry_run, as_json=as_json):
            sys.exit(1)
        return
    default = find_source(config, source_id) if source_id else None
    files = find_files(path)
    if not files:
        raise UsageError(
            f"there is no article file below {path}", "they end in .md, .markdown or .html"
        )
    done = _import(config, files, default, dry_run=dry_run)
    if as_json:
        print_json(_as_dict(done))
    else:
        _print(done, dry_run=dry_run)
    if done.refused:
        sys.exit(1)


def _import(config: Config, files: list[Path], default: Source | None, *, dry_run: bool) -> Import:
    with open_parts(config) as parts:
        importer = _importer(parts, default)
        if dry_run:
            importer = replace(importer, writer=None)
        else:
            refresh(parts)
        with progress("importing", "files") as advance:
            done = importer.run(files, advance)
        if not dry_run:
            publish_changes(parts, ())
    return done


def _importer(parts: Parts, default: Source | None) -> Importer:
    config = parts.config
    return Importer(
        workers=parts.tools.workers,
        writer=parts.writer,
        database=parts.database,
        sources=config.sources,
        outputs=config.outputs,
        url_rules=config.url_rules,
        clock=parts.clock,
        archive_dir=config.service.archive_dir if config.service.archive else None,
        default=default,
    )


def _as_dict(done: Import) -> dict[str, object]:
    return {
        "new": done.new,
        "duplicates": done.duplicates,
        "known": done.known,
        "refused": [{"path": str(path), "why": why} for path, why in done.refused],
        "foreign_sources": dict(sorted(done.foreign.items())),
        "ignored_keys": dict(sorted(done.ignored.items())),
    }


def _print(done: Import, *, dry_run: bool) -> None:
    for path, why in done.refused:
        click.echo(f"{path}: {why}", err=True)
    would = "would be " if dry_run else ""
    parts = [f"{done.new} articles {would}imported", f"{done.known} were here already"]
    if done.duplicates:
        parts.insert(1, f"{done.duplicates} known from elsewhere")
    if done.refused:
        parts.append(f"{len(done.refused)} files not imported")
    click.echo(", ".join(parts))
    if done.foreign:
        click.echo(f"of sources that feeds.toml does not have: {_counted(done.foreign)}")
    if done.ignored:
        click.echo(f"keys that are not known, and in how many files: {_counted(done.ignored)}")


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.most_common())
