"""How long articles are kept: which of them go, in which order, and why."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

FOREVER = timedelta.max


class Why(StrEnum):
    """The key of feeds.toml by which an article goes."""

    AGE = "keep"
    COUNT = "keep_articles"
    SIZE = "keep_size"
    CEILING = "max_size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Bounds of what is kept: how long after it was first seen, how many of the newest, and how
    many bytes of them; None is no bound."""

    age: timedelta = FOREVER
    articles: int | None = None
    size: int | None = None

    @property
    def is_bounded(self) -> bool:
        """Say whether anything may ever go."""
        return self.age != FOREVER or self.articles is not None or self.size is not None


class Stored(NamedTuple):
    """A stored article: its number, when it was first seen in seconds since 1970, and its bytes."""

    n: int
    at: int
    size: int


def beyond(newest_first: Iterable[Stored], keep: Keep, now: int) -> Iterator[tuple[Stored, Why]]:
    """Give the articles that are beyond a bound, each with the first bound that it is beyond.

    Whether an article is depends on itself and those that are newer alone, and not on which of the
    older are left: so it does not matter how often, or in which portions, the rest is purged.
    """
    oldest = now - keep.age.total_seconds()
    size = 0
    for count, one in enumerate(newest_first):
        size += one.size
        if one.at < oldest:
            yield one, Why.AGE
        elif keep.articles is not None and count >= keep.articles:
            yield one, Why.COUNT
        elif keep.size is not None and size > keep.size:
            yield one, Why.SIZE


def to_make_room(oldest_first: Iterable[Stored], excess: int) -> Iterator[Stored]:
    """Give as many of the oldest as hold so many bytes."""
    if excess <= 0:
        return
    for one in oldest_first:
        yield one
        excess -= one.size
        if excess <= 0:
            return


def going(leaving: Collection[int], clusters: Iterable[Collection[int]]) -> list[int]:
    """Give the articles that go, the oldest first, but of a cluster the last to arrive first.

    One that arrived before a member of its cluster that stays, stays as well: it is what hides the
    copy in outputs, which would be announced as something new. `clusters` are those that the
    articles are in, with all members, as far as they have several.
    """
    order = {n: (n, 0) for n in leaving}
    for members in clusters:
        last = max((n for n in members if n not in leaving), default=0)
        gone = [n for n in members if n in leaving]
        for n in gone:
            order[n] = (min(gone), -n)
            if n < last:
                del order[n]
    return sorted(order, key=order.__getitem__)
