"""The kinds of clauses a rule is made of, as one table: judging, explaining and the order come
from here."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from aggregator.core.findings import Finding
from aggregator.core.output import FIELDS, Near, Rule, Score
from aggregator.core.subject import Hit, Sight
from aggregator.core.terms import compiled, literal_of

Test = Callable[[Rule, Sight], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A kind of clause: whether a rule states it, whether a subject fits it, and why.

    Of those that are an input, one of those stated has to fit.
    """

    name: str
    is_stated: Callable[[Rule], bool]
    fits: Test
    hits: Callable[[Rule, Sight], tuple[Hit, ...]] = lambda _rule, _sight: ()
    said: Callable[[Rule, Sight], str] = lambda _rule, _sight: ""
    terms: Callable[[Rule], Iterable[str]] = lambda _rule: ()
    is_input: bool = False

    def finding(self, rule: Rule, sight: Sight) -> Finding:
        """Judge, and give the reasons."""
        passed = self.fits(rule, sight)
        said = "" if passed else self.said(rule, sight)
        return Finding(clause=self.name, passed=passed, hits=self.hits(rule, sight), said=said)


def _speaks(language: str, wanted: Iterable[str]) -> bool:
    """Match by the range of RFC 4647 §3.3.1: "zh" accepts "zh-Hans-CN"."""
    tag = language.lower()
    return any(tag == one.lower() or tag.startswith(f"{one.lower()}-") for one in wanted)


def _names_one(stated: Iterable[str], names: frozenset[str]) -> bool:
    """Say whether one of the names is stated, whole or, with a star, by its beginning."""
    for one in stated:
        literal = literal_of(one)
        if literal in names:
            return True
        if one.endswith("*") and any(name.startswith(literal) for name in names):
            return True
    return False


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _has_tag(rule: Rule, sight: Sight) -> bool:
    return any(sight.subject.source in sources for _, sources in rule.source_tags)


def _without_tag(rule: Rule, sight: Sight) -> str:
    return f"{sight.subject.source} has none of {_listed(tag for tag, _ in rule.source_tags)}"


def _hit_sets(rule: Rule, sight: Sight) -> Iterator[tuple[Hit, ...]]:
    return (sight.hits(alternatives) for alternatives in rule.all)


def _first_without_hit(rule: Rule, sight: Sight) -> str:
    missing = [one for one, hits in zip(rule.all, _hit_sets(rule, sight), strict=True) if not hits]
    met = len(rule.all) - len(missing)
    return f"{met} of {len(rule.all)} are there; missing: {' or '.join(missing[0])}"


def _count_of(rule: Rule, sight: Sight) -> int:
    return sum(map(sight.has, rule.at_least.of)) if rule.at_least else 0


def score_of(rule: Rule, sight: Sight) -> float:
    """Add the weights of the terms found, each by the highest factor of its fields."""
    factors = dict(rule.score.factors) if rule.score else {}
    total = 0.0
    for term, weight in rule.weights:
        if fields := sight.fields_of(term):
            total += weight * max(factors.get(name, 1.0) for name in fields)
    return total


def _threshold(rule: Rule) -> float:
    return rule.score.threshold if rule.score else 0.0


def gap_of(near: Near, sight: Sight) -> int | None:
    """Count the units between the nearest pair of terms in one field; None where there is none."""
    gaps = []
    for name in FIELDS:
        places = [(start, end, side) for side, terms in enumerate((near.a, near.b))
                  for term in terms if name in sight.fields_of(term)
                  for start, end in _places(term, sight.subject.texts[name])]  # fmt: skip
        starts = sight.unit_starts[name] if len({side for *_, side in places}) == 2 else []
        gaps += [
            max(bisect_left(starts, later[0]) - bisect_left(starts, earlier[1]), 0)
            for earlier, later in pairwise(sorted(places))
            if earlier[2] != later[2]
        ]
    return min(gaps, default=None)


def _places(term: str, folded: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in compiled(term).finditer(folded))


def _is_near(near: Near, sight: Sight) -> bool:
    if not (any(map(sight.has, near.a)) and any(map(sight.has, near.b))):
        return False
    gap = gap_of(near, sight)
    return gap is not None and gap <= near.within


def _far(rule: Rule, sight: Sight) -> str:
    for near in rule.near:
        if _is_near(near, sight):
            continue
        for terms in (near.a, near.b):
            if not any(map(sight.has, terms)):
                return f"missing: {' or '.join(terms)}"
        gap = gap_of(near, sight)
        return f"{gap} units apart, {near.within} allowed" if gap else "never in one field"
    return ""


