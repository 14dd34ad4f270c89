"""What happens to the data when power, disk, files or people fail: rows of the table of faults."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from aggregator.store import integrity
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from tests.feeds import an_item, an_rss
from tests.manager import Manager
from tests.running import Home, free_port, until
from tests.servers import FeedServer, Request, Response
from tests.store.records import an_entry, poll

LONG = f"<p>{'word ' * 400}</p>"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give a home of its own."""
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder)


def titles_in(path: Path) -> list[str]:
    with closing(Database(path)) as database:
        return [one.title for _, one in database.articles_after(0, 1000)]


def feeds(home: Home) -> dict[str, bytes]:
    """Read the feeds in all formats and forms, of private outputs as well."""
    folders = (home.feeds, home.data / "private" / "feeds")
    return {one.name: one.read_bytes() for folder in folders for one in sorted(folder.glob("*.*"))}


# Power


def test_r02_every_connection_is_durable_and_a_log_cut_anywhere_holds_a_prefix_of_the_commits(
    tmp_path: Path,
) -> None:
    path, lost = tmp_path / "aggregator.db", tmp_path / "lost" / "aggregator.db"
    writer = Writer(path)
    pragmas = [
        writer.call(lambda db, name=name: db.db.execute(f"PRAGMA {name}").fetchone()[0])  # type: ignore[misc]
        for name in ("journal_mode", "synchronous")
    ]
    log, sizes = integrity.log_of(path), [0]
    writer.call(lambda db: db.connection.execute("SELECT 1"))
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for number in range(12):
        writer.call(lambda db, number=number: poll(db, an_entry(f"News {number}")))  # type: ignore[misc]
        sizes.append(log.stat().st_size)
    kept = path.read_bytes(), log.read_bytes()
    writer.close()
    wrong = []
    for cut in (*range(0, len(kept[1]), 2999), *sizes):
        for tail in (b"", b"\xff" * 700):
            shutil.rmtree(lost.parent, ignore_errors=True)
            lost.parent.mkdir()
            lost.write_bytes(kept[0])
            integrity.log_of(lost).write_bytes(kept[1][:cut] + tail)
            told = titles_in(lost)
            acknowledged = sum(size <= cut for size in sizes) - 1
            if (
                told != [f"News {n}" for n in range(len(told))]
                or len(told) < acknowledged
                or integrity.problems(lost, full=True)
            ):
                wrong.append((cut, tail[:1], told))

    assert pragmas == ["wal", 2]
    assert wrong == []


