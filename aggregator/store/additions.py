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
