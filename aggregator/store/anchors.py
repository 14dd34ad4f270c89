"""The index of anchors: which articles of nearly the same week share one."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from aggregator.store.database import Database

_WEEK_SECONDS = 7 * 86_400
_MONDAY_SECONDS = 4 * 86_400  # 1970 began on a Thursday
NEAR = 1  # weeks before and after in which the same article may be
_OWN_TITLES = 3  # so many articles of one source: what they share is its boilerplate
_MANY_CLUSTERS = 20  # so many articles that are not the same: likewise
_PORTION = 1000  # articles whose anchors are moved to the large table at a time
# The planner must not turn the joins round: week by week, anchors in their order, is how the index
# lies on the disk. NEAR is 1.
_HOLDERS = """SELECT h, bucket, article FROM (VALUES (:week - 1), (:week), (:week + 1)) AS around
CROSS JOIN json_each(:wanted) AS wanted
CROSS JOIN anchor ON bucket = around.column1 AND h = wanted.value
UNION ALL
SELECT h, bucket, article FROM json_each(:wanted) AS wanted
CROSS JOIN recent_anchor ON h = wanted.value AND bucket BETWEEN :week - 1 AND :week + 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An article that was just stored or changed: its number, the week of its date, its anchors."""

    n: int
    week: int
    anchors: tuple[int, ...]


class Holder(NamedTuple):
    """An article that has an anchor."""

    week: int
    n: int


Holders = Mapping[int, set[Holder]]


def week(moment: datetime) -> int:
    """Number the week of a moment, Monday to Sunday in UTC."""
    return (int(moment.timestamp()) - _MONDAY_SECONDS) // _WEEK_SECONDS


def telling(database: Database, arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Give arrivals without the anchors that are boilerplate."""
    listed = list(arrivals)
    known = boilerplate(database, {h for one in listed for h in one.anchors})
    if not known:
        return listed
    return [replace(one, anchors=tuple(h for h in one.anchors if h not in known)) for one in listed]


def add(database: Database, arrivals: Sequence[Arrival]) -> None:
    """Put articles into the index; those that are in it stay."""
    database.connection.executemany(
        "INSERT OR IGNORE INTO recent_anchor (h, bucket, article) VALUES (?, ?, ?)",
        sorted((h, one.week, one.n) for one in arrivals for h in one.anchors),
    )
    # Numbers are given one after the other, and every one arrives: no counting is needed.
    if any(one.n % _PORTION == 0 for one in arrivals):
        _settle(database)


def _settle(database: Database) -> None:
    """Move what was added of late to the others, in the order in which they lie."""
    database.db.execute(
        """INSERT OR IGNORE INTO anchor (bucket, h, article)
        SELECT bucket, h, article FROM recent_anchor ORDER BY bucket, h, article"""
    )
    database.db.execute("DELETE FROM recent_anchor")


def boilerplate(database: Database, anchors: Iterable[int]) -> frozenset[int]:
    """Pick the anchors that say nothing."""
    found = database.db.execute(
        "SELECT h FROM json_each(?) AS wanted CROSS JOIN boilerplate ON h = wanted.value",
        [json.dumps(sorted(anchors))],
    )
    return frozenset(row[0] for row in found)


def holders(database: Database, arrivals: Sequence[Arrival], least: int = 2) -> Holders:
    """Find the articles of the weeks around that have an anchor of arrivals, for the anchors that
    `least` have: 2, because arrivals themselves count, in the index or not. One that was purged
    may be among them."""
    by_week: dict[int, set[int]] = defaultdict(set)
    for one in arrivals:
        by_week[one.week].update(one.anchors)
    found: dict[int, set[Holder]] = defaultdict(set)
    for center, wanted in by_week.items():
        asked = {"week": center, "wanted": json.dumps(sorted(wanted))}
        for h, bucket, n in database.db.execute(_HOLDERS, asked):
            found[h].add(Holder(bucket, n))
    # Most anchors are had by one arrival alone, and are looked at no further.
    times = Counter(chain.from_iterable(one.anchors for one in arrivals))
    for one in arrivals:
        for h in one.anchors:
            if times[h] > 1 or h in found:
                found[h].add(Holder(one.week, one.n))
    return {h: some for h, some in found.items() if len(some) >= least}


