"""Outputs whose rule is another now: all stored articles are judged anew, and the listing is put
in place of the old one when it is complete.

The old listing is shown meanwhile. Articles that arrive or change are judged by the new rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.core.output import Output
from aggregator.store import history, publish_queue, rows
from aggregator.store.database import Database, mark_pending

if TYPE_CHECKING:
    from aggregator.core.rules import Verdict

_NO_RULE = b""  # while a listing is made anew: going back to the old rule is a change as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Relisting:
    """An output that is judged anew: the last article that is done, and the last there is to do."""

    output: str
    rule_hash: bytes
    done: int
    up_to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a stored article came to; `date` and `kept_by` are None where it could not be judged."""

    n: int
    date: datetime | None
    kept_by: "Mapping[str, Verdict] | None"


def begin(
    database: Database, outputs: Iterable[Output], hashes: Mapping[str, bytes]
) -> frozenset[str]:
    """Note the outputs whose rule is not the one they were judged by, and name them.

    One that was begun with this rule already goes on where it stands.
    """
    begun = frozenset(one.id for one in outputs if _begin(database, one, hashes[one.id]))
    names = [row[0] for row in database.db.execute("SELECT output FROM relisting")]
    for name in set(names) - begun:
        _forget(database, name)
    return begun


def _begin(database: Database, output: Output, rule_hash: bytes) -> bool:
    sql = "SELECT rule_hash, is_mixed FROM output WHERE id = ?"
    known = database.db.execute(sql, [output.id]).fetchone()
    if known and known[0] == rule_hash and (output.new_only or not known[1]):
        return False
    last = database.db.execute("SELECT max(n) FROM article").fetchone()[0]
    if output.new_only or last is None:
        _settle(database, output.id, rule_hash, is_mixed=last is not None)
        return False
    sql = "SELECT rule_hash, is_first FROM relisting WHERE output = ?"
    under_way = database.db.execute(sql, [output.id]).fetchone()
    if under_way and under_way[0] == rule_hash:
        return True
    is_first = under_way[1] if under_way else known is None
    _forget(database, output.id)
    _settle(database, output.id, _NO_RULE)
    database.db.execute(
        "INSERT INTO relisting (output, rule_hash, done, up_to, is_first) VALUES (?, ?, 0, ?, ?)",
        [output.id, rule_hash, last, int(is_first)],
    )
    return True


def _settle(database: Database, output: str, rule_hash: bytes, *, is_mixed: bool = False) -> None:
    database.db.execute(
        "INSERT OR REPLACE INTO output (id, rule_hash, is_mixed) VALUES (?, ?, ?)",
        [output, rule_hash, int(is_mixed)],
    )


def _forget(database: Database, output: str) -> None:
    """Drop a new listing in the making, or what is left of it."""
    for table in ("relisting", "relisted"):
        database.db.execute(f"DELETE FROM {table} WHERE output = ?", [output])
    if not database.db.execute("SELECT EXISTS (SELECT 1 FROM relisting)").fetchone()[0]:
        database.db.execute("DELETE FROM rejudged")


def under_way(database: Database, hashes: Mapping[str, bytes]) -> list[Relisting]:
    """List the outputs that are judged anew by these rules, those least far first."""
    found = database.db.execute(
        "SELECT output, rule_hash, done, up_to FROM relisting ORDER BY done, up_to, output"
    )
    every = [
        Relisting(output=output, rule_hash=rule_hash, done=done, up_to=up_to)
        for output, rule_hash, done, up_to in found
    ]
    return [one for one in every if hashes.get(one.output) == one.rule_hash]


def note_judged(database: Database, n: int) -> None:
    """Note that an article was judged by the rules as they are now, if any is under way."""
    database.db.execute(
        """INSERT OR IGNORE INTO rejudged (article)
        SELECT ? WHERE EXISTS (SELECT 1 FROM relisting)""",
        [n],
    )


def put(
    database: Database, group: Sequence[Relisting], judged: Sequence[Judged], done: int
) -> None:
    """Add judged articles to the new listings, which reach to the number `done` with them; does
    nothing for those that went on meanwhile."""
    for one in group:
        moved = database.db.execute(
            "UPDATE relisting SET done = ? WHERE output = ? AND rule_hash = ? AND done = ?",
            [done, one.output, one.rule_hash, one.done],
        )
        if moved.rowcount:
            database.connection.executemany(
                """INSERT OR REPLACE INTO relisted (output, article, sort_at, score, why)
                VALUES (?, ?, ?, ?, ?)""",
                [
                    (one.output, each.n, rows.seconds(each.date), *rows.verdict_row(verdict))
                    for each in judged
                    if each.kept_by and (verdict := each.kept_by.get(one.output))
                ],
            )
    mark_pending(database, "rejudged", [each.n for each in judged if each.kept_by is None])


# An article that was judged meanwhile keeps its row, and lacks one where it has none.
_AS_IT_IS = "(SELECT article FROM rejudged)"
_LOST = f"""
DELETE FROM listing WHERE output = :output AND article <= :up_to AND article NOT IN {_AS_IT_IS}
    AND NOT EXISTS (SELECT 1 FROM relisted AS new
        WHERE new.output = :output AND new.article = listing.article)
"""
_KEPT = f"""
UPDATE listing SET why = new.why, score = new.score FROM relisted AS new
WHERE listing.output = :output AND new.output = :output AND listing.article = new.article
    AND new.article NOT IN {_AS_IT_IS}
    AND (listing.why <> new.why OR listing.score IS NOT new.score)
"""
_GAINED = f"""
INSERT OR IGNORE INTO listing (output, sort_at, article, score, why, late)
SELECT new.output, new.sort_at, new.article, new.score, new.why, relisting.is_first = 0
FROM relisting JOIN relisted AS new ON new.output = relisting.output
WHERE relisting.output = :output AND new.article NOT IN {_AS_IT_IS}
    AND EXISTS (SELECT 1 FROM article WHERE n = new.article)
"""


def finish(database: Database, one: Relisting) -> None:
    """Put a complete new listing in place of the old one, as a whole."""
    with database.transaction():
        done = database.db.execute(
            "SELECT 1 FROM relisting WHERE output = ? AND rule_hash = ? AND done >= up_to",
            [one.output, one.rule_hash],
        ).fetchone()
        if done is None:
            return
        for statement in (_LOST, _KEPT, _GAINED):
            database.db.execute(statement, {"output": one.output, "up_to": one.up_to})
        _forget(database, one.output)
        _settle(database, one.output, one.rule_hash)
        history.forget(database, one.output)
        publish_queue.put(database, [one.output])
