"""The filter language: rules compile into one automaton for all outputs, verdicts say why.

Everything is matched on folded text (`core.text.fold`), so width, case, invisible characters and
Traditional or Simplified make no difference.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from aggregator.core.clauses import CLAUSES, score_of, trigger_of
from aggregator.core.findings import Finding, Packed, pack, unpack
from aggregator.core.lineage import in_order, parents
from aggregator.core.output import Output, Rule
from aggregator.core.subject import Hit, Sight, Subject
from aggregator.core.terms import Vocabulary

Found = Mapping[str, frozenset[str]]  # the terms that were found, and the fields of each


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether an output keeps an article, and why: each clause in the order of evaluation, up to
    the first that does not fit. `score` is None where its rule has no weights, or does not fit.

    The verdict on an article that is kept is stored with it as it is.
    """

    kept: bool
    findings: tuple[Finding, ...] = ()
    score: float | None = None

    def __reduce__(self) -> tuple[Callable[..., "Verdict"], tuple[object, ...]]:
        """Travel between processes packed, which takes a third of the time."""
        return _unpacked, (self.kept, pack(self.findings), self.score)

    @property
    def hits(self) -> tuple[Hit, ...]:
        """List the terms that decided."""
        return tuple(hit for finding in self.findings for hit in finding.hits)

    @property
    def terms(self) -> tuple[str, ...]:
        """Name the terms that decided, each once."""
        return tuple(dict.fromkeys(hit.term for hit in self.hits))

    @property
    def failed(self) -> Finding | None:
        """Give the clause that does not fit."""
        return self.findings[-1] if not self.kept and self.findings else None


def _unpacked(kept: bool, packed: Packed, score: float | None) -> Verdict:
    return Verdict(kept=kept, findings=unpack(packed), score=score)


class CompiledRule:
    """A rule with the clauses that it states."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        stated = [one for one in CLAUSES.values() if one.is_stated(rule)]
        self.inputs = [one for one in stated if one.is_input]
        self.clauses = [one for one in stated if not one.is_input]
        self.trigger = trigger_of(rule)
        self.terms = frozenset(term for one in self.clauses for term in one.terms(rule))

    def sight(self, subject: Subject, found: Found, kept_by: Collection[str]) -> Sight:
        """Look at a subject with the eyes of this rule; `kept_by` are outputs it may build on."""
        return Sight(subject, found, self.rule.fields, kept_by)

    def keeps(self, sight: Sight) -> bool:
        """Say whether all that the rule states fits."""
        rule = self.rule
        if rule.base and rule.base not in sight.kept_by:
            return False
        if self.inputs and not any(one.fits(rule, sight) for one in self.inputs):
            return False
        return all(clause.fits(rule, sight) for clause in self.clauses)

    def findings(self, sight: Sight) -> Iterator[Finding]:
        """Tell what each clause came to, in the order of evaluation."""
        inputs = [one.finding(self.rule, sight) for one in self.inputs]
        passing = [one for one in inputs if one.passed]
        if inputs and not passing:
            said = "; ".join(one.said for one in inputs)
            passing = [replace(inputs[0], said=said)]
        yield from passing
        yield from (clause.finding(self.rule, sight) for clause in self.clauses)

    def score(self, sight: Sight) -> float | None:
        """Add up the weights of the terms found; None where the rule asks for no score."""
        return score_of(self.rule, sight) if self.rule.score else None


class RuleBook:
    """The rules of all outputs, compiled once; a subject is scanned once for all of them.

    Only outputs are judged of which a term was found that they need; the others keep nothing. So
    the cost hardly grows with the number of outputs.
    """

    def __init__(self, outputs: Iterable[Output]) -> None:
        rules = {output.id: output.rule for output in outputs}
        self._rules = {name: CompiledRule(rules[name]) for name in in_order(rules)}
        self._ranks = {name: rank for rank, name in enumerate(self._rules)}
        self._vocabulary = Vocabulary(term for one in self._rules.values() for term in one.terms)
        self._always = [name for name, one in self._rules.items() if one.trigger is None]
        self._wanting: dict[str, list[str]] = {}
        for name, one in self._rules.items():
            for term in one.trigger or ():
                self._wanting.setdefault(term, []).append(name)

    def find(self, subject: Subject) -> Found:
        """Tell which terms of all rules are found in a subject."""
        return self._vocabulary.find(subject.texts)

    def rules_of(self, output: str) -> dict[str, CompiledRule]:
        """Give the rules of an output and of all that it builds on, by name and in the order of
        evaluation."""
        names, todo = {output}, [output]
        while todo:
            fresh = {one for one in parents(self._rules[todo.pop()].rule) if one in self._rules}
            todo += fresh - names
            names |= fresh
        return {name: self._rules[name] for name in sorted(names, key=self._ranks.__getitem__)}

    def kept_by(self, subject: Subject) -> frozenset[str]:
        """Name the outputs that keep the subject."""
        return frozenset(self._kept(subject, self.find(subject)))

    def verdicts(self, subject: Subject) -> dict[str, Verdict]:
        """Say for each output that keeps the subject why it does."""
        found = self.find(subject)
        return {
            name: Verdict(
                kept=True,
                findings=tuple(self._findings(name, sight)),
                score=self._rules[name].score(sight),
            )
            for name, sight in self._kept(subject, found).items()
        }

    def verdict(self, output: str, subject: Subject) -> Verdict:
        """Say whether an output keeps the subject, and why."""
        found = self.find(subject)
        kept = self._kept(subject, found)
        sight = self._rules[output].sight(subject, found, kept)
        findings = []
        for finding in self._findings(output, sight):
            findings.append(finding)
            if not finding.passed:
                return Verdict(kept=False, findings=tuple(findings))
        score = self._rules[output].score(sight)
        return Verdict(kept=True, findings=tuple(findings), score=score)

    def _kept(self, subject: Subject, found: Found) -> dict[str, Sight]:
        """Find the outputs that keep a subject, each after those that it builds on."""
        names = {*self._always, *(name for term in found for name in self._wanting.get(term, ()))}
        return self.kept_among(sorted(names, key=self._ranks.__getitem__), subject, found)

    def kept_among(self, names: Iterable[str], subject: Subject, found: Found) -> dict[str, Sight]:
        """Find those of some outputs that keep a subject; each has to stand after those that it
        builds on."""
        kept: dict[str, Sight] = {}
        for name in names:
            sight = self._rules[name].sight(subject, found, kept)
            if self._rules[name].keeps(sight):
                kept[name] = sight
        return kept

    def _findings(self, output: str, sight: Sight) -> Iterator[Finding]:
        """List what the outputs found that an output builds on, then what it found itself."""
        own = self._rules[output]
        behind = self._behind(output, sight.kept_by) if parents(own.rule) else ()
        for name in behind:
            other = self._rules[name].sight(sight.subject, sight.found, sight.kept_by)
            for finding in self._rules[name].findings(other):
                yield replace(finding, output=name)
        yield from own.findings(sight)

    def _behind(self, output: str, kept_by: Collection[str]) -> list[str]:
        """List the bases behind an output, and of its inputs those that keep the subject; each
        once, after those that it builds on."""
        behind: set[str] = set()
        todo = [output]
        while todo:
            rule = self._rules[todo.pop()].rule
            named = {rule.base, *(one for one in rule.outputs if one in kept_by)}
            fresh = named.intersection(self._rules) - behind
            behind |= fresh
            todo += fresh
        return sorted(behind, key=self._ranks.__getitem__)
