"""How a running daemon is doing at a moment."""

from dataclasses import dataclass

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
