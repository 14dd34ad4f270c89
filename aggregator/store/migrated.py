"""Which migrations there are, and which of them a database had: known without sqlite-utils.

Loading it is a sixth of a poll of 200 sources that brings nothing, and such a poll needs it for
nothing else.
"""

import sqlite3
from pathlib import Path

from aggregator.errors import StoreError

SET = "aggregator"
# In the order of `schema`, where they are.
NAMES = (
    "m001_first",
    "m002_full_text",
    "m003_near",
    "m004_verdicts",
    "m007_pages",
    "m005_rule_texts",
    "m006_hubs",
    "m008_retention",
    "m009_search_rebuild",
    "m010_drafts",
    "m011_number",
    "m012_poll_log",
    "m013_ahead",
    "m014_recent_anchors",
)


def newer(connection: sqlite3.Connection) -> str:
    """Name the migrations that a newer version brought about; "" where there are none."""
    return ", ".join(sorted({*applied(connection)}.difference(NAMES)))


def lacking(connection: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    """Name the migrations that a database lacks; StoreError where it is of a newer version."""
    if names := newer(connection):
        raise StoreError(
            f"{path}: written by a newer version ({names})",
            "install that version again, or point data_dir elsewhere",
        )
    done = {*applied(connection)}
    return tuple(one for one in NAMES if one not in done)


def applied(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Name the migrations that a database had, in their order; none of one that is new."""
    has_table = "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
    if connection.execute(has_table).fetchone() is None:
        return ()
    sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY rowid"
    return tuple(row[0] for row in connection.execute(sql, [SET]))
