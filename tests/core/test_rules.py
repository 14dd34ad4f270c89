"""The filter language."""

import pickle
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.clauses import CLAUSES
from aggregator.core.entry import Entry
from aggregator.core.findings import Finding
from aggregator.core.output import AtLeast, Near, Output, Rule, Score
from aggregator.core.rules import RuleBook, Verdict
from aggregator.core.subject import Hit, Subject
from aggregator.core.text import fold, one_line, unit_starts
from tests.core.records import a_source, an_output, article


def subject(
    title: str = "", *, body: str = "", tags: tuple[str, ...] = (), **fields: object
) -> Subject:
    """Fold an article of these words."""
    source = a_source(str(fields.pop("source", "paper")))
    return Subject.of(article(Entry(title=title, content=body, tags=tags, **fields), source))  # type: ignore[arg-type]


def verdict(rule: Rule, one: Subject) -> Verdict:
    """Judge by one rule."""
    return RuleBook([an_output_of(rule)]).verdict("out", one)


def an_output_of(rule: Rule, name: str = "out") -> Output:
    return Output(id=name, title=name, description=name, rule=rule)


@pytest.mark.parametrize(
    ("term", "text", "matches"),
    [
        ("AI", "AI算法", True),
        ("AI", "国产AI芯片", True),
        ("AI", "ＡＩ 芯片", True),
        ("AI", "the ai boom", True),
        ("AI", "AIR", False),
        ("AI", "OpenAI", False),
        ("AI", "AI_2", False),
        ("AI", "GPT-AI.", True),
        ("Open AI", "open  \n ai", True),
        ("interoperab*", "Interoperability", True),
        ("interoperab*", "interoperable", True),
        ("interoperab*", "uninteroperable", False),
        ("robot*", "robot", True),
        ("芯片*", "国产芯片厂", True),
        ("C++", "modern c++, now", True),
        ("C++", "objective-c++", True),
        ("C++", "abc++", False),
        (".NET", "asp.net", True),
        ("a.b", "axb", False),
        ("互联互通", "互聯互通", True),
        ("互聯互通", "互联互通", True),
        ("互联互通", "互\u200b联互\u00ad通", True),
        ("互联互通", "<p>互联</p><p>互通</p>", False),
        ("互联互通", "<b>互联</b>互通", True),
        ("软件", "自由軟體", True),
        ("軟體", "自由软件", True),
        ("程式", "這個程式很好", True),
        ("影片", "這部影片很長", True),
        ("影片", "这部影片很长", True),
        ("ガイド", "ｶﾞｲﾄﾞ", True),
        ("café", "CAFE\u0301", True),
        ("re:(高速公路|铁路|电网)互联互通", "全国铁路互联互通", True),
        ("re:(高速公路|铁路|电网)互联互通", "平台互联互通", False),
        ("re:gpt-?[0-9]+", "GPT4 is out", True),
        ("re:^AI", "ai first", True),
        ("re:ＡＩ芯片", "ai芯片", True),
        ("re:互聯", "互联", True),
        (r"re:\bAI\b", "OpenAI", False),
        ("re:a，b", "a,b", True),
        ("re:（注）", "(注)", True),
    ],
)
def test_a_term_matches_words_whatever_their_width_case_and_script(
    term: str, text: str, matches: bool
) -> None:
    assert verdict(Rule(any=(term,)), subject(body=text)).kept is matches


@pytest.mark.parametrize(
    ("one", "fields"),
    [
        (subject("about AI"), ("title",)),
        (subject("x", body="<p>about <i>AI</i></p>"), ("body",)),
        (subject("x", tags=("x", "AI")), ("tags",)),
        (subject("AI", body="AI", tags=("AI",)), ("title", "body", "tags")),
        (Subject.of(article(Entry(title="x", summary="about AI"))), ("body",)),
        (Subject.of(article(Entry(title="x", summary="AI", content="x"))), ("summary",)),
    ],
)
def test_terms_are_looked_for_in_title_summary_body_and_tags(
    one: Subject, fields: tuple[str, ...]
) -> None:
    assert verdict(Rule(any=("AI",)), one) == Verdict(
        kept=True,
        findings=(Finding(clause="any", passed=True, hits=(Hit(term="AI", fields=fields),)),),
    )


