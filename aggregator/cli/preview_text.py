"""What `aggregator preview` prints for people."""

import shutil
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from aggregator.cli.charts import by_size, by_time, print_bars
from aggregator.cli.display import print_table
from aggregator.core.tally import warnings
from aggregator.core.trial import Lack
from aggregator.core.words import some
from aggregator.pipeline.preview import Preview

_MOST_SOURCES = 10
_MOST_TERMS = 25  # those that are found in most of what is kept
_MOST_MISSING = 10  # terms; --json has all
_MOST_CHANGES = 5  # titles of what is gained, and of what is lost; --json has all
_YEAR = timedelta(days=366)  # of longer times the chart shows what there is between hits
_ID = 8  # characters of an id, which is enough for `explain`


def print_preview(seen: Preview, *, seed: int, path: Path, against: Path | None, span: str) -> None:
    """Print all there is to say, the most important first."""
    _print_head(seen, path, span)
    if not seen.tally.articles:
        return
    _print_charts(seen)
    _print_changes(seen, against)
    _print_terms(seen)
    _print_rejections(seen)
    _print_sample(seen, seed)
    _print_misses(seen)


def _print_head(seen: Preview, path: Path, span: str) -> None:
    tally, name = seen.tally, seen.question.output
    if not tally.articles:
        _print_words(_nothing(span))
        return
    if all(one.id != name for one in seen.question.outputs):
        _print_words(f"{path.name} has no output {name}, so it keeps nothing")
        return
    since = f" since {seen.question.since:%Y-%m-%d %H:%M} UTC" if seen.question.since else ""
    copies = f", {seen.copies} of them copies of others" if seen.copies else ""
    _print_words(f"{name} keeps {len(tally.kept)} of {tally.articles} articles{since}{copies}")


def _nothing(span: str) -> str:
    if span == "all":
        return "there are no articles yet; `aggregator poll` brings some"
    return "there are no articles of that time; `--since all` looks at all of them"


def _print_charts(seen: Preview) -> None:
    days, span = seen.tally.by_day(), seen.tally.span
    if not days or span is None:
        return
    first, last = span
    if last - first > _YEAR:
        first, last = min(days), max(days)
    _print_title("by time")
    print_bars(by_time(days, first, last))
    _print_title("by source")
    print_bars(by_size(seen.tally.by_source(), _MOST_SOURCES, "sources"))


def _print_changes(seen: Preview, against: Path | None) -> None:
    tally = seen.tally
    if against:
        rival = f"against the rule of {against.name}"
    elif seen.has_feed:
        rival = "against the feed as it is"
    else:
        rival = "it has no feed yet"
    _print_title(f"{rival}: {len(tally.gained)} gained, {len(tally.lost)} lost")
    for sign, numbers in (("+", tally.gained), ("-", tally.lost)):
        for n in _newest(seen, numbers):
            _print_article(seen, n, sign)
        if len(numbers) > _MOST_CHANGES:
            click.echo(f"  {sign} and {len(numbers) - _MOST_CHANGES} more")


def _newest(seen: Preview, numbers: Iterable[int]) -> list[int]:
    return sorted(numbers, key=lambda n: (seen.heads[n].date, n), reverse=True)[:_MOST_CHANGES]


def _print_terms(seen: Preview) -> None:
    if not seen.clauses:
        return
    tally = seen.tally
    _print_title("terms")
    rows = [
        {
            "term": term,
            "in": ", ".join(clauses),
            "found": str(tally.found[term]),
            "kept": str(tally.hits[term]),
            "alone": str(tally.alone[term]),
            "refused": str(tally.refused[term]),
        }
        for term, clauses in sorted(
            seen.clauses.items(),
            key=lambda one: (-tally.hits[one[0]], -tally.refused[one[0]], -tally.found[one[0]]),
        )
        if tally.found[term]
    ]
    print_table(rows[:_MOST_TERMS], empty="none of them is found")
    if len(rows) > _MOST_TERMS:
        click.echo(f"and {len(rows) - _MOST_TERMS} more that are found")
    for term, why in warnings(tally, seen.clauses):
        if tally.found[term]:
            _warn(f"{term!r} {why}")
    if missing := [term for term in seen.clauses if not tally.found[term]]:
        _warn(f"not found at all: {some(missing, _MOST_MISSING)}")


def _warn(words: str) -> None:
    _print_words(f"warning: {words}", fg="yellow")


def _print_rejections(seen: Preview) -> None:
    if not seen.tally.rejections:
        return
    _print_title("not kept, by the first clause that does not fit")
    counts = [
        (_clause(seen, output, clause), count)
        for (output, clause), count in seen.tally.rejections.most_common()
    ]
    print_bars(counts)


def _clause(seen: Preview, output: str, clause: str) -> str:
    return clause if output == seen.question.output else f"{clause} of {output}"


def _print_sample(seen: Preview, seed: int) -> None:
    if not seen.sample:
        return
    count = len(seen.tally.kept)
    drawn = f"{len(seen.sample)} of {count}, seed {seed}" if count > len(seen.sample) else "all"
    _print_title(f"kept ({drawn})")
    for n, case in seen.sample:
        _print_article(seen, n, " ")
        if case.found:
            _print_line(f"      {', '.join(sorted(case.found))}")


def _print_misses(seen: Preview) -> None:
    if not seen.clauses and not seen.tally.misses:
        return
    _print_title("nearest misses" if seen.tally.misses else "nearest misses: none is near")
    for miss in seen.tally.misses:
        _print_article(seen, miss.n, " ")
        for lack in miss.lacks:
            _print_line(f"      {_lack(seen, lack)}")


def _lack(seen: Preview, lack: Lack) -> str:
    name = _clause(seen, lack.output, lack.clause)
    there = f" ({', '.join(lack.terms)})" if lack.terms else ""
    return f"{name}: {lack.said}{there}"


def _print_title(words: str) -> None:
    click.echo()
    _print_words(words, bold=True)


def _print_words(words: str, **style: Any) -> None:
    """Print words, wrapped between words on a terminal."""
    if not sys.stdout.isatty():
        click.echo(words)
        return
    from rich.console import Console
    from rich.text import Text

    width = shutil.get_terminal_size().columns
    for line in Text(words).wrap(Console(), width):
        click.secho(line.plain, **style)


def _print_article(seen: Preview, n: int, sign: str) -> None:
    one = seen.heads[n]
    _print_line(f"  {sign} {one.id[:_ID]}  {one.date:%Y-%m-%d}  {one.source}  {one.title}")


def _print_line(words: str) -> None:
    """Print a line; on a terminal it is cut rather than wrapped."""
    if not sys.stdout.isatty():
        click.echo(words)
        return
    from rich.cells import cell_len, set_cell_size

    width = shutil.get_terminal_size().columns
    click.echo(
        words if cell_len(words) <= width else f"{set_cell_size(words, width - 1).rstrip()}…"
    )
