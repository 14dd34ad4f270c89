"""Databases of every version that ever was on the main branch, brought up to date.

schemas/NN.sql are dumps of what the code of then made of schemas/paper.rss.
"""

import signal
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from aggregator.store import backups, checkup, integrity, upgrading
from aggregator.store.database import Database
from aggregator.store.migrated import NAMES, applied
from aggregator.store.schema import migrations
from tests.running import Home, Table, contents, until
from tests.servers import FeedServer
from tests.store.records import NOW, an_entry, poll

SCHEMAS = Path(__file__).parent / "schemas"
VERSIONS = sorted(path.stem for path in SCHEMAS.glob("*.sql"))
OUTPUTS: dict[str, Table] = {"everything": {"title": "Everything"}, "linked": {"any": ["互联互通"]}}


def make(path: Path, version: str) -> Path:
    """Make the database of a version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((SCHEMAS / f"{version}.sql").read_text("utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    return path


def columns(path: Path) -> dict[str, set[tuple[object, ...]]]:
    """Give the columns of every table, whatever their order."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {
            name: {row[1:] for row in connection.execute(f"PRAGMA table_info({name})")}
            for (name,) in tables.fetchall()
        }


def test_there_is_a_dump_of_each_schema() -> None:
    assert len(VERSIONS) == 15


@pytest.mark.parametrize("version", VERSIONS)
def test_a_database_of_an_older_version_is_brought_up_to_date(path: Path, version: str) -> None:
    make(path, version)

    with closing(Database(path)) as database:
        titles = [one.title for _, one in database.articles_after(0, 10)]
        found = checkup.look(database)
        again = poll(database, an_entry("Later"), at=NOW)

    assert titles == [
        "The lighthouse, an audio walk",
        "两家支付平台实现互联互通",
        "Ferry pier reopens after repairs",
    ]
    assert (found, again.new) == ([], 1)
    assert integrity.problems(path, full=True) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_an_upgraded_database_has_the_tables_of_a_new_one(
    path: Path, tmp_path: Path, version: str
) -> None:
    make(path, version)
    fresh = tmp_path / "fresh" / "aggregator.db"
    for one in (path, fresh):
        Database(one).close()

    named = {name: {one[0] for one in some} for name, some in columns(path).items()}

    assert named == {name: {one[0] for one in some} for name, some in columns(fresh).items()}


def test_a_backup_is_made_before_an_upgrade(path: Path) -> None:
    make(path, VERSIONS[0])

    Database(path).close()

    made = backups.listed([path.parent / "backups"])
    assert [(one.articles, one.migrations) for one in made] == [(3, ("m001_first",))]


def test_a_new_database_needs_no_backup(path: Path) -> None:
    Database(path).close()
    Database(path).close()

    assert not (path.parent / "backups").exists()


def test_a_trial_changes_nothing_and_leaves_nothing(path: Path) -> None:
    make(path, VERSIONS[0])
    before = contents(path.parent)

    trial = upgrading.attempt(path)

    assert trial.pending == tuple(one for one in NAMES if one != "m001_first")
    assert contents(path.parent) | before == contents(path.parent)
    assert path.read_bytes() == before[path.name]
    assert [*path.parent.glob(".upgrade-*")] == []


def a_home(folder: Path, server: FeedServer) -> Home:
    folder.mkdir(exist_ok=True)
    home = Home(folder)
    server.serve("/feed", (SCHEMAS / "paper.rss").read_bytes())
    home.configure(
        sources={"paper": server.url("/feed")},
        outputs=OUTPUTS,
        service={"public_url": "https://news.example"},
    )
    return home


def shown(home: Home) -> dict[str, bytes]:
    """Read the feeds, without the moments of first sight and what follows from them; and without
    languages, which early versions did not tell where the feed does not."""
    with closing(sqlite3.connect(home.database)) as connection:
        connection.execute("UPDATE article SET first_seen = 1772450000, language = ''")
        connection.commit()
    assert home.run("publish").code == 0
    kept = (f"{name}.{kind}" for name in OUTPUTS for kind in ("rss", "atom", "json", "html"))
    return {name: (home.feeds / name).read_bytes() for name in kept}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_upgraded_databases_give_the_feeds_of_a_fresh_one(
    tmp_path: Path, server: FeedServer
) -> None:
    fresh = a_home(tmp_path / "fresh", server)
    fresh.run("poll")
    wanted = shown(fresh)
    wrong = {}
    for version in VERSIONS:
        home = a_home(tmp_path / version, server)
        make(home.database, version)
        assert home.run("poll").code == 0
        have = shown(home)
        doctor = home.run("doctor", "--full", "--json").json["findings"]
        if have != wanted or doctor:
            wrong[version] = [name for name in wanted if have[name] != wanted[name]], doctor

    assert wrong == {}


def test_a_new_database_has_every_migration_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "new.db"

    Database(path).close()

    with closing(sqlite3.connect(path)) as connection:
        assert applied(connection) == NAMES
    # sqlite-utils has no public list of them.
    assert [one.name for one in migrations._migrations] == list(NAMES)


@pytest.mark.slow
def test_a_kill_during_an_upgrade_leaves_one_version_or_the_other(
    tmp_path: Path, server: FeedServer
) -> None:
    home = a_home(tmp_path / "home", server)
    make(home.database, VERSIONS[0])
    whole = {("m001_first",), NAMES}
    seen: set[tuple[str, ...]] = set()
    for number in range(12):
        with home.start("upgrade") as running:
            with suppress(AssertionError):
                moment = 0.25 + 0.03 * number
                until(lambda: running.is_over, "a moment", seconds=moment)
            running.send(signal.SIGKILL)
            running.ended()
        with closing(integrity.read_only(home.database)) as connection:
            seen.add(applied(connection))

    assert seen <= whole
    assert integrity.problems(home.database, full=True) == []
    assert home.run("upgrade").code == 0
