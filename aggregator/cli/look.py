"""`aggregator sources`, `outputs` and `search`: looking, never changing what is kept."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

import click

from aggregator.cli.display import in_words, print_json, print_table, progress
from aggregator.cli.parts import now
from aggregator.cli.show import article_dict
from aggregator.config.load import Config, load
from aggregator.core.health import CUT_OFF, Health, is_cut_off, next_step
from aggregator.core.output import Output
from aggregator.core.source import Source, SourceState, public_url
from aggregator.core.words import ago, span, until
from aggregator.errors import UsageError
from aggregator.store import listings, publish_queue
from aggregator.store import search as search_index
from aggregator.store.database import Database
from aggregator.syndicate.channel import FORMATS, Channel
from aggregator.syndicate.secrets import Private, Tokens

_INDEX_PORTION = 200


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def sources(path: Path, as_json: bool) -> None:
    """Show where each source stands: last poll, next poll, articles, and what is wrong."""
    config = load(path)
    with closing(Database(config.service.database)) as database:
        states, counts = database.states(), database.article_counts()
    found = [
        (one, states.get(one.id, SourceState(id=one.id, url=one.url))) for one in config.sources
    ]
    if as_json:
        print_json(
            [_source_dict(one, state, counts.get(one.id, (0, None))[0]) for one, state in found]
        )
        return
    print_table(
        [_source_row(one, state, counts.get(one.id, (0, None))[0]) for one, state in found],
        empty="no sources; add a [sources.NAME] table to feeds.toml",
    )
    if is_cut_off(state.status for _, state in found):
        click.echo(CUT_OFF, err=True)


def _source_dict(source: Source, state: SourceState, count: int) -> dict[str, object]:
    what, hint = next_step(state)
    return {
        "source": source.id,
        "name": source.name,
        "url": source.public_url,
        "health": state.health,
        "health_since": state.health_since,
        "status": state.status,
        "moved_to": public_url(state.moved_to),
        "failures": state.failures,
        "articles": count,
        "last_poll_at": state.last_poll_at,
        "last_ok_at": state.last_ok_at,
        "next_poll_at": state.next_poll_at,
        "error": what,
        "hint": hint,
    }


def _source_row(source: Source, state: SourceState, count: int) -> dict[str, str]:
    moment = now()
    return {
        "source": source.id,
        "health": _health(state, moment),
        "status": state.status or "not polled yet",
        "polled": ago(state.last_poll_at, moment),
        "next": "never" if state.health == Health.GONE else until(state.next_poll_at, moment),
        "articles": str(count),
        "problem": in_words(*next_step(state)),
    }


def _health(state: SourceState, moment: datetime) -> str:
    if not state.health or state.health_since is None:
        return "new"
    word = state.health.replace("_", " ")
    return word if state.health == Health.OK else f"{word} for {span(moment - state.health_since)}"


@click.command()
@click.option("--renew", metavar="NAME", help="Give a private output another address.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def outputs(path: Path, renew: str | None, as_json: bool) -> None:
    """Show each output: how many articles it keeps, the newest, and where to subscribe."""
    config = load(path)
    if renew:
        _renew(config, renew)
    with closing(Database(config.service.database)) as database:
        counts = listings.counts(database, [one.id for one in config.outputs if not one.dedupe])
    found = config.outputs
    if as_json:
        print_json([_output_dict(one, config, *counts.get(one.id, (0, None))) for one in found])
        return
    rows = [_output_row(one, config, *counts.get(one.id, (0, None))) for one in found]
    print_table(rows, empty="no outputs; add an [outputs.NAME] table to feeds.toml")


def _renew(config: Config, name: str) -> None:
    """Put another token into an output's address, and have its feed made anew with it."""
    if name not in [one.id for one in config.outputs if one.private]:
        raise UsageError(f"there is no private output {name!r}", "`private = true` makes one")
    with closing(Database(config.service.database)) as database, database.transaction():
        _tokens(config).renew(name)
        publish_queue.put(database, [name])
    click.echo(f"{name} has another address; whoever has the old one is told nothing", err=True)


def _tokens(config: Config) -> Tokens:
    return Private(config.service.private_dir).tokens


def _addresses(output: Output, config: Config) -> list[str]:
    token = _tokens(config).of(output.id) if output.private else ""
    channel = Channel(output=output, public_url=config.service.public_url, sources={}, token=token)
    return [channel.address(kind) for kind in FORMATS]


def _output_dict(
    output: Output, config: Config, count: int, newest: datetime | None
) -> dict[str, object]:
    return {
        "output": output.id,
        "title": output.title,
        "articles": count,
        "newest": newest,
        "urls": _addresses(output, config),
        "private": output.is_hidden,
    }


def _output_row(
    output: Output, config: Config, count: int, newest: datetime | None
) -> dict[str, str]:
    return {
        "output": output.id,
        "title": output.title,
        "articles": str(count),
        "newest": ago(newest, now()),
        "subscribe": _addresses(output, config)[0],
    }


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def search(path: Path, text: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find articles that hold every word of TEXT, newest first; "a phrase" stays together."""
    config = load(path)
    with closing(Database(config.service.database)) as database:
        _catch_up(database)
        found = search_index.find(database, " ".join(text), limit)
    if as_json:
        print_json([article_dict(article) for article in found])
        return
    rows = [
        {
            "article": article.id,
            "date": f"{article.date:%Y-%m-%d %H:%M}",
            "source": article.source,
            "title": article.title,
        }
        for article in found
    ]
    print_table(rows, empty=f"no article holds {' '.join(text)!r}")


def _catch_up(database: Database) -> None:
    """Index what came since: the daemon does so when it is idle, `poll` leaves it to this."""
    total, done = search_index.backlog(database), 0
    with progress("indexing", "articles") as advance:
        while count := search_index.index(database, _INDEX_PORTION):
            done += count
            advance(done, total)
