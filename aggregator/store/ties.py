"""Which articles are tied to which, and the clusters that follow."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from aggregator.core.clusters import RULINGS, Bond, Tie, clusters
from aggregator.store import archive_queue
from aggregator.store.database import Database, Member

_HOLDING = (Bond.SAME, Bond.MERGED)
_NUMBERS = "(SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrouped:
    """What a change of ties came to: articles that joined another's cluster, and the outputs that
    keep a member of any cluster it is about."""

    joined: frozenset[int] = frozenset()
    outputs: frozenset[str] = frozenset()


def write(database: Database, ties: Iterable[Tie]) -> None:
    """Note ties that were found; what a person ruled and what exact keys say stays."""
    database.connection.executemany(
        """INSERT INTO tie (a, b, bond, why) VALUES (?, ?, ?, ?)
        ON CONFLICT (a, b) DO UPDATE SET bond = excluded.bond, why = excluded.why
        WHERE bond NOT IN ('merged', 'apart') AND tie.why NOT IN ('url', 'body')""",
        [(one.a, one.b, one.bond, one.why) for one in ties],
    )


def rule(database: Database, ties: Iterable[Tie]) -> None:
    """Note what a person ruled, in place of whatever was found."""
    database.connection.executemany(
        "INSERT OR REPLACE INTO tie (a, b, bond, why) VALUES (?, ?, ?, ?)",
        [(one.a, one.b, one.bond, one.why) for one in ties],
    )


def remove(database: Database, ties: Iterable[Tie]) -> None:
    """Forget ties that were found; rulings stay."""
    database.connection.executemany(
        "DELETE FROM tie WHERE a = ? AND b = ?",
        [(one.a, one.b) for one in ties if one.bond not in RULINGS],
    )


def of(database: Database, numbers: Iterable[int]) -> list[Tie]:
    """Read all ties of some articles."""
    wanted = json.dumps(sorted(numbers))
    found = database.db.execute(
        f"""SELECT a, b, bond, why FROM tie WHERE a IN {_NUMBERS}
        UNION SELECT a, b, bond, why FROM tie WHERE b IN {_NUMBERS} ORDER BY a, b""",
        [wanted, wanted],
    )
    return [Tie(a=a, b=b, bond=Bond(bond), why=why) for a, b, bond, why in found]


def regroup(database: Database, numbers: Iterable[int]) -> Regrouped:
    """Bring the clusters of some articles in line with the ties."""
    members = reach(database, numbers)
    places = clusters(members, _within(of(database, members), members))
    ids = {n: members[n][0] for n in members}
    changed = {
        n: (ids[place.first], place.reason)
        for n, place in places.items()
        if (ids[place.first], place.reason) != members[n][1:]
    }
    joined = frozenset(n for n, (_, reason) in changed.items() if reason and not members[n][2])
    database.connection.executemany(
        "UPDATE article SET cluster = ?, reason = ? WHERE n = ?",
        [(*place, n) for n, place in sorted(changed.items())],
    )
    archive_queue.regroup(database, joined, {n for n, (_, reason) in changed.items() if not reason})
    return Regrouped(joined=joined, outputs=outputs_of(database, members))


def reach(database: Database, numbers: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """Collect whatever is in a cluster with, or tied as the same to, some articles: id, cluster and
    reason by number."""
    members: dict[int, tuple[str, str, str]] = {}
    wanted = set(numbers)
    while wanted:
        found = database.db.execute(
            f"""SELECT n, id, cluster, reason FROM article WHERE n IN {_NUMBERS}
            UNION SELECT mate.n, mate.id, mate.cluster, mate.reason FROM article
                JOIN article AS mate ON mate.id = article.cluster WHERE article.n IN {_NUMBERS}
            UNION SELECT mate.n, mate.id, mate.cluster, mate.reason FROM article
                JOIN article AS mate ON mate.cluster = article.cluster AND mate.reason <> ''
                WHERE article.n IN {_NUMBERS}""",
            [json.dumps(sorted(wanted))] * 3,
        ).fetchall()
        fresh = {n: (name, cluster, reason) for n, name, cluster, reason in found}
        ends = {
            end for tie in of(database, fresh) if tie.bond in _HOLDING for end in (tie.a, tie.b)
        }
        members |= fresh
        wanted = ends - members.keys()
    return members


def _within(ties: Iterable[Tie], members: Iterable[int]) -> list[Tie]:
    inside = frozenset(members)
    return [tie for tie in ties if tie.a in inside and tie.b in inside]


def outputs_of(database: Database, numbers: Iterable[int]) -> frozenset[str]:
    """Name the outputs that keep any of some articles."""
    found = database.db.execute(
        f"SELECT DISTINCT output FROM listing WHERE article IN {_NUMBERS}",
        [json.dumps(sorted(numbers))],
    )
    return frozenset(row[0] for row in found)


def related(database: Database, n: int) -> list[Member]:
    """List the articles that are related to one without being the same, with why."""
    why = {_other(tie, n): tie.why for tie in of(database, [n]) if tie.bond is Bond.RELATED}
    found = database.db.execute(
        f"SELECT n, id, source, title, link FROM article WHERE n IN {_NUMBERS} ORDER BY n",
        [json.dumps(sorted(why))],
    )
    return [
        Member(id=name, source=source, title=title, link=link, reason=why[other])
        for other, name, source, title, link in found
    ]


def split(database: Database, n: int) -> Regrouped:
    """Take an article out of its cluster for good; what it held together stays together."""
    mates = sorted(_mates(database, n) - {n})
    bridge(database, n)
    rule(database, [Tie.between(n, mate, Bond.APART, "") for mate in mates])
    return regroup(database, [n, *mates])


def bridge(database: Database, n: int) -> None:
    """Tie to each other what is tied by one article that is about to leave."""
    held = {_other(tie, n): tie for tie in of(database, [n]) if tie.bond in _HOLDING}
    first, *rest = sorted(held) or [n]
    new = [Tie.between(first, mate, held[mate].bond, held[mate].why) for mate in rest]
    write(database, new)


def merge(database: Database, one: int, other: int) -> Regrouped:
    """Make two articles, and whatever is the same as either, one for good."""
    first, second = _mates(database, one), _mates(database, other)
    database.connection.executemany(
        "DELETE FROM tie WHERE a = ? AND b = ? AND bond = 'apart'",
        [(min(a, b), max(a, b)) for a in first for b in second],
    )
    rule(database, [Tie.between(one, other, Bond.MERGED, "")])
    return regroup(database, [one, other])


def _mates(database: Database, n: int) -> set[int]:
    """Give the members of an article's cluster."""
    found = database.db.execute(
        """SELECT mate.n FROM article JOIN article AS mate
            ON mate.id = article.cluster OR (mate.cluster = article.cluster AND mate.reason <> '')
        WHERE article.n = ?""",
        [n],
    )
    return {row[0] for row in found}


def _other(tie: Tie, n: int) -> int:
    return tie.b if tie.a == n else tie.a
