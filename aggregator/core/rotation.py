"""When a backup is due, and which of those that there are may go."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """How often a backup is made, never where `every` is 0; and how many of them are kept."""

    every: timedelta = timedelta(days=1)
    daily: int = 7
    weekly: int = 4

    def is_due(self, newest: datetime | None, now: datetime) -> bool:
        """Say whether it is time for another; one from the future is a clock that was set back."""
        if not self.every:
            return False
        return newest is None or not now - self.every < newest <= now

    def superseded(self, moments: Iterable[datetime]) -> list[datetime]:
        """List the backups that may go, oldest first; never the newest.

        Kept is the last of each of the newest `daily` days on which there was one, and the last
        of each of the newest `weekly` weeks, Monday to Sunday in UTC. Days without one count for
        nothing, so that a machine that was off for a month loses none by that.
        """
        newest_first = sorted(set(moments), reverse=True)
        days: dict[object, datetime] = {}
        weeks: dict[object, datetime] = {}
        for one in newest_first:
            days.setdefault(one.date(), one)
            weeks.setdefault(one.isocalendar()[:2], one)
        kept = {*newest_first[:1]}
        kept.update([*days.values()][: self.daily], [*weeks.values()][: self.weekly])
        return sorted(one for one in newest_first if one not in kept)
