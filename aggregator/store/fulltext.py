"""Which articles' pages are wanted for their full text, and what came of reading them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.core.article import Article
from aggregator.core.dedup import Candidate, Decision, Kind
from aggregator.core.fulltext import MOST_OF_A_DOCUMENT, PageState, text_hash
from aggregator.store import publish_queue, rows
from aggregator.store.database import Database
from aggregator.store.recording import put_text

_TWIN = "the page says the same as that of another article; it may want a login or consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePage:
    """An article whose page is to be read: its number, itself, and how far that is."""

    n: int
    article: Article
    state: PageState


def want(database: Database, decisions: Iterable[Decision], at: datetime) -> None:
    """Note what a poll brought whose page is to be read: what is new, within a bound, and what
    changed. The caller's transaction has stored the articles."""
    linked = [one for one in decisions if one.candidate.article.link]
    fresh = [one for one in linked if one.kind.has_arrived]
    for one in fresh[:MOST_OF_A_DOCUMENT]:
        _write(database, _number(database, one), PageState(next_at=at))
    for one in linked:
        if one.kind is Kind.CHANGED and _says_else(database, n := _number(database, one), at):
            state = _state(database, n) or PageState(rounds=0)
            if state.text_hash != text_hash(one.candidate.article.body):
                state = replace(state, text_hash=b"")  # the feed's text stands there now
            _write(database, n, state.wanted(at))


def _number(database: Database, decision: Decision) -> int:
    return database.number(decision.candidate.article.id)


def _says_else(database: Database, n: int, at: datetime) -> bool:
    """Say whether an article was really changed just now, or only in what says nothing."""
    sql = "SELECT changed_at = ? FROM article WHERE n = ?"
    return bool(database.db.execute(sql, [rows.seconds(at), n]).fetchone()[0])


_DUE = """
WITH due AS (
    SELECT n, row_number() OVER (PARTITION BY source ORDER BY next_at, n DESC) AS place
    FROM full_text JOIN article ON n = full_text.article
    WHERE next_at <= ? AND source IN (SELECT value FROM json_each(?))
)
SELECT article.*, full_text.* FROM due JOIN article ON article.n = due.n
JOIN full_text ON full_text.article = due.n WHERE place <= ? ORDER BY next_at, due.n DESC LIMIT ?
"""


def due(
    database: Database, sources: Iterable[str], now: datetime, limit: int, per_source: int
) -> list[DuePage]:
    """List pages to read now of these sources' articles, the longest due first; at most so many of
    one source, so that one with many keeps no other waiting."""
    names = json.dumps(list(sources))
    found = database.db.query(_DUE, [rows.seconds(now), names, per_source, limit])
    return [DuePage(n=row["n"], article=rows.article(row), state=_page(row)) for row in found]


def backlog(database: Database, sources: Iterable[str], now: datetime) -> int:
    """Count the pages to read now of these sources' articles."""
    sql = """SELECT count(*) FROM full_text JOIN article ON n = full_text.article
        WHERE next_at <= ? AND source IN (SELECT value FROM json_each(?))"""
    found = database.db.execute(sql, [rows.seconds(now), json.dumps(list(sources))])
    return int(found.fetchone()[0])


def of_article(database: Database, article_id: str) -> PageState | None:
    """Tell how far the page of an article is; None where it is not wanted."""
    sql = "SELECT full_text.* FROM full_text JOIN article ON n = full_text.article WHERE id = ?"
    row = next(database.db.query(sql, [article_id]), None)
    return _page(row) if row else None


def texts_of_changed(database: Database, candidates: Sequence[Candidate]) -> dict[str, str]:
    """Give the texts of stored articles that are about to change, by their id."""
    hashes = {one.article.id: one.article.content_hash for one in candidates}
    sql = """SELECT id, content_hash, text_hash, body FROM article
        JOIN full_text ON full_text.article = n
        WHERE text_hash <> x'' AND id IN (SELECT value FROM json_each(?))"""
    found = database.db.query(sql, [json.dumps(list(hashes))])
    return {
        row["id"]: row["body"]
        for row in found
        if row["content_hash"] != hashes[row["id"]] and row["text_hash"] == text_hash(row["body"])
    }


def record_text(database: Database, read: DuePage, text: Candidate, state: PageState) -> PageState:
    """Put a text into its article, with all that follows from it; give the state as it is stored.

    Not where its entry changed meanwhile: then the page is wanted anew already.
    """
    stored = database.article(read.article.id)
    if stored is None or stored.content_hash != read.article.content_hash:
        return read.state
    if _is_known(database, read, state.text_hash):
        state = replace(state, text_hash=read.state.text_hash, error=_TWIN)
    else:
        row = rows.article_row(text.article)
        columns = {name: row[name] for name in ("body", "summary", "image", "language")}
        publish_queue.put(database, put_text(database, read.n, text, columns))
    _write(database, read.n, state)
    return state


def _is_known(database: Database, read: DuePage, hashed: bytes) -> bool:
    """Say whether another article of the source has the same text."""
    sql = """SELECT 1 FROM full_text JOIN article ON n = full_text.article
        WHERE text_hash = ? AND text_hash <> x'' AND source = ? AND n <> ?"""
    found = database.db.execute(sql, [hashed, read.article.source, read.n])
    return found.fetchone() is not None


def record_state(database: Database, read: DuePage, state: PageState) -> PageState:
    """Note that a page brought no text, unless its entry changed meanwhile; give what is stored."""
    if _state(database, read.n) != read.state:
        return read.state
    _write(database, read.n, state)
    return state


def _state(database: Database, n: int) -> PageState | None:
    row = next(database.db.query("SELECT * FROM full_text WHERE article = ?", [n]), None)
    return _page(row) if row else None


def _page(row: rows.Row) -> PageState:
    return PageState(
        rounds=row["rounds"],
        tries=row["tries"],
        next_at=rows.moment(row["next_at"]),
        tried_at=rows.moment(row["tried_at"]),
        text_hash=row["text_hash"],
        error=row["error"],
    )


def _write(database: Database, n: int, state: PageState) -> None:
    database.table("full_text").insert(
        {
            "article": n,
            "rounds": state.rounds,
            "tries": state.tries,
            "next_at": rows.seconds(state.next_at),
            "tried_at": rows.seconds(state.tried_at),
            "text_hash": state.text_hash,
            "error": state.error,
        },
        pk="article",
        replace=True,
    )
