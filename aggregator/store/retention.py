"""What bounds are held against: articles in their order, and what must stay."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from aggregator.core.retention import Stored
from aggregator.store.database import Database
from aggregator.store.space import mean_size

# Of the long texts; SQLite before 3.43, which has no octet_length, reads all of them for it.
_BYTES = "length(CAST(article.body AS BLOB)) + length(CAST(article.summary AS BLOB))"


def of_source(database: Database, source: str, *, sized: bool) -> Iterator[Stored]:
    """Read the articles of a source, the newest first; their sizes, unless asked for, are 0."""
    size = _BYTES if sized else "0"
    found = database.db.execute(
        f"""SELECT n, first_seen, {size} FROM article INDEXED BY article_source
        WHERE source = ? ORDER BY first_seen DESC, n DESC""",
        [source],
    )
    return map(Stored._make, found)


def of_output(database: Database, output: str, *, sized: bool) -> Iterator[Stored]:
    """Read what an output keeps, the newest first."""
    size = _BYTES if sized else "0"
    found = database.db.execute(
        f"""SELECT n, first_seen, {size}
        FROM listing INDEXED BY listing_arrival JOIN article ON n = listing.article
        WHERE output = ? ORDER BY listing.article DESC""",
        [output],
    )
    return map(Stored._make, found)


def oldest(database: Database) -> Iterator[Stored]:
    """Read all articles in order of arrival, as if all took up the same of the database."""
    sql = "SELECT n, first_seen, ? FROM article ORDER BY n"
    found = database.db.execute(sql, [mean_size(database)])
    return map(Stored._make, found)


def in_document(database: Database, source: str) -> set[int]:
    """Give the newest articles of a source, as many as its last document had entries."""
    found = database.db.execute(
        """SELECT n FROM article INDEXED BY article_source WHERE source = :source
        ORDER BY first_seen DESC, n DESC
        LIMIT coalesce((SELECT entries FROM source WHERE id = :source), 0)""",
        {"source": source},
    )
    return {n for (n,) in found}


def clusters(database: Database, numbers: Iterable[int]) -> Iterable[Collection[int]]:
    """Give the clusters of articles, with all members, where there are several."""
    found = database.db.execute(
        """WITH wanted (cluster) AS (
            SELECT DISTINCT article.cluster FROM json_each(?) AS one
            CROSS JOIN article ON n = one.value)
        SELECT mate.cluster, mate.n FROM wanted
            CROSS JOIN article AS mate ON mate.cluster = wanted.cluster AND mate.reason <> ''
        UNION SELECT wanted.cluster, article.n FROM wanted
            CROSS JOIN article ON article.id = wanted.cluster""",
        [json.dumps(list(numbers))],
    )
    members: dict[str, list[int]] = defaultdict(list)
    for cluster, n in found:
        members[cluster].append(n)
    return [some for some in members.values() if len(some) > 1]


class Described(NamedTuple):
    """What there is to say of an article that goes: `size` are the bytes of its texts."""

    id: str
    source: str
    size: int


def describe(database: Database, numbers: Iterable[int]) -> dict[int, Described]:
    """Describe articles, by their numbers and in the order of these."""
    found = database.db.execute(
        f"""SELECT n, article.id, source, {_BYTES}
        FROM json_each(?) AS one CROSS JOIN article ON n = one.value""",
        [json.dumps(list(numbers))],
    )
    return {n: Described(*rest) for n, *rest in found}


def trim_revisions(database: Database, source: str, keep: int, limit: int) -> int:
    """Drop former versions of a source's articles beyond the newest so many of each, at most so
    many at a time; return how many."""
    done = database.db.execute(
        """DELETE FROM revision WHERE rowid IN (
            SELECT ranked.row FROM (
                SELECT revision.rowid AS row, row_number() OVER (
                    PARTITION BY article ORDER BY replaced_at DESC, revision.rowid DESC) AS rank
                FROM revision JOIN article ON n = article WHERE source = ?) AS ranked
            WHERE rank > ? LIMIT ?)""",
        [source, keep, limit],
    )
    return int(done.rowcount)
