"""Which articles each output keeps, and by which rule that was decided."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

from aggregator.core.article import Article
from aggregator.core.copies import shown
from aggregator.core.output import Rule
from aggregator.store import rows
from aggregator.store.database import Database, marks

# A duplicate is hidden where this output keeps a member of its cluster that arrived earlier.
IS_HIDDEN = """article.reason <> '' AND EXISTS (
    SELECT 1 FROM listing AS other WHERE other.output = shown.output AND other.article IN (
        SELECT n FROM article AS first WHERE first.id = article.cluster
        UNION ALL
        SELECT n FROM article AS earlier WHERE earlier.cluster = article.cluster
            AND earlier.reason <> '' AND earlier.n < article.n))"""
_LISTED = f"""
SELECT article.* FROM listing AS shown JOIN article ON article.n = shown.article
WHERE shown.output = :output AND shown.sort_at >= :since AND NOT ({IS_HIDDEN})
ORDER BY shown.sort_at DESC, shown.article DESC LIMIT :limit
"""
# All members of those of some clusters that have more than one, in order of arrival.
_MEMBERS = """
WITH wanted (cluster) AS (
    SELECT DISTINCT article.cluster FROM json_each(:clusters) AS one
    CROSS JOIN article ON article.cluster = one.value AND article.reason <> '')
SELECT article.*, listing.output IS NOT NULL AS is_kept FROM (
    SELECT article.n FROM wanted JOIN article ON article.id = wanted.cluster
    UNION SELECT article.n FROM wanted
        JOIN article ON article.cluster = wanted.cluster AND article.reason <> '') AS member
JOIN article ON article.n = member.n
LEFT JOIN listing ON listing.article = article.n AND listing.output = :output
ORDER BY article.n
"""
_HIDDEN = f"""
SELECT shown.output, count(*) FROM article JOIN listing AS shown ON shown.article = article.n
WHERE {IS_HIDDEN} GROUP BY shown.output
"""


def listed(
    database: Database,
    output: str,
    limit: int,
    since: datetime | None = None,
    prefer: Sequence[str] = (),
) -> list[Article]:
    """Read the newest articles that an output keeps, one of each cluster, newest first.

    Of a cluster it is the one that arrived first among those that this output keeps, in the words
    of the best of them; `prefer` names sources, the best first.
    """
    found = list(
        database.db.query(
            _LISTED, {"output": output, "limit": limit, "since": rows.seconds(since) or 0}
        )
    )
    members = _members(database, output, {row["cluster"] for row in found})
    return [_shown(row, members[row["cluster"]], prefer) for row in found]


def _members(
    database: Database, output: str, names: Iterable[str]
) -> Mapping[str, list[tuple[bool, Article]]]:
    """Read the members of clusters that have several, each with whether the output keeps it."""
    members: dict[str, list[tuple[bool, Article]]] = defaultdict(list)
    wanted = {"clusters": json.dumps(sorted(names)), "output": output}
    for row in database.db.query(_MEMBERS, wanted):
        members[row["cluster"]].append((bool(row["is_kept"]), rows.article(row)))
    return members


def _shown(
    row: rows.Row, members: Sequence[tuple[bool, Article]], prefer: Sequence[str]
) -> Article:
    announced = rows.article(row)
    if not members:
        return announced
    kept = [article for is_kept, article in members if is_kept]
    return shown(announced, kept, [article for _, article in members], prefer)


def counts(database: Database) -> dict[str, tuple[int, datetime | None]]:
    """Count what each output shows over all history, with the date of the newest."""
    kept = database.db.execute("SELECT output, count(*), max(sort_at) FROM listing GROUP BY output")
    hidden = dict(database.db.execute(_HIDDEN).fetchall())
    return {
        output: (count - hidden.get(output, 0), rows.moment(newest))
        for output, count, newest in kept
    }


def is_current(database: Database, output: str, rule: Rule) -> bool:
    """Say whether an output's listing was made by this very rule."""
    row = database.db.execute("SELECT rule_hash FROM output WHERE id = ?", [output]).fetchone()
    return row is not None and row[0] == _rule_hash(rule)


def replace(
    database: Database, output: str, rule: Rule, kept: Iterable[tuple[int, datetime]], up_to: int
) -> None:
    """Put a new listing in place of the old, for the articles up to the n-th."""
    with database.transaction():
        database.db.execute(
            "DELETE FROM listing WHERE output = ? AND article <= ?", [output, up_to]
        )
        database.connection.executemany(
            "INSERT OR IGNORE INTO listing (output, sort_at, article) VALUES (?, ?, ?)",
            [(output, rows.seconds(date), n) for n, date in kept],
        )
        database.table("output").insert(
            {"id": output, "rule_hash": _rule_hash(rule)}, pk="id", replace=True
        )
        mark_changed(database, [output])


def add(database: Database, kept: Iterable[tuple[int, Article, Iterable[str]]]) -> None:
    """List articles, each with its number, in the outputs that keep them."""
    database.table("listing").insert_all(
        [
            {"output": output, "sort_at": rows.seconds(article.date), "article": n}
            for n, article, outputs in kept
            for output in sorted(outputs)
        ]
    )


def mark_changed(database: Database, outputs: Iterable[str]) -> None:
    """Note that the feeds of these outputs are to be made anew."""
    database.connection.executemany(
        """INSERT INTO publish_pending (output, changes) VALUES (?, 1)
        ON CONFLICT (output) DO UPDATE SET changes = changes + 1""",
        [(output,) for output in outputs],
    )


def changes(database: Database) -> dict[str, int]:
    """Count the changes of each output that its made feed lacks."""
    return dict(database.db.execute("SELECT output, changes FROM publish_pending").fetchall())


def mark_published(database: Database, seen: Mapping[str, int]) -> None:
    """Note that feeds were made with so many changes; what changed meanwhile stays noted."""
    database.connection.executemany(
        "DELETE FROM publish_pending WHERE output = ? AND changes = ?", seen.items()
    )


def drop_except(database: Database, outputs: Iterable[str]) -> None:
    """Forget the listings of outputs that left feeds.toml."""
    names = list(outputs)
    with database.transaction():
        for table, column in (("listing", "output"), ("output", "id")):
            database.db.execute(
                f"DELETE FROM {table} WHERE {column} NOT IN ({marks(names)})", names
            )


def _rule_hash(rule: Rule) -> bytes:
    # Sets have no order of their own that would be the same in the next process.
    parts = [f"{name}={sorted(value) if isinstance(value, frozenset) else value!r}"
             for name in Rule.__slots__ for value in [getattr(rule, name)]]  # fmt: skip
    return blake2b("\n".join(parts).encode(), digest_size=16).digest()
