"""What the machine does to a running aggregator: kills at each step, calls that fail, clocks."""

import gzip
import itertools
import os
import shutil
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from aggregator.syndicate.publication import read_form
from tests.clock import Clock, needed
from tests.feeds import an_item, an_rss
from tests.kept import count, differences, timeless, what_is_kept
from tests.running import Home, Running, contents, until
from tests.servers import FeedServer, Request, Response
from tests.tampering import failed, killed_before

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
UNPACK = {".gz": gzip.decompress}
WORDS = "".join(
    f"<p>The harbour opens its third basin, part {n} of the tale.</p>" for n in range(9)
)

Kept = dict[str, object]


def kept(home: Home) -> Kept:
    """Give what is kept, to the byte: the clock stood still, so that nothing depends on it."""
    sources = home.query(
        "SELECT id, next_poll_at, last_poll_at, failures, etag, health FROM source"
    )
    return what_is_kept(home) | {
        "files": contents(home.data / "public"),
        "versions": contents(home.data / "versions"),
        "schedule": sorted(sources),
        "left over": [path.name for path in home.data.rglob("*.tmp")],
    }


def stored(home: Home) -> set[tuple[object, ...]]:
    """List what the database tells about articles and sources."""
    articles = home.query("SELECT 'article', id, title, body, first_seen FROM article")
    return {*articles, *home.query("SELECT 'source', id, etag, next_poll_at, known FROM source")}


@dataclass(frozen=True, kw_only=True)
class Story:
    """Two polls, three hours apart: the second finds an entry that is new, one that was changed,
    and one that another source has as well."""

    server: FeedServer
    clock: Clock
    template: Path  # how everything stands before the second poll
    before: Kept
    after: Kept
    published: tuple[dict[str, bytes], dict[str, bytes]]  # before and after

    def home(self, folder: Path) -> Home:
        """Give a copy of how everything stands before the second poll."""
        shutil.rmtree(folder, ignore_errors=True)
        home = Home(Path(shutil.copytree(self.template, folder)))
        home.environment = self.clock.environment
        return home

    def files_are_whole(self, home: Home) -> bool:
        """Say whether every file is the old or the new one, and a compressed one its document's."""
        found = {name: body for name, body in contents(home.feeds).items() if name[0] != "."}
        plain = {name: body for name, body in found.items() if Path(name).suffix not in UNPACK}
        packed = {name: body for name, body in found.items() if name not in plain}
        return all(
            body in {which.get(name) for which in self.published} for name, body in plain.items()
        ) and all(
            UNPACK[Path(name).suffix](body) == plain[name.rpartition(".")[0]]
            for name, body in packed.items()
        )


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    clock = Clock(folder)
    home = Home(folder / "home")
    home.environment = clock.environment
    home.folder.mkdir()
    with FeedServer() as server:
        home.configure(
            sources={name: server.url(f"/{name}") for name in ("paper", "journal", "away")},
            outputs={"news": {}},
        )
        server.serve("/paper", an_rss(an_item("Old"), an_item("Older")), etag='"1"')
        server.serve("/journal", an_rss(an_item("Harbour", body=WORDS)), etag='"1"')
        clock.stop(START)
        assert home.run("poll").code == 0
        template = Path(shutil.copytree(home.folder, folder / "template"))
        before, was = kept(home), contents(home.feeds)
        clock.stop(START + timedelta(hours=3))
        changed = an_item("Old", body="<p>Other words.</p>")
        copied = an_item("Harbour", link="https://other.example/harbour", body=WORDS)
        server.serve("/paper", an_rss(an_item("New"), copied, changed), etag='"2"')
        assert home.run("poll").code == 0
        yield Story(
            server=server,
            clock=clock,
            template=template,
            before=before,
            after=kept(home),
            published=(was, contents(home.feeds)),
        )


