"""Taking articles out of the database for good, so that they do not come back as new."""

import json
from collections.abc import Collection, Iterable, Sequence

from aggregator.core.clusters import BODY, URL, Tie
from aggregator.core.dedup import GUID
from aggregator.core.identity import key
from aggregator.core.text import fold
from aggregator.store import anchors, archive_queue, publish_queue, rows, ties
from aggregator.store.database import Database
from aggregator.store.known import KINDS

_NUMBERS = "(SELECT value FROM json_each(?))"
# What is worked out from an article or noted of it: the column `article` has its number. Beside
# them the two of anchors are `anchors`' own, and `revision` holds texts of its own.
DERIVED = (
    "listing", "archive_file", "archive_pending", "search_pending", "search_document",
    "fresh_document", "anchor_pending", "ident", "relisted", "rejudged", "rule_text",
    "rule_text_pending", "full_text",
)  # fmt: skip


def purge(database: Database, ids: Iterable[str]) -> int:
    """Delete articles with everything that hangs on them, and leave a tombstone of each.

    Whoever is a copy of one takes its place. Returns how many there were. Their files are noted to
    be deleted (`archive_queue.removals`).
    """
    with database.transaction():
        sql = f"SELECT * FROM article WHERE id IN {_NUMBERS}"
        found = list(database.db.query(sql, [json.dumps(sorted(set(ids)))]))
        numbers = {row["n"] for row in found}
        survivors = set(ties.reach(database, numbers)) - numbers
        publish_queue.put(database, ties.outputs_of(database, numbers))
        for n in sorted(numbers):
            ties.bridge(database, n)
        _hand_on(database, ties.of(database, numbers), survivors)
        _bury(database, found)
        anchors.remove(database, numbers, _weeks(found))
        _delete(database, numbers)
        if survivors:
            publish_queue.put(database, ties.regroup(database, survivors).outputs)
    return len(found)


def _hand_on(database: Database, bound: Iterable[Tie], survivors: set[int]) -> None:
    """Let the keys of purged articles be those of articles that have them as well."""
    for tie in bound:
        for gone, left in ((tie.a, tie.b), (tie.b, tie.a)):
            if tie.why in (URL, BODY) and gone not in survivors and left in survivors:
                database.db.execute(
                    "UPDATE ident SET article = ? WHERE article = ? AND kind = ?",
                    [left, gone, KINDS[tie.why]],
                )


def _bury(database: Database, found: Sequence[rows.Row]) -> None:
    titles = {row["n"]: key(fold(row["title"])) for row in found}
    keys = database.db.execute(
        f"SELECT kind, h, article FROM ident WHERE article IN {_NUMBERS}",
        [json.dumps(sorted(titles))],
    ).fetchall()
    graves = [(kind, h, titles[n]) for kind, h, n in keys]
    graves += [(KINDS[GUID], key(row["id"]), titles[row["n"]]) for row in found]
    database.connection.executemany(
        "INSERT OR IGNORE INTO tombstone (kind, h, title) VALUES (?, ?, ?)", graves
    )


def _weeks(found: Iterable[rows.Row]) -> set[int]:
    """Give the weeks in which articles are in the index of anchors."""
    articles = [rows.article(row) for row in found]
    return {anchors.week(at) for one in articles for at in (one.date, one.first_seen)}


def _delete(database: Database, numbers: Collection[int]) -> None:
    gone = json.dumps(sorted(numbers))
    archive_queue.put_removals(database, numbers)
    database.db.execute("UPDATE purged_number SET n = max(n, ?)", [max(numbers, default=0)])
    for table in (*DERIVED, "revision"):
        database.db.execute(f"DELETE FROM {table} WHERE article IN {_NUMBERS}", [gone])
    database.db.execute(f"DELETE FROM tie WHERE a IN {_NUMBERS} OR b IN {_NUMBERS}", [gone] * 2)
    database.db.execute(f"DELETE FROM article WHERE n IN {_NUMBERS}", [gone])
