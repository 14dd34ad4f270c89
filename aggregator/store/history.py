"""Where the pages of outputs' histories end (RFC 5005 §4)."""

from collections.abc import Iterable

from aggregator.store.database import Database


def ends(database: Database, output: str) -> list[int]:
    """Give the number of the last article of each full page, the oldest page first."""
    found = database.db.execute("SELECT last FROM page WHERE output = ? ORDER BY last", [output])
    return [last for (last,) in found.fetchall()]


def add(database: Database, output: str, lasts: Iterable[int]) -> None:
    """Note that pages are full."""
    rows = [{"output": output, "last": last} for last in lasts]
    database.table("page").insert_all(rows, ignore=True)


def forget(database: Database, output: str) -> None:
    """Begin the pages of an output anew, because it keeps other articles from now on."""
    database.db.execute("DELETE FROM page WHERE output = ?", [output])
