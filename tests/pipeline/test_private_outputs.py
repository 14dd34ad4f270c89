"""Private outputs from feeds.toml to files: kept apart, listed nowhere, told to their owner."""

import json
import signal
from pathlib import Path

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home, Table, contents, until
from tests.servers import FeedServer

LONG = "<p>" + "word " * 200 + "</p>"
OUTPUTS: dict[str, Table] = {
    "open": {"title": "Open"},
    "mine": {"title": "Mine", "private": True},
    "ours": {"title": "Ours", "auth": {"user": "me", "password": "hunter2"}},
    "short": {"title": "Short", "content": "summary"},
}


@pytest.fixture
def home(tmp_path: Path, server: FeedServer) -> Home:
    server.serve("/feed", an_rss(an_item("One", body=LONG), an_item("Two", body="<p>2 &lt; 3</p>")))
    home = Home(tmp_path)
    home.configure(sources={"paper": server.url("/feed")}, outputs=OUTPUTS)
    return home


def address(home: Home, output: str) -> str:
    listed = home.run("outputs", "--json").json
    return str(next(one["urls"][0] for one in listed if one["output"] == output))


def test_private_feeds_are_apart_from_the_public_folder_with_their_address_in_them(
    home: Home,
) -> None:
    home.run("poll")

    public = contents(home.data / "public")
    assert sorted(path for path in public if path.endswith(".rss")) == [
        "feeds/_health.rss",
        "feeds/open.rss",
        "feeds/short.rss",
    ]
    token = (home.data / "private" / "tokens" / "mine").read_text().strip()
    assert address(home, "mine") == f"http://127.0.0.1:{home.port}/feeds/{token}/mine.rss"
    assert address(home, "mine").encode() in (home.data / "private/feeds/mine.rss").read_bytes()
    assert (home.data / "private").stat().st_mode & 0o777 == 0o700
    assert [path for path, text in public.items() if token.encode() in text] == []


def test_an_output_that_becomes_private_leaves_nothing_behind_and_comes_back(home: Home) -> None:
    home.run("poll")
    (home.feeds / "open.rss.gz").write_bytes(b"packed")
    text = home.config.read_text()

    home.config.write_text(text.replace('title = "Open"', 'title = "Open"\nprivate = true'))
    home.run("publish")
    hidden = sorted(contents(home.data / "public"))
    home.config.write_text(text)
    home.run("publish")

    assert [path for path in hidden if "open" in path] == []
    assert (home.feeds / "open.rss").exists()
    assert not (home.data / "private/feeds/open.rss").exists()


def test_a_renewed_address_is_in_the_feed_as_well(home: Home) -> None:
    home.run("poll")
    old = address(home, "mine")

    done = home.run("outputs", "--renew", "mine")
    home.run("poll")

    new = address(home, "mine")
    assert done.code == 0
    assert new != old
    assert new.encode() in (home.data / "private/feeds/mine.rss").read_bytes()


@pytest.mark.parametrize("name", ["open", "ours", "none"])
def test_only_a_private_output_has_an_address_to_renew(home: Home, name: str) -> None:
    done = home.run("outputs", "--renew", name)

    assert (done.code, f"there is no private output '{name}'" in done.err) == (2, True)


def test_the_daemon_serves_it_and_its_log_holds_no_token_or_password(home: Home) -> None:
    with home.start("run") as daemon:
        until(lambda: (home.data / "private/feeds/mine.rss").exists(), "the feed")
        until(lambda: (home.data / "private/feeds/ours.rss").exists(), "the other feed")
        url = address(home, "mine")
        path = url.partition(f":{home.port}")[2]
        answers = [home.get(path).status, home.get("/feeds/mine.rss").status]
        daemon.send(signal.SIGTERM)
        daemon.ended()
    log = (home.folder / "stderr.txt").read_text()

    assert answers == [200, 404]
    assert [one for one in (path.split("/")[2], "hunter2") if one in log] == []


def test_an_output_of_summaries_has_the_beginning_of_each_text(home: Home) -> None:
    home.run("poll")

    text = (home.feeds / "short.rss").read_text()
    assert text.count("word") == 80
    assert "…&lt;/p&gt;" in text
    assert "&lt;p&gt;2 &amp;lt; 3&lt;/p&gt;" in text
    assert (home.feeds / "open.rss").read_text().count("word") == 200


def test_pictures_come_through_the_daemon_where_an_output_says_so(
    home: Home, server: FeedServer
) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"x" * 100
    server.serve("/i.png", picture)
    server.serve("/feed", an_rss(an_item("One", body=f'<img src="{server.url("/i.png")}">')))
    outputs: dict[str, Table] = {
        "direct": {"title": "Direct"},
        "proxied": {"title": "Proxied", "proxy_images": True},
    }
    home.configure(sources={"paper": server.url("/feed")}, outputs=outputs)
    home.run("poll")
    (item,) = json.loads((home.feeds / "proxied.json").read_text())["items"]
    path = item["image"].partition(f":{home.port}")[2]

    with home.start("run") as daemon:
        daemon.answers()
        answer = home.get(path)

    assert (answer.status, answer.body) == (200, picture)
    assert item["content_html"] == f'<img src="http://127.0.0.1:{home.port}{path}">'
    assert server.url("/i.png").encode() in (home.feeds / "direct.rss").read_bytes()
    assert server.url("/i.png").encode() not in (home.feeds / "proxied.rss").read_bytes()
