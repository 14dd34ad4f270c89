"""What commands print: tables and progress on a terminal, plain lines and JSON for programs."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import click

from aggregator.core.progress import Progress

_LONG = ("error", "problem", "title", "subscribe", "term")  # columns that may wrap
_COUNTS = ("articles", "found", "kept", "alone", "refused")
_STEPS = 10  # plain progress lines at most, whatever the total


def print_json(value: object) -> None:
    """Print a value for programs."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be printed as JSON")


def print_table(rows: Sequence[Mapping[str, str]], *, empty: str) -> None:
    """Print rows with their keys as head: a table on a terminal, else lines parted by tabs."""
    if not rows:
        click.echo(empty)
    elif sys.stdout.isatty():
        _print_rich(rows)
    else:
        click.echo("\t".join(rows[0]))
        for row in rows:
            click.echo("\t".join(value.replace("\t", " ") for value in row.values()))


def _print_rich(rows: Sequence[Mapping[str, str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in rows[0]:
        table.add_column(
            name,
            justify="right" if name in _COUNTS else "left",
            no_wrap=name not in _LONG,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(value) for value in row.values()))
    Console().print(table)


def in_words(error: str, hint: str) -> str:
    """Say what is wrong and what to do about it, in one cell."""
    return f"{error}; {hint}" if hint else error


@contextmanager
def progress(label: str, unit: str) -> Iterator[Progress]:
    """Show how far long work is, on standard error: a bar on a terminal, a few lines elsewhere.

    Work that is over at once shows nothing.
    """
    if sys.stderr.isatty():
        with _bar(label) as advance:
            yield advance
    else:
        yield _line_progress(label, unit)


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(label)

    def advance(done: int, total: int) -> None:
        bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield advance
    finally:
        bar.stop()


def _line_progress(label: str, unit: str) -> Progress:
    shown = 0

    def advance(done: int, total: int) -> None:
        nonlocal shown
        step = done * _STEPS // max(total, 1)
        if total >= _STEPS and step > shown:
            shown = step
            click.echo(f"{label}: {done} of {total} {unit}", err=True)

    return advance
