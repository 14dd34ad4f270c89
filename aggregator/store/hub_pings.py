"""Changes of feeds that hubs (WebSub) are still to be told of."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aggregator.store import rows
from aggregator.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class HubPing:
    """A feed's address, `topic`, that a hub is to be told of: after how many changes, and how many
    tries failed."""

    hub: str
    topic: str
    changes: int
    tries: int


def expect(database: Database, pings: Iterable[tuple[str, str]], now: datetime) -> None:
    """Note which hubs may have to be told of feeds that are about to be published, as pairs of
    their addresses; `settle` says which were. What is left of a process that was killed in between
    is told: whether it wrote them is not known."""
    with database.transaction():
        database.db.execute("UPDATE hub_ping SET changes = 1 WHERE changes = 0")
        _insert(database, "INSERT OR IGNORE INTO hub_ping (hub, topic, changes, next_at)"
                " VALUES (?, ?, 0, ?)", pings, now)  # fmt: skip


def settle(database: Database, pings: Iterable[tuple[str, str]], now: datetime) -> None:
    """Have hubs told of feeds that were published, at once, and of no others that were expected; an
    older change of a feed that is still to be told goes along."""
    with database.transaction():
        _insert(
            database,
            """INSERT INTO hub_ping (hub, topic, next_at) VALUES (?, ?, ?)
            ON CONFLICT (hub, topic) DO UPDATE
            SET changes = changes + 1, tries = 0, next_at = excluded.next_at""",
            pings,
            now,
        )
        database.db.execute("DELETE FROM hub_ping WHERE changes = 0")


def _insert(database: Database, sql: str, pings: Iterable[tuple[str, str]], now: datetime) -> None:
    rows_of = [(hub, topic, rows.seconds(now)) for hub, topic in pings]
    database.connection.executemany(sql, rows_of)


def due(database: Database, hubs: Iterable[str], now: datetime, limit: int) -> list[HubPing]:
    """List what these hubs are to be told now, the longest due first."""
    sql = """SELECT hub, topic, changes, tries FROM hub_ping
        WHERE next_at <= ? AND changes > 0 AND hub IN (SELECT value FROM json_each(?))
        ORDER BY next_at LIMIT ?"""
    found = database.db.query(sql, [rows.seconds(now), json.dumps(list(hubs)), limit])
    return [HubPing(**row) for row in found]


def claim(database: Database, ping: HubPing, now: datetime, until: datetime) -> bool:
    """Take a ping on oneself until some moment; False where another process was faster."""
    found = database.db.execute(
        """UPDATE hub_ping SET next_at = ? WHERE hub = ? AND topic = ? AND changes = ?
        AND next_at <= ?""",
        [rows.seconds(until), ping.hub, ping.topic, ping.changes, rows.seconds(now)],
    )
    return found.rowcount > 0


def done(database: Database, ping: HubPing) -> None:
    """Note that there is nothing more to tell, unless the feed changed meanwhile."""
    database.db.execute(
        "DELETE FROM hub_ping WHERE hub = ? AND topic = ? AND changes = ?",
        [ping.hub, ping.topic, ping.changes],
    )


def failed(database: Database, ping: HubPing, next_at: datetime) -> None:
    """Note when to try again, unless the feed changed meanwhile."""
    database.db.execute(
        """UPDATE hub_ping SET tries = tries + 1, next_at = ?
        WHERE hub = ? AND topic = ? AND changes = ?""",
        [rows.seconds(next_at), ping.hub, ping.topic, ping.changes],
    )