def kill_at_every(call: str, story: Story, folder: Path, stride: int = 1) -> int:
    """Kill a process of a poll before its first call, and so on until one gets through; after each,
    poll again. It is the poll itself, or one that makes files for it, of which the poll then tells.

    Returns before which call none was killed any more.
    """
    both = stored(Home(story.template))
    for turn in itertools.count(1, stride):
        home = story.home(folder)
        under = killed_before(call, turn)
        with home.start("poll", under=under) as polling:
            code = polling.ended()
            acknowledged = stored(home)
            whole = story.files_are_whole(home)
        assert whole, f"before {call} {turn} a file was no whole one"

        again = home.run("poll")

        assert (again.code, again.err) == (0, ""), f"after {call} {turn} {again.text}"
        lost = {one for one in acknowledged - stored(home) if one not in both}
        assert lost == set(), f"{call} {turn}"
        now = kept(home)
        assert [name for name in now if now[name] != story.after[name]] == [], f"{call} {turn}"
        assert code in (0, 1, -signal.SIGKILL)
        if code == 0:
            return turn
    raise AssertionError


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("call", "stride"), [("pwrite", 4), ("fdatasync", 1)])
def test_r01_a_kill_before_any_write_to_the_database_loses_and_doubles_nothing(
    story: Story, tmp_path: Path, call: str, stride: int
) -> None:
    assert kill_at_every(call, story, tmp_path / "home", stride) > 3


def work_of_a_daemon(home: Home, under: tuple[str, ...] = ()) -> int:
    """Let the daemon come to the end of the story, or of its life; give its exit code."""

    def is_done(daemon: Running) -> bool:
        return (
            " start " in daemon.errors  # it listens to signals
            and count(home, "SELECT count(*) FROM article WHERE title = 'New'") == 1
            and count(home, "SELECT count(*) FROM archive_pending") == 0
            and b"New" in (home.feeds / "news.rss").read_bytes()
        )

    with home.start("run", under=under) as daemon:
        until(lambda: daemon.is_over or is_done(daemon), "the daemon did its work")
        if not daemon.is_over:
            daemon.send(signal.SIGTERM)
        return daemon.ended()


def left_by_a_daemon(home: Home) -> Kept:
    """Give what is kept of it; its clock goes, so what depends on when a thing was seen is not."""
    sql = "SELECT revision.title, revision.body FROM revision"
    return what_is_kept(home) | {"feeds": timeless(home), "revisions": home.query(sql)}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("call", "stride"), [("fdatasync", 1)])
def test_r01_a_daemon_that_is_killed_at_a_step_goes_on_at_its_next_start(
    story: Story, tmp_path: Path, call: str, stride: int
) -> None:
    at = START + timedelta(hours=3)
    story.clock.shift(at - datetime.now(UTC))
    try:
        peaceful = story.home(tmp_path / "peaceful")
        assert work_of_a_daemon(peaceful) == 0
        undisturbed = left_by_a_daemon(peaceful)
        killed = 0
        for turn in itertools.count(1, stride):
            home = story.home(tmp_path / "home")
            code = work_of_a_daemon(home, killed_before(call, turn))
            assert work_of_a_daemon(home) == 0, f"after {call} {turn}"
            assert differences(left_by_a_daemon(home), undisturbed) == [], f"{call} {turn}"
            killed += code == -signal.SIGKILL
            if code == 0:
                break
    finally:
        story.clock.stop(at)

    assert killed >= 3


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_r06_a_kill_between_any_two_steps_from_store_to_publish_is_made_up_for(
    story: Story, tmp_path: Path
) -> None:
    assert kill_at_every("fsync", story, tmp_path / "home") > 10


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("call", ["rename", "unlink"])
def test_r07_a_kill_while_files_are_replaced_leaves_each_old_or_new_and_whole(
    story: Story, tmp_path: Path, call: str
) -> None:
    assert kill_at_every(call, story, tmp_path / "home") > 10


@pytest.mark.slow
def test_r07_a_worker_that_is_killed_between_article_files_is_told_and_made_up_for(
    story: Story, tmp_path: Path
) -> None:
    files, told = story.before["archive"], list[str]()
    assert isinstance(files, dict)
    # One worker: before article files it puts in place what tells where the entries of each of the
    # two feeds stand. The feeds themselves are as they were.
    feeds = 2
    for turn in range(1, feeds + len(files) + 2):
        home = story.home(tmp_path / "home")
        home.config.write_text(
            home.config.read_text().replace("[service]", "[service]\nworkers = 1")
        )
        shutil.rmtree(home.archive)
        with home.start("publish", under=killed_before("rename", turn)) as publishing:
            publishing.ended()
            told.append(publishing.errors)
        found = {name: body for name, body in contents(home.archive).items() if name[0] != "."}
        assert found.items() <= files.items(), turn

        assert home.run("publish").code == 0

        assert contents(home.archive) == files, turn

    assert all("make_feed: the process died" in one for one in told[:feeds])
    assert all("write_due: the process died" in one for one in told[feeds:-1])
    assert all("it is tried again by the next run" in one for one in told[:-1])
    assert told[-1] == ""


