"""What is stored already of what a poll brought: where the identity ladder looks things up."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aggregator.core.clusters import BODY, URL
from aggregator.core.dedup import GUID, Candidate, Known, Ref, Tombstone, tombstones
from aggregator.store import rows
from aggregator.store.database import Database, marks

KINDS = {GUID: 0, URL: 1, BODY: 2}  # of identity keys; guids are in tombstones only
_REF_COLUMNS = "id, source, guid, title, first_seen, published, content_hash, cluster"
_VOLATILE = 3  # polls that brought known pages under new guids
_VARIABLES = 500  # in one statement; SQLite allows 32,766, older builds 999


def known(database: Database, candidates: Sequence[Candidate]) -> Known:
    """Look up the stored articles that candidates, all of one source, may be the same as."""
    ids = [candidate.article.id for candidate in candidates]
    by_id = {ref.id: ref for ref in _refs(database, "id", ids)}
    unknown = [one for one in candidates if one.article.id not in by_id]
    return Known(
        by_id=by_id,
        by_url=_by_key(database, URL, [one.keys.url for one in unknown]),
        by_body=_by_key(database, BODY, [one.keys.body for one in unknown]),
        purged=_purged(database, unknown),
        has_volatile_guids=bool(unknown) and _is_volatile(database, unknown[0].article.source),
    )


def _purged(database: Database, candidates: Iterable[Candidate]) -> frozenset[Tombstone]:
    if not database.db.execute("SELECT EXISTS (SELECT 1 FROM tombstone)").fetchone()[0]:
        return frozenset()
    asked = [grave for one in candidates for grave in tombstones(one.article, one.keys)]
    # An id is enough, whatever the title is now; a page or a text may serve other entries.
    sql = """SELECT EXISTS (SELECT 1 FROM tombstone
        WHERE kind = ? AND h = ? AND (kind = 0 OR title = ?))"""
    return frozenset(
        grave
        for grave in asked
        if database.db.execute(sql, [KINDS[grave.rung], grave.key, grave.title]).fetchone()[0]
    )


def _is_volatile(database: Database, source: str) -> bool:
    sql = "SELECT polls FROM renumbering WHERE source = ?"
    row = database.db.execute(sql, [source]).fetchone()
    return row is not None and row[0] >= _VOLATILE


def _refs(database: Database, column: str, values: Sequence[object]) -> Iterator[Ref]:
    for some in _portions(values):
        sql = f"SELECT {_REF_COLUMNS} FROM article WHERE {column} IN ({marks(some)})"
        yield from map(_ref, database.db.query(sql, some))


def _by_key(database: Database, rung: str, keys: Iterable[int | None]) -> dict[int, Ref]:
    found = {}
    for some in _portions([key for key in keys if key is not None]):
        sql = f"""SELECT h, {_REF_COLUMNS} FROM ident
            JOIN article ON article.n = ident.article
            WHERE kind = {KINDS[rung]:d} AND h IN ({marks(some)})"""
        found.update({row["h"]: _ref(row) for row in database.db.query(sql, some)})
    return found


def _portions(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _VARIABLES):
        yield values[start : start + _VARIABLES]


def _ref(row: rows.Row) -> Ref:
    return Ref(
        id=row["id"],
        source=row["source"],
        guid=row["guid"],
        title=row["title"],
        first_seen=rows.stored_moment(row["first_seen"]),
        published=rows.moment(row["published"]),
        content_hash=row["content_hash"],
        cluster=row["cluster"],
    )
