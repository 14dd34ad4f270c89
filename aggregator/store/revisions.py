"""Changed articles: what is written in place of what they said, and what that moves."""

from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.core.article import Article
from aggregator.core.dedup import Decision
from aggregator.core.revision import is_real
from aggregator.store import listings, rows
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
    before, now = _relist(database, n, article, decision)
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
    database.table("article").update(n, rows.article_row(article) | {"changed_at": stamp})
    before, now = _relist(database, n, article, decision)
    mark_pending(database, "search_pending", [n])
    if not row["reason"]:
        mark_pending(database, "archive_pending", [n])
    return Change(n=n, is_real=True, outputs=frozenset(before | now))


def _relist(
    database: Database, n: int, article: Article, decision: Decision
) -> tuple[frozenset[str], frozenset[str]]:
    """List an article in the outputs that keep it now; give those before and now."""
    before = database.db.execute("DELETE FROM listing WHERE article = ? RETURNING output", [n])
    outputs = frozenset(row[0] for row in before.fetchall())
    listings.add(database, [(n, article, decision.candidate.kept_by)])
    return outputs, decision.candidate.kept_by
