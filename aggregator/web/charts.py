"""Small charts as SVG, drawn on the server."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from markupsafe import Markup

_EPOCH = date(1970, 1, 1)
_BAR, _HEIGHT = 4, 24
_CELL = 13
_WEEKS = 27
_STEPS = (1, 3, 8, 20)  # articles a day, from which a day is darker


def day_of(day: date) -> int:
    """Count the days since 1970-01-01, UTC."""
    return (date(day.year, day.month, day.day) - _EPOCH).days


def sparkline(days: Mapping[int, int], now: datetime, length: int = 30) -> Markup:
    """Draw how many articles the last days brought, a bar each, the last one is today."""
    today = day_of(now)
    counts = [days.get(day, 0) for day in range(today - length + 1, today + 1)]
    total = sum(counts)
    label = f"{total} article{'s' * (total != 1)} in {length} days, {max(counts)} on one at most"
    return bars(counts, label)


def bars(counts: Sequence[int], label: str) -> Markup:
    """Draw numbers as bars from left to right; the label says it to who cannot see them."""
    most, width = max(counts) or 1, len(counts) * _BAR
    path = "".join(
        f"M{index * _BAR} {_HEIGHT}v-{height}h{_BAR - 1}v{height}z"
        for index, count in enumerate(counts)
        if (height := _height(count, most))
    )
    return Markup(
        '<svg class="spark" role="img" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}">'
        '<title>{}</title><path d="{}"/></svg>'
    ).format(label, width, _HEIGHT, width, _HEIGHT, label, path)


def _height(count: int, most: int) -> int:
    return max(round(count / most * _HEIGHT), 2) if count else 0


def calendar(days: Mapping[int, int], now: datetime, link: str) -> Markup:
    """Draw the last half year, a column a week and a square a day, each with articles a link:
    `link` ends where the date is to be written."""
    today = now.date()
    first = today - timedelta(days=today.weekday() + 7 * (_WEEKS - 1))
    squares = Markup("").join(
        _square(
            first + timedelta(days=n), days.get(day_of(now) - (today - first).days + n, 0), n, link
        )
        for n in range((today - first).days + 1)
    )
    width, height = _WEEKS * _CELL, 7 * _CELL
    return Markup(
        '<svg class="calendar" role="group" aria-label="Articles a day, the last half year" '
        'width="{}" height="{}" viewBox="0 0 {} {}">{}</svg>'
    ).format(width, height, width, height, squares)


def _square(day: date, count: int, n: int, link: str) -> Markup:
    week, weekday = divmod(n, 7)
    label = f"{day}: {count} article{'s' * (count != 1)}"
    square = Markup('<rect class="heat-{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>').format(
        sum(count >= step for step in _STEPS), week * _CELL, weekday * _CELL, _CELL - 2, _CELL - 2
    )
    if not count:
        return square
    return Markup('<a href="{}{}" tabindex="-1" aria-label="{}"><title>{}</title>{}</a>').format(
        link, day, label, label, square
    )
