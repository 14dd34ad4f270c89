"""What a home has in the end, to be compared with that of a run in peace."""

import gzip
import re
import sqlite3
from contextlib import suppress
from pathlib import Path

from tests.running import Home, contents

# When each article was first seen, and the date of a feed, which follows from that; and the page
# before a feed, since pages go by the order of arrival, which is another in each run.
SEEN = re.compile(
    rb"<dcterms:dateAccepted>[^<]*|\"first_seen\": \"[^\"]*|First seen <time.*|last change <time.*"
    rb"|rel=\"prev-archive\" href=\"[^\"]*|\"next_url\": \"[^\"]*|<a href=\"[^\"]*\">Older"
    rb"|<lastBuildDate>[^<]*|(?<=</title>\n  )<updated>[^<]*"
)


def published(home: Home) -> dict[str, bytes]:
    """Read what was published, compressed forms unpacked, without what depends on the hour."""
    unpack = {".gz": gzip.decompress}
    found = contents(home.feeds)
    plain = {name: unpack.get(Path(name).suffix, bytes)(body) for name, body in found.items()}
    return {name: SEEN.sub(b"", body) for name, body in plain.items()}


# When an entry was seen to have changed.
CHANGED = re.compile(
    rb"<(atom:)?updated>[^<]*|\"date_modified\": \"[^\"]*|changed <time[^>]*>[^<]*"
)


def timeless(home: Home) -> dict[str, bytes]:
    """Read what was published without all that depends on when something was seen."""
    return {
        name: CHANGED.sub(b"", body)
        for name, body in published(home).items()
        if not name.startswith("_health")
    }


def what_is_kept(home: Home) -> dict[str, object]:
    """Give everything that has to be the same, however often a run was killed."""
    return {
        "feeds": published(home),
        "archive": contents(home.archive),
        "articles": home.query("SELECT id, guid, title, body FROM article ORDER BY id"),
        "listings": home.query(
            """SELECT output, sort_at, id FROM listing JOIN article ON n = listing.article
            ORDER BY 1, 2, 3"""
        ),
        "idents": home.query(
            "SELECT kind, h, id FROM ident JOIN article ON n = ident.article ORDER BY 1, 2"
        ),
        "revisions": home.query("SELECT * FROM revision"),
        "files due": home.query("SELECT * FROM archive_pending"),
        "sources": home.query("SELECT id, status, error, title, known FROM source ORDER BY id"),
        "integrity": home.query("PRAGMA integrity_check"),
    }


def differences(one: dict[str, object], other: dict[str, object]) -> list[str]:
    """Name what differs, and where it begins to: pytest would take minutes to show 2,000 articles
    side by side."""
    return [f"{name}: {_first(one[name], other[name])}" for name in one if one[name] != other[name]]


def _first(one: object, other: object) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted(name for name in one.keys() | other if one.get(name) != other.get(name))
        return f"{names}: {_first(one.get(names[0]), other.get(names[0]))}"
    lines, others = _lines(one), _lines(other)
    pairs = zip(lines, others, strict=False)
    place = next((n for n, (mine, its) in enumerate(pairs) if mine != its), 0)
    return f"{lines[place : place + 2]} / {others[place : place + 2]}, {len(lines)} / {len(others)}"


def _lines(what: object) -> list[object]:
    if isinstance(what, bytes):
        return list(what.splitlines())
    return list(what) if isinstance(what, list) else [what]


def count(home: Home, sql: str) -> int:
    """Count in a database that may be in the making."""
    with suppress(sqlite3.OperationalError, IndexError):
        return int(home.query(sql)[0][0])
    return 0
