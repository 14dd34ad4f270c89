"""Small charts as SVG, drawn on the server."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from markupsafe import Markup, escape

from aggregator.core.words import counted

DAYS = 30  # of a small chart
_EPOCH = date(1970, 1, 1)
_BAR, _HEIGHT = 4, 24
_CELL = 13
_WEEKS = 27
_LABEL = 15  # the height of the names of months
_STEPS = (1, 3, 8, 20)  # articles a day, from which a day is darker


def day_of(day: date) -> int:
    """Count the days since 1970-01-01, UTC."""
    return (date(day.year, day.month, day.day) - _EPOCH).days


def sparkline(days: Mapping[int, int], now: datetime) -> Markup:
    """Draw how many articles the last days brought, a bar each, the last one is today."""
    today = day_of(now)
    counts = [days.get(day, 0) for day in range(today - DAYS + 1, today + 1)]
    total = sum(counts)
    label = f"{counted(total, 'article')} in {DAYS} days, {max(counts)} on one at most"
    return bars(counts, label)


def bars(counts: Sequence[int], label: str) -> Markup:
    """Draw numbers as bars from left to right; the label says it to who cannot see them."""
    width, scale = len(counts) * _BAR, _HEIGHT / (max(counts) or 1)
    heights = (max(round(count * scale), 2) if count else 0 for count in counts)
    path = "".join(
        f"M{index * _BAR} {_HEIGHT}v-{height}h{_BAR - 1}v{height}z"
        for index, height in enumerate(heights)
        if height
    )
    said = escape(label)
    return Markup(  # noqa: S704 - numbers, and what is escaped here
        f'<svg class="spark" role="img" aria-label="{said}" width="{width}" height="{_HEIGHT}" '
        f'viewBox="0 0 {width} {_HEIGHT}"><title>{said}</title><path d="{path}"/></svg>'
    )


def calendar(days: Mapping[int, int], now: datetime, link: str) -> Markup:
    """Draw the last half year, a column a week and a square a day, each with articles a link:
    `link` ends where the date is to be written."""
    today = now.date()
    first = today - timedelta(days=today.weekday() + 7 * (_WEEKS - 1))
    start, to = day_of(first), escape(link)
    squares = "".join(
        _square(first + timedelta(days=n), days.get(start + n, 0), n, to)
        for n in range((today - first).days + 1)
    )
    width, height = _WEEKS * _CELL, 7 * _CELL + _LABEL
    return Markup(  # noqa: S704 - numbers and days, and what is escaped here
        '<svg class="calendar" role="group" aria-label="Articles a day, the last half year" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f"{_months(first)}{squares}</svg>"
    )


def _months(first: date) -> str:
    """Name each month above the first week that begins in it, but for one at the very edge."""
    weeks = [first + timedelta(weeks=week) for week in range(_WEEKS)]
    names = (
        f'<text x="{week * _CELL}" y="10">{monday:%b}</text>'
        for week, monday in enumerate(weeks)
        if monday.day <= 7 and week < _WEEKS - 1
    )
    return f'<g aria-hidden="true">{"".join(names)}</g>'


def _square(day: date, count: int, n: int, link: str) -> str:
    # By str and not by Markup, which escapes each of a thousand values and takes ten times as long.
    week, weekday = divmod(n, 7)
    heat = sum(count >= step for step in _STEPS)
    square = (
        f'<rect class="heat-{heat}" x="{week * _CELL}" y="{weekday * _CELL + _LABEL}" '
        f'width="{_CELL - 2}" height="{_CELL - 2}" rx="2"/>'
    )
    if not count:
        return square
    label = f"{day}: {counted(count, 'article')}"
    return (
        f'<a href="{link}{day}" tabindex="-1" aria-label="{label}"><title>{label}</title>'
        f"{square}</a>"
    )