# Locks

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
connection.execute("COMMIT")
"""


@contextmanager
def held(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Have another process keep a write transaction open."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "held\n"
        yield process


def test_r03_who_writes_waits_for_a_lock_and_a_late_upgrade_of_a_reader_fails_at_once(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    home.configure(sources={"paper": server.url("/feed")})
    home.run("poll")
    server.serve("/feed", an_rss(an_item("Two"), an_item("One")))
    with held(home.database) as other, home.start("poll", "--all") as polling:
        until(lambda: server.requests, "it is asked")
        assert not polling.is_over
        other.communicate()
        assert polling.ended() == 0
    with (
        closing(sqlite3.connect(home.database, isolation_level=None)) as one,
        closing(sqlite3.connect(home.database, isolation_level=None)) as two,
    ):
        one.execute("BEGIN")
        one.execute("SELECT * FROM source").fetchall()
        two.execute("UPDATE source SET error = 'two'")
        with pytest.raises(sqlite3.OperationalError) as refused:
            one.execute("UPDATE source SET error = ''")

    assert home.query("SELECT title FROM article ORDER BY n") == [("One",), ("Two",)]
    assert refused.value.sqlite_errorcode == sqlite3.SQLITE_BUSY_SNAPSHOT


def test_r03_a_second_daemon_on_the_same_data_is_refused_in_words(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", an_rss(an_item("One")))
    home.configure(sources={"paper": server.url("/feed")})
    with home.start("run") as daemon:
        daemon.answers()
        until(lambda: (home.data / "daemon.lock").exists(), "it has its lock")
        home.config.write_text(home.config.read_text().replace(str(home.port), str(free_port())))
        second, restore = home.run("run"), home.run("restore")
        daemon.send(signal.SIGTERM)
        assert daemon.ended() == 0

    assert second.code == restore.code == 1
    assert second.err.splitlines()[-2].startswith("error: another daemon, process ")
    assert restore.err.splitlines()[0].startswith("error: the daemon, process ")
    assert restore.err.splitlines()[1] == "stop the daemon first"


# A full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("needs leave to mount a small disk: run it as root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_r04_on_a_full_disk_the_daemon_says_so_serves_on_and_goes_on_when_there_is_room(
    small_disk: Path, server: FeedServer
) -> None:
    home = Home(small_disk)
    server.serve("/feed", an_rss(an_item("Old news")))
    home.configure(sources={"paper": server.url("/feed")}, defaults={"interval": "1s"})
    with home.start("run") as daemon:
        until(lambda: b"Old news" in served(home), "the first article is served")
        many = [an_item(f"New {n}", body=f"<p>{n} {'text ' * 30_000}</p>") for n in range(40)]
        server.serve("/feed", an_rss(*many, an_item("Old news")))
        until(lambda: "full" in daemon.errors, "it says that the disk is full")
        during = served(home), home.query("SELECT count(*) FROM article"), daemon.is_over
        said = daemon.errors
        refused = home.run("backup")
        subprocess.run(["mount", "-o", "remount,size=100m", str(small_disk)], check=True)
        until(
            lambda: home.query("SELECT count(*) FROM article") == [(41,)],
            "it goes on by itself",
            seconds=120,
        )
        until(lambda: b"New 3" in served(home), "it is published", seconds=60)
        daemon.send(signal.SIGTERM)
        assert daemon.ended() == 0

    assert (b"Old news" in during[0], during[1], during[2]) == (True, [(1,)], False)
    assert "make room on the disk; it goes on by itself" in said
    assert (refused.code, "no backup was made: it may take" in refused.err) == (1, True)
    assert integrity.problems(home.database, full=True) == []
    assert [*small_disk.rglob("*.tmp")] == []


def served(home: Home) -> bytes:
    try:
        return home.get("/feeds/everything.json").body
    except OSError:
        return b""


# Damage


def garbage_in_pages(path: Path, _other: Path) -> None:
    with path.open("r+b") as file:
        for page in range(2, path.stat().st_size // 4096, 3):
            file.seek(page * 4096)
            file.write(os.urandom(900))


def a_bad_header(path: Path, _other: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"X" * 100)


def cut_short(path: Path, _other: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path, _other: Path) -> None:
    os.truncate(path, 0)


def the_log_of_another(path: Path, other: Path) -> None:
    integrity.log_of(path).write_bytes(integrity.log_of(other).read_bytes())


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a home with articles and a backup, to be copied."""
    home = Home(tmp_path_factory.mktemp("stocked"))
    with FeedServer() as server:
        items = [an_item(f"Story {n}", body=f"<p>{n}</p>{LONG}") for n in range(30)]
        server.serve("/feed", an_rss(*items))
        home.configure(
            sources={"paper": server.url("/feed")},
            outputs={"everything": {"limit": 100}, "mine": {"private": True}},
            service={"public_url": "https://news.example"},
        )
        for command in ("poll", "publish", "backup"):
            assert home.run(command).code == 0
    return home.folder


@pytest.fixture
def library(stocked: Path, tmp_path: Path) -> Home:
    """Give a home of its own with articles and a backup; its source answers no more."""
    shutil.copytree(stocked, tmp_path / "library")
    return Home(tmp_path / "library")


@pytest.fixture
def other_database(tmp_path: Path) -> Iterator[Path]:
    """Give a database of other articles whose log is not yet in it."""
    path = tmp_path / "other.db"
    with closing(Database(path)) as database:
        for n in range(40):
            poll(database, an_entry(f"Foreign {n}", content=LONG))
        yield path