NEWS = subject(
    "Red news",
    body="green one two three 四五六 blue",
    tags=("Hardware", "AI 芯片"),
    authors=("Ada Lovelace",),
    image="https://x.example/a.png",
    source="paper",
    language="zh-Hans-CN",
)
DAY = datetime(2026, 3, 1, tzinfo=UTC)
NEAR = Near(a=("green", "pink"), b=("blue", "black"), within=6)
WEIGHTS = (("red", 2.0), ("green", 1.5), ("blue", -1.0), ("black", 9.0))
# A rule, and the clause that does not fit with what is said of it; "" where the article is kept.
JUDGED: list[tuple[Rule, str, str]] = [
    (Rule(), "", ""),
    (Rule(any=("black", "green")), "", ""),
    (Rule(any=("black", "pink")), "any", "none of 2 terms is found"),
    (Rule(none=("black",)), "", ""),
    (Rule(none=("black", "red")), "none", "a term is found that must not be"),
    (Rule(all=(("red",), ("black", "blue"))), "", ""),
    (Rule(all=(("red",), ("black", "pink"))), "all", "1 of 2 are there; missing: black or pink"),
    (Rule(at_least=AtLeast(n=2, of=("red", "black", "blue"))), "", ""),
    (Rule(at_least=AtLeast(n=3, of=("red", "black", "blue"))), "at_least", "2 of 3 are found"),
    (Rule(near=(NEAR,)), "", ""),
    (Rule(near=(Near(a=("blue",), b=("green",), within=6),)), "", ""),
    (Rule(near=(Near(a=("green",), b=("blue",), within=5),)), "near", "6 units apart, 5 allowed"),
    (Rule(near=(NEAR, Near(a=("red",), b=("pink",), within=9))), "near", "missing: pink"),
    (Rule(near=(Near(a=("red",), b=("blue",), within=99),)), "near", "never in one field"),
    (Rule(weights=WEIGHTS, score=Score(threshold=2.5)), "", ""),
    (Rule(weights=WEIGHTS, score=Score(threshold=2.6)), "score", "2.5 of 2.6"),
    (Rule(weights=WEIGHTS, score=Score(threshold=4.5, factors=(("title", 2.0),))), "", ""),
    (Rule(weights=WEIGHTS, score=Score(threshold=3, factors=(("body", 0.0),))), "score", "2 of 3"),
    (Rule(any=("red",), fields=("title",)), "", ""),
    (Rule(any=("red",), fields=("body", "tags")), "any", "none of 1 terms is found"),
    (Rule(none=("red",), fields=("body",)), "", ""),
    (Rule(sources=frozenset({"paper"})), "", ""),
    (Rule(sources=frozenset({"other"})), "sources", "it is of paper"),
    (Rule(source_tags=(("tech", ("other", "paper")),)), "", ""),
    (Rule(source_tags=(("tech", ("other",)),)), "source_tags", "paper has none of tech"),
    (Rule(outputs=("x",)), "outputs", "none of x keeps it"),
    (
        Rule(sources=frozenset({"other"}), source_tags=(("tech", ("paper",)),), outputs=("x",)),
        "",
        "",
    ),
    (
        Rule(sources=frozenset({"other"}), source_tags=(("b", ()), ("a", ())), outputs=("x",)),
        "sources",
        "it is of paper; paper has none of a, b; none of x keeps it",
    ),
    (Rule(not_sources=frozenset({"paper"})), "not_sources", "it is of paper"),
    (Rule(not_sources=frozenset({"other"})), "", ""),
    (Rule(lang=("en", "zh")), "", ""),
    (Rule(lang=("ZH-hans",)), "", ""),
    (Rule(lang=("en", "z")), "lang", "its language is zh-Hans-CN"),
    (Rule(lang=("zh-Hant",)), "lang", "its language is zh-Hans-CN"),
    (Rule(author=("ada  LOVELACE",)), "", ""),
    (Rule(author=("Ada*",)), "", ""),
    (Rule(author=("Lovelace",)), "author", "its authors: ada lovelace"),
    (Rule(category=("x", "ＡＩ 芯片")), "", ""),
    (Rule(category=("AI",)), "category", "its categories: ai 芯片, hardware"),
    (Rule(has_image=True), "", ""),
    (Rule(has_image=False), "has_image", "it has one"),
    (Rule(min_chars=28), "", ""),
    (Rule(min_chars=29), "min_chars", "28 of 29 characters"),
    (Rule(max_chars=28), "", ""),
    (Rule(max_chars=0), "max_chars", "28 characters, 0 allowed"),
    (Rule(since=DAY, until=DAY + timedelta(days=2)), "", ""),
    (Rule(since=DAY + timedelta(days=2)), "since", "it is of 2026-03-02 12:00 UTC"),
    (Rule(until=DAY), "until", "it is of 2026-03-02 12:00 UTC"),
    (Rule(min_chars=99, lang=("en",)), "lang", "its language is zh-Hans-CN"),
    (Rule(none=("red",), any=("green",)), "none", "a term is found that must not be"),
    (Rule(all=(("black",),), any=("black",)), "all", "0 of 1 are there; missing: black"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "clause", "said"), JUDGED)
