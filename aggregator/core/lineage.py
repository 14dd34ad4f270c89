"""Which outputs build on which others, by `base` or as their input."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from graphlib import TopologicalSorter
from hashlib import blake2b

from aggregator.core.output import Output, Rule


def parents(rule: Rule) -> tuple[str, ...]:
    """Name the outputs that a rule builds on."""
    return tuple(filter(None, (rule.base, *rule.outputs)))


def in_order(rules: Mapping[str, Rule]) -> list[str]:
    """List outputs, each after those that it builds on; there must be no circle."""
    graph = {name: [one for one in parents(rule) if one in rules] for name, rule in rules.items()}
    return list(TopologicalSorter(graph).static_order())


def circle(name: str, rules: Mapping[str, Rule]) -> list[str]:
    """Give a way from an output back to itself, with it at both ends; empty where there is none."""
    ways, seen = [[name]], set()
    while ways:
        way = ways.pop()
        for one in parents(rules[way[-1]]) if way[-1] in rules else ():
            if one == name:
                return [*way, one]
            if one not in seen:
                seen.add(one)
                ways.append([*way, one])
    return []


def with_ancestors(names: Iterable[str], outputs: Iterable[Output]) -> tuple[Output, ...]:
    """Choose outputs and all that they build on, in the order given."""
    known = {one.id: one for one in outputs}
    wanted, todo = set[str](), [name for name in names if name in known]
    while todo:
        name = todo.pop()
        if name not in wanted:
            wanted.add(name)
            todo += [one for one in parents(known[name].rule) if one in known]
    return tuple(one for name, one in known.items() if name in wanted)


@lru_cache(maxsize=2)
def rule_hashes(outputs: tuple[Output, ...]) -> Mapping[str, bytes]:
    """Give for each output a hash of all that decides what it keeps, other outputs included."""
    rules = {one.id: one.rule for one in outputs}
    hashes: dict[str, bytes] = {}
    for name in in_order(rules):
        parts = [
            *_parts(rules[name]),
            *(hashes.get(one, b"").hex() for one in parents(rules[name])),
        ]
        hashes[name] = blake2b("\n".join(parts).encode(), digest_size=16).digest()
    return hashes


def _parts(rule: Rule) -> Iterator[str]:
    for name in Rule.__slots__:
        value = getattr(rule, name)
        # Sets have no order of their own that would be the same in the next process.
        yield f"{name}={sorted(value) if isinstance(value, frozenset) else value!r}"
