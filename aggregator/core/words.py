"""Times, sizes and counts in words, for pages and tables."""

from collections.abc import Sequence
from datetime import datetime, timedelta


def ago(moment: datetime | None, now: datetime, never: str = "never") -> str:
    """Say how long ago a moment was, or in how long it will be."""
    if moment is None:
        return never
    if moment > now:
        return f"in {span(moment - now)}"
    return f"{span(now - moment)} ago"


def until(moment: datetime | None, now: datetime) -> str:
    """Say when something is due; "now" for what is late."""
    return "now" if moment is None or moment <= now else ago(moment, now)


def span(length: timedelta) -> str:
    """Say how long a time is in its largest unit: "40 s", "5 min", "3 h", "12 d"."""
    seconds = int(length.total_seconds())
    for limit, size, unit in ((90, 1, "s"), (5400, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds / 86400)} d"


def size(count: int) -> str:
    """Say how many bytes there are: "812 B", "64 kB", "5.3 MB"."""
    amount, unit = float(count), "B"
    for larger in ("kB", "MB", "GB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.{0 if unit == 'B' or amount >= 9.95 else 1}f} {unit}"


def some(names: Sequence[str], most: int = 10, by: str = ", ") -> str:
    """Name the first of many: "a, b and 3 more"."""
    shown, rest = by.join(names[:most]), len(names) - most
    return f"{shown}{by.rstrip(', ')} and {rest} more" if rest > 0 else shown


def counted(count: int, one: str) -> str:
    """Say how many there are of what has a plural in "s": "1 poll", "3 polls"."""
    return f"{count} {one}{'' if count == 1 else 's'}"