def present(database: Database, numbers: Iterable[int]) -> frozenset[int]:
    """Pick the numbers of articles that were not purged."""
    found = database.db.execute(
        "SELECT n FROM json_each(?) AS wanted CROSS JOIN article ON n = wanted.value",
        [json.dumps(sorted(numbers))],
    )
    return frozenset(row[0] for row in found)


def learn(database: Database, arrivals: Iterable[Arrival], shared: Holders) -> frozenset[int]:
    """Note which of the anchors that arrivals share are boilerplate, and give them.

    An anchor is, once three articles of one source with titles of their own have it in the same
    or neighbouring weeks, or more than 20 articles that are not the same. It stays so.
    """
    crowded = {h: some for h, some in shared.items() if len(some) > _MANY_CLUSTERS}
    clusters = _clusters(database, _numbers(crowded))
    learned = {
        h
        for h, some in crowded.items()
        if len({clusters[one.n] for one in some if one.n in clusters}) > _MANY_CLUSTERS
    }
    many = {h: some for h, some in shared.items() if len(some) >= _OWN_TITLES}
    own = _of_their_sources(database, [one.n for one in arrivals], _numbers(many))
    learned.update(h for h, some in many.items() if _is_repeated(some, own))
    database.connection.executemany(
        "INSERT OR IGNORE INTO boilerplate (h) VALUES (?)", [(h,) for h in sorted(learned)]
    )
    return frozenset(learned)


def _numbers(shared: Holders) -> list[int]:
    return sorted({one.n for some in shared.values() for one in some})


def _is_repeated(some: Collection[Holder], own: Mapping[int, tuple[str, str]]) -> bool:
    """Say whether one source has so many titles in a week and the next.

    Not in three weeks: whoever comes last has to see all of them, and looks one week around.
    """
    present = [(one.week, *own[one.n]) for one in some if one.n in own]
    if len(present) < _OWN_TITLES:
        return False
    titles: dict[tuple[int, str], set[str]] = defaultdict(set)
    for week, source, title in present:
        for start in range(week - NEAR, week + 1):
            titles[start, source].add(title)
    return any(len(different) >= _OWN_TITLES for different in titles.values())


def _of_their_sources(
    database: Database, arrivals: Sequence[int], numbers: Sequence[int]
) -> Mapping[int, tuple[str, str]]:
    """Give source and title of those of some articles that are of a source of the arrivals: any
    other source had its titles before, and was told of then."""
    found = database.db.execute(
        """SELECT n, source, title FROM json_each(:numbers) AS wanted
        CROSS JOIN article ON n = wanted.value
        WHERE source IN
            (SELECT source FROM json_each(:arrivals) AS one CROSS JOIN article ON n = one.value)""",
        {"numbers": json.dumps(numbers), "arrivals": json.dumps(arrivals)},
    )
    return {n: (source, title) for n, source, title in found}


def _clusters(database: Database, numbers: Sequence[int]) -> Mapping[int, str]:
    sql = "SELECT n, cluster FROM json_each(?) AS wanted CROSS JOIN article ON n = wanted.value"
    return dict(database.db.execute(sql, [json.dumps(numbers)]).fetchall()) if numbers else {}


def remove(database: Database, numbers: Iterable[int], weeks: Iterable[int]) -> None:
    """Take articles that are no more out of some weeks of the index.

    What is left of one whose date had changed finds nothing: its number is not given again.
    """
    gone = json.dumps(sorted(numbers))
    among = "article IN (SELECT value FROM json_each(?))"
    for one in sorted(weeks):
        database.db.execute(f"DELETE FROM anchor WHERE bucket = ? AND {among}", [one, gone])
    database.db.execute(f"DELETE FROM recent_anchor WHERE {among}", [gone])


def pending(database: Database, limit: int) -> list[int]:
    """List articles that are not in the index yet, the longest waiting first."""
    sql = "SELECT article FROM anchor_pending ORDER BY article LIMIT ?"
    return [row[0] for row in database.db.execute(sql, [limit])]
