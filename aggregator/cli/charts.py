"""Small charts of counts: bars on a terminal, plain lines elsewhere."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import click

Count = tuple[str, int]
_MOST = 31  # lines of time
_WIDEST = 80


def print_bars(counts: Sequence[Count]) -> None:
    """Print counts with their labels, one to a line."""
    if sys.stdout.isatty():
        _print_rich(counts)
        return
    for label, count in counts:
        click.echo(f"  {label}\t{count}")


def _print_rich(counts: Sequence[Count]) -> None:
    from rich.bar import Bar
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table.grid(padding=(0, 1), expand=True)
    table.width = min(console.width, _WIDEST)
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=max(console.width // 3, 12))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1)
    most = max((count for _, count in counts), default=0) or 1
    for label, count in counts:
        table.add_row(Text(f"  {label}"), str(count), Bar(most, 0, count, color="cyan"))
    console.print(table)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """A unit of time: the day on which a day's period begins, and how that is written."""

    begin: Callable[[date], date]
    label: str


_UNITS = (
    _Unit(begin=lambda day: day, label="%Y-%m-%d"),
    _Unit(begin=lambda day: day - timedelta(days=day.weekday()), label="week of %Y-%m-%d"),
    _Unit(begin=lambda day: day.replace(day=1), label="%Y-%m"),
    _Unit(begin=lambda day: day.replace(month=1, day=1), label="%Y"),
)


def by_time(days: Mapping[date, int], first: date, last: date) -> list[Count]:
    """Add up counts by day, or by week, month or year where days would be too many lines; periods
    that have none are there as well."""
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for unit in _UNITS:
        periods = list(dict.fromkeys(map(unit.begin, span)))
        if len(periods) <= _MOST:
            break
    counts: Counter[date] = Counter()
    for day, count in days.items():
        counts[unit.begin(day)] += count
    return [(format(one, unit.label), counts[one]) for one in periods]


def by_size(counts: Mapping[str, int], most: int, unit: str) -> list[Count]:
    """List the largest counts, the largest first, and the others as one."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    shown, rest = ordered[:most], ordered[most:]
    if rest:
        shown.append((f"{len(rest)} more {unit}", sum(count for _, count in rest)))
    return shown
