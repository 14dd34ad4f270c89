"""Rules as feeds.toml states them, and those that can never keep anything."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.config.load import Config, load
from aggregator.core.output import AtLeast, Near, Order, Output, Rule, Score
from aggregator.errors import ConfigError


def loaded(folder: Path, text: str) -> Config:
    path = folder / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_an_output_without_words_for_its_title_has_its_key(tmp_path: Path) -> None:
    (output,) = loaded(tmp_path, '[outputs.news]\ntitle = ""\ndescription = " "').outputs

    assert (output.title, output.description) == ("news", "news")


def test_every_clause_becomes_a_part_of_the_rule_with_its_lists_opened(tmp_path: Path) -> None:
    text = """
        [terms]
        giants = ["Foo", "Bar"]

        [outputs.clean]

        [outputs.robots]
        base = "clean"
        fields = ["title", "body"]
        author = ["Ada*"]
        category = ["hardware"]
        has_image = false
        min_chars = 10
        max_chars = 500
        since = 2026-01-01
        until = 2026-07-01T08:00:00+08:00
        all = [["机器人", "@giants"]]
        at_least = { n = 2, of = ["机器人", "@giants"] }
        near = [{ a = ["@giants"], b = ["court"], within = 0 }]
        weights = { "@giants" = 2, "收盘" = -0.5 }
        score = { threshold = 3, title = 2.0 }
        """

    config = loaded(tmp_path, text)

    assert config.outputs[1].rule == Rule(
        base="clean",
        fields=("title", "body"),
        author=("Ada*",),
        category=("hardware",),
        has_image=False,
        min_chars=10,
        max_chars=500,
        since=datetime(2026, 1, 1, tzinfo=UTC),
        until=datetime(2026, 7, 1, tzinfo=UTC),
        all=(("机器人", "Foo", "Bar"),),
        at_least=AtLeast(n=2, of=("机器人", "Foo", "Bar")),
        near=(Near(a=("Foo", "Bar"), b=("court",), within=0),),
        weights=(("Foo", 2.0), ("Bar", 2.0), ("收盘", -0.5)),
        score=Score(threshold=3.0, factors=(("title", 2.0),)),
    )


def test_what_an_output_takes_and_shows_is_read(tmp_path: Path) -> None:
    text = """
        [defaults]
        tags = ["rest"]

        [sources.b]
        url = "https://b.example/"
        tags = ["tech", "china"]

        [sources.a]
        url = "https://a.example/"
        tags = ["tech"]

        [sources.c]
        url = "https://c.example/"

        [outputs.x]
        source_tags = ["tech", "rest"]
        sources = ["c"]
        outputs = ["y"]
        order = "first_seen"
        dedupe = false
        new_only = true
        entry_title = "{{{source}}} {title}"

        [outputs.y]
        """

    config = loaded(tmp_path, text)

    assert config.outputs[0] == Output(
        id="x",
        title="x",
        description="x",
        rule=Rule(
            sources=frozenset({"c"}),
            source_tags=(("tech", ("a", "b")), ("rest", ("c",))),
            outputs=("y",),
        ),
        order=Order.FIRST_SEEN,
        dedupe=False,
        new_only=True,
        entry_title="{{{source}}} {title}",
    )


SOURCE = '\n[sources.s]\nurl = "http://s.example/"\ntags = ["tech"]'
MISTAKES = [
    ('outputs = ["b"]', "outputs: names the output 'b', which is not there; known: o"),
    ('outputs = ["p"]\n[outputs.pp]', "outputs: names the output 'p', which is not there"),
    ('outputs = ["o"]', "outputs: goes round in a circle: o → o"),
    ('outputs = ["p"]\n[outputs.p]\nbase = "o"', "outputs: goes round in a circle: o → p → o"),
    ('base = "p"\n[outputs.p]\noutputs = ["o"]', "base: goes round in a circle: o → p → o"),
    ('source_tags = ["tec"]' + SOURCE, "names 'tec', which no source has; did you mean 'tech'?"),
    ('source_tags = ["x"]', "source_tags: names 'x', which no source has"),
    (
        'source_tags = ["tech"]\nnot_sources = ["s"]' + SOURCE,
        "not_sources: names every source of `source_tags`",
    ),
    ('order = "oldest"', "order: knows newest, first_seen, score, not 'oldest'"),
    ('order = "score"', "order: needs `weights` and a `score`"),
    ('entry_title = "{titel}"', "entry_title: does not know {titel}; did you mean {title}?"),
    ('entry_title = "{x}"', "does not know {x}; known: title, source, author, date, lang"),
    ('entry_title = "{title.__class__}"', "entry_title: does not know {title.__class__}"),
    ('entry_title = "{}"', "entry_title: does not know {}"),
    ('entry_title = "{title"', "entry_title: takes names in braces"),
    ('entry_title = "title}"', "entry_title: takes names in braces"),
    ('entry_title = "{title!r}"', "entry_title: takes names in braces"),
    ('entry_title = "{date:%Y}"', "entry_title: takes names in braces"),
    ('entry_title = " "', "entry_title: takes one line of text"),
    ('entry_title = "a\\n{title}"', "entry_title: takes one line of text"),
    ('base = "b"', "base: names the output 'b', which is not there; known: o"),
    ('base = "o"', "base: goes round in a circle: o → o"),
    ('base = "p"\n[outputs.p]\nbase = "o"', "base: goes round in a circle: o → p → o"),
    ('fields = ["titel"]', "fields: knows title, summary, body, tags, not 'titel'"),
    ("at_least = 2", "at_least: takes { n = 2,"),
    ('at_least = { n = 0, of = ["a"] }', "at_least: takes a whole number from 1"),
    ("at_least = { n = 1, of = [] }", "at_least: has an empty list of terms"),
    ('at_least = { n = 2, of = ["a", "a"] }', "at_least: asks for 2 of 1 terms"),
    ('at_least = { n = 1, of = ["@x"] }', "at_least: uses the list '@x', which [terms]"),
    ('near = [{ a = ["a"], b = ["b"] }]', "near: takes [{ a ="),
    ("near = []", "near: takes a list such as"),
    ('near = [{ a = ["a"], b = ["re:("], within = 1 }]', "near: the term 're:(' is no pattern"),
    ('weights = { a = "2" }', "weights: takes a number such as 2"),
    ("weights = { a = nan }", "weights: takes a number such as 2"),
    ("weights = { a = 1 }", "weights: has no `score`"),
    ("score = { threshold = 1 }", "score: has no `weights`"),
    ("score = { title = 2 }", "score: takes a table such as"),
    ("score = { threshold = 1, titel = 2 }", "score: knows title, summary, body, tags"),
    (
        "weights = { a = 1, b = -9 }\nscore = { threshold = 3, title = 2.5 }",
        "can never reach 3: the weights add up to 2.5 at most",
    ),
    (
        'weights = { "@t" = 1, "a" = 2 }\nscore = { threshold = 1 }\n[terms]\nt = ["a"]',
        "weights: gives 'a' two weights",
    ),
    ('since = "2026-01-01"', "since: takes a date without quotes"),
    ("since = 2026-01-01T08:00:00", "since: has no zone: write 2026-01-01T08:00:00Z for UTC"),
    ("since = 2026-01-02\nuntil = 2026-01-02", "until: is not after `since`"),
    ("min_chars = 9\nmax_chars = 8", "max_chars: is less than `min_chars`, 9"),
    ('any = ["a", "b"]\nnone = ["b", "a"]', "can only be met by terms that `none` refuses: a, b"),
    ('all = ["c", ["a", "b"]]\nnone = ["b", "a"]', "all: can only be met by terms"),
    ('near = [{ a = ["x"], b = ["b"], within = 1 }]\nnone = ["b"]', "near: can only be met"),
    (
        'sources = ["s"]\nnot_sources = ["s"]\n[sources.s]\nurl = "http://s.example/"',
        "not_sources: names every source",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_clause_that_cannot_be_read_or_met_is_a_mistake(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, f"[outputs.o]\n{text}\n")

    problems = [str(one) for one in caught.value.problems if one.key.startswith("outputs.o")]
    assert len(problems) == 1
    assert said in problems[0]
    assert problems[0].startswith(("line 2", "line 3"))


NEARLY = [
    'any = ["a", "b"]\nnone = ["b"]',
    "weights = { a = -1 }\nscore = { threshold = 2, title = -2.0 }",
    "weights = { a = 1 }\nscore = { threshold = -1 }",
    'at_least = { n = 2, of = ["a", "b"] }',
    "min_chars = 8\nmax_chars = 8",
]


@pytest.mark.parametrize("text", NEARLY)
def test_a_clause_that_can_just_be_met_is_none(text: str, tmp_path: Path) -> None:
    assert loaded(tmp_path, f"[outputs.o]\n{text}\n").outputs
