"""How a running daemon is doing at a moment."""

from dataclasses import dataclass

from aggregator.core.words import counted

_STUCK_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What the scheduler is at. `is_paused`: the database cannot be written, so nothing is polled
    for a while."""

    since_tick: float  # seconds
    polls: int  # under way, or waiting for their host
    pages: int
    pings: int
    is_paused: bool

    @property
    def is_stuck(self) -> bool:
        """Say whether the scheduler makes no progress."""
        return self.since_tick >= _STUCK_SECONDS

    @property
    def words(self) -> str:
        """Say what it is at."""
        if self.is_stuck:
            return "stuck: the scheduler hangs"
        if self.is_paused:
            return "not polling: the database cannot be written"
        counts = ((self.polls, "poll"), (self.pages, "page"), (self.pings, "hub"))
        under_way = ", ".join(counted(count, one) for count, one in counts if count)
        return f"under way: {under_way}" if under_way else "waiting for what is due"
