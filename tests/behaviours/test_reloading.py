"""feeds.toml is edited under a running daemon: rightly, wrongly, and in every way editors do it."""

import json
import os
import signal
import sqlite3
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home, Running, Table, snapshot, until
from tests.servers import FeedServer, Request, Response

ALL: Mapping[str, Table] = {"all": {"title": "All"}, "tea": {"title": "Tea", "any": ["tea"]}}


@pytest.fixture
def papers(server: FeedServer) -> FeedServer:
    for name in ("one", "two"):
        server.serve(
            f"/{name}",
            an_rss(
                *(an_item(f"{what} of {name}", guid=what) for what in ("Tea", "Coffee", "Salt"))
            ),
        )
    return server


def configure(
    home: Home, papers: FeedServer, *names: str, outputs: Mapping[str, Table] = ALL, **service: str
) -> None:
    sources = {name: papers.url(f"/{name}") for name in names or ("one",)}
    home.configure(sources=sources, outputs=outputs, service=service)


def titles(home: Home, output: str) -> set[str]:
    """Give the titles in a feed as it is served, none while it is not."""
    answer = home.get(f"/feeds/{output}.json")
    if answer.status != 200:
        return set()
    return {one["title"] for one in json.loads(answer.body)["items"]}


def of(name: str) -> set[str]:
    return {f"{what} of {name}" for what in ("Tea", "Coffee", "Salt")}


def reloads(daemon: Running) -> list[str]:
    """Give what the log says of feeds.toml."""
    return [line for line in daemon.errors.splitlines() if " reload " in line]


def told(daemon: Running, *words: str) -> None:
    """Wait until the newest line about feeds.toml says this."""

    def is_told() -> bool:
        lines = reloads(daemon)
        return bool(lines) and all(one in lines[-1] for one in words)

    try:
        until(is_told, f"the log says {words}")
    except AssertionError as error:
        raise AssertionError(f"{error}: {reloads(daemon)}") from error


def metric(home: Home, name: str) -> float:
    lines = home.get("/metrics").body.decode().splitlines()
    return next(float(one.split()[-1]) for one in lines if one.startswith(f"{name} "))


@contextmanager
def steady(home: Home, output: str = "all", *names: str) -> Iterator[Running]:
    """Run a daemon that has published all there is."""
    wanted = set[str]().union(*map(of, names or ("one",)))
    with home.start("run") as daemon:
        daemon.answers()
        until(lambda: titles(home, output) == wanted, "everything is in the feed")
        until((home.feeds / "outputs.opml").exists, "all feeds are made")  # the last file of all
        # Feeds that changed again meanwhile are made side by side.
        until(lambda: not home.query("SELECT * FROM publish_pending"), "no feed is due any more")
        yield daemon


def test_a_source_is_polled_as_soon_as_it_is_written_and_no_more_once_it_is_gone(
    home: Home, papers: FeedServer
) -> None:
    configure(home, papers)
    with steady(home) as daemon:
        configure(home, papers, "one", "two")
        until(lambda: titles(home, "all") == of("one") | of("two"), "the new source is read")
        told(daemon, "1 source added: two")
        before = len(papers.requests)
        configure(home, papers, "two")
        told(daemon, "1 source removed: one")
        polled = home.run("poll", "--all", "--json").json
        page = home.get("/sources").body.decode()

        assert {one["source"] for one in polled["sources"]} == {"two"}
        assert {one.path for one in papers.requests[before:]} == {"/two"}
        assert 'href="/sources/two"' in page
        assert 'href="/sources/one"' not in page
        # What it brought stays.
        assert titles(home, "all") == of("one") | of("two")


def test_another_rule_makes_its_feed_anew_and_touches_no_other_file(
    home: Home, papers: FeedServer
) -> None:
    configure(home, papers)
    with steady(home) as daemon:
        until(lambda: titles(home, "tea") == {"Tea of one"}, "the other feed is there as well")
        before = snapshot(home.feeds)
        configure(home, papers, outputs={**ALL, "tea": {"title": "Tea", "any": ["coffee"]}})
        told(daemon, "1 output changed: tea")
        until(lambda: titles(home, "tea") == {"Coffee of one"}, "the feed goes by the new rule")
        after = snapshot(home.feeds)

    changed = {name for name in after if after[name] != before[name]}
    assert changed
    assert {name.partition(".")[0] for name in changed} == {"tea"}


