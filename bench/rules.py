"""Measure what judging an article costs, by the number of outputs.

Run as `python -m bench.rules` from the root of the project. Beside ours: every term of every output
looked for with `in`, and one alternation of `re` for each output, both on text folded already. Ours
also says why: which terms an output keeps an article for.
"""

import argparse
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from aggregator.core import text
from aggregator.core.output import Output, Rule, Score
from aggregator.core.rules import RuleBook
from aggregator.core.subject import Subject
from aggregator.core.terms import literal_of
from bench.articles import write_entry
from bench.vocabulary import EN, ZH

TERMS = 8  # of an output
COUNTS = (6, 50, 200)


def outputs_of(count: int, seed: int) -> list[Output]:
    """Make outputs of one word that the load has and seven that it does not."""
    chance = random.Random(seed)
    words = [one for language in (ZH, EN) for topic in language.topics.values() for one in topic]
    return [_output(n, words, chance) for n in range(count)]


def _output(n: int, words: Sequence[str], chance: random.Random) -> Output:
    rare = (f"{chance.choice(words)}{chance.randrange(10**6)}" for _ in range(TERMS - 1))
    terms = (*rare, chance.choice(words))
    if n % 3:
        rule = Rule(any=terms, none=(f"never{n}", f"不会{n}"))
    else:
        rule = Rule(
            weights=tuple((term, 1.0) for term in terms),
            score=Score(threshold=1.0, factors=(("title", 2.0),)),
        )
    return Output(id=str(n), title="", description="", rule=rule)


def subjects(count: int, seed: int) -> list[Subject]:
    """Fold articles of the load."""
    entries = (write_entry(seed, n, 1) for n in range(count))
    return [
        Subject(
            source="bench",
            language="",
            date=entry.published,
            has_image=True,
            authors=frozenset((entry.author,)),
            categories=frozenset(entry.categories),
            texts={
                "title": text.fold(entry.title),
                "summary": text.fold(entry.summary),
                "body": text.fold(text.one_line(text.plain_text(entry.body))),
                "tags": "\n".join(entry.categories),
            },
        )
        for entry in entries
    ]


def _literals(output: Output) -> list[str]:
    rule = output.rule
    return [literal_of(term) for term in (*rule.any, *(term for term, _ in rule.weights))]


def by_in(outputs: Sequence[Output]) -> Callable[[Subject], object]:
    """Look for each term by itself."""
    terms = [_literals(one) for one in outputs]

    def judge(subject: Subject) -> list[bool]:
        whole = "\n".join(subject.texts.values())
        return [any(term in whole for term in wanted) for wanted in terms]

    return judge


def by_re(outputs: Sequence[Output]) -> Callable[[Subject], object]:
    """Look for each output's terms with one pattern."""
    patterns = [re.compile("|".join(map(re.escape, _literals(one)))) for one in outputs]

    def judge(subject: Subject) -> list[bool]:
        whole = "\n".join(subject.texts.values())
        return [pattern.search(whole) is not None for pattern in patterns]

    return judge


def microseconds(judge: Callable[[Subject], object], read: Sequence[Subject], rounds: int) -> float:
    """Give the median over rounds of the CPU time that one article takes."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        for one in read:
            judge(one)
        taken.append((time.process_time() - start) / len(read))
    return statistics.median(taken) * 1e6


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Hold microseconds of CPU for an article, at so many outputs, in each way."""

    outputs: int
    terms: int
    ours: float
    by_in: float
    by_re: float


def costs(articles: int, rounds: int, seed: int) -> Iterator[Cost]:
    """Measure each number of outputs on the same articles."""
    read = subjects(articles, seed)
    for count in COUNTS:
        outputs = outputs_of(count, seed)
        yield Cost(
            outputs=count,
            terms=count * TERMS,
            ours=microseconds(RuleBook(outputs).verdicts, read, rounds),
            by_in=microseconds(by_in(outputs), read, rounds),
            by_re=microseconds(by_re(outputs), read, rounds),
        )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.rules", description=__doc__)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{options.articles} articles; microseconds of CPU for one, median of {options.rounds}\n")
    print("| outputs | terms | ours | `in` | `re` |\n|---|---|---|---|---|")
    for one in costs(options.articles, options.rounds, options.seed):
        ways = f"{one.ours:.0f} | {one.by_in:.0f} | {one.by_re:.0f}"
        print(f"| {one.outputs} | {one.terms} | {ways} |", flush=True)


if __name__ == "__main__":
    main()
