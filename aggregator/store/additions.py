"""The SQL of later migrations; `schema` says in which order they are applied."""

FULL_TEXT = """
-- Articles whose page is wanted for their full text; see core.fulltext.PageState.
CREATE TABLE full_text (
    article   INTEGER PRIMARY KEY,
    rounds    INTEGER NOT NULL,        -- the first sight, and each change of the entry
    tries     INTEGER NOT NULL,        -- of this round
    next_at   INTEGER,                 -- null: not again, unless the entry changes
    tried_at  INTEGER,                 -- null: not yet
    text_hash BLOB NOT NULL,           -- of the text in the article's body; x'' while the feed's
    error     TEXT NOT NULL            -- why the last try brought no text; '' where it did
) STRICT;
CREATE INDEX full_text_due ON full_text (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX full_text_hash ON full_text (text_hash) WHERE text_hash <> x'';

-- Counted, because a text may come while the file is written, and leaves the content hash as it is.
ALTER TABLE archive_pending ADD COLUMN changes INTEGER NOT NULL DEFAULT 1;
"""

NEAR = """
-- Anchors of articles' texts (core.fingerprint), by the week of the article's date: who shares one
-- with an article of nearly the same week may be the same. Looked up with bucket IN (…).
CREATE TABLE anchor (
    bucket  INTEGER NOT NULL,          -- weeks since Monday, 5 January 1970
    h       INTEGER NOT NULL,          -- 32 bits
    article INTEGER NOT NULL,
    PRIMARY KEY (bucket, h, article)
) STRICT, WITHOUT ROWID;

-- Anchors that say nothing: what a source writes under all of its articles, or everybody does.
CREATE TABLE boilerplate (h INTEGER PRIMARY KEY) STRICT;

-- Pairs of articles: found to be the same or related, or ruled on by a person. `cluster` and
-- `reason` of article follow from them.
CREATE TABLE tie (
    a    INTEGER NOT NULL,             -- the one that arrived first
    b    INTEGER NOT NULL,
    bond TEXT NOT NULL,                -- core.clusters.Bond
    why  TEXT NOT NULL,                -- the rung, or the measure and its value; '' for a ruling
    PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;
CREATE INDEX tie_b ON tie (b);

-- Articles that have no anchors yet.
CREATE TABLE anchor_pending (article INTEGER PRIMARY KEY) STRICT;

-- What is left of articles that were purged, so that they do not come back as new.
CREATE TABLE tombstone (
    kind  INTEGER NOT NULL,            -- as in ident, and 0 for the id
    h     INTEGER NOT NULL,
    title INTEGER NOT NULL,            -- hash of its folded title: a page may serve many entries
    PRIMARY KEY (kind, h, title)
) STRICT, WITHOUT ROWID;

-- Sources that bring known pages under new guids.
CREATE TABLE renumbering (
    source TEXT PRIMARY KEY,
    polls  INTEGER NOT NULL            -- that did so
) STRICT, WITHOUT ROWID;

INSERT INTO tie (a, b, bond, why)
    SELECT min(first.n, article.n), max(first.n, article.n), 'same', article.reason
    FROM article JOIN article AS first ON first.id = article.cluster
    WHERE article.reason <> '' AND first.n <> article.n;
INSERT INTO anchor_pending (article) SELECT n FROM article;
"""

VERDICTS = """
-- Why an output keeps an article (core.findings, packed, as JSON), and what its terms found add up
-- to, null without weights. `late`: it did not come by itself, but by another rule for an output
-- that people may have subscribed to.
ALTER TABLE listing ADD COLUMN why TEXT NOT NULL DEFAULT '[]';
ALTER TABLE listing ADD COLUMN score REAL;
ALTER TABLE listing ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
CREATE INDEX listing_late ON listing (article) WHERE late;
CREATE INDEX listing_score ON listing (output, score, sort_at) WHERE score IS NOT NULL;

-- Whether another rule judged older articles (new_only). An output that is judged anew has no
-- rule_hash till it is done.
ALTER TABLE output ADD COLUMN is_mixed INTEGER NOT NULL DEFAULT 0;

-- Outputs that are judged anew by another rule, up to the last article of when that began.
CREATE TABLE relisting (
    output    TEXT PRIMARY KEY,
    rule_hash BLOB NOT NULL,
    done      INTEGER NOT NULL,        -- the last article that is judged
    up_to     INTEGER NOT NULL,
    is_first  INTEGER NOT NULL         -- it has no listing yet, so nobody can have seen it
) STRICT;

-- Their new listings, as far as they are made.
CREATE TABLE relisted (
    output  TEXT NOT NULL,
    article INTEGER NOT NULL,
    sort_at INTEGER NOT NULL,
    score   REAL,
    why     TEXT NOT NULL,
    PRIMARY KEY (output, article)
) STRICT, WITHOUT ROWID;

-- Articles that were judged by the new rules meanwhile, because they changed: their rows in listing
-- are right.
CREATE TABLE rejudged (article INTEGER PRIMARY KEY) STRICT;
"""

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

RECENT_ANCHORS = """
-- Anchors of the last articles, moved to `anchor` a thousand articles at a time: each is at a place
-- of its own there, so that every poll changed most of its pages.
CREATE TABLE recent_anchor (
    h       INTEGER NOT NULL,
    bucket  INTEGER NOT NULL,
    article INTEGER NOT NULL,
    PRIMARY KEY (h, bucket, article)
) STRICT, WITHOUT ROWID;
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
