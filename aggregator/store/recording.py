"""Write the articles that one poll brought."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from aggregator.core.clusters import BODY, URL
from aggregator.core.dedup import GUID, Candidate, Decision, Kind
from aggregator.store import archive_queue, exact, listings, near, revisions, rows, ties
from aggregator.store.anchors import Arrival, week
from aggregator.store.database import Database, mark_pending
from aggregator.store.known import KINDS
from aggregator.store.outcomes import Recorded
from aggregator.store.ties import Regrouped


def store(database: Database, decisions: Sequence[Decision], at: datetime) -> Recorded:
    """Store what a poll brought; the caller's transaction makes that a whole."""
    # The last of a document gets the lowest number, so that among articles of one date the order
    # of arrival, newest first, is the order of the document.
    fresh = [one for one in reversed(decisions) if one.kind.has_arrived]
    known = [one for one in reversed(decisions) if one.kind is Kind.CHANGED]
    inserted = _insert(database, fresh) if fresh else []
    changes = [(revisions.change(database, one, at), one) for one in known]
    changed = [(change.n, one) for change, one in changes if change.is_real]
    joined = _join(database, inserted, changed) if inserted or changed else Regrouped()
    _count_renumbering(database, decisions)
    counts = Counter(one.kind for one in decisions)
    late = len(joined.joined & {n for n, one in inserted if one.kind is Kind.NEW})
    return Recorded(
        new=counts[Kind.NEW] - late,
        changed=len(changed),
        duplicates=counts[Kind.DUPLICATE] + late,
        outputs=joined.outputs.union(
            *(one.candidate.kept_by for _, one in inserted),
            *(change.outputs for change, _ in changes),
        ),
    )


def _insert(database: Database, decisions: Sequence[Decision]) -> list[tuple[int, Decision]]:
    """Write new articles, and give them with their numbers."""
    numbered = list(enumerate(decisions, start=database.last_number() + 1))
    database.insert(
        "article",
        [
            {
                "n": n,
                **rows.article_row(one.candidate.article),
                "cluster": one.cluster,
                "reason": one.reason,
            }
            for n, one in numbered
        ],
    )
    database.connection.executemany(
        "INSERT OR IGNORE INTO ident (kind, h, article) VALUES (?, ?, ?)",
        [key for n, one in numbered for key in _idents(n, one)],
    )
    listings.add(
        database, [(n, one.candidate.article, one.candidate.kept_by) for n, one in numbered]
    )
    for todo in ("search_pending", "rule_text_pending"):
        mark_pending(database, todo, [n for n, _ in numbered])
    archive_queue.put(database, [n for n, one in numbered if one.kind is Kind.NEW])
    return numbered


def _idents(n: int, decision: Decision) -> Iterable[tuple[int, int, int]]:
    for rung, h in ((URL, decision.keys.url), (BODY, decision.keys.body)):
        if h is not None:
            yield KINDS[rung], h, n


def _join(
    database: Database,
    inserted: Sequence[tuple[int, Decision]],
    changed: Sequence[tuple[int, Decision]],
) -> Regrouped:
    """Tie articles to those they are the same as, and bring the clusters in line."""
    tied, untied = exact.join(database, inserted)
    arrivals = [_arrival(n, one.candidate) for n, one in (*inserted, *changed)]
    resembling = near.join(database, [*arrivals, *near.again(database, untied)])
    touched = tied | untied | resembling | {n for n, _ in changed}
    return ties.regroup(database, touched) if touched else Regrouped()


def put_text(
    database: Database, n: int, candidate: Candidate, columns: Mapping[str, Any]
) -> frozenset[str]:
    """Write a fuller text of a stored article, which may turn out to be the same as another now;
    name the outputs whose feed is to be made anew."""
    outputs = revisions.write_columns(database, n, candidate, columns)
    touched = near.join(database, [_arrival(n, candidate)]) | {n}
    return outputs | ties.regroup(database, touched).outputs


def _arrival(n: int, candidate: Candidate) -> Arrival:
    return Arrival(n=n, week=week(candidate.article.date), anchors=candidate.anchors)


def _count_renumbering(database: Database, decisions: Sequence[Decision]) -> None:
    """Note that a poll brought known articles of its source under new guids."""
    again = (one for one in decisions if one.kind in (Kind.CHANGED, Kind.UNCHANGED))
    if renumbered := next((one for one in again if one.reason != GUID), None):
        database.db.execute(
            """INSERT INTO renumbering (source, polls) VALUES (?, 1)
            ON CONFLICT (source) DO UPDATE SET polls = polls + 1""",
            [renumbered.candidate.article.source],
        )
