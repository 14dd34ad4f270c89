"""Whether a clock may be trusted with what cannot be undone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

_JUMP = timedelta(days=2)
_TRIAL_SECONDS = 24 * 60 * 60


@dataclass(slots=True)
class ClockTrust:
    """Doubts a clock that is suddenly ahead, until it has gone evenly for a day or is set back.

    `now` and `seconds` are what the clock and a steady one say when this begins; `last` is when
    something was noted before that, None where nothing was.
    """

    last: datetime | None
    now: datetime
    seconds: float
    _doubted_since: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Doubt a clock that jumped while nobody looked; a machine that was off looks the same."""
        if self.last is not None and self.now - self.last > _JUMP:
            self._doubted_since = self.seconds

    def holds(self, now: datetime, seconds: float) -> bool:
        """Say whether the clock may be trusted; to be asked again and again."""
        ahead = now - (self.now + timedelta(seconds=seconds - self.seconds))
        if ahead > _JUMP:
            self._doubted_since = seconds
        elif ahead < -_JUMP:
            self._doubted_since = None
        self.now, self.seconds = now, seconds
        since = self._doubted_since
        return since is None or seconds - since >= _TRIAL_SECONDS