def test_a_verdict_ends_with_the_first_clause_that_does_not_fit_and_how_near_it_was(
    rule: Rule, clause: str, said: str
) -> None:
    found = verdict(rule, NEWS)

    failed = found.failed
    assert (failed.clause, failed.said) if failed else (clause, said) == ("", "")
    assert found.kept is (clause == "")
    assert RuleBook([an_output_of(rule)]).kept_by(NEWS) == (frozenset() if clause else {"out"})


def test_a_verdict_lists_each_clause_in_order_with_its_hits() -> None:
    rule = Rule(lang=("zh",), none=("pink",), all=(("red", "blue"),), any=("green", "black"))

    assert verdict(rule, NEWS) == Verdict(
        kept=True,
        findings=(
            Finding(clause="lang", passed=True),
            Finding(clause="none", passed=True),
            Finding(
                clause="all",
                passed=True,
                hits=(Hit(term="red", fields=("title",)), Hit(term="blue", fields=("body",))),
            ),
            Finding(clause="any", passed=True, hits=(Hit(term="green", fields=("body",)),)),
        ),
    )


def test_every_clause_of_a_rule_is_judged() -> None:
    # Each is stated by a rule of the table above, but for what says where and on what to build.
    stated = {one.name for one in CLAUSES.values() for rule, *_ in JUDGED if one.is_stated(rule)}

    assert stated == set(CLAUSES)
    assert set(Rule.__slots__) - set(CLAUSES) == {"fields", "base", "weights"}


def test_an_output_keeps_what_its_base_keeps_as_well() -> None:
    outputs = [
        an_output("a", any=("red",)),
        an_output("b", base="a", any=("green",)),
        an_output("c", base="b"),
        an_output("d", base="e"),
        an_output("e", any=("black",)),
    ]

    book = RuleBook(outputs)

    assert book.kept_by(NEWS) == {"a", "b", "c"}
    assert [one.clause for one in book.verdict("c", NEWS).findings] == ["any", "any"]
    assert not book.verdict("d", NEWS).kept


def test_an_output_takes_what_one_of_its_inputs_keeps_and_tells_their_findings() -> None:
    outputs = [
        an_output("either", outputs=("colours", "shapes", "far"), none=("pink",)),
        an_output("colours", base="all", any=("red", "green")),
        an_output("shapes", any=("square",)),
        an_output("far", outputs=("shapes",)),
        an_output("all", lang=("zh",)),
        an_output("wide", sources=frozenset({"other"}), outputs=("either",)),
    ]

    book = RuleBook(outputs)

    found = book.verdicts(NEWS)
    assert sorted(found) == ["all", "colours", "either", "wide"]
    red, green = Hit(term="red", fields=("title",)), Hit(term="green", fields=("body",))
    assert found["wide"].findings == (
        Finding(clause="lang", passed=True, output="all"),
        Finding(clause="any", passed=True, hits=(red, green), output="colours"),
        Finding(clause="outputs", passed=True, output="either"),
        Finding(clause="none", passed=True, output="either"),
        Finding(clause="outputs", passed=True),
    )


