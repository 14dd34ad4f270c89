"""Which migrations there are, and which of them a database had: known without sqlite-utils.

Loading it is a sixth of a poll of 200 sources that brings nothing, and such a poll needs it for
nothing else.
"""

import sqlite3

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
)


def applied(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Name the migrations that a database had, in their order; none of one that is new."""
    has_table = "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
    if connection.execute(has_table).fetchone() is None:
        return ()
    sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY rowid"
    return tuple(row[0] for row in connection.execute(sql, [SET]))
