"""What was done while the clock was ahead counts as done now."""

from datetime import datetime, timedelta

from aggregator.store import rows
from aggregator.store.clock import was_ahead
from aggregator.store.database import Database
from tests.store.records import NOW

YEAR, HOUR, MINUTE = timedelta(days=365), timedelta(hours=1), timedelta(minutes=1)


def polled(database: Database, name: str, **moments: datetime) -> None:
    """Store a source as a poll would leave it."""
    stored = {key: rows.seconds(value) for key, value in moments.items()}
    database.table("source").insert({"id": name, "url": f"https://{name}.example/", **stored})


def schedule(database: Database) -> dict[str, tuple[object, ...]]:
    """Tell when each source is polled next, and when it was polled last and went well."""
    found = database.db.query("SELECT id, next_poll_at, last_poll_at, last_ok_at FROM source")
    return {row["id"]: tuple(rows.moment(row[key]) for key in list(row)[1:]) for row in found}


def test_a_poll_of_the_future_is_followed_by_the_next_within_its_wait(database: Database) -> None:
    polled(
        database, "ahead", last_poll_at=NOW + YEAR, next_poll_at=NOW + YEAR + HOUR,
        last_ok_at=NOW + YEAR,
    )  # fmt: skip

    assert was_ahead(database, NOW) == 1
    assert schedule(database) == {"ahead": (NOW + HOUR, NOW, NOW)}


def test_what_is_due_later_for_another_reason_stays_as_it_is(database: Database) -> None:
    polled(database, "weekly", last_poll_at=NOW - HOUR, next_poll_at=NOW + 7 * 24 * HOUR)
    polled(database, "new")
    polled(database, "seconds ago", last_poll_at=NOW + MINUTE, next_poll_at=NOW + HOUR)
    before = schedule(database)

    assert was_ahead(database, NOW) == 0
    assert schedule(database) == before