# In the order of evaluation: what costs least first, then what rejects, then what is looked for.
CLAUSES: Mapping[str, Clause] = {
    clause.name: clause
    for clause in (
        Clause(
            name="sources",
            is_stated=lambda rule: bool(rule.sources),
            fits=lambda rule, sight: sight.subject.source in rule.sources,
            said=lambda _, sight: f"it is of {sight.subject.source}",
            is_input=True,
        ),
        Clause(
            name="source_tags",
            is_stated=lambda rule: bool(rule.source_tags),
            fits=_has_tag,
            said=_without_tag,
            is_input=True,
        ),
        Clause(
            name="outputs",
            is_stated=lambda rule: bool(rule.outputs),
            fits=lambda rule, sight: any(name in sight.kept_by for name in rule.outputs),
            said=lambda rule, _: f"none of {_listed(rule.outputs)} keeps it",
            is_input=True,
        ),
        Clause(
            name="not_sources",
            is_stated=lambda rule: bool(rule.not_sources),
            fits=lambda rule, sight: sight.subject.source not in rule.not_sources,
            said=lambda _, sight: f"it is of {sight.subject.source}",
        ),
        Clause(
            name="lang",
            is_stated=lambda rule: bool(rule.lang),
            fits=lambda rule, sight: _speaks(sight.subject.language, rule.lang),
            said=lambda _, sight: f"its language is {sight.subject.language or 'not known'}",
        ),
        Clause(
            name="author",
            is_stated=lambda rule: bool(rule.author),
            fits=lambda rule, sight: _names_one(rule.author, sight.subject.authors),
            said=lambda _, sight: f"its authors: {_listed(sight.subject.authors)}",
        ),
        Clause(
            name="category",
            is_stated=lambda rule: bool(rule.category),
            fits=lambda rule, sight: _names_one(rule.category, sight.subject.categories),
            said=lambda _, sight: f"its categories: {_listed(sight.subject.categories)}",
        ),
        Clause(
            name="has_image",
            is_stated=lambda rule: rule.has_image is not None,
            fits=lambda rule, sight: sight.subject.has_image == rule.has_image,
            said=lambda _, sight: "it has one" if sight.subject.has_image else "it has none",
        ),
        Clause(
            name="min_chars",
            is_stated=lambda rule: rule.min_chars > 0,
            fits=lambda rule, sight: len(sight.subject.body) >= rule.min_chars,
            said=lambda rule, sight: f"{len(sight.subject.body)} of {rule.min_chars} characters",
        ),
        Clause(
            name="max_chars",
            is_stated=lambda rule: rule.max_chars is not None,
            fits=lambda rule, sight: len(sight.subject.body) <= (rule.max_chars or 0),
            said=lambda rule, sight: (
                f"{len(sight.subject.body)} characters, {rule.max_chars} allowed"
            ),
        ),
        Clause(
            name="since",
            is_stated=lambda rule: rule.since is not None,
            fits=lambda rule, sight: rule.since is None or sight.subject.date >= rule.since,
            said=lambda _, sight: f"it is of {sight.subject.date:%Y-%m-%d %H:%M} UTC",
        ),
        Clause(
            name="until",
            is_stated=lambda rule: rule.until is not None,
            fits=lambda rule, sight: rule.until is None or sight.subject.date < rule.until,
            said=lambda _, sight: f"it is of {sight.subject.date:%Y-%m-%d %H:%M} UTC",
        ),
        Clause(
            name="none",
            is_stated=lambda rule: bool(rule.none),
            fits=lambda rule, sight: not any(map(sight.has, rule.none)),
            hits=lambda rule, sight: sight.hits(rule.none),
            said=lambda _rule, _sight: "a term is found that must not be",
            terms=lambda rule: rule.none,
        ),
        Clause(
            name="all",
            is_stated=lambda rule: bool(rule.all),
            fits=lambda rule, sight: all(any(map(sight.has, one)) for one in rule.all),
            hits=lambda rule, sight: tuple(hit for hits in _hit_sets(rule, sight) for hit in hits),
            said=_first_without_hit,
            terms=lambda rule: (term for one in rule.all for term in one),
        ),
        Clause(
            name="any",
            is_stated=lambda rule: bool(rule.any),
            fits=lambda rule, sight: any(map(sight.has, rule.any)),
            hits=lambda rule, sight: sight.hits(rule.any),
            said=lambda rule, _: f"none of {len(rule.any)} terms is found",
            terms=lambda rule: rule.any,
        ),
        Clause(
            name="at_least",
            is_stated=lambda rule: rule.at_least is not None,
            fits=lambda rule, sight: (
                rule.at_least is None or _count_of(rule, sight) >= rule.at_least.n
            ),
            hits=lambda rule, sight: sight.hits(rule.at_least.of) if rule.at_least else (),
            said=lambda rule, sight: (
                f"{_count_of(rule, sight)} of {rule.at_least.n if rule.at_least else 0} are found"
            ),
            terms=lambda rule: rule.at_least.of if rule.at_least else (),
        ),
        Clause(
            name="near",
            is_stated=lambda rule: bool(rule.near),
            fits=lambda rule, sight: all(_is_near(one, sight) for one in rule.near),
            hits=lambda rule, sight: sight.hits(t for one in rule.near for t in (*one.a, *one.b)),
            said=_far,
            terms=lambda rule: (term for one in rule.near for term in (*one.a, *one.b)),
        ),
        Clause(
            name="score",
            is_stated=lambda rule: rule.score is not None,
            fits=lambda rule, sight: score_of(rule, sight) >= _threshold(rule),
            hits=lambda rule, sight: sight.hits(term for term, _ in rule.weights),
            said=lambda rule, sight: f"{score_of(rule, sight):g} of {_threshold(rule):g}",
            terms=lambda rule: (term for term, _ in rule.weights),
        ),
    )
}


def trigger_of(rule: Rule) -> frozenset[str] | None:
    """Name terms of which one has to be found before the rule can keep anything; None where it may
    keep a text without any of its terms."""
    if rule.any:
        return frozenset(rule.any)
    if rule.all:
        return frozenset(rule.all[0])
    if rule.at_least:
        return frozenset(rule.at_least.of)
    if rule.near:
        return frozenset(rule.near[0].a)
    if rule.score and rule.score.threshold > 0:
        return _raising(rule, rule.score)
    return None


def _raising(rule: Rule, score: Score) -> frozenset[str]:
    """Name the terms that can raise the score; a negative factor turns a weight round."""
    can_turn = any(factor < 0 for _, factor in score.factors)
    return frozenset(term for term, weight in rule.weights if weight > 0 or can_turn)