@pytest.mark.slow
def test_r07_who_reads_all_the_time_never_sees_a_part_or_a_mixture(
    home: Home, server: FeedServer
) -> None:
    home.configure(sources={"paper": server.url("/feed")}, outputs={"news": {}})
    items = [an_item(f"Story {number}", body=WORDS * 20) for number in range(12)]
    server.serve("/feed", an_rss(*items[:2]))
    home.run("poll")
    seen, wrong, ending = Counter[bytes](), list[str](), threading.Event()

    def read() -> None:
        document = home.feeds / "news.atom"
        while not ending.is_set():
            with document.open("rb") as file:
                body, modified = file.read(), int(os.fstat(file.fileno()).st_mtime)
            seen[body] += 1
            for suffix, unpack in UNPACK.items():
                # As the web server takes a form: if its time is that of the document.
                packed = read_form(document.with_name(document.name + suffix), modified)
                if packed is not None and unpack(packed) != body:
                    wrong.append(f"{suffix} is of another document")

    reader = threading.Thread(target=read)
    reader.start()
    published = {(home.feeds / "news.atom").read_bytes()}
    try:
        for count in (4, 6, 8, 10, 12):
            server.serve("/feed", an_rss(*items[:count]))
            assert home.run("poll", "--all").code == 0
            published.add((home.feeds / "news.atom").read_bytes())
    finally:
        ending.set()
        reader.join()

    assert wrong == []
    assert set(seen) <= published
    assert len(published) == 6
    assert len(seen) >= 4  # it read while they were replaced


YEAR = timedelta(days=365)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_r08_a_clock_that_jumps_a_year_under_a_daemon_makes_no_storm_and_no_stall(
    home: Home, server: FeedServer, tmp_path: Path
) -> None:
    paths = [f"/{number}" for number in range(4)]
    for path in paths:
        server.serve(path, an_rss(an_item(f"Of {path}", date=format_datetime(datetime.now(UTC)))))
    home.configure(
        sources={f"s{path[1:]}": server.url(path) for path in paths},
        outputs={"fresh": {"max_age": "30d"}},
        defaults={"interval": "5s"},
    )
    clock = Clock(tmp_path)
    home.environment = clock.environment
    with home.start("run") as daemon:
        for jump in (timedelta(0), YEAR, timedelta(0), -YEAR, timedelta(0)):
            clock.shift(jump)
            began, before = time.monotonic(), len(server.requests)

            def asked(path: str, before: int = before) -> int:
                return sum(one.path == path for one in server.requests[before:])

            until(lambda: all(asked(path) >= 3 for path in paths), f"polls after {jump}", 90)
            rounds = (time.monotonic() - began) / 5
            assert max(map(asked, paths)) <= rounds + 2, f"a storm after {jump}"
        until(lambda: home.get("/feeds/fresh.json").body.count(b"Of /") >= 4, "articles are back")
        daemon.send(signal.SIGTERM)
        assert daemon.ended() == 0


@pytest.mark.slow
def test_r08_a_clock_that_was_a_year_ahead_yesterday_leaves_everything_on_its_schedule(
    home: Home, server: FeedServer, tmp_path: Path
) -> None:
    server.serve("/feed", an_rss(an_item("One"), an_item("Undated", date="")))
    home.configure(sources={"paper": server.url("/feed")}, defaults={"interval": "1h"})
    clock = Clock(tmp_path)
    home.environment = clock.environment
    polled = []
    for at in (START + YEAR, START, START + timedelta(hours=2), START - YEAR, START):
        clock.stop(at)
        before = len(server.requests)
        assert home.run("poll").code == 0
        polled.append(len(server.requests) - before)

    # A year ahead, then as planned; then a year behind, where it waits for an hour, and back.
    assert polled == [1, 0, 1, 0, 1]


@pytest.mark.slow
def test_r08_a_clock_that_is_a_year_ahead_purges_nothing(
    home: Home, server: FeedServer, tmp_path: Path
) -> None:
    clock = Clock(tmp_path)
    home.environment = clock.environment
    clock.stop(START)
    server.serve("/feed", an_rss(*(an_item(f"Story {number}") for number in range(5))))
    sources = {"paper": {"url": server.url("/feed"), "keep": "30d"}}
    home.configure(sources=sources, outputs={})
    assert home.run("poll").code == 0
    # None of them is in the document any more, so all may go.
    server.serve("/feed", an_rss(an_item("The newest")))
    clock.stop(START + timedelta(days=1))
    assert home.run("poll", "--all").code == 0

    clock.stop(START + YEAR)
    with home.start("run") as daemon:
        until(lambda: "purge error=" in daemon.errors, "it says why nothing is purged")
        kept = home.query("SELECT count(*) FROM article")
    by_hand = home.run("prune")

    assert kept == [(6,)]
    assert "purged 5 articles" in by_hand.out


