"""Changes of sources' health, stored once each and read back for the feed that tells them."""

from dataclasses import dataclass
from datetime import datetime

from aggregator.core.health import Health, next_step
from aggregator.core.source import SourceState
from aggregator.store import rows
from aggregator.store.database import Database

FEED = "_health"  # the id of the feed; outputs' ids begin with a letter or digit
_KEPT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthEvent:
    """One change of a source's health; `before` is "" for the first that is worth telling."""

    n: int
    source: str
    at: datetime
    before: str
    health: str
    what: str
    hint: str
    next_poll_at: datetime | None


def note(database: Database, at: datetime, before: SourceState, after: SourceState) -> bool:
    """Store a change of health; False where it is none worth telling: a new source is no change.

    Unless it is broken from the start or lives elsewhere, which somebody has just typed.
    """
    health = Health(after.health)
    if not before.health and not (health.is_broken or health is Health.MOVED):
        return False
    what, hint = next_step(after)
    database.table("health_event").insert(
        {
            "source": after.id,
            "at": rows.seconds(at),
            "before": before.health,
            "health": after.health,
            "what": what,
            "hint": hint,
            "next_poll_at": rows.seconds(after.next_poll_at),
        }
    )
    database.db.execute(
        "DELETE FROM health_event WHERE n <= (SELECT max(n) FROM health_event) - ?", [_KEPT]
    )
    return True


def events(database: Database, limit: int) -> list[HealthEvent]:
    """List the newest changes, newest first."""
    found = database.db.query("SELECT * FROM health_event ORDER BY n DESC LIMIT ?", [limit])
    return [_event(row) for row in found]


def _event(row: rows.Row) -> HealthEvent:
    moments = {
        "at": rows.stored_moment(row["at"]),
        "next_poll_at": rows.moment(row["next_poll_at"]),
    }
    return HealthEvent(**{**row, **moments})
