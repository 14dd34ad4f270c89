"""Lists of feeds (OPML) into feeds.toml, and sources as such a list."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from aggregator.cli.display import print_json
from aggregator.cli.sources_file import free_id, same_feed, whole_url, write_sources
from aggregator.config.edit import Value, block_of
from aggregator.config.load import Config
from aggregator.core.outlines import Outline, read_outlines, write_outlines
from aggregator.core.source import public_url
from aggregator.errors import FileError, OpmlError, UsageError
from aggregator.ingest.links import host_of

_MOST_BYTES = 16 << 20
_TITLE = "Sources of aggregator"


@dataclass(slots=True, kw_only=True)
class Additions:
    """What an OPML list adds: sources by their keys, feeds that are there already, each with whose
    it is, and outlines that are no feed, each with the reason."""

    sources: dict[str, dict[str, Value]] = field(default_factory=dict)
    known: list[tuple[Outline, str]] = field(default_factory=list)
    refused: list[tuple[Outline, str]] = field(default_factory=list)


def import_opml(config: Config, path: Path, *, dry_run: bool, as_json: bool) -> bool:
    """Make sources of the feeds that an OPML file lists; say whether some could not be."""
    added = additions(config, _read(path))
    if as_json:
        print_json(_as_dict(added))
    else:
        _print(added)
    if added.sources and not dry_run:
        write_sources(config.path, added.sources)
    if not as_json:
        would = "would be " if dry_run else ""
        click.echo(f"{len(added.sources)} sources {would}written into {config.path}, "
                   f"{len(added.known)} were there already")  # fmt: skip
    return bool(added.refused)


def _read(path: Path) -> list[Outline]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise OpmlError(f"{path} is larger than {_MOST_BYTES >> 20} MiB")
        outlines = read_outlines(path.read_bytes())
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}") from error
    except OpmlError as error:
        raise OpmlError(f"nothing is imported: {path}: {error.what}", error.hint) from error
    if not outlines:
        raise OpmlError(f"nothing is imported: {path} lists no feed")
    return outlines


def additions(config: Config, outlines: list[Outline]) -> Additions:
    """Tell what of an OPML list is new."""
    added = Additions()
    owners = {same_feed(source.url): source.id for source in config.sources}
    taken = {source.id for source in config.sources}
    for one in outlines:
        url = whole_url(one.url) if one.url else ""
        if not url:
            added.refused.append((one, _why_not(one)))
        elif owner := owners.get(same_feed(url)):
            added.known.append((one, owner))
        else:
            key = free_id(_words(one.title, url), taken)
            taken.add(key)
            owners[same_feed(url)] = key
            added.sources[key] = _values(one, url)
    return added


def _why_not(outline: Outline) -> str:
    if outline.url:
        return f"{public_url(outline.url)!r} is no address of a feed"
    return "it names no feed, only a page; `aggregator add` may find one there"


def _words(title: str, url: str) -> str:
    """Name a source by its title where that has a word in Latin letters, else by its host."""
    if re.search(r"[A-Za-z]{2}", title):
        return title
    return max(host_of(url).removeprefix("www.").split(".")[:-1], key=len, default="")


def _values(outline: Outline, url: str) -> dict[str, Value]:
    values: dict[str, Value] = {"url": url}
    if outline.title:
        values = {"name": outline.title, **values}
    if outline.folders:
        values["categories"] = outline.folders
    if outline.language:
        values["language"] = outline.language
    return values


def _print(added: Additions) -> None:
    for key, values in added.sources.items():
        click.echo(f"{block_of(key, values)}")
    for one, owner in added.known:
        click.echo(f"already there as {owner}: {one.title or public_url(one.url)}", err=True)
    for one, why in added.refused:
        click.echo(f"not imported: {one.title or '(no title)'}: {why}", err=True)


def _as_dict(added: Additions) -> dict[str, object]:
    return {
        "sources": [{"source": key, **_public(values)} for key, values in added.sources.items()],
        "known": [
            {"title": one.title, "url": public_url(one.url), "source": owner}
            for one, owner in added.known
        ],
        "refused": [
            {"title": one.title, "url": public_url(one.url), "why": why}
            for one, why in added.refused
        ],
    }


def _public(values: Mapping[str, Value]) -> dict[str, object]:
    return {**values, "url": public_url(str(values["url"]))}


def sources_as_opml(config: Config) -> bytes:
    """Give all sources as an OPML document, their categories as folders."""
    if not config.sources:
        raise UsageError("there are no sources to export", "`aggregator add` finds feeds")
    for source in config.sources:
        if source.url != source.public_url:
            click.echo(
                f"the address of {source.id} holds a password or key: keep the list to yourself",
                err=True,
            )
    outlines = [
        Outline(title=one.name, url=one.url, folders=one.categories, language=one.language)
        for one in config.sources
    ]
    return write_outlines(_TITLE, outlines)
