"""What the database knows of the clock, and what is mended when the clock was ahead."""

from datetime import datetime

from aggregator.store import rows
from aggregator.store.database import Database

_SLACK = 60  # seconds; clocks are corrected by a few all the time

_SOURCES = """
UPDATE source SET
    next_poll_at = :now + max(next_poll_at - last_poll_at, 0),
    last_poll_at = :now,
    last_ok_at = min(last_ok_at, :now),
    newest_at = min(newest_at, :now),
    health_since = min(health_since, :now)
WHERE last_poll_at > :now + :slack
"""
_PAGES = """
UPDATE full_text SET next_at = :now + max(next_at - tried_at, 0), tried_at = :now
WHERE tried_at > :now + :slack
"""
_PINGS = "UPDATE hub_ping SET next_at = :now WHERE next_at > :now + :day"


def was_ahead(database: Database, now: datetime) -> int:
    """Let what was done in the future count as done now, so that what is due next comes within its
    wait; return how many sources it concerned."""
    moment = {"now": rows.seconds(now), "slack": _SLACK, "day": 24 * 60 * 60}
    with database.transaction():
        for sql in (_PAGES, _PINGS):
            database.db.execute(sql, moment)
        return database.db.execute(_SOURCES, moment).rowcount


def latest(database: Database) -> datetime | None:
    """Tell the latest time that was noted down when it was now."""
    sql = """SELECT max(at) FROM (SELECT max(last_poll_at) AS at FROM source
        UNION SELECT first_seen FROM article WHERE n = (SELECT max(n) FROM article))"""
    return rows.moment(database.db.execute(sql).fetchone()[0])
