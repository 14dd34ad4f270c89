"""The folded texts of stored articles, kept so that a rule can be tried on all of them in seconds.

Reading the HTML of an article and folding its words takes ten times as long as reading them here.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise

from aggregator.core.output import FIELDS
from aggregator.core.subject import Subject
from aggregator.core.text import folding
from aggregator.store import rows
from aggregator.store.database import Database

_FORM = zlib.crc32(folding().encode())
_LEVEL = 3
_EVER = -(1 << 62)  # before every date


@dataclass(frozen=True, slots=True)
class DueText:
    """An article whose texts are not kept, and how often that was noted."""

    n: int
    changes: int


@dataclass(frozen=True, slots=True)
class PackedText:
    """The texts of an article as they are kept."""

    due: DueText
    texts: bytes


def pack(subject: Subject) -> bytes:
    """Put the words of a subject into the form in which they are kept."""
    names = ("\n".join(sorted(some)) for some in (subject.authors, subject.categories))
    parts = (*(subject.texts[field] for field in FIELDS), *names)
    head = " ".join(str(len(part)) for part in parts)
    return zlib.compress("\n".join((head, "".join(parts))).encode("utf-8", "surrogatepass"), _LEVEL)


def unpack(packed: bytes) -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
    """Give the texts of the fields, the names of the authors and those of the categories."""
    head, _, words = zlib.decompress(packed).decode("utf-8", "surrogatepass").partition("\n")
    places = pairwise(accumulate(map(int, head.split()), initial=0))
    *texts, authors, categories = (words[start:end] for start, end in places)
    return dict(zip(FIELDS, texts, strict=True)), _names(authors), _names(categories)


def _names(joined: str) -> frozenset[str]:
    return frozenset(joined.split("\n")) if joined else frozenset()


def forget(database: Database, n: int) -> None:
    """Drop the texts of an article that changed, and note that they are to be made anew."""
    _forget(database, [n])


def _forget(database: Database, numbers: Sequence[int]) -> None:
    asked = [(n,) for n in numbers]
    database.connection.executemany("DELETE FROM rule_text WHERE article = ?", asked)
    database.connection.executemany(
        """INSERT INTO rule_text_pending (article) VALUES (?)
        ON CONFLICT (article) DO UPDATE SET changes = changes + 1""",
        asked,
    )


def retire(database: Database, limit: int) -> int:
    """Drop texts that were folded by other rules than today's, at most so many; return how many."""
    sql = "SELECT article FROM rule_text WHERE form < :form OR form > :form LIMIT :limit"
    numbers = [row[0] for row in database.db.execute(sql, {"form": _FORM, "limit": limit})]
    if numbers:
        with database.transaction():
            _forget(database, numbers)
    return len(numbers)


def backlog(database: Database) -> int:
    """Count the articles whose texts are not kept."""
    return int(database.db.execute("SELECT count(*) FROM rule_text_pending").fetchone()[0])


def due(database: Database, after: int, limit: int) -> list[DueText]:
    """List articles after the n-th whose texts are not kept, oldest first."""
    sql = (
        "SELECT article, changes FROM rule_text_pending WHERE article > ? ORDER BY article LIMIT ?"
    )
    return [DueText(*row) for row in database.db.execute(sql, [after, limit])]


def packed(database: Database, wanted: Iterable[DueText]) -> list[PackedText]:
    """Fold the words of stored articles."""
    found = ((one, database.find_numbered(one.n)) for one in wanted)
    return [PackedText(one, pack(Subject.of(article))) for one, article in found if article]


def put(database: Database, made: Iterable[PackedText]) -> None:
    """Keep texts, but not of articles that changed or were purged since they were read."""
    with database.transaction():
        for one in made:
            done = database.db.execute(
                "DELETE FROM rule_text_pending WHERE article = ? AND changes = ?",
                [one.due.n, one.due.changes],
            )
            if done.rowcount:
                database.db.execute(
                    "INSERT OR REPLACE INTO rule_text (article, form, texts) VALUES (?, ?, ?)",
                    [one.due.n, _FORM, one.texts],
                )


def fill(database: Database, limit: int) -> int:
    """Keep the texts of articles, the longest waiting first; return how many."""
    retire(database, limit)
    some = due(database, 0, limit)
    put(database, packed(database, some))
    return len(some)


_SUBJECTS = """
SELECT n, source, language, image <> '', coalesce(published, first_seen), texts
FROM article LEFT JOIN rule_text ON rule_text.article = n AND form = :form
WHERE n > :after AND n <= :up_to AND coalesce(published, first_seen) >= :since ORDER BY n
"""


_FROM_A_DATE_ON = """
WITH RECURSIVE name (source) AS (
    SELECT min(source) FROM article UNION ALL
    SELECT (SELECT min(source) FROM article WHERE source > name.source) FROM name
    WHERE name.source IS NOT NULL)
SELECT n FROM name CROSS JOIN article INDEXED BY article_source
    ON article.source = name.source AND first_seen >= :since
UNION SELECT n FROM article INDEXED BY article_ahead
    WHERE published > first_seen AND published >= :since
ORDER BY n
"""


def numbers(database: Database, since: datetime) -> list[int]:
    """Give the numbers of all articles of a date from `since` on, in order, and of some others that
    were first seen from then on; without reading the articles."""
    return [n for (n,) in database.db.execute(_FROM_A_DATE_ON, {"since": rows.seconds(since)})]


def subjects(
    database: Database, after: int, up_to: int, since: datetime | None = None
) -> Iterator[tuple[int, Subject]]:
    """Read articles as rules see them, in order of arrival: those after one number and up to
    another, and of a date not before `since`. What is not kept is folded on the way."""
    earliest = rows.seconds(since) if since else _EVER
    asked = {"form": _FORM, "after": after, "up_to": up_to, "since": earliest}
    for n, source, language, has_image, date, kept in database.db.execute(_SUBJECTS, asked):
        if kept is None:
            if article := database.find_numbered(n):
                yield n, Subject.of(article)
            continue
        texts, authors, categories = unpack(kept)
        yield (
            n,
            Subject(
                source=source,
                language=language,
                date=rows.stored_moment(date),
                has_image=bool(has_image),
                authors=authors,
                categories=categories,
                texts=texts,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a list of articles says of one."""

    id: str
    date: datetime
    source: str
    title: str


def heads(database: Database, numbers: Iterable[int]) -> dict[int, Head]:
    """Read what lists say of articles, by their numbers."""
    sql = """SELECT n, article.id, coalesce(published, first_seen), source, title
        FROM json_each(?) AS one CROSS JOIN article ON n = one.value"""
    found = database.db.execute(sql, [json.dumps(list(numbers))])
    return {
        n: Head(id=name, date=rows.stored_moment(date), source=source, title=title)
        for n, name, date, source, title in found
    }