def test_a_verdict_has_the_score_that_its_rule_gives() -> None:
    output = an_output(weights=WEIGHTS, score=Score(threshold=1))

    assert RuleBook([output]).verdicts(NEWS)["out"].score == 2.5


@pytest.mark.parametrize("rule", [rule for rule, *_ in JUDGED])
def test_a_verdict_travels_between_processes_whole(rule: Rule) -> None:
    found = verdict(rule, NEWS)

    assert pickle.loads(pickle.dumps(found)) == found


def test_a_book_without_terms_keeps_everything() -> None:
    assert RuleBook([an_output()]).kept_by(subject("")) == {"out"}


TERMS = st.sampled_from(
    [
        "AI",
        "ai",
        "a*",
        "AIR",
        "互联",
        "互聯互通",
        "通*",
        "A I",
        "re:a[i1]",
        "re:^互|R$",
        "C++",
        "芯",
        "1",
    ]
)
CLAUSE = st.lists(TERMS, max_size=3).map(tuple)
SOME = st.lists(TERMS, min_size=1, max_size=3, unique=True).map(tuple)
RULES = st.builds(
    Rule,
    fields=st.sampled_from([(), ("title",), ("body", "tags")]),
    at_least=st.none() | st.builds(AtLeast, n=st.integers(1, 3), of=SOME),
    near=st.lists(st.builds(Near, a=SOME, b=SOME, within=st.integers(0, 4)), max_size=1).map(tuple),
    weights=st.lists(
        st.tuples(TERMS, st.sampled_from([-2.0, 1.0, 1.5])), unique_by=lambda one: one[0]
    ).map(tuple),
    score=st.none()
    | st.builds(
        Score,
        threshold=st.sampled_from([-1.0, 0.0, 1.0, 2.5]),
        factors=st.sampled_from([(), (("title", 2.0),), (("title", -1.0), ("body", 0.5))]),
    ),
    max_chars=st.none() | st.integers(4, 12),
    any=CLAUSE,
    none=st.lists(TERMS, max_size=1).map(tuple),
    all=st.lists(st.lists(TERMS, min_size=1, max_size=3).map(tuple), max_size=2).map(tuple),
    sources=st.frozensets(st.sampled_from("pq"), max_size=1),
    source_tags=st.lists(
        st.tuples(st.just("tag"), st.lists(st.sampled_from("pq"), max_size=2).map(tuple)),
        max_size=1,
    ).map(tuple),
    not_sources=st.frozensets(st.sampled_from("pq"), max_size=1),
    lang=st.lists(st.sampled_from(["zh", "en"]), max_size=1).map(tuple),
    min_chars=st.integers(0, 8),
)
PIECES = st.lists(
    st.sampled_from(
        ["AI", "ＡＩ", "R", "a1", "互联", "聯", "通", " ", "c++", "芯", "_", "1", "。"]
    ),
    max_size=8,
).map("".join)


def places(term: str, text: str) -> list[tuple[int, int]]:
    """Look for a term the slow and plain way."""
    if term.startswith("re:"):
        return [one.span() for one in re.finditer(fold(term[3:]), text)]
    literal = fold(term.removesuffix("*"))
    word = re.compile(r"[a-z0-9_]", re.ASCII)
    found = []
    for start in range(len(text)):
        end = start + len(literal)
        if text[start:end] != literal:
            continue
        open_left = not word.match(literal) or not word.match(text[max(start - 1, 0) : start])
        open_right = term.endswith("*") or not word.match(literal[-1]) or not word.match(text[end:])
        if open_left and open_right:
            found.append((start, end))
    return found


