"""The schema as commented SQL, and its migrations.

Moments are whole seconds since 1970 in UTC. A released migration is never edited: a change is a new
function at the end.
"""

import secrets

from sqlite_utils import Database as SqliteUtils
from sqlite_utils.migrations import Migrations

from aggregator.store import drafts
from aggregator.store.additions import (
    AHEAD,
    FULL_TEXT,
    HUBS,
    NEAR,
    PAGES,
    POLL_LOG,
    RECENT_ANCHORS,
    RETENTION,
    RULE_TEXTS,
    SEARCH_REBUILD,
    VERDICTS,
)
from aggregator.store.migrated import SET

migrations = Migrations(SET)

_FIRST = """
-- Where each source stands after its last poll. A source that left feeds.toml keeps its row.
CREATE TABLE source (
    id            TEXT PRIMARY KEY,            -- its key in feeds.toml
    url           TEXT NOT NULL,               -- as in feeds.toml; a new one starts afresh
    moved_to      TEXT NOT NULL DEFAULT '',    -- where a 301 or 308 led; '' while nowhere
    title         TEXT NOT NULL DEFAULT '',    -- the feed's own; '' until it was read once
    etag          TEXT NOT NULL DEFAULT '',    -- '' where the server gives none
    last_modified TEXT NOT NULL DEFAULT '',    -- as it came
    body_hash     BLOB NOT NULL DEFAULT x'',   -- of the last body's bytes on the wire
    every         INTEGER NOT NULL DEFAULT 0,  -- seconds; what ttl or sy:updatePeriod ask for
    skip_hours    INTEGER NOT NULL DEFAULT 0,  -- bit n: not in hour n, UTC
    skip_days     INTEGER NOT NULL DEFAULT 0,  -- bit n: not on that day, Monday is 0
    entries       INTEGER,                     -- of the last document; null before one was read
    next_poll_at  INTEGER,                     -- null: at once
    last_poll_at  INTEGER,                     -- null: never polled
    last_ok_at    INTEGER,                     -- null: never answered as it should
    failures      INTEGER NOT NULL DEFAULT 0,  -- in a row
    status        TEXT NOT NULL DEFAULT '',    -- core.polling.Status; '' before the first poll
    error         TEXT NOT NULL DEFAULT '',    -- the last failure in words; '' after a success
    hint          TEXT NOT NULL DEFAULT '',    -- what a person can do about it
    health        TEXT NOT NULL DEFAULT '',    -- core.health.Health; '' before the first poll
    health_since  INTEGER,                     -- null: likewise
    newest_at     INTEGER,                     -- when its newest article came; null before one did
    cadence       INTEGER NOT NULL DEFAULT 0,  -- seconds between new articles; 0: too few to tell
    answers_in    REAL NOT NULL DEFAULT 0,     -- seconds of a fetch, a moving average
    known         BLOB NOT NULL DEFAULT x''    -- 16 bytes for each slice of the last document
) STRICT;
CREATE INDEX source_due ON source (next_poll_at);

-- Changes of sources' health, for the feed that tells them; the oldest are dropped.
CREATE TABLE health_event (
    n            INTEGER PRIMARY KEY,
    source       TEXT NOT NULL,
    at           INTEGER NOT NULL,
    before       TEXT NOT NULL,        -- '' for the first that is worth telling
    health       TEXT NOT NULL,
    what         TEXT NOT NULL,        -- what is wrong; '' where all is well again
    hint         TEXT NOT NULL,
    next_poll_at INTEGER               -- as it was planned then
) STRICT;

-- Every entry we have seen, once. Members of a cluster are the same article from several places.
CREATE TABLE article (
    n            INTEGER PRIMARY KEY,  -- order of arrival; what other tables point at
    id           TEXT NOT NULL UNIQUE, -- ours, stable for ever
    source       TEXT NOT NULL,
    guid         TEXT NOT NULL,
    link         TEXT NOT NULL,        -- '' where the source gives none
    title        TEXT NOT NULL,
    summary      TEXT NOT NULL,        -- safe HTML; '' where it only repeats the body
    image        TEXT NOT NULL,
    language     TEXT NOT NULL,
    authors      TEXT NOT NULL,        -- JSON array of texts
    tags         TEXT NOT NULL,        -- JSON array of texts
    enclosures   TEXT NOT NULL,        -- JSON array of [url, type, bytes, seconds]
    origin       TEXT NOT NULL,        -- JSON [title, url, page] of the feed before its source; ''
    season       INTEGER NOT NULL,     -- 0: none is stated
    episode      INTEGER NOT NULL,     -- 0 likewise
    published    INTEGER,              -- null: the source gave no date that can be true
    updated      INTEGER,              -- null likewise
    first_seen   INTEGER NOT NULL,
    changed_at   INTEGER,              -- null: as it was first seen
    content_hash BLOB NOT NULL,
    cluster      TEXT NOT NULL,        -- id of the cluster's first member, its own if it is that
    reason       TEXT NOT NULL,        -- the identity rung that joined it; '' for the first
    body         TEXT NOT NULL         -- safe HTML; last, because it overflows the page
) STRICT;
CREATE INDEX article_cluster ON article (cluster) WHERE reason <> '';
CREATE INDEX article_source ON article (source, first_seen);

-- Exact identity keys over all history; near-duplicate anchors will stand beside it.
CREATE TABLE ident (
    kind    INTEGER NOT NULL,          -- 1 canonical URL, 2 folded body
    h       INTEGER NOT NULL,
    article INTEGER NOT NULL,          -- the first that had the key
    PRIMARY KEY (kind, h)
) STRICT, WITHOUT ROWID;

-- What an article said before its source changed it.
CREATE TABLE revision (
    article     INTEGER NOT NULL,
    replaced_at INTEGER NOT NULL,
    title       TEXT NOT NULL,
    link        TEXT NOT NULL,
    summary     TEXT NOT NULL,
    body        TEXT NOT NULL
) STRICT;
CREATE INDEX revision_article ON revision (article, replaced_at);

-- Which articles each output keeps, in the order it shows them. Duplicates are listed only where
-- no other member of their cluster is.
CREATE TABLE listing (
    output  TEXT NOT NULL,
    sort_at INTEGER NOT NULL,          -- the article's date
    article INTEGER NOT NULL,
    PRIMARY KEY (output, sort_at, article)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX listing_article ON listing (article, output);

-- The rule by which an output's listing was made.
CREATE TABLE output (
    id        TEXT PRIMARY KEY,
    rule_hash BLOB NOT NULL
) STRICT;

-- Outputs whose feed is to be made anew, with the number of changes that the made one lacks.
CREATE TABLE publish_pending (
    output  TEXT PRIMARY KEY,
    changes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where articles' files are, below the archive folder. Apart from the article, because a change of
-- a row writes its whole body again.
CREATE TABLE archive_file (
    article INTEGER PRIMARY KEY,
    path    TEXT NOT NULL
) STRICT;

-- Articles whose file is not written yet, or not as they are now.
CREATE TABLE archive_pending (article INTEGER PRIMARY KEY) STRICT;

-- Articles that search does not know yet, or not as they are now.
CREATE TABLE search_pending (article INTEGER PRIMARY KEY) STRICT;

-- The document in the search index that holds an article. A changed article gets a new one; the
-- old stays behind in the index, unreachable: a contentless index cannot forget on SQLite 3.40.
CREATE TABLE search_document (
    n       INTEGER PRIMARY KEY,
    article INTEGER NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE search_index USING fts5 (
    words, content='', tokenize="unicode61 remove_diacritics 0"
);
"""


