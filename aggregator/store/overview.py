"""Counts for pages: how many articles a day, of outputs and sources."""

from collections.abc import Mapping
from datetime import datetime

from aggregator.core.article import Article
from aggregator.store import rows
from aggregator.store.database import Database

DAY_SECONDS = 86_400
_MOST = 1000  # days that are looked at
Days = Mapping[int, int]  # articles by day, counted since 1970-01-01, UTC


def days_of_output(database: Database, output: str, since: datetime) -> Days:
    """Count what an output keeps by the articles' dates; days without any are left out."""
    # A day at a time: to group by what is worked out of a date takes three times as long.
    sql = """WITH RECURSIVE day (n) AS (
            SELECT :since / :day UNION ALL SELECT n + 1 FROM day WHERE n < :since / :day + :most
                AND n < (SELECT max(sort_at) FROM listing WHERE output = :output) / :day)
        SELECT n, (SELECT count(*) FROM listing WHERE output = :output
            AND sort_at >= max(n * :day, :since) AND sort_at < (n + 1) * :day) FROM day"""
    wanted = {"output": output, "since": rows.seconds(since), "day": DAY_SECONDS, "most": _MOST}
    return {day: count for day, count in database.db.execute(sql, wanted) if count}


def days_of_source(database: Database, source: str, since: datetime) -> Days:
    """Count what a source brought by the time it was first seen, likewise."""
    sql = """SELECT first_seen / ?, count(*) FROM article INDEXED BY article_source
        WHERE source = ? AND first_seen >= ? GROUP BY 1"""
    return dict(database.db.execute(sql, [DAY_SECONDS, source, rows.seconds(since)]).fetchall())


def sources_of_output(database: Database, output: str, last: int) -> dict[str, int]:
    """Count an output's last so many articles by source, most first."""
    sql = """SELECT article.source, count(*) FROM (
            SELECT article FROM listing WHERE output = ? ORDER BY sort_at DESC LIMIT ?) AS kept
        JOIN article ON article.n = kept.article GROUP BY 1 ORDER BY 2 DESC, 1"""
    return dict(database.db.execute(sql, [output, last]).fetchall())


def newest_of_source(database: Database, source: str, limit: int) -> list[Article]:
    """Read the last articles that a source brought, the last seen first."""
    sql = """SELECT * FROM article INDEXED BY article_source WHERE source = ?
        ORDER BY first_seen DESC, n DESC LIMIT ?"""
    return [rows.article(row) for row in database.db.query(sql, [source, limit])]
