"""Write what one poll came to for its source."""

from dataclasses import dataclass, replace
from functools import cache

from aggregator.core.polling import Outcome
from aggregator.core.source import SourceState
from aggregator.store import health, poll_log, publish_queue, rows
from aggregator.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a poll changed in the database; `outputs` are those whose feed has to be made anew."""

    new: int = 0
    changed: int = 0
    duplicates: int = 0
    outputs: frozenset[str] = frozenset()


def record(
    database: Database, outcome: Outcome, before: SourceState, after: SourceState, stored: Recorded
) -> Recorded:
    """Store where a source stands after a poll; `stored` is what became of its articles.

    The caller's transaction makes both a whole.
    """
    _update_source(database, before, after)
    poll_log.note(database, outcome, stored.new, stored.changed)
    recorded = stored
    if after.health != before.health and health.note(database, outcome.at, before, after):
        recorded = replace(recorded, outputs=recorded.outputs | {health.FEED})
    if recorded.outputs:
        publish_queue.put(database, recorded.outputs)
    return recorded


def _update_source(database: Database, before: SourceState, after: SourceState) -> None:
    columns = rows.source_row(after)
    if (after.known, after.entries, after.hints) != (before.known, before.entries, before.hints):
        columns |= rows.reading_row(after)
    database.db.execute(_update(tuple(columns)), columns | {"id": after.id})


@cache
def _update(columns: tuple[str, ...]) -> str:
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    return f"UPDATE source SET {assignments}, polls = polls + 1 WHERE id = :id"
