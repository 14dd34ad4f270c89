"""What an output keeps, in words that a person can read at a glance."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aggregator.core.output import Output, Rule
from aggregator.core.words import span


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A part of what an output keeps: a few words, and the terms or names that they are about.

    `is_against` says that these keep an article out.
    """

    words: str
    terms: tuple[str, ...] = ()
    is_against: bool = False


def phrases(output: Output, names: Mapping[str, str]) -> list[Phrase]:
    """Say what an output keeps, part by part; nothing where it keeps everything. `names` are those
    of sources and outputs, by their ids."""
    age = [Phrase(words=f"younger than {span(output.max_age)}")] if output.max_age else []
    return [*_inputs(output.rule, names), *_terms(output.rule), *_facts(output.rule), *age]


def _inputs(rule: Rule, names: Mapping[str, str]) -> Iterator[Phrase]:
    def named(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(names.get(one, one) for one in ids)

    if rule.base:
        yield Phrase(words="of", terms=named((rule.base,)))
    if rule.outputs:
        yield Phrase(words="of any of", terms=named(rule.outputs))
    if rule.sources:
        yield Phrase(words="from", terms=named(sorted(rule.sources)))
    if rule.source_tags:
        yield Phrase(words="from sources for", terms=tuple(tag for tag, _ in rule.source_tags))
    if rule.not_sources:
        yield Phrase(words="not from", terms=named(sorted(rule.not_sources)), is_against=True)


def _terms(rule: Rule) -> Iterator[Phrase]:
    if rule.any:
        yield Phrase(words="with any of" if len(rule.any) > 1 else "with", terms=rule.any)
    for alternatives in rule.all:
        words = "with any of" if len(alternatives) > 1 else "with"
        yield Phrase(words=words, terms=alternatives)
    if rule.at_least:
        yield Phrase(words=f"with {rule.at_least.n} or more of", terms=rule.at_least.of)
    for near in rule.near:
        yield Phrase(words="with", terms=near.a)
        yield Phrase(words=f"at most {near.within} words from", terms=near.b)
    if rule.score:
        for_it = tuple(term for term, weight in rule.weights if weight > 0)
        against = tuple(term for term, weight in rule.weights if weight < 0)
        yield Phrase(words=f"{rule.score.threshold:g} points or more for", terms=for_it)
        if against:
            yield Phrase(words="less for", terms=against, is_against=True)
    if rule.none:
        yield Phrase(words="without", terms=rule.none, is_against=True)


def _facts(rule: Rule) -> Iterator[Phrase]:
    for words, stated in (
        ("in", rule.lang),
        ("by", rule.author),
        ("in the category", rule.category),
        ("looking at", rule.fields),
    ):
        if stated:
            yield Phrase(words=words, terms=stated)
    if rule.has_image is not None:
        yield Phrase(words="with a picture" if rule.has_image else "without a picture")
    if rule.min_chars:
        yield Phrase(words=f"of {rule.min_chars} characters or more")
    if rule.max_chars is not None:
        yield Phrase(words=f"of {rule.max_chars} characters or fewer")
    if rule.since:
        yield Phrase(words=f"since {rule.since:%Y-%m-%d}")
    if rule.until:
        yield Phrase(words=f"before {rule.until:%Y-%m-%d}")
