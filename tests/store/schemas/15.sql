PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO _sqlite_migrations VALUES(1,'aggregator','m001_first','2026-11-30 07:58:43.558623+00:00');
INSERT INTO _sqlite_migrations VALUES(2,'aggregator','m002_full_text','2026-11-30 07:58:43.560303+00:00');
INSERT INTO _sqlite_migrations VALUES(3,'aggregator','m003_near','2026-11-30 07:58:43.562593+00:00');
INSERT INTO _sqlite_migrations VALUES(4,'aggregator','m004_verdicts','2026-11-30 07:58:43.564534+00:00');
INSERT INTO _sqlite_migrations VALUES(5,'aggregator','m007_pages','2026-11-30 07:58:43.564829+00:00');
INSERT INTO _sqlite_migrations VALUES(6,'aggregator','m005_rule_texts','2026-11-30 07:58:43.565384+00:00');
INSERT INTO _sqlite_migrations VALUES(7,'aggregator','m006_hubs','2026-11-30 07:58:43.565888+00:00');
INSERT INTO _sqlite_migrations VALUES(8,'aggregator','m008_retention','2026-11-30 07:58:43.566331+00:00');
INSERT INTO _sqlite_migrations VALUES(9,'aggregator','m009_search_rebuild','2026-11-30 07:58:43.567052+00:00');
INSERT INTO _sqlite_migrations VALUES(10,'aggregator','m010_drafts','2026-11-30 07:58:43.567343+00:00');
INSERT INTO _sqlite_migrations VALUES(11,'aggregator','m011_number','2026-11-30 07:58:43.567419+00:00');
INSERT INTO _sqlite_migrations VALUES(12,'aggregator','m012_poll_log','2026-11-30 07:58:43.568794+00:00');
INSERT INTO _sqlite_migrations VALUES(13,'aggregator','m013_ahead','2026-11-30 07:58:43.569073+00:00');
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
, polls INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO source VALUES('paper','http://127.0.0.1:1/feed','','The Harbour Paper','','',X'327934590fc71924311155fb89b5e157',0,0,0,3,1796119338,1796025523,1796025523,0,'ok','','','stale',1796025523,1772438400,82800,0.0019950820005760760977,X'1c7cc41f47b7b799e525757bfe4a59771f9779d38008103818f2853a56f844c33da9c5301a4f0cc629ee8b7b8e1a7e99',1);
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
INSERT INTO article VALUES(1,'42j2gzxsobgjqjm2','paper','harbour-3','https://harbour.example/2026/walk','The lighthouse, an audio walk','','','en','[]','[]','[["https://harbour.example/walk.mp3","audio/mpeg",4000000,0]]','',0,0,1772272800,NULL,1796025523,NULL,X'b28969e9ce599536052f35744de79e7f','42j2gzxsobgjqjm2','','<p>Twenty minutes around the lighthouse, with the keeper''s grandson.</p>');
INSERT INTO article VALUES(2,'zhbzvydmqwujwgcj','paper','harbour-2','https://harbour.example/2026/pay','两家支付平台实现互联互通','','','zh','[]','["经济"]','[]','',0,0,1772350200,NULL,1796025523,NULL,X'3350ece2edd1684fc532d63b7803453d','zhbzvydmqwujwgcj','','<p>码头商店从今天起可以扫任意一家的二维码，两家平台互联互通，游客不必再换应用。</p>');
INSERT INTO article VALUES(3,'pjkcsirbsu2nglwz','paper','harbour-1','https://harbour.example/2026/pier','Ferry pier reopens after repairs','','','en','[]','["Port"]','[]','',0,0,1772438400,NULL,1796025523,NULL,X'6f0d1db1906ba59a3aeaf85ab0c6aaf8','pjkcsirbsu2nglwz','','<p>The ferry pier is open again. Divers replaced forty posts, and the first boat left at six with nobody on board but the mayor.</p>');
CREATE TABLE ident (
    kind    INTEGER NOT NULL,          -- 1 canonical URL, 2 folded body
    h       INTEGER NOT NULL,
    article INTEGER NOT NULL,          -- the first that had the key
    PRIMARY KEY (kind, h)
) STRICT, WITHOUT ROWID;
INSERT INTO ident VALUES(1,-6335950899348881241,1);
INSERT INTO ident VALUES(1,5801961835583002746,2);
INSERT INTO ident VALUES(1,7326395994264754788,3);
CREATE TABLE revision (
    article     INTEGER NOT NULL,
    replaced_at INTEGER NOT NULL,
    title       TEXT NOT NULL,
    link        TEXT NOT NULL,
    summary     TEXT NOT NULL,
    body        TEXT NOT NULL
) STRICT;
CREATE TABLE listing (
    output  TEXT NOT NULL,
    sort_at INTEGER NOT NULL,          -- the article's date
    article INTEGER NOT NULL, why TEXT NOT NULL DEFAULT '[]', score REAL, late INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (output, sort_at, article)
) STRICT, WITHOUT ROWID;
INSERT INTO listing VALUES('everything',1772272800,1,'[]',NULL,0);
INSERT INTO listing VALUES('everything',1772350200,2,'[]',NULL,0);
INSERT INTO listing VALUES('everything',1772438400,3,'[]',NULL,0);
INSERT INTO listing VALUES('linked',1772350200,2,'[["any","",0,"互联互通",5]]',NULL,0);
CREATE TABLE output (
    id        TEXT PRIMARY KEY,
    rule_hash BLOB NOT NULL
, is_mixed INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO output VALUES('everything',X'a5dc34a910ef3572be258820eaa94690',0);
INSERT INTO output VALUES('linked',X'8b5e181f93d2c529704ab2465c12aa63',0);
CREATE TABLE publish_pending (
    output  TEXT PRIMARY KEY,
    changes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE archive_file (
    article INTEGER PRIMARY KEY,
    path    TEXT NOT NULL
) STRICT;
INSERT INTO archive_file VALUES(1,'paper/2026/02/2026-02-28-the-lighthouse-an-audio-walk-42j2gzxsobgjqjm2.md');
INSERT INTO archive_file VALUES(2,'paper/2026/03/2026-03-01-两家支付平台实现互联互通-zhbzvydmqwujwgcj.md');
INSERT INTO archive_file VALUES(3,'paper/2026/03/2026-03-02-ferry-pier-reopens-after-repairs-pjkcsirbsu2nglwz.md');
CREATE TABLE archive_pending (article INTEGER PRIMARY KEY, changes INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE TABLE search_pending (article INTEGER PRIMARY KEY) STRICT;
INSERT INTO search_pending VALUES(1);
INSERT INTO search_pending VALUES(2);
INSERT INTO search_pending VALUES(3);
CREATE TABLE search_document (
    n       INTEGER PRIMARY KEY,
    article INTEGER NOT NULL UNIQUE
) STRICT;
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','search_index','search_index',0,'CREATE VIRTUAL TABLE search_index USING fts5 (
    words, content='''', tokenize="unicode61 remove_diacritics 0"
)');
CREATE TABLE IF NOT EXISTS 'search_index_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO search_index_data VALUES(1,X'');
INSERT INTO search_index_data VALUES(10,X'00000000000000');
CREATE TABLE IF NOT EXISTS 'search_index_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS 'search_index_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
CREATE TABLE IF NOT EXISTS 'search_index_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO search_index_config VALUES('version',4);
CREATE TABLE full_text (
    article   INTEGER PRIMARY KEY,
    rounds    INTEGER NOT NULL,        -- the first sight, and each change of the entry
    tries     INTEGER NOT NULL,        -- of this round
    next_at   INTEGER,                 -- null: not again, unless the entry changes
    tried_at  INTEGER,                 -- null: not yet
    text_hash BLOB NOT NULL,           -- of the text in the article's body; x'' while the feed's
    error     TEXT NOT NULL            -- why the last try brought no text; '' where it did
) STRICT;
CREATE TABLE anchor (
    bucket  INTEGER NOT NULL,          -- weeks since Monday, 5 January 1970
    h       INTEGER NOT NULL,          -- 32 bits
    article INTEGER NOT NULL,
    PRIMARY KEY (bucket, h, article)
) STRICT, WITHOUT ROWID;
INSERT INTO anchor VALUES(2929,141747720,2);
INSERT INTO anchor VALUES(2929,316943637,2);
INSERT INTO anchor VALUES(2929,731036152,2);
INSERT INTO anchor VALUES(2929,757428264,2);
INSERT INTO anchor VALUES(2929,805839561,2);
INSERT INTO anchor VALUES(2929,822283462,2);
INSERT INTO anchor VALUES(2929,1057280023,2);
INSERT INTO anchor VALUES(2929,1226843174,2);
INSERT INTO anchor VALUES(2929,2015558767,1);
INSERT INTO anchor VALUES(2929,2127145596,1);
INSERT INTO anchor VALUES(2929,2950089534,1);
INSERT INTO anchor VALUES(2930,126792058,3);
INSERT INTO anchor VALUES(2930,211091135,3);
INSERT INTO anchor VALUES(2930,1194469687,3);
INSERT INTO anchor VALUES(2930,1871241847,3);
INSERT INTO anchor VALUES(2930,3532847488,3);
CREATE TABLE boilerplate (h INTEGER PRIMARY KEY) STRICT;
CREATE TABLE tie (
    a    INTEGER NOT NULL,             -- the one that arrived first
    b    INTEGER NOT NULL,
    bond TEXT NOT NULL,                -- core.clusters.Bond
    why  TEXT NOT NULL,                -- the rung, or the measure and its value; '' for a ruling
    PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;
CREATE TABLE anchor_pending (article INTEGER PRIMARY KEY) STRICT;
CREATE TABLE tombstone (
    kind  INTEGER NOT NULL,            -- as in ident, and 0 for the id
    h     INTEGER NOT NULL,
    title INTEGER NOT NULL,            -- hash of its folded title: a page may serve many entries
    PRIMARY KEY (kind, h, title)
) STRICT, WITHOUT ROWID;
CREATE TABLE renumbering (
    source TEXT PRIMARY KEY,
    polls  INTEGER NOT NULL            -- that did so
) STRICT, WITHOUT ROWID;
CREATE TABLE relisting (
    output    TEXT PRIMARY KEY,
    rule_hash BLOB NOT NULL,
    done      INTEGER NOT NULL,        -- the last article that is judged
    up_to     INTEGER NOT NULL,
    is_first  INTEGER NOT NULL         -- it has no listing yet, so nobody can have seen it
) STRICT;
CREATE TABLE relisted (
    output  TEXT NOT NULL,
    article INTEGER NOT NULL,
    sort_at INTEGER NOT NULL,
    score   REAL,
    why     TEXT NOT NULL,
    PRIMARY KEY (output, article)
) STRICT, WITHOUT ROWID;
CREATE TABLE rejudged (article INTEGER PRIMARY KEY) STRICT;
CREATE TABLE page (
    output TEXT NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (output, last)
) STRICT, WITHOUT ROWID;
CREATE TABLE rule_text (
    article INTEGER PRIMARY KEY,
    form    INTEGER NOT NULL,          -- by which rules of folding; others are made anew
    texts   BLOB NOT NULL              -- zlib; see store.rule_texts
) STRICT;
CREATE TABLE rule_text_pending (
    article INTEGER PRIMARY KEY,
    changes INTEGER NOT NULL DEFAULT 1
) STRICT;
INSERT INTO rule_text_pending VALUES(1,1);
INSERT INTO rule_text_pending VALUES(2,1);
INSERT INTO rule_text_pending VALUES(3,1);
CREATE TABLE hub_ping (
    hub     TEXT NOT NULL,              -- its address
    topic   TEXT NOT NULL,              -- the address of the feed
    changes INTEGER NOT NULL DEFAULT 1, -- since the hub was told last
    tries   INTEGER NOT NULL DEFAULT 0, -- that failed
    next_at INTEGER NOT NULL,
    PRIMARY KEY (hub, topic)
) STRICT, WITHOUT ROWID;
CREATE TABLE archive_removal (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE purged_number (n INTEGER NOT NULL) STRICT;
INSERT INTO purged_number VALUES(0);
CREATE TABLE search_rebuild (done INTEGER NOT NULL) STRICT;
CREATE TABLE fresh_document (
    n       INTEGER PRIMARY KEY,
    article INTEGER NOT NULL UNIQUE
) STRICT;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','fresh_index','fresh_index',0,'CREATE VIRTUAL TABLE fresh_index USING fts5 (
    words, content='''', tokenize="unicode61 remove_diacritics 0"
)');
CREATE TABLE IF NOT EXISTS 'fresh_index_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO fresh_index_data VALUES(1,X'');
INSERT INTO fresh_index_data VALUES(10,X'00000000000000');
CREATE TABLE IF NOT EXISTS 'fresh_index_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS 'fresh_index_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
CREATE TABLE IF NOT EXISTS 'fresh_index_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO fresh_index_config VALUES('version',4);
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
INSERT INTO poll_log VALUES('paper',1,1796025523,'ok',305,2,3,0,'');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX source_due ON source (next_poll_at);
CREATE INDEX article_cluster ON article (cluster) WHERE reason <> '';
CREATE INDEX article_source ON article (source, first_seen);
CREATE INDEX revision_article ON revision (article, replaced_at);
CREATE UNIQUE INDEX listing_article ON listing (article, output);
CREATE INDEX full_text_due ON full_text (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX full_text_hash ON full_text (text_hash) WHERE text_hash <> x'';
CREATE INDEX tie_b ON tie (b);
CREATE INDEX listing_late ON listing (article) WHERE late;
CREATE INDEX listing_score ON listing (output, score, sort_at) WHERE score IS NOT NULL;
CREATE INDEX listing_arrival ON listing (output, article);
CREATE INDEX rule_text_form ON rule_text (form);
CREATE INDEX ident_article ON ident (article);
CREATE INDEX article_ahead ON article (published) WHERE published > first_seen;
PRAGMA writable_schema=OFF;
COMMIT;
