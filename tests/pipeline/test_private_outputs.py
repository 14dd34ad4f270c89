"""Private outputs from feeds.toml to files: kept apart, listed nowhere, told to their owner."""

import json
import signal
from base64 import b64encode
from pathlib import Path

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Answer, Home, Table, contents, until
from tests.servers import FeedServer

pytestmark = pytest.mark.slow

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


def files_of(home: Home, output: str) -> list[str]:
    paths = [path for path in contents(home.data) if not path.startswith("archive/")]
    return sorted(path for path in paths if Path(path).name.partition(".")[0] == output)


FORMS = [
    f"feeds/NAME.{kind}{ending}"
    for kind in ("atom", "html", "json", "rss")
    for ending in ("", ".gz")
] + [f"versions/NAME.{ending}" for ending in ("atom.json", "json.json", "kept", "rss.json")]
PUBLIC = [form.replace("feeds/", "public/feeds/") for form in FORMS]


def test_documents_of_any_form_lie_where_the_output_belongs(home: Home) -> None:
    home.run("poll")

    private = [f"private/{form}" for form in FORMS]
    for output, paths in (("open", PUBLIC), ("ours", private)):
        assert files_of(home, output) == [path.replace("NAME", output) for path in paths]
    mine = [*(path.replace("NAME", "mine") for path in private), "private/tokens/mine"]
    assert files_of(home, "mine") == sorted(mine)


def test_nothing_public_names_a_hidden_output(home: Home) -> None:
    home.run("poll")

    public = contents(home.data / "public")
    versions = contents(home.data / "versions")
    assert b"open.rss" in public["feeds/outputs.opml"]
    texts = [text for path, text in public.items() if not path.endswith(".gz")]
    named = [name for name in (b"mine", b"Mine", b"ours", b"Ours") if name in b"".join(texts)]
    assert (named, [path for path in versions if path.startswith(("mine", "ours"))]) == ([], [])


def test_an_output_that_becomes_private_leaves_nothing_behind_and_comes_back(home: Home) -> None:
    home.run("poll")
    text = home.config.read_text()

    home.config.write_text(text.replace('title = "Open"', 'title = "Open"\nprivate = true'))
    home.run("publish")
    hidden = files_of(home, "open")
    home.config.write_text(text)
    home.run("publish")

    private = [f"private/{form}".replace("NAME", "open") for form in FORMS]
    assert hidden == sorted([*private, "private/tokens/open"])
    assert sorted({*files_of(home, "open")} - {"private/tokens/open"}) == [
        path.replace("NAME", "open") for path in PUBLIC
    ]


def test_the_history_of_a_hidden_output_is_for_who_may_read_it_and_as_unknown_for_others(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", an_rss(*(an_item(f"Story {n}", body=f"<p>{n}</p>") for n in range(130))))
    outputs = {name: {**table, "limit": 5} for name, table in OUTPUTS.items()}
    home.configure(sources={"paper": server.url("/feed")}, outputs=outputs)
    home.run("poll")
    token = (home.data / "private" / "tokens" / "mine").read_text().strip()
    leave = {"Authorization": f"Basic {b64encode(b'me:hunter2').decode()}"}
    may = {"mine": (f"{token}/mine", {}), "ours": ("ours", leave)}

    with home.start("run") as daemon:
        daemon.answers()
        pages = {
            name: [home.get(f"/feeds/{folder}/{n}.rss", **headers) for n in (1, 2, 3)]
            for name, (folder, headers) in may.items()
        }
        refused = {
            name: [
                shown(home.get(f"/feeds/{where}", **headers), name)
                for headers in ({}, {"Authorization": "Basic bm86bm8="})
                for where in (f"{name}/1.rss", f"{token}x/{name}/1.rss", f"{name}/2.html")
            ]
            for name in ("mine", "ours", "none")
        }

    for name, (folder, _) in may.items():
        text = (home.data / f"private/feeds/{name}.rss").read_text()
        base = f"http://127.0.0.1:{home.port}/feeds/{folder}"
        assert f'rel="prev-archive" href="{base}/2.rss"' in text
        # The last one is full as well: it ends with what has left the feed.
        assert [one.status for one in pages[name]] == [200, 200, 200]
        assert [one.body.count(b"<item>") for one in pages[name]] == [100, 30, 0]
        assert f'rel="prev-archive" href="{base}/1.rss"'.encode() in pages[name][1].body
        assert pages[name][0].headers["cache-control"] == "private, max-age=300"
        assert pages[name][0].headers["x-robots-tag"] == "noindex, nofollow"
    assert refused["mine"] == refused["ours"] == refused["none"]
    assert {status for status, *_ in refused["none"]} == {404}


def shown(answer: Answer, name: str) -> tuple[int, dict[str, str], bytes]:
    headers = {key: value for key, value in answer.headers.items() if key != "date"}
    return answer.status, headers, answer.body.replace(name.encode(), b"NAME")


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

    shown = {
        name: [item["content_html"] for item in items(home, name)] for name in ("short", "open")
    }
    assert [text.count("word") for text in shown["short"]] == [80, 0]
    assert shown["short"][0].endswith("…</p>")
    assert shown["short"][1] == "<p>2 &lt; 3</p>"
    assert [text.count("word") for text in shown["open"]] == [200, 0]
    page = (home.feeds / "short.html").read_text()
    assert page.count("word") == 80


def items(home: Home, output: str) -> list[dict[str, str]]:
    document = json.loads((home.feeds / f"{output}.json").read_text())
    return sorted(document["items"], key=lambda item: item["title"])


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
        history = home.get("/feeds/proxied/1.html")

    assert (answer.status, answer.body) == (200, picture)
    for page in (history.body, (home.feeds / "proxied.html").read_bytes()):
        assert (path.encode() in page, server.url("/i.png").encode() in page) == (True, False)
    assert "img-src http: https:" in history.headers["content-security-policy"]
    assert item["content_html"] == f'<img src="http://127.0.0.1:{home.port}{path}">'
    assert server.url("/i.png").encode() in (home.feeds / "direct.rss").read_bytes()
    assert server.url("/i.png").encode() not in (home.feeds / "proxied.rss").read_bytes()
