"""Write what one poll came to: the source's new state and its articles, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aggregator.core.dedup import Candidate, Decision, Kind
from aggregator.core.source import SourceState
from aggregator.store import archive_queue, health, listings, rows
from aggregator.store.database import BODY, URL, Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a poll changed in the database; `outputs` are those whose feed has to be made anew."""

    new: int = 0
    changed: int = 0
    duplicates: int = 0
    unchanged: int = 0
    outputs: frozenset[str] = frozenset()


def record(
    database: Database,
    at: datetime,
    before: SourceState,
    after: SourceState,
    decisions: Sequence[Decision],
) -> Recorded:
    """Store a poll: where its source stands now, and its articles.

    The caller's transaction makes that a whole.
    """
    _update_source(database, before, after)
    recorded = _store(database, decisions, at)
    if after.health != before.health and health.note(database, at, before, after):
        recorded = replace(recorded, outputs=recorded.outputs | {health.FEED})
    listings.mark_changed(database, recorded.outputs)
    return recorded


def _update_source(database: Database, before: SourceState, after: SourceState) -> None:
    columns = rows.source_row(after)
    if (after.known, after.entries, after.hints) != (before.known, before.entries, before.hints):
        columns |= rows.reading_row(after)
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    database.db.execute(
        f"UPDATE source SET {assignments} WHERE id = :id", columns | {"id": after.id}
    )


def _store(database: Database, decisions: Sequence[Decision], at: datetime) -> Recorded:
    # The last of a document gets the lowest number, so that among articles of one date the order
    # of arrival, newest first, is the order of the document.
    fresh = [one for one in reversed(decisions) if one.kind in (Kind.NEW, Kind.DUPLICATE)]
    changed = [one for one in reversed(decisions) if one.kind is Kind.CHANGED]
    outputs: set[str] = set()
    if fresh:
        outputs |= _insert(database, fresh)
    for decision in changed:
        outputs |= _change(database, decision, at)
    counts = {kind: sum(one.kind is kind for one in decisions) for kind in Kind}
    return Recorded(
        new=counts[Kind.NEW],
        changed=counts[Kind.CHANGED],
        duplicates=counts[Kind.DUPLICATE],
        unchanged=counts[Kind.UNCHANGED],
        outputs=frozenset(outputs),
    )


def _insert(database: Database, decisions: Sequence[Decision]) -> set[str]:
    last = database.db.execute("SELECT coalesce(max(n), 0) FROM article").fetchone()[0]
    numbered = list(enumerate(decisions, start=last + 1))
    database.table("article").insert_all(
        {
            "n": n,
            **rows.article_row(one.candidate.article),
            "cluster": one.cluster,
            "reason": one.reason,
        }
        for n, one in numbered
    )
    # sqlite-utils looks for the rowid of a single row it ignored, and this table has none.
    database.connection.executemany(
        "INSERT OR IGNORE INTO ident (kind, h, article) VALUES (?, ?, ?)",
        [key for n, one in numbered for key in _idents(n, one)],
    )
    _insert_listing(database, [(n, one.candidate) for n, one in numbered])
    _want_search(database, [n for n, _ in numbered])
    archive_queue.put(database, [n for n, one in numbered if one.kind is Kind.NEW])
    return {output for one in decisions for output in one.candidate.kept_by}


def _idents(n: int, decision: Decision) -> Iterable[tuple[int, int, int]]:
    for kind, h in ((URL, decision.keys.url), (BODY, decision.keys.body)):
        if h is not None:
            yield kind, h, n


def _insert_listing(database: Database, numbered: Iterable[tuple[int, Candidate]]) -> None:
    database.table("listing").insert_all(
        [
            {"output": output, "sort_at": rows.seconds(one.article.date), "article": n}
            for n, one in numbered
            for output in sorted(one.kept_by)
        ]
    )


def _want_search(database: Database, numbers: Iterable[int]) -> None:
    database.table("search_pending").insert_all([{"article": n} for n in numbers], ignore=True)


def _change(database: Database, decision: Decision, at: datetime) -> set[str]:
    """Keep what the article said as a revision, and write what it says now in its place."""
    article = decision.candidate.article
    database.db.execute(
        """INSERT INTO revision (article, replaced_at, title, link, summary, body)
        SELECT n, ?, title, link, summary, body FROM article WHERE id = ?""",
        [rows.seconds(at), article.id],
    )
    columns = rows.article_row(article) | {"changed_at": rows.seconds(at)}
    return write_anew(database, decision.candidate, columns)


def write_anew(database: Database, candidate: Candidate, columns: Mapping[str, Any]) -> set[str]:
    """Write columns of a stored article, and all that follows from what it says; name the outputs
    whose feed is to be made anew."""
    n, reason = database.db.execute(
        "SELECT n, reason FROM article WHERE id = ?", [candidate.article.id]
    ).fetchone()
    database.table("article").update(n, dict(columns))
    before = database.db.execute("DELETE FROM listing WHERE article = ? RETURNING output", [n])
    outputs = {row[0] for row in before.fetchall()} | candidate.kept_by
    _insert_listing(database, [(n, candidate)])
    _want_search(database, [n])
    if not reason:
        archive_queue.put(database, [n])
    return outputs
