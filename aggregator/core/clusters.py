"""Clusters: the articles that pairwise ties make one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Bond(StrEnum):
    """What ties two articles; people's rulings, the first two, outlast what is found anew."""

    MERGED = "merged"
    APART = "apart"
    SAME = "same"
    RELATED = "related"


RULINGS = frozenset((Bond.MERGED, Bond.APART))
URL, BODY = "url", "body"  # the rungs of exact keys, as reasons
_BY_HAND = "merged"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Tie:
    """Two articles by number, the earlier first, what ties them, and why."""

    a: int
    b: int
    bond: Bond
    why: str

    @classmethod
    def between(cls, one: int, other: int, bond: Bond, why: str) -> "Tie":
        """Tie two articles, given in any order."""
        return cls(a=min(one, other), b=max(one, other), bond=bond, why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an article stands: the first member of its cluster, and why it joined, "" if first."""

    first: int
    reason: str


def clusters(members: Iterable[int], ties: Iterable[Tie]) -> Mapping[int, Place]:
    """Part articles into clusters: whatever ties of sameness connect, as far as nobody ruled that
    two of them are apart. The same articles and ties give the same clusters in any order."""
    known = list(ties)
    apart = {(tie.a, tie.b) for tie in known if tie.bond is Bond.APART}
    holding = sorted((tie for tie in known if tie.bond in (Bond.MERGED, Bond.SAME)), key=_strength)
    groups = {n: {n} for n in members}
    for tie in holding:
        one, other = groups[tie.a], groups[tie.b]
        if one is not other and not _are_apart(one, other, apart):
            one |= other
            groups.update(dict.fromkeys(other, one))
    reasons = _reasons(groups, holding)
    return {n: Place(first=min(group), reason=reasons.get(n, "")) for n, group in groups.items()}


def _strength(tie: Tie) -> tuple[bool, bool, int, int]:
    """Order ties: a person's word first, then exact keys, then what only resembles."""
    return tie.bond is not Bond.MERGED, tie.why not in (URL, BODY), tie.a, tie.b


def _are_apart(one: set[int], other: set[int], apart: set[tuple[int, int]]) -> bool:
    return any((a in one and b in other) or (a in other and b in one) for a, b in apart)


def _reasons(groups: Mapping[int, set[int]], holding: Iterable[Tie]) -> Mapping[int, str]:
    """Say for each member but the first by which tie it is there: one to the first if it has one,
    else its strongest."""
    reasons: dict[int, tuple[bool, str]] = {}
    for tie in holding:
        if groups[tie.a] is not groups[tie.b]:
            continue
        first = min(groups[tie.a])
        why = tie.why if tie.bond is Bond.SAME else _BY_HAND
        for n, other in ((tie.a, tie.b), (tie.b, tie.a)):
            best = reasons.get(n)
            if n != first and (best is None or (other == first and not best[0])):
                reasons[n] = (other == first, why)
    return {n: why for n, (_, why) in reasons.items()}
