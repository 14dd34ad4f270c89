"""Trying a rule on what is stored: counts, what it gains and loses, what decides, near misses."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator.core.output import Output
from aggregator.core.progress import Progress, no_progress
from aggregator.core.tally import Tally, nearest
from aggregator.core.trial import Case, Trial
from aggregator.ingest.workers import Workers
from aggregator.pipeline.digest import rule_book
from aggregator.store import listings, rule_texts
from aggregator.store.database import Database
from aggregator.store.rule_texts import DueText, Head, PackedText

PRELOAD = (__name__,)  # what processes need that try rules
SAMPLE = 20
_PORTION = 2000  # articles of a task
_FOLDED_PORTION = 200  # their words go from process to process
_FEW = _PORTION  # articles that are judged here while processes would still be starting
_FEW_TO_FOLD = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A rule to be tried: that of an output among `outputs`, on the articles dated from `since`.

    It is compared with the rule of the same output among `against`, or with its stored listing
    where that is None. Of more than `most` articles only those are looked at that arrived last.
    """

    output: str
    outputs: tuple[Output, ...]
    against: tuple[Output, ...] | None = None
    since: datetime | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a rule comes to. `clauses` tells where each of its terms stands; `copies` counts the
    kept articles of which an earlier copy is kept; `sample` are kept articles, drawn by chance.
    `is_cut` says that there are more articles than were looked at."""

    question: Question
    tally: Tally
    clauses: Mapping[str, tuple[str, ...]]
    copies: int
    has_feed: bool
    sample: tuple[tuple[int, Case], ...]
    heads: Mapping[int, Head]
    is_cut: bool = False


def fold_texts(database: Database, workers: Workers, progress: Progress = no_progress) -> None:
    """Fold the words of the articles that the daemon has not come to yet, and keep them."""
    while rule_texts.retire(database, _PORTION):
        pass
    done, total = 0, rule_texts.backlog(database)
    portions = ((database.path, some) for some in _due(database))
    for made in _each(workers, _fold, portions, is_little=total <= _FEW_TO_FOLD):
        rule_texts.put(database, made)
        done += len(made)
        progress(done, total)


def _due(database: Database) -> Iterator[list[DueText]]:
    after = 0
    while some := rule_texts.due(database, after, _FOLDED_PORTION):
        yield some
        after = some[-1].n


def _fold(path: Path, wanted: list[DueText]) -> list[PackedText]:
    with closing(Database(path)) as database:
        return rule_texts.packed(database, wanted)


def preview(
    database: Database,
    workers: Workers,
    question: Question,
    seed: int,
    progress: Progress = no_progress,
) -> Preview:
    """Try a rule on stored articles. The same articles and the same seed give the same answer."""
    ranges, is_cut = _ranges(database, question)
    tally = _tally(database, workers, question, ranges, progress)
    trial = _trial(question)
    chance = random.Random(seed)  # noqa: S311 - nobody has to be unable to guess it
    drawn = sorted(chance.sample(tally.kept, min(SAMPLE, len(tally.kept))), reverse=True)
    listed = {*tally.gained, *tally.lost, *drawn, *(miss.n for miss in tally.misses)}
    return Preview(
        question=question,
        tally=tally,
        clauses=trial.clauses if trial else {},
        copies=listings.copies(database, tally.kept),
        has_feed=listings.is_made(database, question.output),
        sample=tuple((n, case) for n in drawn for case in _again(database, trial, n)),
        heads=rule_texts.heads(database, listed),
        is_cut=is_cut,
    )


_Range = tuple[int, int]  # after one number, up to another


def _ranges(database: Database, question: Question) -> tuple[list[_Range], bool]:
    """Part the articles that a question is about into portions; say whether some are left out."""
    if question.since is None:
        last, first = database.last_number(), 0
        if question.most is not None:
            first = max(last - question.most, 0)
        return [(n, min(n + _PORTION, last)) for n in range(first, last, _PORTION)], first > 0
    numbers = rule_texts.numbers(database, question.since)
    wanted = numbers if question.most is None else numbers[-question.most :]
    return list(_runs(wanted)), len(wanted) < len(numbers)


def _runs(numbers: Sequence[int]) -> Iterator[_Range]:
    """Part numbers into ranges that hold few others."""
    start = 0
    for end, n in enumerate(numbers, start=1):
        if end == len(numbers) or numbers[end] - numbers[start] >= _PORTION:
            yield numbers[start] - 1, n
            start = end


def _tally(
    database: Database,
    workers: Workers,
    question: Question,
    ranges: Sequence[_Range],
    progress: Progress,
) -> Tally:
    tally, done = Tally(), 0
    total = sum(up_to - after for after, up_to in ranges)
    portions = ((database.path, question, *one) for one in ranges)
    counted = _each(workers, count, portions, is_little=total <= _FEW)
    for (after, up_to), part in zip(ranges, counted, strict=True):
        tally.merge(part)
        done += up_to - after
        progress(done, total)
    return tally


def count(path: Path, question: Question, after: int, up_to: int) -> Tally:
    """Try a rule on the articles after one number and up to another."""
    tally, book = Tally(), rule_book(_all_outputs(question))
    trial, rival = _trial(question), _trial_of(_before(question.output), _all_outputs(question))
    with closing(Database(path)) as database:
        listed = listings.kept_between(database, question.output, after, up_to)
        for n, subject in rule_texts.subjects(database, after, up_to, question.since):
            found = book.find(subject)
            was_kept = n in listed
            if question.against is not None:
                was_kept = rival is not None and rival.keeps(subject, found)
            if trial is None:
                tally.add_unjudged(n, subject, was_kept=was_kept)
            else:
                tally.add(n, subject, trial.judge(subject, found), was_kept=was_kept)
    tally.misses = nearest(tally.misses)
    return tally


def _trial(question: Question) -> Trial | None:
    return _trial_of(question.output, _all_outputs(question))


def _trial_of(name: str, outputs: tuple[Output, ...]) -> Trial | None:
    is_there = any(one.id == name for one in outputs)
    return Trial(rule_book(outputs), name) if is_there else None


def _all_outputs(question: Question) -> tuple[Output, ...]:
    """Give the outputs of both files, so that an article is scanned once for both."""
    return (*question.outputs, *map(_renamed, question.against or ()))


def _renamed(output: Output) -> Output:
    rule = replace(
        output.rule,
        base=output.rule.base and _before(output.rule.base),
        outputs=tuple(map(_before, output.rule.outputs)),
    )
    return replace(output, id=_before(output.id), rule=rule)


def _before(name: str) -> str:
    """Give the name of an output of the other file; no output of feeds.toml has a slash."""
    return f"{name}/before"


def _again(database: Database, trial: Trial | None, n: int) -> Iterable[Case]:
    subjects = rule_texts.subjects(database, n - 1, n)
    return [trial.judge(subject) for _, subject in subjects] if trial else []


def _each(
    workers: Workers,
    task: Callable[..., Any],
    portions: Iterable[tuple[Any, ...]],
    *,
    is_little: bool,
) -> Iterator[Any]:
    """Do a task for each portion, in their order; in processes where there is much to do."""
    if is_little:
        yield from (task(*one) for one in portions)
        return
    yield from workers.each(lambda one: workers.run(task, *one), portions)
