"""Articles to be written elsewhere: all, or what an output shows, or what is new enough."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from aggregator.store import rows
from aggregator.store.archive_queue import PendingFile
from aggregator.store.database import Database
from aggregator.store.listings import IS_HIDDEN

_PORTION = 200
_WANTED = f"""
FROM article LEFT JOIN archive_file ON archive_file.article = article.n
WHERE (:output = '' OR EXISTS (SELECT 1 FROM listing AS shown WHERE shown.output = :output
        AND shown.article = article.n AND (:doubled OR NOT ({IS_HIDDEN}))))
    AND coalesce(published, first_seen) >= :since
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which articles: of an output, "" for all; of this date or later. `doubled` says that the
    output shows every member of a cluster."""

    output: str = ""
    doubled: bool = False
    since: datetime | None = None


def count(database: Database, wanted: Wanted) -> int:
    """Count the articles that are wanted."""
    return int(database.db.execute(f"SELECT count(*) {_WANTED}", _bound(wanted)).fetchone()[0])


def portions(database: Database, wanted: Wanted) -> Iterator[list[PendingFile]]:
    """Read what is wanted in order of arrival, each with the path of its file in the archive."""
    sql = f"""SELECT article.*, coalesce(path, '') AS path {_WANTED}
        AND n > :after ORDER BY n LIMIT {_PORTION}"""
    after = 0
    while found := list(database.db.query(sql, {**_bound(wanted), "after": after})):
        yield [PendingFile(row["n"], row["path"], rows.article(row), 0) for row in found]
        after = found[-1]["n"]


def _bound(wanted: Wanted) -> dict[str, object]:
    since = rows.seconds(wanted.since)
    stated = {"output": wanted.output, "doubled": wanted.doubled}
    return {**stated, "since": -(1 << 62) if since is None else since}
