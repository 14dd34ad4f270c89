"""The last polls of each source, as its page tells them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.core.polling import Outcome, Status
from aggregator.store import rows
from aggregator.store.database import Database

MOST = 50  # of a source


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPoll:
    """A poll of the past; `seconds` is the time all of it took, `answered_in` the server's part, 0
    where it gave no answer. `error` is empty where nothing was wrong."""

    at: datetime
    status: Status
    seconds: float
    answered_in: float
    new: int
    changed: int
    error: str


def note(database: Database, outcome: Outcome, new: int, changed: int) -> None:
    """Note a poll in place of the oldest; `polls` of its source counts it already."""
    # On every poll, and sqlite-utils takes several times as long.
    database.connection.execute(
        """INSERT OR REPLACE INTO poll_log
        (source, slot, at, status, took, answered, new, changed, error)
        SELECT id, polls % ?, ?, ?, ?, ?, ?, ?, ? FROM source WHERE id = ?""",
        [
            MOST, rows.seconds(outcome.at), outcome.status.value,
            _milliseconds(outcome.seconds), _milliseconds(outcome.answered_in),
            new, changed, outcome.error, outcome.source.id,
        ],
    )  # fmt: skip


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def last(database: Database, source: str) -> Sequence[PastPoll]:
    """List the last polls of a source, the newest first."""
    # By place in the ring and not by time, which may have been set back.
    sql = """SELECT poll_log.* FROM poll_log JOIN source ON source.id = poll_log.source
        WHERE source = ? ORDER BY (polls - slot) % ?"""
    return [_past_poll(row) for row in database.db.query(sql, [source, MOST])]


def _past_poll(row: rows.Row) -> PastPoll:
    return PastPoll(
        at=rows.stored_moment(row["at"]),
        status=Status(row["status"]),
        seconds=row["took"] / 1000,
        answered_in=row["answered"] / 1000,
        new=row["new"],
        changed=row["changed"],
        error=row["error"],
    )