# glibc takes no port for a name server, so this one is at 53; it is asked and never answers.
SILENT = "127.0.0.153"
BY_OWN_RESOLVER = (
    *("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"'),
)
# feedparser looks for a mail address in it, in time that grows with the square of its length.
POISON = an_rss(f"<item><title>x</title><author>{'a' * 2_000_000}</author></item>")


@pytest.fixture
def silent_resolver() -> Iterator[socket.socket]:
    """Give a name server that takes questions and says nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        try:
            listening.bind((SILENT, 53))
        except PermissionError:
            needed("root, for a name server and a file of its own in /etc")
        yield listening


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_r09_dead_names_a_dripping_server_and_a_poison_feed_hold_up_nobody(
    home: Home, server: FeedServer, silent_resolver: socket.socket, tmp_path: Path
) -> None:
    asked: dict[str, list[float]] = {f"/{number}": [] for number in range(5)}

    def news(request: Request) -> Response:
        asked[request.path].append(time.monotonic())
        title = f"{request.path} {len(asked[request.path])}"
        return Response(body=an_rss(an_item(title)))

    for path in asked:
        server.handle(path, news)
    server.drip("/drip", an_rss(an_item("Late")) * 100)
    server.never("/never")
    server.serve("/poison", POISON)
    names = {f"lost{n}": f"http://lost{n}.example/feed" for n in range(8)}
    home.configure(
        sources={
            **names,
            **{one: server.url(f"/{one}") for one in ("drip", "never", "poison")},
            **{f"s{path[1:]}": server.url(path) for path in asked},
        },
        defaults={"interval": "3s", "timeout": "10s"},
        service={"workers": 2},
    )
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(f"nameserver {SILENT}\noptions timeout:30 attempts:5\n")
    with home.start("run", under=(*BY_OWN_RESOLVER, str(resolver))) as daemon:
        until(lambda: all(len(moments) >= 8 for moments in asked.values()), "eight rounds", 120)
        silent_resolver.settimeout(5)
        assert b"lost" in silent_resolver.recv(512)
        daemon.send(signal.SIGTERM)
        assert daemon.ended() == 0

    waits = [later - one for moments in asked.values() for one, later in pairwise(moments)]
    assert max(waits) < 3 * 3, "a healthy source waited for more than two of its turns"


def fail_at_every(call: str, error: str, story: Story, folder: Path, turns: int) -> list[str]:
    """Fail a poll's first call on the files it writes, its second and so on; after each, poll in
    peace. Returns what was said of each failure."""
    told = list[str]()
    for turn in range(1, turns + 1):
        home = story.home(folder)
        # Python opens and unlinks much besides: these calls fail on what is published alone.
        published = (*story.published[1], "") if call in ("unlink", "open") else ()
        only = [str(home.feeds / name) for name in published]
        with home.start("poll", under=failed(call, turn, error, *only)) as polling:
            code, said = polling.ended(), polling.errors
        assert "Traceback" not in said, f"{call} {turn}: {said}"
        assert (code, said[:7]) in ((0, ""), (1, "error: ")), f"{call} {turn}: {said}"
        assert story.files_are_whole(home), f"{call} {turn}"

        again = home.run("poll")

        assert (again.code, again.err) == (0, ""), f"after {call} {turn}: {again.text}"
        now = kept(home)
        assert [name for name in now if now[name] != story.after[name]] == [], f"{call} {turn}"
        told += [said] if said else []
    return told


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("call", "error", "turns", "words"),
    [
        ("pwrite", "ENOSPC", 10, "aggregator.db: the database cannot be opened: "),
        ("fsync", "EIO", 10, " cannot be written: Input/output error"),
        ("rename", "ENOSPC", 10, " cannot be written: No space left on device"),
        ("unlink", "EIO", 10, " cannot be written: Input/output error"),
        ("open", "EIO", 10, " cannot be written: Input/output error"),
    ],
)
def test_r06_a_call_that_fails_is_told_in_words_and_made_up_for_by_the_next_poll(
    story: Story, tmp_path: Path, call: str, error: str, turns: int, words: str
) -> None:
    told = fail_at_every(call, error, story, tmp_path / "home", turns)

    assert told, "nothing failed"
    assert all(words in said for said in told)
