"""How far an article is from fitting a clause, so that near misses can be told from far ones.

0 is as good as fitting, 1 is nothing of it. What can only be met or not, such as a source, is 1.
"""

from collections.abc import Callable, Mapping

from aggregator.core.clauses import gap_of, score_of
from aggregator.core.output import Near, Rule
from aggregator.core.subject import Sight

_FAR = 0.9  # both terms are there, and never in one field


def shortfall(clause: str, rule: Rule, sight: Sight) -> float:
    """Measure how far a subject is from a clause that it does not fit."""
    measure = _MEASURES.get(clause)
    return min(max(measure(rule, sight), 0.0), 1.0) if measure else 1.0


def _min_chars(rule: Rule, sight: Sight) -> float:
    return 1 - len(sight.subject.body) / rule.min_chars


def _max_chars(rule: Rule, sight: Sight) -> float:
    return 1 - (rule.max_chars or 0) / len(sight.subject.body)


def _none(rule: Rule, sight: Sight) -> float:
    """Give a half for one term that must not be, two thirds for two."""
    count = sum(map(sight.has, rule.none))
    return count / (count + 1)


def _all(rule: Rule, sight: Sight) -> float:
    return sum(not any(map(sight.has, one)) for one in rule.all) / len(rule.all)


def _at_least(rule: Rule, sight: Sight) -> float:
    if rule.at_least is None:
        return 0
    return 1 - sum(map(sight.has, rule.at_least.of)) / rule.at_least.n


def _near(rule: Rule, sight: Sight) -> float:
    return max(_apart(one, sight) for one in rule.near)


def _apart(near: Near, sight: Sight) -> float:
    if not (any(map(sight.has, near.a)) and any(map(sight.has, near.b))):
        return 1
    gap = gap_of(near, sight)
    if gap is None:
        return _FAR
    return _FAR * (1 - near.within / gap) if gap > near.within else 0


def _score(rule: Rule, sight: Sight) -> float:
    if rule.score is None:
        return 0
    missing = rule.score.threshold - score_of(rule, sight)
    return missing / max(abs(rule.score.threshold), 1)


_MEASURES: Mapping[str, Callable[[Rule, Sight], float]] = {
    "min_chars": _min_chars,
    "max_chars": _max_chars,
    "none": _none,
    "all": _all,
    "at_least": _at_least,
    "near": _near,
    "score": _score,
}
