"""What search finds, counted by source and month, a page at a time."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from aggregator.core.article import Article
from aggregator.store.database import Database
from aggregator.store.overview import DAY_SECONDS
from aggregator.store.search import match_expression

MOST = 5000  # articles that are looked at, those that arrived last


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Articles that were found, the newest first; `total` counts those of the source and month that
    are wanted, `sources` and `months` all, so that another can be chosen. `is_cut`: there are more
    than were looked at."""

    articles: tuple[Article, ...] = ()
    total: int = 0
    sources: Mapping[str, int]
    months: Mapping[str, int]
    is_cut: bool = False


class _Hit(NamedTuple):
    n: int
    source: str
    date: int

    @property
    def month(self) -> str:
        return _month(self.date // DAY_SECONDS)


@lru_cache(maxsize=20_000)
def _month(day: int) -> str:
    """Name the month of a day, counted since 1970."""
    return f"{datetime.fromtimestamp(day * DAY_SECONDS, UTC):%Y-%m}"


def results(
    database: Database, query: str, source: str, month: str, skip: int, limit: int
) -> Results:
    """Find articles by words; `source` and `month` ("2026-03") narrow that, where they are stated.

    The newest by date come first, after so many that are skipped.
    """
    expression = match_expression(query)
    hits = _hits(database, expression) if expression else []
    if is_cut := len(hits) > MOST:
        hits.remove(min(hits))
    of_source = [one for one in hits if source in ("", one.source)]
    of_month = [one for one in hits if month in ("", one.month)]
    wanted = [one for one in of_source if month in ("", one.month)]
    wanted.sort(key=lambda one: (one.date, one.n), reverse=True)
    page = wanted[skip : skip + limit]
    return Results(
        articles=tuple(database.numbered(one.n) for one in page),
        total=len(wanted),
        sources=dict(Counter(one.source for one in of_month).most_common()),
        months=dict(sorted(Counter(one.month for one in of_source).items(), reverse=True)),
        is_cut=is_cut,
    )


def _hits(database: Database, expression: str) -> list[_Hit]:
    # By the order in which they were indexed: by date each of them would have to be read first.
    sql = """WITH hit AS (
            SELECT search_document.article AS n FROM search_index
            JOIN search_document ON search_document.n = search_index.rowid
            WHERE search_index MATCH ? ORDER BY search_index.rowid DESC LIMIT ?)
        SELECT article.n, source, coalesce(published, first_seen)
        FROM hit JOIN article ON article.n = hit.n"""
    return list(map(_Hit._make, database.db.execute(sql, [expression, MOST + 1])))
