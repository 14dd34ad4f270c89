"""Outputs whose feed is to be made anew, each with how many changes the made one lacks."""

from collections.abc import Iterable, Mapping

from aggregator.store.database import Database


def put(database: Database, outputs: Iterable[str]) -> None:
    """Have the feeds of outputs made anew."""
    database.connection.executemany(
        """INSERT INTO publish_pending (output, changes) VALUES (?, 1)
        ON CONFLICT (output) DO UPDATE SET changes = changes + 1""",
        [(output,) for output in outputs],
    )


def due(database: Database) -> dict[str, int]:
    """Count the changes of each output that its made feed lacks."""
    return dict(database.db.execute("SELECT output, changes FROM publish_pending").fetchall())


def mark_published(database: Database, seen: Mapping[str, int]) -> None:
    """Note that feeds were made with so many changes; what changed meanwhile stays noted."""
    database.connection.executemany(
        "DELETE FROM publish_pending WHERE output = ? AND changes = ?", seen.items()
    )
