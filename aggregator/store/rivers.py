"""All that an output ever kept, newest first, in stretches for people who read on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.core.article import Article
from aggregator.store import listings, rows
from aggregator.store.database import Database


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
) -> Stretch:
    """Read the next articles of an output within some bounds, the newest first."""
    after = bounds.after or Place(at=listings.NO_END, n=0)
    sql = f"""SELECT article.*, shown.late, shown.sort_at FROM listing AS shown
        JOIN article ON article.n = shown.article
        WHERE shown.output = :output AND (shown.sort_at, shown.article) < (:at, :n)
        AND shown.sort_at >= :since AND shown.sort_at < :until
        {"AND article.source = :source" if bounds.source else ""} {listings.unless_hidden(dedupe)}
        ORDER BY shown.sort_at DESC, shown.article DESC LIMIT :limit"""
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