def gaps(near: Near, text: str) -> list[int]:
    """Count the units between each pair the slow and plain way."""
    pairs = [sorted((one, other)) for a in near.a for one in places(a, text)
             for b in near.b for other in places(b, text)]  # fmt: skip
    starts = unit_starts(text)
    return [sum(first[1] <= start < last[0] for start in starts) for first, last in pairs]


def is_kept(
    rule: Rule, title: str, body: str, source: str, language: str, before: set[str]
) -> bool:
    """Judge the slow and plain way; `before` are the outputs that keep it, of those to build on."""
    shown = fold(one_line(body))
    texts = {"title": fold(one_line(title) or shown or "(untitled)"), "body": shown}
    seen = {name: text for name, text in texts.items() if not rule.fields or name in rule.fields}
    factors = dict(rule.score.factors) if rule.score else {}

    def has(term: str) -> bool:
        return any(places(term, text) for text in seen.values())

    def worth(term: str) -> float:
        return max(
            (factors.get(n, 1.0) for n, text in seen.items() if places(term, text)), default=0
        )

    return (
        (not rule.base or rule.base in before)
        and (
            not (rule.sources or rule.source_tags or rule.outputs)
            or source in rule.sources
            or any(source in sources for _, sources in rule.source_tags)
            or not before.isdisjoint(rule.outputs)
        )
        and source not in rule.not_sources
        and (not rule.lang or language in rule.lang)
        and len(shown) >= rule.min_chars
        and (rule.max_chars is None or len(shown) <= rule.max_chars)
        and not any(map(has, rule.none))
        and all(any(map(has, members)) for members in rule.all)
        and (not rule.any or any(map(has, rule.any)))
        and (not rule.at_least or sum(map(has, set(rule.at_least.of))) >= rule.at_least.n)
        and all(
            any(gap <= one.within for text in seen.values() for gap in gaps(one, text))
            for one in rule.near
        )
        and (
            not rule.score
            or sum(weight * worth(term) for term, weight in rule.weights) >= rule.score.threshold
        )
    )


# For each rule, by its place: on which of those before it it builds, if on any.
BUILDS_ON = st.lists(
    st.tuples(st.sampled_from(["", "0", "1", "2"]), st.sets(st.sampled_from(["0", "1", "2"]))),
    min_size=4,
    max_size=4,
)


@given(
    st.lists(RULES, min_size=1, max_size=4), BUILDS_ON, PIECES, PIECES, st.sampled_from("pq"),
    st.sampled_from(["zh", "en"]), st.randoms(use_true_random=False),
)  # fmt: skip
def test_a_book_judges_as_the_rules_one_by_one_would(
    rules: list[Rule],
    builds_on: list[tuple[str, set[str]]],
    title: str,
    body: str,
    source: str,
    language: str,
    chance: random.Random,
) -> None:
    rules = [
        replace(
            rule,
            base=base if base < str(n) else "",
            outputs=tuple(sorted(one for one in inputs if one < str(n))),
        )
        for n, (rule, (base, inputs)) in enumerate(zip(rules, builds_on, strict=False))
    ]
    outputs = [an_output_of(rule, str(n)) for n, rule in enumerate(rules)]
    chance.shuffle(outputs)
    one = Subject.of(article(Entry(title=title, content=body, language=language), a_source(source)))

    book = RuleBook(outputs)

    expected: set[str] = set()
    for n, rule in enumerate(rules):
        if is_kept(rule, title, body, source, one.language, expected):
            expected.add(str(n))
    verdicts = book.verdicts(one)
    assert book.kept_by(one) == set(verdicts) == expected
    assert {n: book.verdict(n, one) for n in expected} == verdicts
    assert {n for n in map(str, range(len(rules))) if book.verdict(n, one).kept} == expected


def test_every_usable_term_can_be_compiled_into_one_book() -> None:
    terms = ("AI", "互联", "interop*", "re:a+", r"re:\d{4}年", "(", "*a", "re:[一-丁]", "re:（a")

    kept = RuleBook([an_output(one, any=(one,)) for one in terms]).kept_by(subject("2026年 (a AI"))

    assert kept == {"AI", "re:a+", r"re:\d{4}年", "(", "re:（a"}
