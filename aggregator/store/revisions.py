"""Changed articles: what is written in place of what they said, and what that moves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aggregator.core.article import Article
from aggregator.core.dedup import Candidate, Decision
from aggregator.core.revision import is_real
from aggregator.store import archive_queue, listings, relistings, rows, rule_texts
from aggregator.store.database import Database, mark_pending


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of a changed article: its number, whether it says something else now, and the
    outputs that have to show it."""

    n: int
    is_real: bool
    outputs: frozenset[str]


def change(database: Database, decision: Decision, at: datetime) -> Change:
    """Write what an article says now in place of what it said.

    A real change keeps the old text as a revision, moves `updated`, and is due for outputs, archive
    and search. Another is written too, so that nothing is compared with it again, and is silent.
    """
    row = next(
        database.db.query("SELECT * FROM article WHERE id = ?", [decision.candidate.article.id])
    )
    before, after = rows.article(row), decision.candidate.article
    if not is_real(before, after):
        return _retouch(database, row["n"], replace(after, updated=before.updated), decision)
    return _revise(database, row, _dated(before, after, at), decision, at)


def _dated(before: Article, after: Article, at: datetime) -> Article:
    """Date the change by its source, or by its arrival where the source says nothing new."""
    last = before.updated or before.date
    if after.updated is None or after.updated <= last:
        return replace(after, updated=max(at.replace(microsecond=0), last))
    return after


def _retouch(database: Database, n: int, article: Article, decision: Decision) -> Change:
    database.table("article").update(n, rows.article_row(article))
    rule_texts.forget(database, n)
    before, now = _relist(database, n, replace(decision.candidate, article=article))
    return Change(n=n, is_real=False, outputs=frozenset(before ^ now))


def _revise(
    database: Database, row: rows.Row, article: Article, decision: Decision, at: datetime
) -> Change:
    n, stamp = row["n"], rows.seconds(at)
    database.db.execute(
        """INSERT INTO revision (article, replaced_at, title, link, summary, body)
        SELECT n, ?, title, link, summary, body FROM article WHERE n = ?""",
        [stamp, n],
    )
    columns = rows.article_row(article) | {"changed_at": stamp}
    candidate = replace(decision.candidate, article=article)
    return Change(n=n, is_real=True, outputs=write_columns(database, n, candidate, columns))


def write_columns(
    database: Database, n: int, candidate: Candidate, columns: Mapping[str, Any]
) -> frozenset[str]:
    """Write columns of a stored article, and have listings, search and its file follow; name the
    outputs whose feed is to be made anew."""
    database.table("article").update(n, dict(columns))
    before, now = _relist(database, n, candidate)
    mark_pending(database, "search_pending", [n])
    rule_texts.forget(database, n)
    [reason] = database.db.execute("SELECT reason FROM article WHERE n = ?", [n]).fetchone()
    if not reason:
        archive_queue.put(database, [n])
    return before | now


def _relist(
    database: Database, n: int, candidate: Candidate
) -> tuple[frozenset[str], frozenset[str]]:
    """List an article in the outputs that keep it now; give those before and now."""
    late = listings.remove(database, n)
    listings.add(database, [(n, candidate.article, candidate.kept_by)], late)
    relistings.note_judged(database, n)
    return frozenset(late), frozenset(candidate.kept_by)
