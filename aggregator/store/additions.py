"""The SQL of later migrations; `schema` says in which order they are applied."""

RULE_TEXTS = """
-- The folded words of articles as rules see them, so that a rule can be tried on all of them.
CREATE TABLE rule_text (
    article INTEGER PRIMARY KEY,
    form    INTEGER NOT NULL,          -- by which rules of folding; others are made anew
    texts   BLOB NOT NULL              -- zlib; see store.rule_texts
) STRICT;
CREATE INDEX rule_text_form ON rule_text (form);

-- Articles that have none. Counted, because one may change while its words are being folded.
CREATE TABLE rule_text_pending (
    article INTEGER PRIMARY KEY,
    changes INTEGER NOT NULL DEFAULT 1
) STRICT;
INSERT INTO rule_text_pending (article) SELECT n FROM article;
"""

PAGES = """
-- Where the full pages of an output's history end: at the last article, by its number.
CREATE TABLE page (
    output TEXT NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (output, last)
) STRICT, WITHOUT ROWID;
CREATE INDEX listing_arrival ON listing (output, article);
"""

HUBS = """
-- Changes of feeds that hubs are still to be told of.
CREATE TABLE hub_ping (
    hub     TEXT NOT NULL,              -- its address
    topic   TEXT NOT NULL,              -- the address of the feed
    changes INTEGER NOT NULL DEFAULT 1, -- since the hub was told last
    tries   INTEGER NOT NULL DEFAULT 0, -- that failed
    next_at INTEGER NOT NULL,
    PRIMARY KEY (hub, topic)
) STRICT, WITHOUT ROWID;
"""

RETENTION = """
-- Files of articles that were purged and are still to be deleted, below the archive folder.
CREATE TABLE archive_removal (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- The highest number of a purged article, in one row. Numbers are never given twice: pages of
-- history end at them.
CREATE TABLE purged_number (n INTEGER NOT NULL) STRICT;
INSERT INTO purged_number (n) VALUES (0);

-- The keys of a purged article are looked up by it; all of them were read for that before.
CREATE INDEX ident_article ON ident (article);
"""

POLL_LOG = """
-- How many polls of a source were noted.
ALTER TABLE source ADD COLUMN polls INTEGER NOT NULL DEFAULT 0;

-- The last polls of each source, in a ring: each takes the place of the oldest.
CREATE TABLE poll_log (
    source   TEXT NOT NULL,
    slot     INTEGER NOT NULL,          -- polls of the source as of then, modulo the ring's length
    at       INTEGER NOT NULL,
    status   TEXT NOT NULL,             -- core.polling.Status
    took     INTEGER NOT NULL,          -- milliseconds of all of it
    answered INTEGER NOT NULL,          -- milliseconds that were the server's; 0: no answer
    new      INTEGER NOT NULL,
    changed  INTEGER NOT NULL,
    error    TEXT NOT NULL,             -- '' where nothing was wrong
    PRIMARY KEY (source, slot)
) STRICT, WITHOUT ROWID;
"""

AHEAD = """
-- The few articles that are dated later than they were first seen. All others from a date on were
-- seen from then on as well, and are found by article_source.
CREATE INDEX article_ahead ON article (published) WHERE published > first_seen;
"""

SEARCH_REBUILD = """
-- The search index while it is made anew, without what is dead in the old one: up to the last
-- article that is in it; no row while it is not. Empty otherwise.
CREATE TABLE search_rebuild (done INTEGER NOT NULL) STRICT;
CREATE TABLE fresh_document (
    n       INTEGER PRIMARY KEY,
    article INTEGER NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE fresh_index USING fts5 (
    words, content='', tokenize="unicode61 remove_diacritics 0"
);
"""
