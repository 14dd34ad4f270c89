"""Which articles each output keeps and why, and which of them it shows."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from aggregator.core.article import Article
from aggregator.core.copies import shown
from aggregator.core.output import Order
from aggregator.store import rows
from aggregator.store.database import Database

if TYPE_CHECKING:
    from aggregator.core.rules import Verdict

NO_END = 2**62  # above every number of an article
# A member of its cluster is in the same output, and was there before.
_HAS_EARLIER = """EXISTS (
    SELECT 1 FROM listing AS other INDEXED BY listing_article WHERE other.output = shown.output
        AND (other.late, other.article) < (shown.late, shown.article) AND other.article IN (
            SELECT n FROM article AS first WHERE first.id = article.cluster
            UNION ALL SELECT n FROM article AS mate
            WHERE mate.cluster = article.cluster AND mate.reason <> ''))"""
# The first of a cluster is hidden only where another rule brought it, which saves the look.
IS_HIDDEN = f"(article.reason <> '' OR shown.late) AND {_HAS_EARLIER}"
_BY_DATE = "sort_at DESC, article DESC"
# Where the rows of an output are found in its order, without sorting them.
_ORDERS = {
    Order.NEWEST: ("", _BY_DATE),
    Order.FIRST_SEEN: ("INDEXED BY listing_arrival", "article DESC"),
    Order.SCORE: ("INDEXED BY listing_score", f"score DESC, {_BY_DATE}"),
}
# What an output shows of the articles from after one number to another.
_BETWEEN = """FROM listing AS shown INDEXED BY listing_arrival
    JOIN article ON article.n = shown.article
    WHERE shown.output = :output AND shown.article > :after AND shown.article <= :last"""
# All members of those of some clusters that have more than one, in order of arrival.
_MEMBERS = """
WITH wanted (cluster) AS (
    SELECT DISTINCT article.cluster FROM json_each(:clusters) AS one
    CROSS JOIN article ON article.cluster = one.value AND article.reason <> '')
SELECT article.*, listing.late FROM (
    SELECT article.n FROM wanted JOIN article ON article.id = wanted.cluster
    UNION SELECT article.n FROM wanted
        JOIN article ON article.cluster = wanted.cluster AND article.reason <> '') AS member
