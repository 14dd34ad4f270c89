"""What may be wrong inside a database whose file is whole, and mending what can be made anew."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aggregator.store import anchors, archive_queue, listings, publish_queue, rule_texts, ties
from aggregator.store.database import Database
from aggregator.store.purging import DERIVED

_GONE = "NOT IN (SELECT n FROM article)"
_BIG = ("article", "listing", "anchor", "tie", "ident", "revision", "rule_text", "search_document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be; `todo` is what a person can do.

    `mend` is there where it can be mended without losing anything, and returns how many rows were.
    """

    name: str
    what: str
    means: str
    todo: str
    is_wrong: bool = True  # else it is good to know
    mend: Callable[[Database], int] | None = None


def look(database: Database) -> list[Finding]:
    """Look for rows without their article, articles without their rows, and slow queries."""
    found = [_orphans(database, table) for table in (*DERIVED, "anchor", "recent_anchor")]
    found += [_orphaned_ties(database), _orphaned_revisions(database), _lost_clusters(database)]
    found += [_unsearchable(database), _wordless(database), *_slow(database)]
    return [one for one in found if one is not None]


def mend(database: Database, findings: Iterable[Finding]) -> int:
    """Mend what can be mended, all of it or nothing; return how many rows that were."""
    with database.transaction():
        return sum(one.mend(database) for one in findings if one.mend)


def _number(database: Database, sql: str) -> int:
    return int(database.db.execute(sql).fetchone()[0])


def _orphans(database: Database, table: str) -> Finding | None:
    return _unbound(
        database,
        f"FROM {table} WHERE article {_GONE}",
        f"rows of {table} belong to no article",
        "they take room, and may hold a place that an article should have",
    )


def _orphaned_ties(database: Database) -> Finding | None:
    return _unbound(
        database,
        f"FROM tie WHERE a {_GONE} OR b {_GONE}",
        "rows of tie name an article that is not there",
        "they may join articles that have nothing to do with each other",
    )


def _unbound(database: Database, rows: str, what: str, means: str) -> Finding | None:
    """Count rows that are bound to no article, and offer to remove them."""
    count = _number(database, f"SELECT count(*) {rows}")
    if not count:
        return None
    return Finding(
        name="orphans",
        what=f"{count} {what}",
        means=means,
        todo="`aggregator doctor --repair` removes them",
        mend=lambda db: db.connection.execute(f"DELETE {rows}").rowcount,
    )


def _orphaned_revisions(database: Database) -> Finding | None:
    count = _number(database, f"SELECT count(*) FROM revision WHERE article {_GONE}")
    if not count:
        return None
    return Finding(
        name="orphans",
        what=f"{count} rows of revision belong to no article",
        means="what articles said before is kept, and nothing shows it",
        todo="nothing: it is text that cannot be had again, so it is not removed",
    )


def _lost_clusters(database: Database) -> Finding | None:
    lost = "FROM article WHERE cluster NOT IN (SELECT id FROM article)"
    numbers = [row[0] for row in database.db.execute(f"SELECT n {lost}")]
    if not numbers:
        return None
    return Finding(
        name="clusters",
        what=f"{len(numbers)} articles are in a cluster whose first member is not there",
        means="they may not be shown in any output",
        todo="`aggregator doctor --repair` forms their clusters anew",
        mend=lambda db: _regroup(db, numbers),
    )


def _regroup(database: Database, numbers: list[int]) -> int:
    for n in numbers:
        database.db.execute("UPDATE article SET cluster = id, reason = '' WHERE n = ?", [n])
    publish_queue.put(database, ties.regroup(database, numbers).outputs)
    return len(numbers)


def _unsearchable(database: Database) -> Finding | None:
    lacking = """FROM article LEFT JOIN search_document ON search_document.article = article.n
        WHERE (search_document.n IS NULL
            OR search_document.n NOT IN (SELECT id FROM search_index_docsize))
        AND article.n NOT IN (SELECT article FROM search_pending)"""
    count = _number(database, f"SELECT count(*) {lacking}")
    if not count:
        return None
    return Finding(
        name="search",
        what=f"{count} articles are not in the search index, nor waiting for it",
        means="`aggregator search` and the pages do not find them",
        todo="`aggregator doctor --repair` lines them up for it",
        mend=lambda db: (
            db.connection.execute(
                f"INSERT INTO search_pending (article) SELECT article.n {lacking}"
            ).rowcount
        ),
    )


def _wordless(database: Database) -> Finding | None:
    lacking = """FROM article WHERE n NOT IN (SELECT article FROM rule_text)
        AND n NOT IN (SELECT article FROM rule_text_pending)"""
    count = _number(database, f"SELECT count(*) {lacking}")
    if not count:
        return None
    return Finding(
        name="words",
        what=f"the words of {count} articles are not kept, nor about to be",
        means="a changed rule does not see them",
        todo="`aggregator doctor --repair` lines them up to be folded",
        mend=lambda db: (
            db.connection.execute(
                f"INSERT INTO rule_text_pending (article) SELECT n {lacking}"
            ).rowcount
        ),
    )


def _slow(database: Database) -> list[Finding]:
    """Ask SQLite how it would answer what is asked all the time."""
    asked: list[str] = []
    database.connection.set_trace_callback(asked.append)
    try:
        _ask(database)
    finally:
        database.connection.set_trace_callback(None)
    scanned = {table for sql in asked for table in _scanned(database, sql)}
    return [
        Finding(
            name="slow",
            what=f"a question that is asked all the time reads all of {table}",
            means="polls and pages become slower the more is stored",
            todo="please report this with the version of SQLite",
        )
        for table in sorted(scanned)
    ]


def _ask(database: Database) -> None:
    """Ask what every poll, publish and page asks."""
    found = database.articles_after(0, 1)
    if not found:
        return
    (n, article), *_ = found
    when = article.first_seen
    database.due_states(when)
    database.article(article.id)
    database.members(article.id)
    database.outputs_of(article.id)
    database.find_ids(article.id[:6])
    database.revisions(article.id)
    output = next((row[0] for row in database.db.execute("SELECT id FROM output LIMIT 1")), "")
    listings.listed(database, output, 50)
    ties.of(database, [n])
    arrival = anchors.Arrival(n=n, week=anchors.week(when), anchors=(1, 2))
    anchors.holders(database, [arrival])
    archive_queue.ahead(database, 0, 10)
    rule_texts.due(database, 0, 10)


def _scanned(database: Database, sql: str) -> list[str]:
    if not sql.lstrip().upper().startswith(("SELECT", "WITH")):
        return []
    try:
        plan = database.db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    except sqlite3.Error:
        return []  # a statement within a statement, of the search index
    steps = (str(row[3]) for row in plan)
    return [table for step in steps for table in _BIG if step.split()[:2] == ["SCAN", table]]
