"""Databases from before the first release: what they lack is added to them.

The first tables were changed a few times while they were in the making, and databases of then say
that they are of the first release.
"""

from sqlite_utils import Database as SqliteUtils

_MISSING_TABLES = (
    """CREATE TABLE IF NOT EXISTS health_event (
    n            INTEGER PRIMARY KEY,
    source       TEXT NOT NULL,
    at           INTEGER NOT NULL,
    before       TEXT NOT NULL,
    health       TEXT NOT NULL,
    what         TEXT NOT NULL,
    hint         TEXT NOT NULL,
    next_poll_at INTEGER
) STRICT""",
    """CREATE TABLE IF NOT EXISTS publish_pending (
    output  TEXT PRIMARY KEY,
    changes INTEGER NOT NULL
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS archive_file (
    article INTEGER PRIMARY KEY,
    path    TEXT NOT NULL
) STRICT""",
)
_MISSING_COLUMNS = {
    "source": {
        "moved_to": "TEXT NOT NULL DEFAULT ''",
        "every": "INTEGER NOT NULL DEFAULT 0",
        "skip_hours": "INTEGER NOT NULL DEFAULT 0",
        "skip_days": "INTEGER NOT NULL DEFAULT 0",
        "entries": "INTEGER",
        "health": "TEXT NOT NULL DEFAULT ''",
        "health_since": "INTEGER",
        "newest_at": "INTEGER",
        "cadence": "INTEGER NOT NULL DEFAULT 0",
        "answers_in": "REAL NOT NULL DEFAULT 0",
    },
    "article": {
        "origin": "TEXT NOT NULL DEFAULT ''",
        "season": "INTEGER NOT NULL DEFAULT 0",
        "episode": "INTEGER NOT NULL DEFAULT 0",
    },
    "health_event": {"next_poll_at": "INTEGER"},
}


def complete(db: SqliteUtils) -> None:
    """Add what is missing; a database of a release lacks nothing, and stays as it is."""
    for table in _MISSING_TABLES:
        db.execute(table)
    added = False
    for table, columns in _MISSING_COLUMNS.items():
        present = {column.name for column in db.table(table).columns}
        for name, kind in columns.items():
            if name not in present:
                db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
                added = True
    if "archived" in {column.name for column in db.table("article").columns}:
        db.execute(
            """INSERT OR IGNORE INTO archive_file (article, path)
            SELECT n, archived FROM article WHERE archived <> ''"""
        )
        db.execute("ALTER TABLE article DROP COLUMN archived")
    if added:
        _bring_up_drafts(db)


def _bring_up_drafts(db: SqliteUtils) -> None:
    """Complete the values of drafts: files had no length in seconds, slices were told apart
    otherwise, so that every source is read once more as a whole."""
    db.execute(
        """UPDATE article SET enclosures = (
            SELECT json_group_array(json_array(
                json_extract(value, '$[0]'), json_extract(value, '$[1]'),
                coalesce(json_extract(value, '$[2]'), 0), coalesce(json_extract(value, '$[3]'), 0)))
            FROM json_each(enclosures))
        WHERE enclosures <> '[]'"""
    )
    db.execute("UPDATE source SET etag = '', last_modified = '', body_hash = x'', known = x''")
    db.execute(
        """INSERT OR REPLACE INTO publish_pending (output, changes)
        SELECT DISTINCT output, 1 FROM listing"""
    )
