"""The filter language: rules compile into one automaton for all outputs, verdicts say why.

Everything is matched on folded text (`core.text.fold`), so width, case, invisible characters and
Traditional or Simplified make no difference.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aggregator.core.clauses import CLAUSES, Finding, trigger_of
from aggregator.core.output import Output, Rule
from aggregator.core.subject import Hit, Sight, Subject
from aggregator.core.terms import Vocabulary

Found = Mapping[str, frozenset[str]]  # the terms that were found, and the fields of each


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether an output keeps an article, and why: each clause in the order of evaluation, up to
    the first that does not fit."""

    kept: bool
    findings: tuple[Finding, ...] = ()

    @property
    def hits(self) -> tuple[Hit, ...]:
        """List the terms that decided."""
        return tuple(hit for finding in self.findings for hit in finding.hits)

    @property
    def failed(self) -> Finding | None:
        """Give the clause that does not fit."""
        return self.findings[-1] if not self.kept and self.findings else None


class CompiledRule:
    """A rule with the clauses that it states."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.clauses = [one for one in CLAUSES.values() if one.is_stated(rule)]
        self.trigger = trigger_of(rule)
        self.terms = frozenset(term for one in self.clauses for term in one.terms(rule))

    def sight(self, subject: Subject, found: Found) -> Sight:
        """Look at a subject with the eyes of this rule."""
        return Sight(subject, found, self.rule.fields)

    def keeps(self, subject: Subject, found: Found) -> bool:
        sight = self.sight(subject, found)
        return all(clause.fits(self.rule, sight) for clause in self.clauses)

    def findings(self, subject: Subject, found: Found) -> Iterator[Finding]:
        sight = self.sight(subject, found)
        return (clause.finding(self.rule, sight) for clause in self.clauses)


class RuleBook:
    """The rules of all outputs, compiled once; a subject is scanned once for all of them.

    Only outputs are judged of which a term was found that they need; the others keep nothing. So
    the cost hardly grows with the number of outputs.
    """

    def __init__(self, outputs: Iterable[Output]) -> None:
        self._rules = {output.id: CompiledRule(output.rule) for output in outputs}
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
        """Give the rules that an article has to fit for an output to keep it, by the output that
        states them and in the order of evaluation: those it builds on come first."""
        return {name: self._rules[name] for name in (*reversed(self._chain(output)), output)}

    def kept_by(self, subject: Subject) -> frozenset[str]:
        """Name the outputs that keep the subject."""
        found = self.find(subject)
        names = {*self._always, *(name for term in found for name in self._wanting.get(term, ()))}
        kept = {name for name in names if self._rules[name].keeps(subject, found)}
        return frozenset(name for name in kept if kept.issuperset(self._chain(name)))

    def verdict(self, output: str, subject: Subject) -> Verdict:
        """Say whether an output keeps the subject, and why."""
        found = self.find(subject)
        findings = []
        for rule in self.rules_of(output).values():
            for finding in rule.findings(subject, found):
                findings.append(finding)
                if not finding.passed:
                    return Verdict(kept=False, findings=tuple(findings))
        return Verdict(kept=True, findings=tuple(findings))

    def _chain(self, output: str) -> list[str]:
        """List the outputs that one builds on, the nearest first."""
        chain: list[str] = []
        while (base := self._rules[output].rule.base) and base in self._rules and base not in chain:
            chain.append(base)
            output = base
        return chain
