"""The rungs of exact keys, as ties: the same page, the same text."""

from collections.abc import Sequence

from aggregator.core.clusters import BODY, URL, Bond, Tie
from aggregator.core.dedup import Decision, Kind
from aggregator.core.text import fold
from aggregator.store import ties
from aggregator.store.database import Database
from aggregator.store.known import KINDS

_NOBODY = 0  # the article of a key that identifies nothing


def join(database: Database, inserted: Sequence[tuple[int, Decision]]) -> tuple[set[int], set[int]]:
    """Tie new duplicates to the articles whose key they have.

    Gives the articles that were tied, and those that were untied because a key of theirs proved to
    serve several articles of one source, whoever came first.
    """
    duplicates = [(n, one) for n, one in inserted if one.kind is Kind.DUPLICATE]
    numbers = {name: database.number(name) for name in {one.twin for _, one in duplicates}}
    found = [
        (Tie.between(n, numbers[one.twin], Bond.SAME, one.reason), one) for n, one in duplicates
    ]
    ties.write(database, (tie for tie, _ in found))
    worn = {
        (rung, value)
        for _, one in inserted
        for rung, value in ((URL, one.worn.url), (BODY, one.worn.body))
        if value is not None
    }
    worn |= {
        (tie.why, value)
        for tie, one in found
        if (value := getattr(one.keys, tie.why)) is not None
        and _has_rival(database, numbers[one.twin], tie, one)
    }
    untied = {n for rung, value in sorted(worn) for n in _wear_out(database, rung, value)}
    return {end for tie, _ in found for end in (tie.a, tie.b)}, untied


def _has_rival(database: Database, twin: int, new: Tie, decision: Decision) -> bool:
    """Say whether another article of the new one's source, with another title, has the same key."""
    article = decision.candidate.article
    sharing = [tie for tie in ties.of(database, [twin]) if tie.why == new.why and tie != new]
    rivals = (database.numbered(tie.b if tie.a == twin else tie.a) for tie in sharing)
    return any(
        one.source == article.source and fold(one.title) != fold(article.title) for one in rivals
    )


def _wear_out(database: Database, rung: str, value: int) -> set[int]:
    """Let a key identify nothing any more, and undo what it tied."""
    place = [KINDS[rung], value]
    first = database.db.execute(
        "SELECT article FROM ident WHERE kind = ? AND h = ?", place
    ).fetchone()
    if first is None or first[0] == _NOBODY:
        return set()
    database.db.execute("UPDATE ident SET article = 0 WHERE kind = ? AND h = ?", place)
    tied = [tie for tie in ties.of(database, [first[0]]) if tie.why == rung]
    ties.remove(database, tied)
    return {end for tie in tied for end in (tie.a, tie.b)}
