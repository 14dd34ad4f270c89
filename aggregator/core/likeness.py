"""How alike two texts are: the verification behind the rung "near" of the identity ladder.

Each verdict depends on its two articles alone and not on which came first, so the clusters that are
made of verdicts are the same in whatever order articles arrive.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from aggregator.core import text
from aggregator.core.article import Article
from aggregator.core.fingerprint import anchors
from aggregator.core.subject import Subject

_UNITS = 1200  # of a body; what two copies differ in shows before
_MARKUP = 20_000  # characters of a body that hold so many units, with room for tags
_SAME_TEXT = 0.42
_SAME_TEXT_IN_SOURCE = 0.8
_HELD, _HELD_LEAD, _HELD_SHINGLES = 0.75, 0.6, 25
_PART_TIMES = 1.5  # as long as what it holds is what may be a digest of two, at least
_HELD_TIMES = 2.5  # as long as a text without a mark of being cut is what holds it, at most
# Folded, so "…" is "...".
_CUT_MARK = re.compile(
    r"\.\.\.|\b(?:read|continue|keep|learn) (?:more|on|reading|the rest|full)\b"
    "|(?:阅读|查看|点击|展开|浏览)(?:全文|原文|更多)|继续阅读|未完待续"
)
_CUT_TAIL = 40  # characters in which it may stand
_LEAD = 64  # units
_TITLE, _TITLE_HELD = 0.75, 0.65
_ONLY_TITLE, _ONLY_TITLE_UNITS, _NO_TEXT = 0.85, 8, 10
_SAME_DAY = timedelta(days=1)
_RELATED_TEXT, _RELATED_HELD = 0.25, 0.6
_DISTINCT = 0.3  # of the smaller part's shingles


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An article as it is compared: its folded words, units of its title and body, the body's
    shingles, whether it says that it goes on elsewhere."""

    source: str
    at: datetime
    title: tuple[str, ...]
    units: tuple[str, ...]
    shingles: frozenset[int]
    is_cut: bool
    subject: Subject

    @property
    def anchors(self) -> tuple[int, ...]:
        """Give the anchors by which it is found; most that are compared were found already."""
        return anchors_of(self.subject)

    @classmethod
    def of(cls, article: Article) -> "Text":
        """Fold an article and cut it into units."""
        subject = Subject.of(
            replace(article, body=article.body[:_MARKUP], summary=article.summary[:_MARKUP])
        )
        units = tuple(text.units(subject.body, _UNITS))
        return cls(
            source=article.source,
            at=article.date,
            title=tuple(text.units(_title(subject), _UNITS)),
            units=units,
            shingles=_shingles(units),
            is_cut=_CUT_MARK.search(subject.body[-_CUT_TAIL:]) is not None,
            subject=subject,
        )


def anchors_of(subject: Subject) -> tuple[int, ...]:
    """Give the anchors of an article that is folded already."""
    return anchors(_title(subject), subject.body)


