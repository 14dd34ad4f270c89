"""What the clauses of a rule came to, and the compact form in which that travels and is stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aggregator.core.output import FIELDS
from aggregator.core.subject import Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one clause came to: `hits` are the terms that spoke for or against, `said` puts a miss
    into words, with how near it was. `output` is the one that states it, "" for the one judged."""

    clause: str
    passed: bool
    hits: tuple[Hit, ...] = ()
    said: str = ""
    output: str = ""


Packed = Sequence[Any]
# Of each set of fields: a bit for each, in the order of `FIELDS`.
_FIELDS = tuple(
    tuple(name for bit, name in enumerate(FIELDS) if mask >> bit & 1)
    for mask in range(1 << len(FIELDS))
)
_MASKS = {fields: mask for mask, fields in enumerate(_FIELDS)}


def pack(findings: Iterable[Finding]) -> Packed:
    """Write findings as lists, texts and numbers.

    A clause that fits and has no terms is its name; another is a list of its name, its output and
    what is said of a miss (0 where it fits), and for each term the term and a mask of its fields.
    """
    return [_pack(one) for one in findings]


def _pack(one: Finding) -> object:
    if one.passed and not one.hits and not one.output:
        return one.clause
    packed: list[object] = [one.clause, one.output, 0 if one.passed else one.said]
    for hit in one.hits:
        packed += (hit.term, _MASKS[hit.fields])
    return packed


def unpack(packed: Packed) -> tuple[Finding, ...]:
    """Read packed findings back."""
    return tuple(_unpack(one) for one in packed)


def _unpack(one: Any) -> Finding:
    if isinstance(one, str):
        return Finding(clause=one, passed=True)
    clause, output, said, *terms = one
    hits = tuple(
        Hit(term=term, fields=_FIELDS[mask])
        for term, mask in zip(terms[::2], terms[1::2], strict=True)
    )
    return Finding(clause=clause, passed=said == 0, hits=hits, said=said or "", output=output)