@migrations()
def m001_first(db: SqliteUtils) -> None:
    """Make the tables of the first release."""
    db.executescript(_FIRST)


@migrations()
def m002_full_text(db: SqliteUtils) -> None:
    """Note which pages are wanted, and count changes of articles whose file is due."""
    db.executescript(FULL_TEXT)


@migrations()
def m003_near(db: SqliteUtils) -> None:
    """Make room for near-duplicates; what is stored already is indexed in the background."""
    db.executescript(NEAR)


@migrations()
def m004_verdicts(db: SqliteUtils) -> None:
    """Keep with each listed article why it is there, and new listings in the making."""
    db.executescript(VERDICTS)


@migrations()
def m007_pages(db: SqliteUtils) -> None:
    """Note where the pages of outputs' histories end."""
    db.executescript(PAGES)


@migrations()
def m005_rule_texts(db: SqliteUtils) -> None:
    """Make room for folded words; those of what is stored already are made in the background."""
    db.executescript(RULE_TEXTS)


@migrations()
def m006_hubs(db: SqliteUtils) -> None:
    """Note which hubs are to be told of which feeds."""
    db.executescript(HUBS)


@migrations()
def m008_retention(db: SqliteUtils) -> None:
    """Note files to delete, and which numbers were given."""
    db.executescript(RETENTION)


@migrations()
def m009_search_rebuild(db: SqliteUtils) -> None:
    """Make room for a search index in the making."""
    db.executescript(SEARCH_REBUILD)


@migrations()
def m010_drafts(db: SqliteUtils) -> None:
    """Add to databases from before the first release what it has and they lack."""
    drafts.complete(db)


@migrations()
def m011_number(db: SqliteUtils) -> None:
    """Give each database a number of its own, by which a log of another is told from its own."""
    db.execute(f"PRAGMA user_version = {secrets.randbelow(1 << 30) + 1}")


@migrations()
def m012_poll_log(db: SqliteUtils) -> None:
    """Make room for the last polls of each source."""
    db.executescript(POLL_LOG)


@migrations()
def m013_ahead(db: SqliteUtils) -> None:
    """Let articles of a date on be found without reading all others."""
    db.executescript(AHEAD)


@migrations()
def m014_recent_anchors(db: SqliteUtils) -> None:
    """Make room for anchors that are not in the index yet."""
    db.executescript(RECENT_ANCHORS)