@pytest.mark.slow
def test_outputs_come_and_go_with_their_pages(home: Home, papers: FeedServer) -> None:
    configure(home, papers)
    with steady(home) as daemon:
        configure(home, papers, outputs={"all": ALL["all"], "salt": {"any": ["salt"]}})
        told(daemon, "1 output added: salt", "1 output removed: tea")
        until(lambda: titles(home, "salt") == {"Salt of one"}, "the new feed is there")

        assert home.get("/feeds/tea.rss").status == 404
        assert home.get("/outputs/tea").status == 404
        assert home.get("/outputs/salt").status == 200


@pytest.mark.slow
def test_a_title_is_another_at_once(home: Home, papers: FeedServer) -> None:
    configure(home, papers)
    with steady(home):
        configure(home, papers, outputs={"all": {"title": "Every single one"}})
        until(
            lambda: b"Every single one" in home.get("/feeds/all.rss").body, "the feed has its title"
        )
        assert b"Every single one" in home.get("/").body


@pytest.mark.slow
def test_a_comment_changes_nothing(home: Home, papers: FeedServer) -> None:
    configure(home, papers)
    with steady(home) as daemon:
        before, asked = snapshot(home.feeds), len(papers.requests)
        home.config.write_text(f"# a remark\n{home.config.read_text()}")
        told(daemon, "changed=nothing")

        assert snapshot(home.feeds) == before
        assert len(papers.requests) == asked


MISTAKE = "[outputs.tea]\nany = 7\nlimt = 3\n"


def test_r12_a_file_that_cannot_be_used_leaves_the_last_good_one_in_force_and_says_so(
    home: Home, papers: FeedServer
) -> None:
    configure(home, papers)
    good = home.config.read_text()
    with steady(home) as daemon:
        since = metric(home, "aggregator_config_last_reload_success_timestamp_seconds")
        home.config.write_text(good.replace("[outputs.tea]", f"{MISTAKE}[outputs.more]"))
        told(daemon, "ERROR", "outputs.tea.limt: is not known", "aggregator check")
        health = json.loads(home.get("/health").body)
        page = home.get("/").body.decode()
        papers.serve("/one", an_rss(an_item("Fresh")))
        polled = home.run("poll", "one")  # a command of its own refuses the file

        assert "feeds.toml cannot be used as it is now" in page
        assert "outputs.tea.limt: is not known" in page
        assert [one["code"] for one in health["reasons"]] == ["config"]
        assert metric(home, "aggregator_config_last_reload_successful") == 0
        assert metric(home, "aggregator_config_last_reload_success_timestamp_seconds") == since
        assert polled.code == 1
        # The daemon goes on by the last good one.
        hasten(home)
        until(lambda: "Fresh" in titles(home, "all"), "polls and feeds go on")

        home.config.write_text(good)
        told(daemon, "INFO", "changed=nothing")
        assert json.loads(home.get("/health").body)["reasons"] == []
        assert "cannot be used" not in home.get("/").body.decode()
        assert metric(home, "aggregator_config_last_reload_successful") == 1
        assert metric(home, "aggregator_config_last_reload_success_timestamp_seconds") >= since


def hasten(home: Home) -> None:
    """Let every source be due."""
    with closing(sqlite3.connect(home.database, timeout=30, isolation_level=None)) as database:
        database.execute("UPDATE source SET next_poll_at = NULL")


@pytest.mark.slow
def test_r12_others_than_the_machine_itself_are_not_told_what_is_wrong(
    home: Home, papers: FeedServer
) -> None:
    configure(home, papers)
    with steady(home) as daemon:
        home.config.write_text("[outputs.tea]\nany = 7\n")
        told(daemon, "ERROR")
        stranger = home.get("/", Host="news.example")

        assert stranger.status == 200
        assert "cannot be used" in home.get("/").body.decode()
        assert "cannot be used" not in stranger.body.decode()


@pytest.mark.slow
def test_a_hangup_has_the_file_and_its_secrets_read_again(home: Home, papers: FeedServer) -> None:
    secret = home.folder / "secret"
    secret.write_text("old-secret")
    papers.serve("/one", an_rss(an_item("Tea of one")))
    source = {"url": papers.url("/one"), "token": {"file": str(secret)}}
    home.configure(sources={"one": source})
    with home.start("run") as daemon:
        daemon.answers()
        until(lambda: papers.requests, "it is polled")
        daemon.send(signal.SIGHUP)
        told(daemon, "changed=nothing")
        secret.write_text("new-secret")
        daemon.send(signal.SIGHUP)
        told(daemon, "1 source changed: one")
        hasten(home)
        until(lambda: len(papers.requests) > 1, "it is polled once more")

    assert papers.requests[0].headers["authorization"] == "Bearer old-secret"
    assert papers.requests[-1].headers["authorization"] == "Bearer new-secret"
    assert "-secret" not in daemon.errors


