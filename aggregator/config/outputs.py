"""The outputs of feeds.toml, and the lists of terms that they use."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from aggregator.config.reader import Reader, nearest
from aggregator.config.values import BadValue, texts
from aggregator.core.contradictions import contradictions
from aggregator.core.lineage import circle
from aggregator.core.output import AtLeast, Near, Order, Output, Rule
from aggregator.core.terms import fault_of

Lists = Mapping[str, tuple[str, ...]]
Where = tuple[str, ...]
Tagged = Mapping[str, list[str]]
_OF_RULES = frozenset(one.name for one in fields(Rule))  # the others say what is shown


def read_outputs(reader: Reader) -> tuple[Output, ...]:
    """Read the outputs, with the lists of terms opened where they use them."""
    lists = _term_lists(reader)
    tagged = _tagged(reader)
    outputs = tuple(_outputs(reader, lists, tagged))
    rules = {one.id: one.rule for one in outputs}
    for output in outputs:
        _check_parents(reader, output, rules)
        if not reader.has_problem("outputs", output.id):
            for clause, why in contradictions(output.rule):
                reader.problem(("outputs", output.id, clause), why)
            if output.order is Order.SCORE and not output.rule.score:
                text = "needs `weights` and a `score`: there is nothing to order by"
                reader.problem(("outputs", output.id, "order"), text)
    return outputs


def _tagged(reader: Reader) -> dict[str, list[str]]:
    """Name the sources that have each tag; what is no list of texts is told where it stands."""
    tagged: dict[str, list[str]] = {}
    default = reader.table("defaults").get("tags", [])
    for source in reader.table("sources"):
        tags = reader.table("sources", source).get("tags", default)
        for tag in tags if isinstance(tags, list) else ():
            tagged.setdefault(str(tag), []).append(source)
    return tagged


def _term_lists(reader: Reader) -> dict[str, tuple[str, ...]]:
    lists = {}
    for name, value in reader.table("terms").items():
        try:
            lists[name] = texts(value)
        except BadValue as error:
            reader.problem(("terms", name), str(error))
            lists[name] = ()
            continue
        _check_terms(reader, ("terms", name), lists[name])
    return lists


def _outputs(reader: Reader, lists: Lists, tagged: Tagged) -> Iterable[Output]:
    folded: dict[str, str] = {}
    for output_id in reader.table("outputs"):
        where = ("outputs", output_id)
        reader.check_id(where)
        # Its files must not fall together where file names ignore case.
        if (twin := folded.setdefault(output_id.lower(), output_id)) != output_id:
            reader.problem(where, f"differs from outputs.{twin} by case only")
        yield _output(reader, where, lists, tagged)


def _output(reader: Reader, where: Where, lists: Lists, tagged: Tagged) -> Output:
    values = reader.values(where, reader.table(*where))
    # RSS wants words in both.
    title = str(values.pop("title", "")).strip() or where[-1]
    description = str(values.pop("description", "")).strip() or title
    shown = {key: values.pop(key) for key in values.keys() - _OF_RULES}
    for clause in ("sources", "not_sources"):
        names = texts(list(values.get(clause, ())))  # type: ignore[call-overload]
        reader.check_sources((*where, clause), names)
        values[clause] = frozenset(names)
    values["source_tags"] = tuple(_opened_tags(reader, where, values, tagged))
    rule = _Opener(reader, where, lists).opened(Rule(**values))  # type: ignore[arg-type]
    return Output(
        id=where[-1],
        title=title,
        description=description,
        rule=rule,
        **shown,  # type: ignore[arg-type]
    )


def _opened_tags(
    reader: Reader, where: Where, values: Mapping[str, object], tagged: Tagged
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for tag in texts(list(values.get("source_tags", ()))):  # type: ignore[call-overload]
        if tag not in tagged:
            near = nearest(tag, tagged)
            reader.problem((*where, "source_tags"), f"names {tag!r}, which no source has{near}")
        yield tag, tuple(sorted(tagged.get(tag, ())))


def _check_parents(reader: Reader, output: Output, rules: Mapping[str, Rule]) -> None:
    """Note outputs to build on that are not there, and those that build on this one."""
    where = ("outputs", output.id)
    unknown = False
    for key, names in (("base", (output.rule.base,)), ("outputs", output.rule.outputs)):
        for name in names:
            if name and name not in rules:
                unknown = True
                text = f"names the output {name!r}, which is not there{nearest(name, rules)}"
                reader.problem((*where, key), text)
    way = [] if unknown else circle(output.id, rules)
    if way:
        key = "base" if way[1] == output.rule.base else "outputs"
        reader.problem((*where, key), f"goes round in a circle: {' → '.join(way)}")


class _Opener:
    """Replaces each `@list` of a rule by its terms, and checks the terms that are written there."""

    def __init__(self, reader: Reader, where: Where, lists: Lists) -> None:
        self._reader = reader
        self._where = where
        self._lists = lists

    def opened(self, rule: Rule) -> Rule:
        terms = self._terms
        return replace(
            rule,
            none=terms("none", rule.none),
            all=tuple(terms("all", one) for one in rule.all),
            any=terms("any", rule.any),
            at_least=rule.at_least
            and AtLeast(n=rule.at_least.n, of=terms("at_least", rule.at_least.of)),
            near=tuple(
                Near(a=terms("near", one.a), b=terms("near", one.b), within=one.within)
                for one in rule.near
            ),
            weights=tuple(self._weights(rule.weights)),
        )

    def _weights(self, weights: tuple[tuple[str, Any], ...]) -> Iterator[tuple[str, float]]:
        known: dict[str, float] = {}
        for stated, weight in weights:
            for term in self._terms("weights", (stated,)):
                if known.setdefault(term, weight) != weight:
                    self._problem("weights", f"gives {term!r} two weights")
        yield from known.items()

    def _terms(self, clause: str, stated: tuple[str, ...]) -> tuple[str, ...]:
        opened: list[str] = []
        for term in stated:
            if not term.startswith("@"):
                _check_terms(self._reader, (*self._where, clause), (term,))
                opened.append(term)
            elif term[1:] in self._lists:
                opened.extend(self._lists[term[1:]])
            else:
                near = nearest(term[1:], self._lists)
                self._problem(clause, f"uses the list {term!r}, which [terms] does not have{near}")
        return tuple(dict.fromkeys(opened))

    def _problem(self, clause: str, text: str) -> None:
        self._reader.problem((*self._where, clause), text)


def _check_terms(reader: Reader, where: Where, terms: Iterable[str]) -> None:
    for term in terms:
        if where[0] == "terms" and term.startswith("@"):
            reader.problem(where, f"holds {term!r}: a list cannot hold another list")
        elif fault := fault_of(term):
            reader.problem(where, f"the term {term!r} {fault}")
