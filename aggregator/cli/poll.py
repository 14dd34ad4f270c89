"""`aggregator poll` and `aggregator publish`."""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from aggregator.cli.display import in_words, print_json, print_table, progress
from aggregator.cli.named import find_source
from aggregator.cli.parts import Parts, now, open_parts
from aggregator.config.load import Config, load
from aggregator.core.health import CUT_OFF, is_cut_off
from aggregator.core.polling import due_sources
from aggregator.core.source import Source, SourceState
from aggregator.core.words import counted
from aggregator.pipeline.poll import PollReport, poll_many
from aggregator.pipeline.publish import publish_due
from aggregator.pipeline.relisting import refresh_listings
from aggregator.store.database import Database

_ARCHIVE_AT = 2000  # new articles
_MOST_PAGES = 500
_PAGE_SECONDS = 60
_HUB_SECONDS = 20
_CATCH_UP = 2000  # articles that an older version stored, made comparable by each run


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--all", "everything", is_flag=True, help="Poll every source, due or not.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def poll(path: Path, names: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Poll what is due once (or the sources named), publish, and say what came.

    Exits with 1 when a source that was named could not be polled, or an output not be made.
    """
    config = load(path)
    named = [find_source(config, name) for name in names]
    started = time.monotonic()
    with open_parts(config) as parts:
        refresh(parts)
        reports = _poll(parts, named, everything=everything)
        texts = _read_pages(parts)
        parts.writer.call(_catch_up)
        written = publish_changes(parts, _missing(parts))
    summary = _summary(reports, texts, written, time.monotonic() - started)
    if as_json:
        print_json(summary | {"sources": [_as_dict(report) for report in reports]})
    else:
        _print(reports, summary)
    failed = {one.outcome.source.id for one in reports if not one.outcome.status.is_success}
    if failed.intersection(names) or written["failed"]:
        sys.exit(1)


@click.command()
@click.pass_obj
def publish(path: Path) -> None:
    """Make every output anew from the database, and write article files that are due or gone.

    Exits with 1 when an output could not be made.
    """
    config = load(path)
    with open_parts(config) as parts:
        refresh(parts)
        if parts.archivist:
            parts.archivist.queue_missing(parts.writer)
        parts.publisher.maker.forget()
        written = publish_changes(parts, [feed.id for feed in parts.publisher.feeds])
    click.echo(
        f"{counted(len(config.outputs), 'output')}, "
        f"{counted(written['feeds'], 'feed file')} changed, "
        f"{counted(written['archive'], 'article file')} written"
    )
    if written["failed"]:
        sys.exit(1)


def refresh(parts: Parts) -> None:
    """Judge stored articles by rules that are new."""
    with progress("judging by the new rules", "articles") as advance:
        refresh_listings(parts.relister, parts.database, advance)


def _poll(parts: Parts, named: Sequence[Source], *, everything: bool) -> list[PollReport]:
    states = parts.database.states()
    sources = named or _chosen(parts.config, states, everything=everything)
    reports: list[PollReport] = []
    fresh = 0
    with progress("polling", "sources") as advance:
        config = parts.config
        threads = config.service.fetch_threads
        for report in poll_many(parts.poller, sources, states, config.paces, threads):
            reports.append(report)
            advance(len(reports), len(sources))
            fresh += report.recorded.new
            if fresh >= _ARCHIVE_AT and parts.archivist:
                parts.archivist.write_due(parts.writer, parts.database)  # while others still poll
                fresh = 0
    return reports


def _read_pages(parts: Parts) -> dict[str, int] | None:
    """Read pages for full text, for a while; what is left is for the next run. None where no source
    wants it."""
    if parts.pages is None:
        return None
    from aggregator.pipeline.fulltext import read_many  # few want full texts

    wanted = parts.pages.due(parts.database, _MOST_PAGES, _MOST_PAGES)
    config, read, done = parts.config, 0, 0
    with progress("reading pages", "pages") as advance:
        for report in read_many(
            parts.pages, wanted, config.paces, config.service.fetch_threads, _PAGE_SECONDS
        ):
            done += 1
            read += report.is_read
            advance(done, len(wanted))
    return {"read": read, "without": done - read, "left": parts.pages.backlog(parts.database)}


def _catch_up(database: Database) -> None:
    if not database.is_pending("anchor_pending"):
        return
    from aggregator.store import near  # mostly nothing is left to do

    near.catch_up(database, _CATCH_UP)


def _chosen(config: Config, states: dict[str, SourceState], *, everything: bool) -> list[Source]:
    return list(config.sources) if everything else due_sources(config.sources, states, now())


def _missing(parts: Parts) -> set[str]:
    """Name the feeds that lack a file: new ones, and those whose file somebody removed."""
    return {one.id for one in parts.publisher.feeds if not parts.publisher.is_complete(one)}


def publish_changes(parts: Parts, also: Iterable[str]) -> dict[str, int]:
    """Make the outputs that changed and those of `also`, write article files; count the files."""
    published = publish_due(parts.publisher, parts.writer, parts.database, now(), also)
    files = 0
    if parts.archivist:
        with progress("writing article files", "files") as advance:
            files = parts.archivist.write_due(parts.writer, parts.database, advance)
    if parts.pinger:
        from aggregator.pipeline.websub import ping_many  # few name hubs

        config = parts.config
        for _ in ping_many(
            parts.pinger, parts.database, config.paces, config.service.fetch_threads, _HUB_SECONDS
        ):
            pass
    return {"feeds": len(published.files), "archive": files, "failed": len(published.failed)}


def _summary(
    reports: Sequence[PollReport],
    texts: dict[str, int] | None,
    written: dict[str, int],
    seconds: float,
) -> dict[str, object]:
    statuses = Counter(report.outcome.status.value for report in reports)
    return {
        "polled": len(reports),
        "statuses": dict(sorted(statuses.items())),
        "new": sum(report.recorded.new for report in reports),
        "changed": sum(report.recorded.changed for report in reports),
        "duplicates": sum(report.recorded.duplicates for report in reports),
        **({"full_texts": texts} if texts else {}),
        "feed_files": written["feeds"],
        "article_files": written["archive"],
        "seconds": round(seconds, 2),
    }


def _as_dict(report: PollReport) -> dict[str, object]:
    outcome, recorded = report.outcome, report.recorded
    return {
        "source": outcome.source.id,
        "status": outcome.status.value,
        "new": recorded.new,
        "changed": recorded.changed,
        "duplicates": recorded.duplicates,
        "seconds": round(outcome.seconds, 2),
        "error": outcome.error,
        "hint": outcome.hint,
    }


def _print(reports: Sequence[PollReport], summary: dict[str, object]) -> None:
    failures = [one.outcome for one in reports if not one.outcome.status.is_success]
    if failures:
        rows = [
            {
                "source": one.source.id,
                "status": one.status.value,
                "error": in_words(one.error, one.hint),
            }
            for one in sorted(failures, key=lambda outcome: outcome.source.id)
        ]
        print_table(rows, empty="")
    if not reports:
        click.echo("no source is due; `aggregator poll --all` polls them all the same")
        _print_texts(summary)
        return
    new = sum(report.recorded.new for report in reports)
    click.echo(
        f"{counted(len(reports), 'source')} polled in {summary['seconds']} s, "
        f"{len(failures)} failed: {counted(new, 'new article')}, {summary['changed']} changed, "
        f"{summary['duplicates']} known from elsewhere"
    )
    _print_texts(summary)
    if is_cut_off(one.outcome.status for one in reports):
        click.echo(CUT_OFF, err=True)


def _print_texts(summary: dict[str, object]) -> None:
    texts = summary.get("full_texts")
    if isinstance(texts, dict) and any(texts.values()):
        left = f", {texts['left']} left for the next time" if texts["left"] else ""
        click.echo(f"{texts['read']} full texts read, {texts['without']} not to be had{left}")
