"""Trying rules: what is counted is what judging each article the slow way would give."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.entry import Entry
from aggregator.core.output import AtLeast, Near, Output, Rule, Score
from aggregator.core.rules import RuleBook
from aggregator.core.subject import Subject
from aggregator.core.tally import NEAREST, Tally, nearest, warnings
from aggregator.core.trial import Trial
from tests.core.records import SEEN_AT, a_source, an_output, article
from tests.core.test_rules import (
    CLAUSE,
    DAY,
    NEWS,
    PIECES,
    RULES,
    TERMS,
    an_output_of,
    is_kept,
    subject,
)

NEVER = "so-never-found"
ARTICLES = st.lists(
    st.tuples(
        PIECES, PIECES, st.sampled_from("pq"), st.sampled_from(["zh", "en"]), st.integers(0, 3)
    ),
    max_size=6,
)
# Rules that keep something often enough.
LIGHT = st.builds(
    Rule,
    any=CLAUSE,
    none=st.lists(TERMS, max_size=2).map(tuple),
    weights=st.lists(
        st.tuples(TERMS, st.sampled_from([-1.0, 1.0])), max_size=3, unique_by=lambda one: one[0]
    ).map(tuple),
    score=st.none() | st.just(Score(threshold=0.5, factors=(("title", -1.0),))),
)


def trial_of(rule: Rule, base: Rule | None = None) -> Trial:
    outputs = [an_output_of(rule)] + ([an_output_of(base, "base")] if base else [])
    return Trial(RuleBook(outputs), "out")


def tallied(trial: Trial, subjects: list[Subject], kept_before: frozenset[int]) -> Tally:
    tally = Tally()
    for n, one in enumerate(subjects):
        tally.add(n, one, trial.judge(one), was_kept=n in kept_before)
    return tally


def without(rule: Rule, term: str) -> Rule:
    """Put a term that is never found in the place of another."""

    def swapped(terms: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(NEVER if one == term else one for one in terms)

    return replace(
        rule,
        none=swapped(rule.none),
        any=swapped(rule.any),
        all=tuple(map(swapped, rule.all)),
        at_least=rule.at_least and AtLeast(n=rule.at_least.n, of=swapped(rule.at_least.of)),
        near=tuple(replace(one, a=swapped(one.a), b=swapped(one.b)) for one in rule.near),
        weights=tuple((NEVER if one == term else one, weight) for one, weight in rule.weights),
    )  # fmt: skip


@given(RULES, RULES, ARTICLES, st.frozensets(st.integers(0, 5)))
def test_a_tally_is_what_judging_each_article_the_slow_way_gives(
    rule: Rule,
    base: Rule,
    texts: list[tuple[str, str, str, str, int]],
    before: frozenset[int],
) -> None:
    rule = replace(rule, base="base")
    subjects = [
        Subject.of(
            article(
                Entry(title=title, content=body, language=language,
                      published=SEEN_AT - timedelta(days=days)),
                a_source(source),
            )
        )
        for title, body, source, language, days in texts
    ]  # fmt: skip
    book = RuleBook([an_output_of(rule), an_output_of(base, "base")])

    tally = tallied(Trial(book, "out"), subjects, before)

    kept = [
        n
        for n, (title, body, source, _, _) in enumerate(texts)
        if is_kept(base, title, body, source, subjects[n].language, set())
        and is_kept(rule, title, body, source, subjects[n].language, {"base"})
    ]
    failed = [book.verdict("out", one).failed for one in subjects]
    assert tally.articles == len(subjects)
    assert tally.kept == kept
    assert tally.days == Counter((subjects[n].date.date(), subjects[n].source) for n in kept)
    assert tally.gained == sorted({*kept} - before)
    assert tally.lost == sorted(before.intersection(range(len(subjects))) - {*kept})
    clauses: Counter[str] = Counter()
    for (_, clause), count in tally.rejections.items():
        clauses[clause] += count
    assert clauses == Counter(one.clause for one in failed if one)


@given(RULES | LIGHT, LIGHT | st.just(Rule()), ARTICLES)
def test_a_term_holds_or_refuses_alone_what_changes_when_it_is_taken_away(
    rule: Rule, base: Rule, texts: list[tuple[str, str, str, str, int]]
) -> None:
    rule = replace(rule, base="base")
    subjects = [
        Subject.of(article(Entry(title=one, content=body, language=language), a_source(source)))
        for one, body, source, language, _ in texts
    ]
    trial = trial_of(rule, base)

    tally = tallied(trial, subjects, frozenset())

    alone: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for term in trial.clauses:
        other = trial_of(without(rule, term), without(base, term))
        for one in subjects:
            now, then = trial.keeps(one), other.keeps(one)
            alone[term] += now and not then
            refused[term] += then and not now
    assert (+tally.alone, +tally.refused) == (+alone, +refused)


@pytest.mark.parametrize(
    ("rule", "text", "decisive"),
    [
        (Rule(any=("red", "blue")), "red", {"red"}),
        (Rule(any=("red", "blue")), "red blue", set()),
        (Rule(all=(("red",), ("blue", "green"))), "red blue green", {"red"}),
        (Rule(any=("red",), none=("pink", "black")), "red pink", {"pink"}),
        (Rule(any=("red",), none=("pink", "black")), "red pink black", set()),
        (Rule(any=("red",), none=("pink", "black")), "pink", set()),
        (
            Rule(weights=(("red", 1.0), ("pink", -1.0)), score=Score(threshold=1)),
            "red pink",
            {"pink"},
        ),
        (
            Rule(weights=(("red", 1.0),), score=Score(threshold=-0.5, factors=(("body", -1.0),))),
            "red",
            {"red"},
        ),
        (Rule(any=("red",), fields=("title",)), "red", set()),
    ],
)
def test_the_terms_that_decide_are_those_without_which_it_would_be_otherwise(
    rule: Rule, text: str, decisive: set[str]
) -> None:
    assert trial_of(rule).judge(subject("x", body=text)).decisive == decisive


def test_a_term_counts_as_found_in_the_fields_that_its_rule_looks_at() -> None:
    trial = trial_of(Rule(any=("red", "blue"), fields=("title",)))

    assert trial.judge(subject("red", body="red blue")).found == {"red"}
    assert trial_of(Rule(any=("red",), fields=("body",))).judge(subject("red")).found == set()


@given(RULES, ARTICLES, st.integers(0, 6))
def test_parts_that_were_counted_apart_make_the_whole(
    rule: Rule, texts: list[tuple[str, str, str, str, int]], cut: int
) -> None:
    trial = trial_of(rule)
    cases = [
        (n, subject(title, body=body, source=source))
        for n, (title, body, source, _, _) in enumerate(texts)
    ]
    whole, parts = Tally(), (Tally(), Tally())
    for n, one in cases:
        whole.add(n, one, trial.judge(one), was_kept=False)
        parts[n >= cut].add(n, one, trial.judge(one), was_kept=False)
    whole.misses = nearest(whole.misses)

    parts[0].merge(parts[1])

    assert parts[0] == whole


# A rule, and the articles that it does not keep, those nearest to it first; what follows None has
# nothing in it that the rule asks for.
ORDERS: dict[str, tuple[Rule, list[str | None]]] = {
    "so many terms": (
        Rule(at_least=AtLeast(n=3, of=("red", "green", "blue", "black"))),
        ["red blue", "green", None, "white"],
    ),
    "one of each": (
        Rule(all=(("red",), ("green",), ("blue",))),
        ["red blue", "green", None, "white"],
    ),
    "a score": (
        Rule(weights=(("red", 3.0), ("blue", 2.0)), score=Score(threshold=4)),
        ["red", "blue", None, "white"],
    ),
    "words near each other": (
        Rule(near=(Near(a=("red",), b=("blue",), within=1),)),
        ["red 1 2 blue", "red 1 2 3 4 blue", "red", None, "white"],
    ),
    "a veto": (
        Rule(any=("red",), none=("pink", "black")),
        ["red pink", "red pink black", "pink", "white pink black", None, "white"],
    ),
    "few clauses before many": (
        Rule(any=("red",), all=(("blue",), ("green",))),
        ["red blue", "white green blue", "green", None, "white"],
    ),
    "length": (Rule(min_chars=20), ["as many as 19 chars", "short"]),
    "too long": (Rule(max_chars=3), ["four", "far too long"]),
    "a source": (Rule(sources=frozenset({"other"})), [None, "red"]),
    "a source and a word": (Rule(sources=frozenset({"other"}), any=("red",)), ["red", None, "x"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDERS)
def test_the_nearest_misses_come_first_and_what_has_nothing_in_common_is_none(name: str) -> None:
    rule, stated = ORDERS[name]
    texts = [text for text in stated if text is not None]
    trial, tally = trial_of(rule), Tally()
    for n in reversed(range(len(texts))):
        one = subject("x", body=texts[n])
        tally.add(n, one, trial.judge(one), was_kept=False)

    near = [texts[miss.n] for miss in nearest(tally.misses)]

    assert near == stated[: stated.index(None) if None in stated else None]


def test_among_misses_that_are_as_near_the_newest_come_first() -> None:
    trial, tally = trial_of(Rule(any=("red",), none=("pink",))), Tally()
    for n in range(60 * NEAREST):
        one = replace(subject("red pink"), date=DAY + timedelta(hours=n * 7 % 1201))
        tally.add(n, one, trial.judge(one), was_kept=False)

    newest = sorted(range(60 * NEAREST), key=lambda n: n * 7 % 1201, reverse=True)
    assert [miss.n for miss in nearest(tally.misses)] == newest[:NEAREST]


def test_a_miss_names_every_clause_it_lacks_with_the_terms_that_are_there() -> None:
    rule = Rule(lang=("en",), none=("blue",), at_least=AtLeast(n=2, of=("red", "black")))

    lacks = trial_of(rule).judge(NEWS).lacks

    assert [(one.clause, one.said, one.terms, one.shortfall) for one in lacks] == [
        ("lang", "its language is zh-Hans-CN", (), 1.0),
        ("none", "a term is found that must not be", ("blue",), 0.5),
        ("at_least", "1 of 2 are found", ("red",), 0.5),
    ]


def test_a_clause_of_an_output_that_another_builds_on_is_told_as_that_ones() -> None:
    trial = trial_of(Rule(base="base", any=("black",)), base=Rule(none=("red",)))

    assert [(one.output, one.clause) for one in trial.judge(NEWS).lacks] == [
        ("base", "none"),
        ("out", "any"),
    ]
    assert trial.clauses == {"red": ("none",), "black": ("any",)}


def outputs() -> list[Output]:
    return [an_output(any=("red", "blue", "grey"), none=("black",))]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], []),
        (
            ["red"] * 10,
            [
                ("black", "is in none of the 10 articles"),
                ("blue", "is in none of the 10 articles"),
                ("grey", "is in none of the 10 articles"),
                ("red", "alone brings 10 of the 10 that are kept"),
            ],
        ),
        (["black", "grey", "blue"] * 9, [("red", "is in none of the 27 articles")]),
        (
            ["black", "grey", *["red"] * 8, "red blue"],
            [],
        ),
        (
            ["black", "grey", *["red"] * 9, "red blue"],
            [],
        ),
        (
            ["black", "grey", "red blue", *["red"] * 18],
            [("red", "alone brings 18 of the 20 that are kept")],
        ),
    ],
)
def test_terms_that_find_nothing_or_nearly_everything_are_warned_of(
    texts: list[str], said: list[tuple[str, str]]
) -> None:
    trial = Trial(RuleBook(outputs()), "out")

    tally = tallied(trial, [subject("x", body=one) for one in texts], frozenset())

    assert sorted(warnings(tally, trial.clauses)) == said
