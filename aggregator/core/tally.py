"""Adding up what a rule makes of many articles; what was counted apart can be put together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from aggregator.core.subject import Subject
from aggregator.core.trial import Case, Lack

Day = tuple[date, str]  # a day in UTC and a source
Span = tuple[date, date]
Clause = tuple[str, str]  # an output and a clause of its rule
NEAREST = 20
_ENOUGH = 10  # kept articles, from which on shares of them say something
_NEARLY_ALL = 0.9
_SPARE = 50  # times as many are remembered before the far ones are dropped


@dataclass(frozen=True, slots=True)
class Miss:
    """An article that is not kept, with what it lacks. They are in order of distance, the newest
    first among those that are as near."""

    distance: tuple[int, float]
    age: float
    n: int
    lacks: tuple[Lack, ...]

    @property
    def place(self) -> tuple[tuple[int, float], float, int]:
        """Give the order: near before far, new before old."""
        return self.distance, self.age, -self.n


@dataclass(slots=True)
class Tally:
    """What a rule made of the articles so far; `span` has the first and the last day of theirs.

    `hits` counts the kept articles that a term is found in, `alone` those that it holds by itself,
    `refused` those that it alone keeps out. `gained` and `lost` are against what was kept before.
    """

    articles: int = 0
    span: Span | None = None
    kept: list[int] = field(default_factory=list)
    days: Counter[Day] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    rejections: Counter[Clause] = field(default_factory=Counter)
    gained: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    misses: list[Miss] = field(default_factory=list)

    def add(self, n: int, subject: Subject, case: Case, *, was_kept: bool) -> None:
        """Count an article."""
        self._see(subject)
        self.found.update(case.found)
        if case.kept:
            self.kept.append(n)
            self.days[subject.date.date(), subject.source] += 1
            self.hits.update(case.found)
            self.alone.update(case.decisive)
            if not was_kept:
                self.gained.append(n)
        else:
            self._add_miss(n, subject, case)
            if was_kept:
                self.lost.append(n)

    def _add_miss(self, n: int, subject: Subject, case: Case) -> None:
        first = case.lacks[0]
        self.rejections[first.output, first.clause] += 1
        self.refused.update(case.decisive)
        if case.is_near:
            age = -subject.date.timestamp()
            self.misses.append(Miss(case.distance, age, n, case.lacks))
            if len(self.misses) > _SPARE * NEAREST:
                self.misses = nearest(self.misses)

    def _see(self, subject: Subject) -> None:
        self.articles += 1
        day = subject.date.date()
        self.span = _joined(self.span, (day, day))

    def add_unjudged(self, n: int, subject: Subject, *, was_kept: bool) -> None:
        """Count an article where there is no rule any more."""
        self._see(subject)
        if was_kept:
            self.lost.append(n)

    def by_day(self) -> Counter[date]:
        """Count the kept articles of each day."""
        counts: Counter[date] = Counter()
        for (day, _), count in self.days.items():
            counts[day] += count
        return counts

    def by_source(self) -> Counter[str]:
        """Count the kept articles of each source."""
        counts: Counter[str] = Counter()
        for (_, source), count in self.days.items():
            counts[source] += count
        return counts

    def merge(self, other: "Tally") -> None:
        """Add what was counted apart, of other articles."""
        self.articles += other.articles
        self.span = _joined(self.span, other.span)
        for mine, theirs in (
            (self.kept, other.kept), (self.gained, other.gained), (self.lost, other.lost),
        ):  # fmt: skip
            mine.extend(theirs)
        self.days.update(other.days)
        self.rejections.update(other.rejections)
        for terms, more in (
            (self.found, other.found), (self.hits, other.hits), (self.alone, other.alone),
            (self.refused, other.refused),
        ):  # fmt: skip
            terms.update(more)
        self.misses = nearest((*self.misses, *other.misses))


def _joined(one: Span | None, other: Span | None) -> Span | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


def nearest(misses: Iterable[Miss]) -> list[Miss]:
    """Give the nearest misses, in order."""
    return sorted(misses, key=lambda miss: miss.place)[:NEAREST]


def warnings(tally: Tally, clauses: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """List what is strange about a rule's terms: those that are never found, and one that brings
    nearly everything; each with the reason as the tail of a sentence."""
    count, kept = tally.articles, len(tally.kept)
    wanted = [term for term, stated in clauses.items() if stated != ("none",)]
    said = [(term, f"is in none of the {count} articles") for term in clauses
            if count and not tally.found[term]]  # fmt: skip
    if kept >= _ENOUGH and len(wanted) > 1:
        said += [(term, f"alone brings {tally.alone[term]} of the {kept} that are kept")
                 for term in wanted if tally.alone[term] >= _NEARLY_ALL * kept]  # fmt: skip
    return said
