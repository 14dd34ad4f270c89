"""Which feeds.toml a daemon goes by, and what stands against the one that is there."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Since when the configuration holds that does; why the file as it is now cannot be used,
    `problems`, with what to do about it, and the keys that wait for the next start, `later`."""

    since: datetime
    problems: tuple[str, ...] = ()
    hint: str = ""
    later: tuple[str, ...] = ()
