"""All that an output ever kept, newest first, in stretches for people who read on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.core.article import Article
from aggregator.store import listings, rows
from aggregator.store.database import Database

# Which of two ways leads to the articles of a source. By the output's order it is left as soon as
# enough are found, which is late where the source has few among many; by the source all of its
# articles are looked at.
_BY_OUTPUT = "listing AS shown JOIN article ON article.n = shown.article"
_BY_SOURCE = """article INDEXED BY article_source
    CROSS JOIN listing AS shown INDEXED BY listing_article ON shown.article = article.n"""
FEW = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stretch ends: date and number of the last article, in seconds since 1970."""

    at: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some articles of an output in their order; `end` is None where no more follow."""

    articles: tuple[Article, ...]
    end: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Which articles are wanted: after a place, of a source, from one moment and before another."""

    after: Place | None = None
    source: str = ""
    since: datetime | None = None
    until: datetime | None = None


def stretch(
    database: Database,
    output: str,
    bounds: Bounds,
    limit: int,
    prefer: Sequence[str] = (),
    *,
    dedupe: bool = True,
    few: int = FEW,
) -> Stretch:
    """Read the next articles of an output within some bounds, the newest first; those of a source
    that has `few` are found by the source."""
    after = bounds.after or Place(at=listings.NO_END, n=0)
    # Numbers first: what is sorted on the way would carry whole articles.
    sql = f"""WITH wanted AS (
            SELECT shown.article, shown.late, shown.sort_at FROM {_way(database, bounds, few)}
            WHERE shown.output = :output AND (shown.sort_at, shown.article) < (:at, :n)
            AND shown.sort_at >= :since AND shown.sort_at < :until
            {"AND article.source = :source" if bounds.source else ""}
            {listings.unless_hidden(dedupe)}
            ORDER BY shown.sort_at DESC, shown.article DESC LIMIT :limit)
        SELECT article.*, late, sort_at FROM wanted JOIN article ON article.n = wanted.article
        ORDER BY sort_at DESC, article.n DESC"""
    wanted = {
        "output": output,
        "at": after.at,
        "n": after.n,
        "since": rows.seconds(bounds.since) or 0,
        "until": rows.seconds(bounds.until) or listings.NO_END,
        "source": bounds.source,
        "limit": limit + 1,
    }
    found = list(database.db.query(sql, wanted))
    shown, more = found[:limit], found[limit:]
    articles = listings.as_shown(database, output, shown, prefer, dedupe=dedupe)
    end = Place(at=shown[-1]["sort_at"], n=shown[-1]["n"]) if more else None
    return Stretch(articles=tuple(articles), end=end)


def _way(database: Database, bounds: Bounds, few: int) -> str:
    is_narrow = not bounds.source or bounds.since
    return _BY_OUTPUT if is_narrow or _has_many(database, bounds.source, few) else _BY_SOURCE


def _has_many(database: Database, source: str, few: int) -> bool:
    sql = """SELECT count(*) > :few FROM (SELECT 1 FROM article INDEXED BY article_source
        WHERE source = :source LIMIT :few + 1)"""
    return bool(database.db.execute(sql, {"source": source, "few": few}).fetchone()[0])
