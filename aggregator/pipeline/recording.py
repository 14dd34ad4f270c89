"""The articles that a poll brought, recorded; loaded once there are some."""

from collections.abc import Sequence
from datetime import datetime

from aggregator.core.dedup import Candidate, deduplicate
from aggregator.core.polling import Outcome
from aggregator.store import recording
from aggregator.store.database import Database
from aggregator.store.known import known
from aggregator.store.outcomes import Recorded


def record_articles(
    database: Database, outcome: Outcome, candidates: Sequence[Candidate]
) -> tuple[Recorded, tuple[datetime, ...]]:
    """Decide which of a poll's articles are new, and store them.

    Give what that came to, and the dates of those that were not there before.
    """
    decisions = deduplicate(candidates, known(database, candidates))
    recorded = recording.store(database, decisions, outcome.at)
    if outcome.source.full_text:
        from aggregator.store import fulltext  # few sources want it

        fulltext.want(database, decisions, outcome.at)
    arrivals = (one.candidate.article.date for one in decisions if one.kind.has_arrived)
    return recorded, tuple(arrivals)
