"""Trying a rule on one article: whether it is kept, which terms decide that, what it lacks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aggregator.core.nearness import shortfall
from aggregator.core.output import Rule
from aggregator.core.rules import CompiledRule, Found, RuleBook
from aggregator.core.subject import Sight, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A clause that an article does not fit: of which output, why, which of its terms are there all
    the same, and how far the article is from it (see `core.nearness`)."""

    output: str
    clause: str
    said: str
    terms: tuple[str, ...]
    shortfall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a rule makes of an article.

    `found` are the rule's terms in it, in the fields that the rule looks at. `decisive` are those
    without which the verdict would be the opposite. `lacks` has every clause that does not fit, in
    the order of evaluation, so it is empty where the article is kept. `speaks_for` says whether
    one of the terms that are looked for is there.
    """

    found: frozenset[str]
    decisive: frozenset[str]
    lacks: tuple[Lack, ...]
    speaks_for: bool

    @property
    def kept(self) -> bool:
        """Say whether the article is kept."""
        return not self.lacks

    @property
    def is_near(self) -> bool:
        """Say whether there is anything in the article that the rule asks for."""
        return self.speaks_for or any(lack.shortfall < 1 for lack in self.lacks)

    @property
    def distance(self) -> tuple[int, float]:
        """Say how far the article is from being kept: how many clauses, and how far from them."""
        return len(self.lacks), round(sum(lack.shortfall for lack in self.lacks), 6)


class Trial:
    """The rule of one output, with those it builds on."""

    def __init__(self, book: RuleBook, output: str) -> None:
        self._book = book
        self._output = output
        self._rules = book.rules_of(output)
        rules = [one.rule for one in self._rules.values()]
        self.clauses = _clauses(self._rules.values())
        self._wanted = frozenset(term for one in rules for term in _wanted(one))
        self._unwanted = frozenset(term for one in rules for term in _unwanted(one))

    def keeps(self, subject: Subject, found: Found | None = None) -> bool:
        """Say whether an article is kept; `found` is what its book finds in it."""
        found = self._book.find(subject) if found is None else found
        return self._output in self._book.kept_among(self._rules, subject, found)

    def judge(self, subject: Subject, found: Found | None = None) -> Case:
        """Try the rule on an article; `found` is what its book finds in it."""
        found = self._book.find(subject) if found is None else found
        seen = self._seen(subject, found)
        lacks = tuple(self._lacks(subject, found))
        return Case(
            found=seen,
            decisive=self._decisive(subject, found, seen, is_kept=not lacks),
            lacks=lacks,
            speaks_for=not seen.isdisjoint(self._wanted),
        )

    def _seen(self, subject: Subject, found: Found) -> frozenset[str]:
        if not found:
            return frozenset()
        sights = [(one.terms, one.sight(subject, found, ())) for one in self._rules.values()]
        return frozenset(
            term
            for term in found
            if any(term in terms and sight.has(term) for terms, sight in sights)
        )

    def _lacks(self, subject: Subject, found: Found) -> Iterator[Lack]:
        kept = self._book.kept_among(self._rules, subject, found)
        for name in self._chain:
            one = self._rules[name]
            sight = one.sight(subject, found, kept)
            if one.inputs and not any(clause.fits(one.rule, sight) for clause in one.inputs):
                yield _no_input(name, one, sight)
            for clause in one.clauses:
                if not clause.fits(one.rule, sight):
                    yield Lack(
                        output=name,
                        clause=clause.name,
                        said=clause.said(one.rule, sight),
                        terms=tuple(hit.term for hit in clause.hits(one.rule, sight)),
                        shortfall=shortfall(clause.name, one.rule, sight),
                    )

    @property
    def _chain(self) -> Iterable[str]:
        """Name the output and its bases, all of which have to keep the article."""
        chain = [self._output]
        while (base := self._rules[chain[-1]].rule.base) in self._rules:
            chain.append(base)
        return reversed(chain)

    def _decisive(
        self, subject: Subject, found: Found, seen: frozenset[str], *, is_kept: bool
    ) -> frozenset[str]:
        asked = seen if is_kept else seen & self._unwanted
        return frozenset(
            term for term in asked if self.keeps(subject, _without(term, found)) != is_kept
        )


def _no_input(output: str, one: CompiledRule, sight: Sight) -> Lack:
    return Lack(
        output=output,
        clause=one.inputs[0].name,
        said="; ".join(clause.said(one.rule, sight) for clause in one.inputs),
        terms=(),
        shortfall=1.0,
    )


def _without(term: str, found: Found) -> Found:
    return {one: fields for one, fields in found.items() if one != term}


def _clauses(rules: Iterable[CompiledRule]) -> Mapping[str, tuple[str, ...]]:
    """Tell in which clauses each term stands."""
    stated: dict[str, dict[str, None]] = {}
    for one in rules:
        for clause in one.clauses:
            for term in clause.terms(one.rule):
                stated.setdefault(term, {})[clause.name] = None
    return {term: tuple(clauses) for term, clauses in stated.items()}


def _wanted(rule: Rule) -> Iterator[str]:
    """List the terms that speak for an article."""
    yield from rule.any
    yield from (term for one in rule.all for term in one)
    yield from rule.at_least.of if rule.at_least else ()
    yield from (term for one in rule.near for term in (*one.a, *one.b))
    yield from (term for term, weight in rule.weights if weight > 0)


def _unwanted(rule: Rule) -> Iterator[str]:
    """List the terms that may keep an article out; a negative factor turns a weight round."""
    factors = [factor for _, factor in rule.score.factors] if rule.score else []
    yield from rule.none
    yield from (t for t, weight in rule.weights if weight < 0 or min(factors, default=1) < 0)
