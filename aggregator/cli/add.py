"""`aggregator add`."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from aggregator.cli.display import print_json
from aggregator.cli.parts import now, user_agent
from aggregator.cli.sources_file import free_id, same_feed, whole_url, write_sources
from aggregator.config.edit import Value, block_of
from aggregator.config.load import Config, load
from aggregator.config.reader import ID
from aggregator.core.polling import Status
from aggregator.core.source import Source, public_url
from aggregator.core.words import ago
from aggregator.errors import FetchError, PollError, UsageError
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.links import host_of
from aggregator.ingest.pace import Lanes
from aggregator.ingest.workers import Workers
from aggregator.pipeline.discover import Finder, Found

_LABELS = frozenset(("www", "feed", "feeds", "rss", "blog", "news", "m", "co", "com", "org", "net"))


@click.command()
@click.argument("url")
@click.option("--id", "source_id", metavar="NAME", help="Its key in feeds.toml.")
@click.option("--category", "categories", multiple=True, help="A category; may be repeated.")
@click.option("--pick", type=click.IntRange(1), default=1, help="Which of several feeds.")
@click.option("--allow-private", is_flag=True, help="It may be at a private address.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs; does not ask.")
@click.pass_obj
def add(
    path: Path,
    url: str,
    source_id: str | None,
    categories: tuple[str, ...],
    pick: int,
    allow_private: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Find the feed behind a URL, show what would be read, and write it into feeds.toml."""
    config = load(path)
    _refuse_id(config, source_id)
    _refuse_known(config, _checked(url))
    feeds = _find(config, url, allow_private=allow_private)
    if pick > len(feeds):
        raise UsageError(f"there are {len(feeds)} feeds, not {pick}", "look at the list above")
    found = feeds[pick - 1]
    _refuse_known(config, found.url)
    key = source_id or _free_id(found, [source.id for source in config.sources])
    values: dict[str, Value] = {"name": found.title or key, "url": found.url}
    if categories:
        values["categories"] = categories
    if allow_private:
        values["allow_private"] = True
    if as_json:
        print_json({"source": key, **values, **_as_dict(found)})
    else:
        _show(feeds, pick)
        click.echo(f"\n{block_of(key, values)}", nl=False)
    if dry_run:
        return
    if not (yes or as_json) and sys.stdin.isatty():
        click.confirm(f"Write this into {path}?", default=True, abort=True)
    write_sources(path, {key: values})
    if not as_json:
        click.echo(f"\nwritten into {path}; `aggregator poll {key}` reads it now")


def _find(config: Config, url: str, *, allow_private: bool) -> list[Found]:
    """Look for feeds at the pace of feeds.toml, saying on standard error where."""
    workers = Workers(1)
    finder = Finder(
        fetcher=Fetcher(user_agent(config.service.contact)),
        workers=workers,
        lanes=Lanes(config.paces),
        source=Source(id="new", url=url, name="new", allow_private=allow_private),
    )
    try:
        return finder.find(
            url, lambda asked: click.echo(f"looking at {public_url(asked)}", err=True)
        )
    except PollError as error:
        raise FetchError(
            error.status, f"nothing is added: {error.what}", hint=_next_step(error)
        ) from error
    finally:
        workers.close()


def _next_step(error: PollError) -> str:
    """Say what to do where nobody tries again by himself, and there is no source yet to change."""
    if error.status == Status.REFUSED:
        return "give --allow-private if you mean it"
    return re.sub(r"it is tried again[^;]*", "try again later", error.hint)


def _checked(address: str) -> str:
    """Complete an address, or say that it is none."""
    url = whole_url(address)
    if not url:
        raise UsageError(
            f"{public_url(address)!r} is no address of a site or feed",
            "give one such as example.org or https://example.org/feed.xml",
        )
    return url


def _refuse_id(config: Config, source_id: str | None) -> None:
    if source_id is None:
        return
    if not ID.fullmatch(source_id):
        raise UsageError(
            f"--id {source_id!r} may hold letters, digits, '.', '_' and '-' only, 64 at most"
        )
    if config.source(source_id):
        raise UsageError(f"there is a source {source_id!r} already", "give another --id")


def _refuse_known(config: Config, url: str) -> None:
    for source in config.sources:
        if same_feed(source.url) == same_feed(url):
            raise UsageError(
                f"nothing is added: it is the source {source.id!r} already",
                f"`aggregator poll {source.id}` reads it now",
            )


def _free_id(found: Found, taken: Sequence[str]) -> str:
    """Name a source after its host, the longest label that says something, else after its title."""
    labels = [one for one in host_of(found.url).split(".") if one not in _LABELS]
    label = max(labels[:-1] or labels, key=len, default="")
    return free_id(found.title if label.isdecimal() or ":" in label else label, taken)


def _show(feeds: Sequence[Found], pick: int) -> None:
    if len(feeds) > 1:
        for number, feed in enumerate(feeds, start=1):
            mark = "*" if number == pick else " "
            click.echo(f"{mark} {number}. {feed.title or '(no title)'}  {public_url(feed.url)}")
        click.echo("--pick N takes another one\n")
    found = feeds[pick - 1]
    newest = f"the newest {ago(found.newest, now())}" if found.newest else "without dates"
    click.echo(f"{found.title or '(no title)'}: {found.entries} entries, {newest} ({found.kind})")
    for title in found.titles:
        click.echo(f"  {title}")


def _as_dict(found: Found) -> dict[str, object]:
    return {
        "kind": found.kind,
        "entries": found.entries,
        "newest": found.newest,
        "titles": found.titles,
    }