DAMAGES = (garbage_in_pages, a_bad_header, cut_short, emptied, the_log_of_another)


@pytest.mark.parametrize("damage", DAMAGES)
def test_r05_damage_is_told_in_words_and_a_backup_restored_in_one_command(
    library: Home, other_database: Path, damage: Callable[[Path, Path], None]
) -> None:
    home, before = library, feeds(library)
    damage(home.database, other_database)
    spoilt = home.database.read_bytes()

    polled, doctor = home.run("poll", "--all"), home.run("doctor")
    untouched = home.database.read_bytes()
    restored = home.run("restore")
    published = home.run("publish")

    assert (polled.code, doctor.code, restored.code, published.code) == (1, 1, 0, 0)
    what, hint = polled.err.splitlines()
    assert (str(home.database) in what, "`aggregator restore`" in hint) == (True, True)
    assert "the newest good backup is of 20" in doctor.out
    assert "Traceback" not in polled.err + doctor.err + restored.err
    assert untouched == spoilt
    aside = [*(home.data / "set-aside").rglob("aggregator.db")]
    assert [one.read_bytes() for one in aside] == [spoilt]
    assert feeds(home) == before
    assert integrity.problems(home.database, full=True) == []


@pytest.mark.slow
def test_r05_a_daemon_whose_database_breaks_writes_no_more_and_serves_on(
    library: Home, server: FeedServer, other_database: Path
) -> None:
    home = library
    home.configure(
        sources={"paper": server.url("/feed")},
        outputs={"everything": {"limit": 100}},
        defaults={"interval": "1s"},
    )
    with home.start("run") as daemon:
        until(lambda: b"Story 1" in served(home), "its feed is served")
        garbage_in_pages(home.database, other_database)
        server.serve("/feed", an_rss(an_item("Later", body=LONG)))
        until(lambda: " is damaged: " in daemon.errors or "malformed" in daemon.errors, "it tells")
        before = home.database.read_bytes(), integrity.log_of(home.database).read_bytes()
        requests = len(server.requests)
        until(lambda: home.get("/health").status == 503, "its health is bad")
        feed, page = home.get("/feeds/everything.json"), home.get("/")
        with pytest.raises(AssertionError):
            until(lambda: len(server.requests) > requests + 1, "it polls on", seconds=4)
        after = home.database.read_bytes(), integrity.log_of(home.database).read_bytes()
        errors = daemon.errors
        daemon.send(signal.SIGTERM)
        assert daemon.ended() == 0

    assert "aggregator restore" in errors
    assert errors.count("aggregator restore") < 4  # once, and for what was under way
    assert (feed.status, b"Story 1" in feed.body, page.status) == (200, True, 503)
    assert before == after
    assert home.run("restore").code == 0


@pytest.mark.parametrize("damage", DAMAGES)
def test_r05_a_daemon_that_finds_its_database_damaged_serves_what_is_published(
    library: Home, other_database: Path, damage: Callable[[Path, Path], None]
) -> None:
    home, published = library, feeds(library)

    def files() -> list[bytes]:
        log = integrity.log_of(home.database)
        return [home.database.read_bytes(), log.read_bytes() if log.exists() else b""]

    damage(home.database, other_database)
    spoilt = files()
    home.port = free_port()
    home.config.write_text(
        re.sub("listen = .*", f'listen = "127.0.0.1:{home.port}"', home.config.read_text())
    )
    with Manager(home.folder) as manager, home.start("run", **manager.environment(3)) as daemon:
        manager.wait("STATUS=not polling")
        feed, page, health = (
            home.get(f"/{one}") for one in ("feeds/everything.json", "", "health")
        )
        bench = home.get("/workbench")
        manager.wait("WATCHDOG=1")
        daemon.send(signal.SIGHUP)
        manager.wait("RELOADING=1")
        during, errors = files(), daemon.errors
        restored = home.run("restore").code
        daemon.send(signal.SIGTERM)
        code = daemon.ended()
        told = [one.partition("USEC")[0] for one in manager.states]

    assert (feed.status, feed.body) == (200, published["everything.json"])
    assert [one.status for one in (page, health, bench)] == [503, 503, 404]
    assert {one["code"] for one in json.loads(health.body)["reasons"]} == {"store", "paused"}
    assert errors.count("aggregator restore") == 1
    assert (code, during) == (0, spoilt)
    assert {"RELOADING=1", "MONOTONIC_", "READY=1"} < set(told)
    assert told[-1] == "STOPPING=1"
    assert (restored, integrity.problems(home.database, full=True)) == (0, [])


