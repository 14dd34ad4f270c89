"""What an output keeps, in words: every clause that is stated is told."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.core.output import AtLeast, Near, Rule, Score
from aggregator.web.phrases import Phrase, phrases
from tests.core.records import an_output

NAMES = {"paper": "The Paper", "clean": "Clean news"}
STATED: dict[str, object] = {
    "sources": frozenset(("paper",)),
    "source_tags": (("press", ("paper",)),),
    "outputs": ("clean",),
    "not_sources": frozenset(("tabloid",)),
    "lang": ("zh",),
    "author": ("Ada",),
    "category": ("AI",),
    "has_image": True,
    "min_chars": 200,
    "max_chars": 9000,
    "since": datetime(2026, 1, 1, tzinfo=UTC),
    "until": datetime(2026, 2, 1, tzinfo=UTC),
    "base": "clean",
    "fields": ("title",),
    "none": ("spam",),
    "all": (("one", "two"), ("three",)),
    "any": ("four", "five"),
    "at_least": AtLeast(n=2, of=("six", "seven")),
    "near": (Near(a=("eight",), b=("nine",), within=12),),
    "weights": (("ten", 2.0), ("eleven", -1.0)),
    "score": Score(threshold=4.0),
}


def said(name: str) -> list[Phrase]:
    stated = {name: STATED[name]}
    if name in ("weights", "score"):  # which mean something together only
        stated = {"weights": STATED["weights"], "score": STATED["score"]}
    return phrases(an_output("news", **stated), NAMES)


def test_the_table_above_has_every_clause() -> None:
    assert {one.name for one in fields(Rule)} == set(STATED)


@pytest.mark.parametrize("name", STATED)
def test_every_clause_is_told(name: str) -> None:
    assert said(name)


def test_an_output_without_a_rule_has_nothing_to_tell() -> None:
    assert phrases(an_output("news"), NAMES) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("any", [("with any of", ("four", "five"), False)]),
        ("all", [("with any of", ("one", "two"), False), ("with", ("three",), False)]),
        ("none", [("without", ("spam",), True)]),
        ("sources", [("from", ("The Paper",), False)]),
        ("not_sources", [("not from", ("tabloid",), True)]),
        ("base", [("of", ("Clean news",), False)]),
        ("near", [("with", ("eight",), False), ("at most 12 words from", ("nine",), False)]),
        ("score", [("4 points or more for", ("ten",), False), ("less for", ("eleven",), True)]),
        ("at_least", [("with 2 or more of", ("six", "seven"), False)]),
        ("has_image", [("with a picture", (), False)]),
        ("max_chars", [("of 9000 characters or fewer", (), False)]),
    ],
)
def test_clauses_in_words(name: str, words: list[tuple[str, tuple[str, ...], bool]]) -> None:
    assert [(one.words, one.terms, one.is_against) for one in said(name)] == words


def test_the_age_of_what_is_shown_is_told() -> None:
    young = replace(an_output("news"), max_age=timedelta(days=7))

    assert [one.words for one in phrases(young, NAMES)] == ["younger than 7 d"]