def _title(subject: Subject) -> str:
    return subject.texts["title"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What two texts are to each other.

    `why` names the measure and its value: "text" is the part of all shingles that both have,
    "part" the part of the shorter text that the longer holds, "title" the Dice coefficient of the
    titles. `is_part` says that the longer holds the shorter rather than equals it, and `has_title`
    that the titles agree.
    """

    is_same: bool
    why: str
    is_part: bool = False
    has_title: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measures:
    """`text` is a Jaccard index, `held` a containment, `lead` that of the longer text's beginning,
    `title` a Dice coefficient, `shingles` counts those of the shorter text, the longer has `times`
    as many, `is_cut` is the shorter's."""

    text: float
    held: float
    lead: float
    title: float
    shingles: int
    times: float
    is_cut: bool


def compare(one: Text, other: Text) -> Likeness | None:
    """Say whether two articles are the same, or related; None where they are neither."""
    measures = _measure(one, other)
    likeness = _same(measures, one, other)
    if likeness is None:
        return _related(measures)
    if numbers_differ(one.title, other.title):
        return Likeness(is_same=False, why="numbers in the titles differ")
    if one.source == other.source and not _is_repeated(measures, one, other):
        return Likeness(is_same=False, why=f"{likeness.why} in one source")
    return likeness


def _is_repeated(measures: _Measures, one: Text, other: Text) -> bool:
    """Say whether one source brings an article once more, and not another of a series.

    The titles have to agree: all episodes of a podcast may have nearly one description. A move to
    another host leaves title and date as they were, so a short text may do.
    """
    if one.title == other.title and one.at == other.at:
        return len(one.title) >= _ONLY_TITLE_UNITS or measures.text >= _SAME_TEXT
    return measures.title >= _TITLE and measures.text >= _SAME_TEXT_IN_SOURCE


def _same(measures: _Measures, one: Text, other: Text) -> Likeness | None:
    has_title = measures.title >= _TITLE
    if measures.text >= _SAME_TEXT:
        is_part = measures.held >= _HELD and measures.times >= _PART_TIMES
        why = f"text {measures.text:.2f}"
        return Likeness(is_same=True, why=why, is_part=is_part, has_title=has_title)
    if _is_cut_copy(measures):
        why = f"part {measures.held:.2f}"
        return Likeness(is_same=True, why=why, is_part=True, has_title=has_title)
    if (has_title and measures.held >= _TITLE_HELD) or _has_only_title(measures, one, other):
        why = f"title {measures.title:.2f}"
        return Likeness(is_same=True, why=why, is_part=True, has_title=True)
    return None


def _is_cut_copy(measures: _Measures) -> bool:
    """Say whether the longer text begins with the shorter, and the shorter is a copy cut short: by
    its own word, or there is little more. Else the longer may be a digest, and this an item."""
    return (
        measures.held >= _HELD
        and measures.lead >= _HELD_LEAD
        and measures.shingles >= _HELD_SHINGLES
        and (measures.is_cut or measures.times <= _HELD_TIMES)
    )


def _has_only_title(measures: _Measures, one: Text, other: Text) -> bool:
    """Say whether next to nothing but a title is there to go by, and it agrees within a day."""
    return (
        measures.title >= _ONLY_TITLE
        and min(len(one.units), len(other.units)) < _NO_TEXT
        and min(len(one.title), len(other.title)) >= _ONLY_TITLE_UNITS
        and abs(one.at - other.at) <= _SAME_DAY
    )


def _related(measures: _Measures) -> Likeness | None:
    if measures.shingles < _HELD_SHINGLES:
        return None
    if measures.held >= _RELATED_HELD:
        is_part = measures.held >= _HELD
        return Likeness(is_same=False, why=f"part {measures.held:.2f}", is_part=is_part)
    if measures.text >= _RELATED_TEXT:
        return Likeness(is_same=False, why=f"text {measures.text:.2f}")
    return None


def _measure(one: Text, other: Text) -> _Measures:
    short, long = sorted((one, other), key=lambda text: len(text.shingles))
    common = len(short.shingles & long.shingles)
    lead = _shingles(long.units[: min(_LEAD, len(short.units))])
    return _Measures(
        text=_ratio(common, len(short.shingles) + len(long.shingles) - common),
        held=_ratio(common, len(short.shingles)),
        lead=_ratio(len(lead & short.shingles), len(lead)),
        title=dice(one.title, other.title),
        shingles=len(short.shingles),
        times=_ratio(len(long.shingles), len(short.shingles)),
        is_cut=short.is_cut,
    )


def dice(one: Sequence[str], other: Sequence[str]) -> float:
    """Give the Dice coefficient of two titles' pairs of neighbouring units."""
    first, second = set(pairwise(one)), set(pairwise(other))
    return _ratio(2 * len(first & second), len(first) + len(second))


def numbers_differ(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether two titles have another number between the same words: parts of a series,
    prices, scores."""
    first, second = _numbers(one), _numbers(other)
    return any(first[place].isdisjoint(second[place]) for place in first.keys() & second.keys())


def _numbers(title: Sequence[str]) -> Mapping[tuple[str, str], set[str]]:
    """Collect a title's numbers by the units before and after each."""
    framed = ("", *title, "")
    found: dict[tuple[str, str], set[str]] = {}
    for before, unit, after in zip(framed, framed[1:], framed[2:], strict=False):
        if unit.isdigit():
            found.setdefault((before, after), set()).add(unit)
    return found


def is_digest(parts: Iterable[Text]) -> bool:
    """Say whether a text that holds these is a collection: two of them have little in common."""
    seen: list[frozenset[int]] = []
    for part in parts:
        for other in seen:
            smaller = min(len(part.shingles), len(other))
            if _ratio(len(part.shingles & other), smaller) < _DISTINCT:
                return True
        seen.append(part.shingles)
    return False


def _shingles(units: Sequence[str]) -> frozenset[int]:
    """Give the shingles of three units; a text of fewer has none."""
    # Their hashes stand for them, of 61 bits; to keep so many tuples takes nearly twice as long.
    return frozenset(map(hash, zip(units, units[1:], units[2:], strict=False)))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