def test_r05_a_damaged_backup_is_passed_over_for_the_one_before_it(library: Home) -> None:
    home = library
    good = next((home.data / "backups").glob("*.zip"))
    bad = good.with_name("aggregator-20990101T000000Z.zip")
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
        for one in old.infolist():
            content = old.read(one)
            new.writestr(one.filename, content.replace(b"2026-", b"2099-", 1))
    whole = bad.read_bytes()
    bad.write_bytes(whole[: len(whole) // 2] + b"?" * 50 + whole[len(whole) // 2 + 50 :])

    restored = home.run("restore")

    assert (restored.code, f"{bad} is damaged" in restored.err) == (0, True)
    assert f"restored: {good}" in restored.out


def test_r05_a_restore_that_is_cut_short_is_made_up_for_and_nothing_else_works_before(
    library: Home,
) -> None:
    home = library
    (home.data / "aggregator.lock").write_text(str(home.data / "set-aside" / "none"))
    home.database.unlink()

    polled, restored = home.run("poll"), home.run("restore")

    assert (polled.code, "a restore is under way, or was cut short" in polled.err) == (1, True)
    assert (restored.code, home.run("poll").code) == (0, 0)
    assert home.query("SELECT count(*) FROM article") == [(30,)]


# Backups while polling

SOURCES, ENTRIES = 20, 5


def test_r15_a_backup_while_polling_is_one_moment_and_restores_the_same_feeds(
    home: Home, server: FeedServer, tmp_path: Path
) -> None:
    def feed(number: int) -> Callable[[Request], Response]:
        def respond(_request: Request) -> Response:
            if number >= SOURCES // 2:
                until(lambda: is_open or server.closing.is_set(), "the gate")
            items = [an_item(f"Story {number}-{n}", body=LONG) for n in range(ENTRIES)]
            return Response(body=an_rss(*items))

        return respond

    is_open: list[bool] = []
    for number in range(SOURCES):
        server.handle(f"/{number}", feed(number))
    home.configure(
        sources={f"s{number}": server.url(f"/{number}") for number in range(SOURCES)},
        outputs={"everything": {"limit": 500}, "mine": {"private": True, "any": ["re:Story 1"]}},
        service={"public_url": "https://news.example"},
    )
    with home.start("poll") as polling:
        until(lambda: home.database.exists() and stored(home), "some sources are stored")
        during = home.run("backup", str(tmp_path / "during.zip"), "--json")
        is_open.append(True)
        assert polling.ended(60) == 0
    home.run("publish")
    then = feeds(home)
    assert home.run("backup", str(tmp_path / "then.zip")).code == 0
    server.serve("/0", an_rss(an_item("After the backup")))
    home.run("poll", "--all")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    again = Home(elsewhere)

    restored = again.run("restore", str(tmp_path / "then.zip"))
    published = again.run("publish")

    assert (during.code, during.json["articles"] % ENTRIES) == (0, 0)
    assert 0 < during.json["articles"] < SOURCES * ENTRIES
    assert (restored.code, published.code) == (0, 0), restored.err + published.err
    assert feeds(again) == then
    assert feeds(home) != then
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in (tmp_path / "then.zip", again.config, *again.data.glob("private/tokens/*"))
    }
    assert set(modes.values()) == {0o600}


def stored(home: Home) -> bool:
    try:
        return bool(home.query("SELECT 1 FROM article LIMIT 1"))
    except sqlite3.OperationalError:
        return False
