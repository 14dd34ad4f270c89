"""What in a rule can never be met, so that its output would stay empty without a word."""

from collections.abc import Iterable, Iterator

from aggregator.core.output import FIELDS, Rule

Contradiction = tuple[str, str]  # the clause, and why


def contradictions(rule: Rule) -> Iterator[Contradiction]:
    """List the clauses that can never be met, each with the reason as the tail of a sentence."""
    yield from _metadata(rule)
    yield from _terms(rule)
    yield from _scores(rule)


def _metadata(rule: Rule) -> Iterator[Contradiction]:
    named = rule.sources.union(*(sources for _, sources in rule.source_tags))
    if named and not rule.outputs and named <= rule.not_sources:
        keys = "`sources`" if rule.sources else "`source_tags`"
        yield "not_sources", f"names every source of {keys}, so nothing is left"
    if rule.max_chars is not None and rule.max_chars < rule.min_chars:
        yield "max_chars", f"is less than `min_chars`, {rule.min_chars}, so nothing fits"
    if rule.since and rule.until and rule.until <= rule.since:
        yield "until", "is not after `since`, so nothing fits"


def _terms(rule: Rule) -> Iterator[Contradiction]:
    refused = frozenset(rule.none)
    for clause, terms in _needed(rule):
        if terms and refused.issuperset(terms):
            yield clause, f"can only be met by terms that `none` refuses: {', '.join(terms)}"
    if rule.at_least and rule.at_least.n > len(rule.at_least.of):
        yield "at_least", f"asks for {rule.at_least.n} of {len(rule.at_least.of)} terms"


def _needed(rule: Rule) -> Iterable[tuple[str, tuple[str, ...]]]:
    yield "any", rule.any
    yield from (("all", one) for one in rule.all)
    for near in rule.near:
        yield "near", near.a
        yield "near", near.b


def _scores(rule: Rule) -> Iterator[Contradiction]:
    if rule.score and not rule.weights:
        yield "score", "has no `weights` to add up"
    elif rule.weights and not rule.score:
        yield "weights", "has no `score` that says how much is enough"
    elif rule.score and (most := _most(rule)) < rule.score.threshold:
        reach = f"{rule.score.threshold:g}"
        yield "score", f"can never reach {reach}: the weights add up to {most:g} at most"


def _most(rule: Rule) -> float:
    """Add up what every term could bring at best."""
    factors = dict(rule.score.factors) if rule.score else {}
    each = [factors.get(name, 1.0) for name in rule.fields or FIELDS]
    return sum(max(weight * max(each), weight * min(each), 0.0) for _, weight in rule.weights)
