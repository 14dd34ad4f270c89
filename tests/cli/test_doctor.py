"""`aggregator doctor`: what is wrong, and what it mends."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.store import integrity
from tests.feeds import an_item, an_rss
from tests.running import Home, contents
from tests.servers import FeedServer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a home in which all is well, to be copied."""
    home = Home(tmp_path_factory.mktemp("well"))
    with FeedServer() as server:
        server.serve("/feed", an_rss(an_item("One"), an_item("Two")))
        home.configure(sources={"paper": server.url("/feed")}, outputs={"mine": {"private": True}})
        for arguments in (["poll"], ["publish"], ["backup"], ["search", "One"]):
            assert home.run(*arguments).code == 0
    return home.folder


@pytest.fixture
def healthy(well: Path, tmp_path: Path) -> Home:
    """Give a home of its own, in which all is well."""
    shutil.copytree(well, tmp_path / "healthy")
    return Home(tmp_path / "healthy")


def findings(home: Home, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = home.run("doctor", "--json", *options).json["findings"]
    return found


def change(home: Home, sql: str) -> None:
    with closing(sqlite3.connect(home.database)) as connection:
        connection.execute(sql)
        connection.commit()


def sql(statement: str) -> Callable[[Home], None]:
    return lambda home: change(home, statement)


def a_missing_feed(home: Home) -> None:
    (home.data / "private" / "feeds" / "mine.rss").unlink()


def a_missing_article_file(home: Home) -> None:
    next(home.archive.rglob("*.md")).unlink()


def a_leftover(home: Home) -> None:
    (home.feeds / ".999999-1.tmp").write_text("half")  # there is always a process 1


def an_open_folder(home: Home) -> None:
    (home.data / "private").chmod(0o755)


def an_old_backup(home: Home) -> None:
    for one in (home.data / "backups").glob("*.zip"):
        one.unlink()


def a_spoilt_backup(home: Home) -> None:
    for one in (home.data / "backups").glob("*.zip"):
        whole = bytearray(one.read_bytes())
        whole[len(whole) // 2] ^= 0xFF
        one.write_bytes(whole)


def a_wrong_clock(home: Home) -> None:
    later = int((datetime.now(UTC) + timedelta(days=2)).timestamp())
    change(home, f"UPDATE source SET last_poll_at = {later}")


# What is wrong, the name of the finding, and whether it can be mended.
WRONGS: list[tuple[Callable[[Home], None], str, bool]] = [
    (sql("INSERT INTO listing (output, sort_at, article) VALUES ('mine', 1, 99)"), "orphans", True),
    (sql("INSERT INTO ident (kind, h, article) VALUES (1, 1, 99)"), "orphans", True),
    (sql("INSERT INTO anchor (bucket, h, article) VALUES (1, 1, 99)"), "orphans", True),
    (sql("INSERT INTO recent_anchor (bucket, h, article) VALUES (1, 1, 99)"), "orphans", True),
    (sql("INSERT INTO tie (a, b, bond, why) VALUES (1, 99, 'same', '')"), "orphans", True),
    (sql("INSERT INTO revision VALUES (99, 1, '', '', '', '')"), "orphans", False),
    (sql("UPDATE article SET cluster = 'nobody', reason = 'url' WHERE n = 1"), "clusters", True),
    (sql("DELETE FROM search_document WHERE article = 1"), "search", True),
    (sql("DELETE FROM rule_text_pending"), "words", True),
    (a_missing_feed, "feeds", False),
    (a_missing_article_file, "archive", False),
    (a_leftover, "leftovers", True),
    (an_open_folder, "permissions", True),
    (an_old_backup, "backups", False),
    (a_spoilt_backup, "backups", False),
    (a_wrong_clock, "clock", False),
]


def test_where_all_is_well_nothing_is_found_or_changed(healthy: Home) -> None:
    before = contents(healthy.data)

    told = healthy.run("doctor", "--full")

    assert (told.code, told.out) == (0, "all is well\n")
    assert contents(healthy.data) == before


@pytest.mark.slow
def test_each_thing_that_is_wrong_is_found_and_mended_where_nothing_is_lost(healthy: Home) -> None:
    wrong = {}
    articles = healthy.query("SELECT id, title, body FROM article")
    for make, name, can_be_mended in WRONGS:
        make(healthy)
        before = healthy.run("doctor", "--json")
        names = {(one["name"], one["can_be_mended"]) for one in before.json["findings"]}
        left = {one["name"] for one in findings(healthy, "--repair")}
        # Clusters that are formed anew change feeds, which `publish` makes.
        wanted = {"feeds"} if name == "clusters" else set() if can_be_mended else {name}
        if (before.code, names, left) != (1, {(name, can_be_mended)}, wanted):
            wrong[make.__name__, name] = (before.code, names, left)
        if left:
            put_right(healthy)

    assert wrong == {}
    assert healthy.query("SELECT id, title, body FROM article") == articles


def put_right(home: Home) -> None:
    """Do by hand what doctor does not."""
    change(home, "DELETE FROM revision")
    change(home, "UPDATE source SET last_poll_at = 1772450000")
    for one in (home.data / "backups").glob("*.zip"):
        one.unlink()
    for command in ("publish", "backup"):
        assert home.run(command).code == 0


def test_a_missing_database_is_no_reason_to_make_one(home: Home) -> None:
    home.configure(sources={})

    told = home.run("doctor")

    assert (told.code, "there is no database at" in told.out) == (1, True)
    assert not home.database.exists()


def test_a_newer_and_an_older_database_are_told_and_left_as_they_are(healthy: Home) -> None:
    change(healthy, "DELETE FROM _sqlite_migrations WHERE name = 'm011_number'")
    older = findings(healthy)
    change(
        healthy,
        """INSERT INTO _sqlite_migrations (migration_set, name, applied_at)
        VALUES ('aggregator', 'm999_later', 'then')""",
    )
    newer = findings(healthy)

    assert [one["name"] for one in (*older, *newer)] == ["version", "version"]
    assert ("m011_number" in older[0]["what"], "m999_later" in newer[0]["what"]) == (True, True)


def test_a_table_that_is_read_as_a_whole_all_the_time_is_told(healthy: Home) -> None:
    change(healthy, "DROP INDEX article_cluster")

    assert "reads all of article" in findings(healthy)[0]["what"]


def test_damage_is_told_with_the_backup_to_restore(healthy: Home) -> None:
    with Path(healthy.database).open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 4))

    (found,) = findings(healthy)

    assert found["name"] == "damage"
    assert str(next((healthy.data / "backups").glob("*.zip"))) in found["todo"]
    assert integrity.problems(healthy.database) != []