JOIN article ON article.n = member.n
LEFT JOIN listing ON listing.article = article.n AND listing.output = :output
ORDER BY article.n
"""
_HIDDEN = f"""
SELECT shown.output, count(*) FROM article INDEXED BY article_cluster
CROSS JOIN listing AS shown ON shown.article = article.n
WHERE article.reason <> '' AND {_HAS_EARLIER} GROUP BY shown.output
UNION ALL
SELECT shown.output, count(*) FROM listing AS shown INDEXED BY listing_late
CROSS JOIN article ON article.n = shown.article
WHERE shown.late AND article.reason = '' AND {_HAS_EARLIER} GROUP BY shown.output
"""


def listed(
    database: Database,
    output: str,
    limit: int,
    since: datetime | None = None,
    prefer: Sequence[str] = (),
    order: Order = Order.NEWEST,
    dedupe: bool = True,
) -> list[Article]:
    """Read the first articles in the order of an output, from a date on; one of each cluster, or
    with `dedupe` off each as it is.

    Of a cluster it is the one that arrived first among those that this output keeps, in the words
    of the best of them; `prefer` names sources, the best first. What another rule brought takes
    nobody's place: whoever subscribed may not have seen that yet. So there may be more than `limit`
    for a while, twice as many at most.
    """
    wanted = {"output": output, "limit": limit, "since": rows.seconds(since) or 0}
    found = _first(database, wanted, order, dedupe=dedupe)
    return as_shown(database, output, found, prefer, dedupe=dedupe)


def shown_numbers(
    database: Database,
    output: str,
    limit: int,
    since: datetime | None = None,
    order: Order = Order.NEWEST,
    dedupe: bool = True,
) -> set[int]:
    """Give the numbers of the articles that `listed` reads, and of all that are the same."""
    wanted = {"output": output, "limit": limit, "since": rows.seconds(since) or 0}
    found = _first(database, wanted, order, dedupe=dedupe, columns="article.n, article.cluster")
    clusters = json.dumps(sorted({row["cluster"] for row in found}))
    sql = """SELECT n FROM json_each(:clusters) AS one JOIN article ON article.id = one.value
        UNION SELECT n FROM json_each(:clusters) AS one
        JOIN article ON article.cluster = one.value AND article.reason <> ''"""
    return {row["n"] for row in found} | {
        n for (n,) in database.db.execute(sql, {"clusters": clusters})
    }


def between(
    database: Database,
    output: str,
    after: int,
    last: int,
    prefer: Sequence[str] = (),
    dedupe: bool = True,
) -> list[Article]:
    """Read what an output keeps of the articles from after one number to another, likewise, the
    newest first."""
    sql = f"""SELECT article.*, shown.late {_BETWEEN} {unless_hidden(dedupe)}
        ORDER BY shown.sort_at DESC, shown.article DESC"""
    found = list(database.db.query(sql, {"output": output, "after": after, "last": last}))
    return as_shown(database, output, found, prefer, dedupe=dedupe)


def arrived(
    database: Database, output: str, after: int, dedupe: bool = True
) -> list[tuple[int, str]]:
    """Give number and id of what an output shows of all later articles, in order of arrival."""
    sql = f"""SELECT article.n, article.id {_BETWEEN} {unless_hidden(dedupe)}
        ORDER BY shown.article"""
    found = database.db.execute(sql, {"output": output, "after": after, "last": NO_END})
    return [(n, article_id) for n, article_id in found.fetchall()]


def unless_hidden(dedupe: bool) -> str:
    """Give the condition that leaves out copies, where an output wants none."""
    return f"AND NOT ({IS_HIDDEN})" if dedupe else ""


def as_shown(
    database: Database,
    output: str,
    found: Sequence[rows.Row],
    prefer: Sequence[str],
    *,
    dedupe: bool,
) -> list[Article]:
    """Read rows of articles, with `late` of their listing, as an output shows them."""
    if not dedupe:
        return [rows.article(row) for row in found]
    members = _members(database, output, {row["cluster"] for row in found})
    return [_shown(row, members[row["cluster"]], prefer) for row in found]


def _first(
    database: Database,
    wanted: dict[str, object],
    order: Order,
    *,
    dedupe: bool,
    columns: str = "article.*",
) -> list[rows.Row]:
    """Read the rows to show; where late ones are among them, as many of the others as well."""
    index, by = _ORDERS[order]
    sql = f"""SELECT {columns}, shown.late, shown.sort_at, shown.score, shown.article
        FROM listing AS shown {index} JOIN article ON article.n = shown.article
        WHERE shown.output = :output AND shown.sort_at >= :since
        {"AND shown.score IS NOT NULL" if order is Order.SCORE else ""}
        {unless_hidden(dedupe)} {{more}}
        ORDER BY {", ".join(f"shown.{column}" for column in by.split(", "))} LIMIT :limit"""
    found: list[rows.Row] = list(database.db.query(sql.format(more=""), wanted))
    if not any(row["late"] for row in found):
        return found
    found += database.db.query(sql.format(more="AND NOT shown.late"), wanted)
    names = [column.removesuffix(" DESC") for column in by.split(", ")]
    each = {row["article"]: row for row in found}.values()
    return sorted(each, key=lambda row: tuple(row[name] for name in names), reverse=True)


def _members(
    database: Database, output: str, names: Iterable[str]
) -> Mapping[str, list[tuple[int | None, Article]]]:
    """Read the members of clusters that have several, each with whether it is late in the output,
    None where that does not keep it."""
    members: dict[str, list[tuple[int | None, Article]]] = defaultdict(list)
    wanted = {"clusters": json.dumps(sorted(names)), "output": output}
    for row in database.db.query(_MEMBERS, wanted):
        members[row["cluster"]].append((row["late"], rows.article(row)))
    return members


def _shown(
    row: rows.Row, members: Sequence[tuple[int | None, Article]], prefer: Sequence[str]
) -> Article:
    announced = rows.article(row)
    if not members:
        return announced
    # A copy that another rule brought does not change what was announced.
    kept = [article for late, article in members if late is not None and late <= row["late"]]
    return shown(announced, kept, [article for _, article in members], prefer)


class Kept(NamedTuple):
    """How many articles an output keeps, how many of them are hidden behind others of their
    cluster, and the date of the newest."""

    articles: int
    copies: int
    newest: datetime | None


def kept(database: Database) -> dict[str, Kept]:
    """Count what each output keeps over all history."""
    found = database.db.execute(
        "SELECT output, count(*), max(sort_at) FROM listing GROUP BY output"
    )
    copies: Counter[str] = Counter()
    for output, count in database.db.execute(_HIDDEN):
        copies[output] += count
    return {
        output: Kept(count, copies[output], rows.moment(newest)) for output, count, newest in found
    }


def counts(
    database: Database, doubled: Collection[str] = ()
) -> dict[str, tuple[int, datetime | None]]:
    """Count what each output shows over all history, with the date of the newest; those `doubled`
    show every member of a cluster."""
    return {
        output: (one.articles - (0 if output in doubled else one.copies), one.newest)
        for output, one in kept(database).items()
    }


def count_after(database: Database, output: str, n: int, dedupe: bool) -> int:
    """Count what an output shows of the articles that arrived after the n-th."""
    sql = f"SELECT count(*) {_BETWEEN} {unless_hidden(dedupe)}"
    bounds = {"output": output, "after": n, "last": NO_END}
    return int(database.db.execute(sql, bounds).fetchone()[0])


def add(
    database: Database,
    kept: "Iterable[tuple[int, Article, Mapping[str, Verdict]]]",
    late: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """List articles, each with its number, in the outputs that keep them; `late` are the outputs
    that got it by another rule."""
    database.connection.executemany(
        """INSERT INTO listing (output, sort_at, article, score, why, late)
        VALUES (?, ?, ?, ?, ?, ?)""",
        [
            (name, rows.seconds(article.date), n, *rows.verdict_row(one), late.get(name, 0))
            for n, article, verdicts in kept
            for name, one in sorted(verdicts.items())
        ],
    )


def remove(database: Database, n: int) -> dict[str, int]:
    """Take an article out of all listings; give the outputs, each with whether it was late."""
    sql = "DELETE FROM listing WHERE article = ? RETURNING output, late"
    return dict(database.db.execute(sql, [n]).fetchall())


def verdicts(database: Database, numbers: Iterable[int]) -> "dict[int, dict[str, Verdict]]":
    """Tell for each of some articles which outputs keep it, and why."""
    found: dict[int, dict[str, Verdict]] = defaultdict(dict)
    sql = """SELECT article, output, score, why FROM listing
        WHERE article IN (SELECT value FROM json_each(?)) ORDER BY article, output"""
    for n, output, score, why in database.db.execute(sql, [json.dumps(sorted(numbers))]):
        found[n][output] = rows.verdict(score, why)
    return found


def matched(
    database: Database, output: str, articles: Iterable[Article]
) -> dict[str, tuple[str, ...]]:
    """Tell by which terms an output keeps articles, by their ids."""
    sql = """SELECT article.id, score, why
        FROM json_each(?) AS one CROSS JOIN article ON article.id = one.value
        JOIN listing ON listing.article = n AND listing.output = ?"""
    ids = json.dumps([one.id for one in articles])
    found = database.db.execute(sql, [ids, output])
    return {id_: rows.verdict(score, why).terms for id_, score, why in found}


def drop_except(database: Database, outputs: Iterable[str]) -> None:
    """Forget the listings of outputs that left feeds.toml."""
    kept = frozenset(outputs)
    with database.transaction():
        for table, column in (("listing", "output"), ("page", "output"), ("output", "id")):
            for gone in _names(database, table, column) - kept:
                database.db.execute(f"DELETE FROM {table} WHERE {column} = ?", [gone])


def _names(database: Database, table: str, column: str) -> frozenset[str]:
    """List the different values of the first column of a key: by a look into the key for each, and
    not at each of what may be a million rows."""
    sql = f"""WITH RECURSIVE one (name) AS (
            SELECT min({column}) FROM {table}
            UNION ALL
            SELECT (SELECT min({column}) FROM {table} WHERE {column} > name) FROM one
            WHERE name IS NOT NULL
        ) SELECT name FROM one WHERE name IS NOT NULL"""
    return frozenset(row[0] for row in database.db.execute(sql))


def is_made(database: Database, output: str) -> bool:
    """Say whether an output was ever listed, and not only begun to be."""
    sql = """SELECT EXISTS (SELECT 1 FROM output WHERE id = :output)
        AND NOT EXISTS (SELECT 1 FROM relisting WHERE output = :output AND is_first)"""
    return bool(database.db.execute(sql, {"output": output}).fetchone()[0])


def kept_between(database: Database, output: str, after: int, up_to: int) -> frozenset[int]:
    """Give the numbers of the articles that an output keeps, after one and up to another."""
    sql = "SELECT article FROM listing WHERE article > ? AND article <= ? AND output = ?"
    found = database.db.execute(sql, [after, up_to, output])
    return frozenset(row[0] for row in found)


def copies(database: Database, numbers: Sequence[int]) -> int:
    """Count the articles among some that are copies of another among them."""
    sql = """SELECT count(*) - count(DISTINCT cluster) FROM json_each(?) AS one
        CROSS JOIN article ON n = one.value"""
    return int(database.db.execute(sql, [json.dumps(numbers)]).fetchone()[0])