@pytest.mark.slow
def test_a_hangup_while_it_starts_ends_nothing(home: Home, papers: FeedServer) -> None:
    configure(home, papers)
    with home.start("run") as daemon:
        until(lambda: caught(daemon.pid, signal.SIGHUP), "it listens to signals")
        daemon.send(signal.SIGHUP)
        daemon.answers()
        told(daemon, "changed=nothing")


def caught(pid: int, number: int) -> bool:
    """Say whether a process handles a signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(mask, 16) >> (number - 1) & 1)


def in_place(file: Path, text: str) -> None:
    file.write_text(text)


def by_another_file(file: Path, text: str) -> None:
    other = file.with_suffix(".toml~new")
    other.write_text(text)
    other.rename(file)


def after_taking_it_away(file: Path, text: str) -> None:
    file.rename(file.with_suffix(".toml~"))
    file.write_text(text)


def in_two_goes(file: Path, text: str) -> None:
    with file.open("w") as writing:
        half = text.rindex("[outputs")
        writing.write(text[: half + 4])
        writing.flush()
        os.fsync(writing.fileno())
        writing.write(text[half + 4 :])


@pytest.mark.slow
@pytest.mark.parametrize("edit", [in_place, by_another_file, after_taking_it_away, in_two_goes])
def test_every_way_to_write_the_file_is_noticed_once(
    home: Home, papers: FeedServer, edit: Callable[[Path, str], None]
) -> None:
    configure(home, papers, "one", "two")
    two = home.config.read_text()
    configure(home, papers)
    with steady(home) as daemon:
        edit(home.config, two)
        told(daemon, "1 source added: two")

        assert len(reloads(daemon)) == 1


@pytest.mark.slow
def test_a_file_behind_links_is_noticed_when_a_link_leads_elsewhere(
    home: Home, papers: FeedServer, tmp_path: Path
) -> None:
    configure(home, papers, "one", "two")
    two = home.config.read_text()
    configure(home, papers)
    # As an orchestrator mounts it: feeds.toml → ..data/feeds.toml, ..data → ..1
    mounted = tmp_path / "mounted"
    for number, text in (("..1", home.config.read_text()), ("..2", two)):
        (mounted / number).mkdir(parents=True)
        (mounted / number / "feeds.toml").write_text(text.replace("[service]", service_at(home)))
    (mounted / "..data").symlink_to("..1")
    (mounted / "feeds.toml").symlink_to("..data/feeds.toml")
    home.config = mounted / "feeds.toml"
    with steady(home) as daemon:
        (mounted / "..new").symlink_to("..2")
        (mounted / "..new").rename(mounted / "..data")
        told(daemon, "1 source added: two")


def service_at(home: Home) -> str:
    return f'[service]\ndata_dir = "{home.data}"'


@pytest.mark.slow
def test_what_waits_for_the_next_start_is_told_and_the_rest_holds_at_once(
    home: Home, papers: FeedServer
) -> None:
    configure(home, papers)
    with steady(home) as daemon:
        port, home.port = home.port, 0
        configure(home, papers, "one", "two", log="json", data_dir="elsewhere")
        home.port = port
        told(daemon, "1 source added: two", "at the next start: service.data_dir, service.listen")
        page = home.get("/").body.decode()
        until(lambda: of("two") <= titles(home, "all"), "the new source is read")

        assert "Takes effect at the next start: service.data_dir, service.listen" in page
        assert not (home.folder / "elsewhere").exists()


class Crowd:
    """Many sources that answer when they are allowed to, each with an entry of its own."""

    def __init__(self, server: FeedServer, count: int) -> None:
        self.names = [f"s{number:03}" for number in range(count)]
        self.answered: list[str] = []
        self._url = server.url
        for name in self.names:
            server.handle(f"/{name}", self._respond)

    def _respond(self, request: Request) -> Response:
        name = request.path[1:]
        self.answered.append(name)
        return Response(body=an_rss(an_item(f"Tea of {name}", guid=name)))

    def sources(self) -> dict[str, str]:
        return {name: self._url(f"/{name}") for name in self.names}


@pytest.mark.slow
def test_edits_while_many_are_polled_lose_and_double_nothing(
    home: Home, server: FeedServer
) -> None:
    crowd = Crowd(server, 200)
    rules: list[Mapping[str, Table]] = [
        {"all": {"title": "All", "limit": 500}, "tea": {"any": [word], "limit": 500}}
        for word in ("coffee", "salt", "tea")
    ]
    home.configure(sources=crowd.sources(), outputs=rules[0])
    with home.start("run") as daemon:
        daemon.answers()
        for count, rule in zip((10, 40), rules[1:], strict=True):
            until(lambda least=count: len(crowd.answered) >= least, "some are polled")  # type: ignore[misc]
            home.configure(sources=crowd.sources(), outputs=rule)
            told(daemon, "1 output changed: tea")
        wanted = {f"Tea of {name}" for name in crowd.names}
        until(lambda: titles(home, "all") == wanted, "all are in the feed of all")
        until(lambda: titles(home, "tea") == wanted, "the last rule holds for each of them")

    assert home.query("SELECT count(*), count(DISTINCT guid) FROM article") == [(200, 200)]
    assert home.query("SELECT count(*) FROM revision") == [(0,)]


@pytest.mark.slow
def test_a_kill_right_after_an_edit_is_made_up_for_by_the_next_start(
    home: Home, papers: FeedServer
) -> None:
    configure(home, papers)
    for moment in range(6):
        words = ("tea", "coffee")[moment % 2]
        with home.start("run") as daemon:
            daemon.answers()
            configure(home, papers, "one", "two", outputs={**ALL, "tea": {"any": [words]}})
            until(lambda: reloads(daemon) or moment % 3 == 0, "it is noticed, or not yet")  # noqa: B023
            daemon.send(signal.SIGKILL)
            daemon.ended()
        with steady(home, "all", "one", "two"):
            wanted = {f"{words.title()} of {name}" for name in ("one", "two")}
            until(lambda: titles(home, "tea") == wanted, "the feed goes by the last rule")  # noqa: B023

    assert home.query("PRAGMA integrity_check") == [("ok",)]
    assert home.query("SELECT count(*) FROM article") == [(6,)]
    assert tomllib.loads(home.config.read_text())


@pytest.mark.slow
def test_a_poll_that_ends_two_edits_later_is_judged_by_the_last_of_them(
    home: Home, papers: FeedServer
) -> None:
    asked: list[Request] = []
    is_let_go = threading.Event()

    def respond(request: Request) -> Response:
        asked.append(request)
        is_let_go.wait(60)
        return Response(body=an_rss(an_item("Tea of slow"), an_item("Salt of slow")))

    papers.handle("/slow", respond)
    salt = {**ALL, "tea": {"title": "Tea", "any": ["salt"]}}
    configure(home, papers, "slow")
    with home.start("run") as daemon:
        daemon.answers()
        until(lambda: asked, "the slow source is asked")
        configure(home, papers, "slow", "one")
        told(daemon, "1 source added: one")
        configure(home, papers, "slow", "one", outputs=salt)
        told(daemon, "1 output changed: tea")
        is_let_go.set()
        wanted = {"Salt of one", "Salt of slow"}
        until(lambda: titles(home, "tea") == wanted, "all are judged by the last rule")

    assert home.query("SELECT count(*), count(DISTINCT guid) FROM article") == [(5, 5)]


@pytest.mark.slow
def test_a_source_that_hangs_at_its_old_url_is_read_at_the_new_one_at_once(
    home: Home, papers: FeedServer
) -> None:
    papers.never("/hung")
    home.configure(sources={"one": papers.url("/hung")}, outputs=ALL, defaults={"timeout": "100s"})
    with home.start("run") as daemon:
        daemon.answers()
        until(lambda: papers.requests, "it is asked at the old url")
        home.configure(
            sources={"one": papers.url("/one")}, outputs=ALL, defaults={"timeout": "100s"}
        )
        told(daemon, "1 source changed: one")
        until(lambda: titles(home, "tea") == {"Tea of one"}, "it is read at the new url", 20)


@pytest.mark.slow
def test_what_the_workbench_writes_is_taken_up_by_itself(home: Home, papers: FeedServer) -> None:
    configure(home, papers)
    home.config.write_text(f"{home.config.read_text()}[web]\nedit = true\n")
    block = '[outputs.salt]\ntitle = "Salt"\nany = ["salt"]\n'
    with steady(home) as daemon:
        connection = HTTPConnection("127.0.0.1", home.port, timeout=30)
        headers = {
            "Origin": f"http://127.0.0.1:{home.port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode({"block": block, "do": "write"})
        connection.request("POST", "/workbench", body, headers)
        status = connection.getresponse().status
        connection.close()
        told(daemon, "1 output added: salt")
        until(lambda: titles(home, "salt") == {"Salt of one"}, "its feed is there")

    assert status == 303
