"""Articles that come from files: what is stored already stays as it is."""

import json
from collections.abc import Sequence
from datetime import datetime

from aggregator.core.dedup import Candidate, Decision, deduplicate
from aggregator.core.text import fold
from aggregator.store import publish_queue, rows
from aggregator.store.database import Database
from aggregator.store.known import known
from aggregator.store.recording import store


def decide(database: Database, candidates: Sequence[Candidate]) -> list[Decision]:
    """Decide on candidates of one source by the identity ladder, and one rung more: an article of
    the same date and title, for files that say neither guid nor link."""
    titles = _dated_titles(database, candidates)
    decisions = deduplicate(candidates, known(database, candidates))
    return [one for one in decisions if one.kind.has_arrived and _mark(one.candidate) not in titles]


def record_files(
    database: Database, candidates: Sequence[Candidate], at: datetime
) -> tuple[Decision, ...]:
    """Store what is new of candidates of one source, and give it back.

    The caller's transaction makes that a whole.
    """
    fresh = decide(database, candidates)
    publish_queue.put(database, store(database, fresh, at).outputs)
    return tuple(fresh)


def _dated_titles(
    database: Database, candidates: Sequence[Candidate]
) -> frozenset[tuple[int | None, str]]:
    nameless = [one.article for one in candidates if _is_nameless(one)]
    if not nameless:
        return frozenset()
    sql = """SELECT coalesce(published, first_seen), title FROM article WHERE source = ?
        AND coalesce(published, first_seen) IN (SELECT value FROM json_each(?))"""
    dates = json.dumps([rows.seconds(one.date) for one in nameless])
    found = database.db.execute(sql, [nameless[0].source, dates])
    return frozenset((date, fold(title)) for date, title in found)


def _mark(candidate: Candidate) -> tuple[int | None, str] | None:
    article = candidate.article
    return (rows.seconds(article.date), fold(article.title)) if _is_nameless(candidate) else None


def _is_nameless(candidate: Candidate) -> bool:
    """Say whether nobody named an article: its guid is made of its words."""
    return candidate.article.guid.startswith("sha:")
