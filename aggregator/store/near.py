"""The rung "near" of the identity ladder: articles whose texts are nearly the same.

It comes after a poll's articles are stored, in the same transaction, so that articles of one poll
and those of earlier ones are looked at alike. Ties depend on pairs of articles, and what is
boilerplate on all articles there are: whoever arrives last, the clusters are the same.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from aggregator.core.clusters import BODY, URL, Bond, Tie
from aggregator.core.likeness import Likeness, Text, compare, is_digest
from aggregator.store import anchors, publish_queue, ties
from aggregator.store.anchors import Arrival, Holders
from aggregator.store.database import Database

_COMMON = 2  # anchors at least: one is soon shared by chance, and comparing takes time
_CANDIDATES = 20  # for one article, those that share most anchors
_COLLECTED = "part of a collection"


class Texts:
    """Articles as they are compared, each read and folded once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, Text] = {}

    def __getitem__(self, n: int) -> Text:
        """Read an article, or remember it."""
        if n not in self._known:
            self._known[n] = Text.of(self._database.numbered(n))
        return self._known[n]


def join(database: Database, arrivals: Sequence[Arrival]) -> set[int]:
    """Index articles and tie them to those that are nearly the same; give all articles whose
    cluster may be another now."""
    added = anchors.telling(database, arrivals)
    shared = anchors.holders(database, added)
    anchors.add(database, added)
    if not shared:
        return set()
    texts = Texts(database)
    learned = anchors.learn(database, added, shared)
    touched = _untie(database, texts, {one.n for h in learned for one in shared[h]})
    telling = {h: some for h, some in shared.items() if h not in learned}
    pairs = {pair for one in added for pair in _candidates(database, one, telling)}
    return touched | _tie(database, texts, sorted(pairs))


def again(database: Database, numbers: Iterable[int]) -> list[Arrival]:
    """Make arrivals of stored articles, to have them compared anew."""
    return [_arrival(database, n) for n in sorted(numbers)]


def _arrival(database: Database, n: int) -> Arrival:
    text = Text.of(database.numbered(n))
    return Arrival(n=n, week=anchors.week(text.at), anchors=text.anchors)


def alike(database: Database, text: Text) -> dict[int, Likeness]:
    """Find what a text that is not stored is like; for measuring."""
    at = anchors.week(text.at)
    known = anchors.boilerplate(database, text.anchors)
    asking = Arrival(n=0, week=at, anchors=tuple(h for h in text.anchors if h not in known))
    texts, shared = Texts(database), anchors.holders(database, [asking], least=1)
    found = {n: compare(text, texts[n]) for _, n in _candidates(database, asking, shared)}
    return {n: likeness for n, likeness in found.items() if likeness}


def _candidates(database: Database, one: Arrival, shared: Holders) -> Iterator[tuple[int, int]]:
    """Pair an article with those of its own and the neighbouring weeks that share most anchors."""
    held = [shared[h] for h in one.anchors if h in shared]
    if not held:
        return iter(())
    common = Counter(
        holder.n
        for some in held
        for holder in some
        if holder.n != one.n and abs(holder.week - one.week) <= anchors.NEAR
    )
    enough = [n for n, count in common.items() if count >= _COMMON]
    left = anchors.present(database, enough) if enough else ()
    best = sorted(left, key=lambda n: (-common[n], n))[:_CANDIDATES]
    return ((min(one.n, n), max(one.n, n)) for n in best)


def _tie(database: Database, texts: Texts, pairs: Iterable[tuple[int, int]]) -> set[int]:
    """Compare pairs and note what they are; give the articles whose cluster may have changed."""
    found = {(a, b): likeness for a, b in pairs if (likeness := compare(texts[a], texts[b]))}
    new = [_found_tie(a, b, likeness) for (a, b), likeness in found.items()]
    ties.write(database, new)
    touched = {n for tie in new if tie.bond is Bond.SAME for n in (tie.a, tie.b)}
    wholes = {_longer(texts, pair) for pair, likeness in found.items() if likeness.is_part}
    for whole in sorted(wholes):
        touched |= _open_collection(database, texts, whole)
    return touched


def _found_tie(a: int, b: int, likeness: Likeness) -> Tie:
    return Tie(a=a, b=b, bond=Bond.SAME if likeness.is_same else Bond.RELATED, why=likeness.why)


def _longer(texts: Texts, pair: tuple[int, int]) -> int:
    return max(pair, key=lambda n: (len(texts[n].shingles), -n))


def _open_collection(database: Database, texts: Texts, whole: int) -> set[int]:
    """If an article turns out to be a digest, it is related to what it holds and no more.

    What has its very title is a copy of it nevertheless.
    """
    parts = []
    for tie in _by_likeness(ties.of(database, [whole])):
        likeness = compare(texts[tie.a], texts[tie.b])
        is_longer = _longer(texts, (tie.a, tie.b)) == whole
        if likeness and likeness.is_part and is_longer and not likeness.has_title:
            parts.append(tie)
    if not is_digest(texts[_other(tie, whole)] for tie in parts):
        return set()
    ties.write(
        database, [Tie(a=one.a, b=one.b, bond=Bond.RELATED, why=_COLLECTED) for one in parts]
    )
    return {n for tie in parts for n in (tie.a, tie.b)}


def _untie(database: Database, texts: Texts, numbers: Iterable[int]) -> set[int]:
    """Forget ties of articles that share nothing but boilerplate, as it is known by now."""
    loose = [
        tie
        for tie in _by_likeness(ties.of(database, numbers))
        if not _are_candidates(database, texts[tie.a], texts[tie.b])
    ]
    ties.remove(database, loose)
    return {n for tie in loose for n in (tie.a, tie.b)}


def _are_candidates(database: Database, one: Text, other: Text) -> bool:
    common = frozenset(one.anchors) & frozenset(other.anchors)
    return len(common - anchors.boilerplate(database, common)) >= _COMMON


def _by_likeness(some: Iterable[Tie]) -> Iterator[Tie]:
    return (
        tie for tie in some if tie.bond in (Bond.SAME, Bond.RELATED) and tie.why not in (URL, BODY)
    )


def _other(tie: Tie, n: int) -> int:
    return tie.b if tie.a == n else tie.a


def catch_up(database: Database, limit: int) -> int:
    """Index articles that were stored before there were anchors, oldest first; return how many."""
    with database.transaction():
        numbers = anchors.pending(database, limit)
        # One by one: how many clusters have an anchor is told by what is grouped already.
        for arrival in again(database, numbers):
            if touched := join(database, [arrival]):
                publish_queue.put(database, ties.regroup(database, touched).outputs)
        database.connection.executemany(
            "DELETE FROM anchor_pending WHERE article = ?", [(n,) for n in numbers]
        )
    return len(numbers)
