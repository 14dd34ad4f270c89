"""The SQL of later migrations; `schema` says in which order they are applied."""

RETENTION = """
-- Files of articles that were purged and are still to be deleted, below the archive folder.
CREATE TABLE archive_removal (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- The highest number of a purged article, in one row. Numbers are never given twice: pages of
-- history end at them.
CREATE TABLE purged_number (n INTEGER NOT NULL) STRICT;
INSERT INTO purged_number (n) VALUES (0);
"""
