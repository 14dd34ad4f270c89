"""The filter language."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.entry import Entry
from aggregator.core.output import Rule
from aggregator.core.rules import RuleBook, Subject, Verdict, fault_of
from aggregator.core.text import fold, one_line
from tests.core.records import a_source, an_output, article


def subject(
    title: str = "", *, body: str = "", tags: tuple[str, ...] = (), **fields: str
) -> Subject:
    """Fold an article of these words."""
    source = a_source(fields.get("source", "paper"))
    entry = Entry(title=title, content=body, tags=tags, language=fields.get("language", ""))
    return Subject.of(article(entry, source))


def verdict(rule: Rule, one: Subject) -> Verdict:
    """Judge by one rule."""
    return RuleBook([an_output(**{name: getattr(rule, name) for name in Rule.__slots__})]).evaluate(
        one
    )["out"]


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
    "one", [subject("about AI"), subject(body="<p>about <i>AI</i></p>"), subject(tags=("x", "AI"))]
)
def test_terms_are_looked_for_in_title_body_and_tags(one: Subject) -> None:
    assert verdict(Rule(any=("AI",)), one) == Verdict(kept=True, clause="any", term="AI")


def test_a_summary_is_looked_at_where_there_is_no_body() -> None:
    one = Subject.of(article(Entry(summary="about AI")))

    assert verdict(Rule(any=("AI",)), one).kept


WORDS = subject("red green", body="blue " * 4, source="paper", language="zh-Hans-CN")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(), Verdict(kept=True)),
        (Rule(any=("black", "green")), Verdict(kept=True, clause="any", term="green")),
        (Rule(any=("black",)), Verdict(kept=False, clause="any")),
        (Rule(none=("black", "red")), Verdict(kept=False, clause="none", term="red")),
        (Rule(none=("black",)), Verdict(kept=True)),
        (Rule(all=(("red",), ("black", "blue"))), Verdict(kept=True)),
        (
            Rule(all=(("red",), ("black", "pink"))),
            Verdict(kept=False, clause="all", term="black | pink"),
        ),
        (Rule(none=("red",), any=("green",)), Verdict(kept=False, clause="none", term="red")),
        (Rule(all=(("black",),), any=("black",)), Verdict(kept=False, clause="all", term="black")),
        (Rule(sources=frozenset({"paper"})), Verdict(kept=True)),
        (Rule(sources=frozenset({"other"}), none=("red",)), Verdict(kept=False, clause="sources")),
        (Rule(not_sources=frozenset({"paper"})), Verdict(kept=False, clause="not_sources")),
        (Rule(not_sources=frozenset({"other"})), Verdict(kept=True)),
        (Rule(lang=("en", "zh")), Verdict(kept=True)),
        (Rule(lang=("ZH-hans",)), Verdict(kept=True)),
        (Rule(lang=("en", "z")), Verdict(kept=False, clause="lang")),
        (Rule(lang=("zh-Hant",)), Verdict(kept=False, clause="lang")),
        (Rule(min_chars=19), Verdict(kept=True)),
        (Rule(min_chars=20, lang=("en",)), Verdict(kept=False, clause="lang")),
        (Rule(min_chars=20), Verdict(kept=False, clause="min_chars")),
    ],
)
def test_a_verdict_names_the_first_clause_that_decided(rule: Rule, expected: Verdict) -> None:
    assert verdict(rule, WORDS) == expected


def test_a_book_judges_by_each_output_and_names_those_that_keep() -> None:
    book = RuleBook([an_output("a", any=("red",)), an_output("b", any=("black",)), an_output("c")])

    assert book.kept_by(WORDS) == {"a", "c"}
    assert list(book.evaluate(WORDS)) == ["a", "b", "c"]


def test_a_book_without_terms_keeps_everything() -> None:
    assert RuleBook([an_output()]).evaluate(subject("")) == {"out": Verdict(kept=True)}


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
RULES = st.builds(
    Rule,
    any=CLAUSE,
    none=st.lists(TERMS, max_size=1).map(tuple),
    all=st.lists(st.lists(TERMS, min_size=1, max_size=3).map(tuple), max_size=2).map(tuple),
    sources=st.frozensets(st.sampled_from("pq"), max_size=1),
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


def is_found(term: str, text: str) -> bool:
    """Look for a term the slow and plain way."""
    if term.startswith("re:"):
        return re.search(fold(term[3:]), text) is not None
    literal = fold(term.removesuffix("*"))
    word = re.compile(r"[a-z0-9_]", re.ASCII)
    for start in range(len(text)):
        end = start + len(literal)
        if text[start:end] != literal:
            continue
        open_left = not word.match(literal) or not word.match(text[max(start - 1, 0) : start])
        open_right = term.endswith("*") or not word.match(literal[-1]) or not word.match(text[end:])
        if open_left and open_right:
            return True
    return False


def is_kept(rule: Rule, title: str, body: str, source: str, language: str) -> bool:
    """Judge the slow and plain way."""
    shown = fold(one_line(body))
    text = f"{fold(one_line(title) or shown or '(untitled)')}\n{shown}"
    return (
        (not rule.sources or source in rule.sources)
        and source not in rule.not_sources
        and (not rule.lang or language in rule.lang)
        and len(shown) >= rule.min_chars
        and not any(is_found(term, text) for term in rule.none)
        and all(any(is_found(term, text) for term in members) for members in rule.all)
        and (not rule.any or any(is_found(term, text) for term in rule.any))
    )


@given(
    st.lists(RULES, min_size=1, max_size=4), PIECES, PIECES, st.sampled_from("pq"),
    st.sampled_from(["zh", "en"]),
)  # fmt: skip
def test_a_book_judges_as_the_rules_one_by_one_would(
    rules: list[Rule], title: str, body: str, source: str, language: str
) -> None:
    outputs = [
        an_output(str(n), **{name: getattr(rule, name) for name in Rule.__slots__})
        for n, rule in enumerate(rules)
    ]
    one = Subject.of(article(Entry(title=title, content=body, language=language), a_source(source)))

    kept = RuleBook(outputs).kept_by(one)

    assert kept == {
        str(n) for n, rule in enumerate(rules) if is_kept(rule, title, body, source, language)
    }


@pytest.mark.parametrize("term", ["", " ", "*", "\u200b", "\u3000*", "\xad\ufeff"])
def test_a_term_that_folds_to_nothing_has_a_fault(term: str) -> None:
    assert fault_of(term) == "is empty once folded, so it would match everything"


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        ("re:(a", "(missing ): (a)"),
        ("re:[a", "missing ]"),
        ("re:a)(b", "unexpected )"),
        ("re:(?=a)", "invalid perl operator: (?="),
        (r"re:(a)\1", r"invalid escape sequence: \1"),
        ("re:", "matches the empty text"),
        ("re:a*", "matches the empty text"),
        ("re:(互联)?", "matches the empty text"),
    ],
)
def test_a_pattern_that_cannot_be_used_has_a_fault_that_says_why(term: str, fault: str) -> None:
    assert fault in fault_of(term)


@pytest.mark.parametrize(
    "term",
    ["AI", "互联互通", "interoperab*", "**", "re:a+", "re:(.*?,){20}P", "C++", "(", "re:（a"],
)
def test_a_term_that_can_be_used_has_no_fault(term: str) -> None:
    assert fault_of(term) == ""


def test_every_usable_term_can_be_compiled_into_one_book() -> None:
    terms = ("AI", "互联", "interop*", "re:a+", r"re:\d{4}年", "(", "*a", "re:[一-丁]", "re:（a")

    kept = RuleBook([an_output(one, any=(one,)) for one in terms]).kept_by(subject("2026年 (a AI"))

    assert kept == {"AI", "re:a+", r"re:\d{4}年", "(", "re:（a"}
