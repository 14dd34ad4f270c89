"""`aggregator backup` and `restore`, and the backups that the daemon makes."""

import json
import shutil
import signal
import sqlite3
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.store import backups
from tests.feeds import an_item, an_rss
from tests.running import Home, snapshot, until
from tests.servers import FeedServer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, FeedServer]]:
    """Give the folder of a home with two articles, to be copied, and the server of its source."""
    home = Home(tmp_path_factory.mktemp("two"))
    with FeedServer() as server:
        server.serve("/feed", an_rss(an_item("One"), an_item("Two")))
        home.configure(sources={"paper": server.url("/feed")}, outputs={"mine": {"private": True}})
        assert home.run("poll").code == 0
        yield home.folder, server


@pytest.fixture
def stocked(two: tuple[Path, FeedServer], tmp_path: Path) -> Home:
    """Give a home of its own with two articles."""
    shutil.copytree(two[0], tmp_path / "stocked")
    return Home(tmp_path / "stocked")


def test_a_backup_holds_all_that_cannot_be_made_anew_for_its_owner_only(stocked: Home) -> None:
    made = stocked.run("backup", "--json").json

    path = Path(made["path"])
    with zipfile.ZipFile(path) as archive:
        names = sorted(archive.namelist())
    assert names == ["about.json", "aggregator.db", "feeds.toml", "private/tokens/mine"]
    assert (made["articles"], made["sources"]) == (2, 1)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_path_may_be_a_folder_or_a_new_file_and_nothing_else_is_overwritten(
    stocked: Home, tmp_path: Path
) -> None:
    diary = tmp_path / "diary.zip"
    diary.write_text("Dear diary")

    codes = [stocked.run("backup", str(one)).code for one in (tmp_path / "a.zip", tmp_path, diary)]

    assert codes == [0, 0, 1]
    assert diary.read_text() == "Dear diary"
    assert len([*tmp_path.glob("*.zip")]) == 3


def test_without_a_database_there_is_nothing_to_back_up(home: Home) -> None:
    home.configure(sources={})

    used = home.run("backup")

    assert (used.code, used.err.splitlines()[1]) == (1, "`aggregator poll` makes one")
    assert not home.data.exists()


def test_a_dry_run_says_what_would_be_lost_and_changes_nothing(
    stocked: Home, two: tuple[Path, FeedServer]
) -> None:
    stocked.run("backup")
    two[1].serve("/feed", an_rss(an_item("Three"), an_item("One"), an_item("Two")))
    stocked.run("poll", "--all")
    before = snapshot(stocked.folder)

    used = stocked.run("restore", "--dry-run")
    after = snapshot(stocked.folder)

    assert used.code == 0
    assert "would be lost: 1 article that came after it" in used.out
    assert {name for name in after if after[name] != before.get(name)} <= {
        "data/aggregator.db-shm",
        "data/aggregator.db-wal",
    }


def test_a_backup_can_be_named_and_the_old_configuration_put_back(
    stocked: Home, tmp_path: Path
) -> None:
    stocked.run("backup", str(tmp_path / "old.zip"))
    old = stocked.config.read_text()
    stocked.config.write_text(old + "# edited\n")

    plain = stocked.run("restore", str(tmp_path / "old.zip"))
    kept = stocked.config.read_text()
    whole = stocked.run("restore", str(tmp_path / "old.zip"), "--with-config")

    assert (plain.code, whole.code) == (0, 0)
    assert "--with-config puts that one back as well" in plain.out
    assert (kept, stocked.config.read_text()) == (old + "# edited\n", old)
    aside = [*(stocked.data / "set-aside").rglob("feeds.toml")]
    assert [one.read_text() for one in aside] == [old + "# edited\n"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 1, "there is no backup in "),
        (("nothing.zip",), 2, "there is no backup nothing.zip"),
        (("feeds.toml",), 1, "feeds.toml is no backup that can be read"),
    ],
)
def test_what_cannot_be_restored_is_said(
    stocked: Home, arguments: tuple[str, ...], code: int, words: str
) -> None:
    used = stocked.run("restore", *arguments)

    assert (used.code, words in used.err) == (code, True)
    assert stocked.query("SELECT count(*) FROM article") == [(2,)]


def test_a_backup_of_a_newer_version_is_refused(stocked: Home, tmp_path: Path) -> None:
    good = Path(stocked.run("backup", "--json").json["path"])
    copy, newer = tmp_path / "aggregator.db", tmp_path / "newer.zip"
    with zipfile.ZipFile(good) as archive:
        archive.extract("aggregator.db", tmp_path)
        about = json.loads(archive.read("about.json"))
    with sqlite3.connect(copy) as connection:
        connection.execute(
            """INSERT INTO _sqlite_migrations (migration_set, name, applied_at)
            VALUES ('aggregator', 'm999_later', 'then')"""
        )
    with zipfile.ZipFile(newer, "w") as archive:
        archive.writestr("about.json", json.dumps(about))
        archive.write(copy, "aggregator.db")

    used = stocked.run("restore", str(newer))

    assert (used.code, "was made by a newer version (m999_later)" in used.err) == (1, True)


def test_names_in_a_backup_lead_nowhere_else(stocked: Home, tmp_path: Path) -> None:
    good = Path(stocked.run("backup", "--json").json["path"])
    evil = tmp_path / "evil.zip"
    shutil.copy(good, evil)
    with zipfile.ZipFile(evil, "a") as archive:
        archive.writestr("../escaped", "x")
        archive.writestr("private/tokens/../../../escaped", "x")

    used = stocked.run("restore", str(evil))

    assert used.code == 0
    assert [*tmp_path.rglob("escaped")] == []


def test_the_daemon_makes_backups_and_removes_those_that_are_needless(stocked: Home) -> None:
    folder = stocked.data / "backups"
    first = Path(stocked.run("backup", "--json").json["path"])
    now = datetime.now(UTC)
    for days in (40, 41, 60):
        an_old_one(first, folder, now - timedelta(days=days))
    first.unlink()
    stocked.config.write_text(stocked.config.read_text() + "\n[backup]\ndaily = 2\nweekly = 0\n")
    with stocked.start("run") as daemon:
        until(lambda: " backup " in daemon.errors, "it tells of a backup")
        daemon.send(signal.SIGTERM)
        assert daemon.ended() == 0

    left = backups.listed([folder])
    assert [(now - one.made).days for one in left] in ([0, 40], [-1, 40])
    assert all(backups.is_whole(one) for one in left)
    assert "dropped=2" in daemon.errors


def an_old_one(good: Path, folder: Path, made: datetime) -> None:
    """Make a backup that says it is of another time."""
    with (
        zipfile.ZipFile(good) as old,
        zipfile.ZipFile(folder / backups.file_name(made), "w") as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "about.json":
                about = json.loads(content) | {"made": made.isoformat()}
                content = json.dumps(about).encode()
            new.writestr(name, content)
