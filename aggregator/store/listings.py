"""Which articles each output keeps, and by which rule that was decided."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import blake2b

from aggregator.core.article import Article
from aggregator.core.output import Rule
from aggregator.store import rows
from aggregator.store.database import Database, marks

# A duplicate is hidden where this output keeps a member of its cluster that arrived earlier.
_IS_HIDDEN = """article.reason <> '' AND EXISTS (
    SELECT 1 FROM listing AS other WHERE other.output = shown.output AND other.article IN (
        SELECT n FROM article AS first WHERE first.id = article.cluster
        UNION ALL
        SELECT n FROM article AS earlier WHERE earlier.cluster = article.cluster
            AND earlier.reason <> '' AND earlier.n < article.n))"""
_LISTED = f"""
SELECT article.* FROM listing AS shown JOIN article ON article.n = shown.article
WHERE shown.output = :output AND shown.sort_at >= :since AND NOT ({_IS_HIDDEN})
ORDER BY shown.sort_at DESC, shown.article DESC LIMIT :limit
"""
_HIDDEN = f"""
SELECT shown.output, count(*) FROM article JOIN listing AS shown ON shown.article = article.n
WHERE {_IS_HIDDEN} GROUP BY shown.output
"""


def listed(
    database: Database, output: str, limit: int, since: datetime | None = None
) -> list[Article]:
    """Read the newest articles that an output keeps, one of each cluster, newest first.

    Of a cluster it is the one that arrived first among those that this output keeps.
    """
    found = database.db.query(
        _LISTED, {"output": output, "limit": limit, "since": rows.seconds(since) or 0}
    )
    return [rows.article(row) for row in found]


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
