"""The web server on a real port: generated feeds with validators, and the home page."""

import gzip
import re
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import brotli
import pytest
from starlette.applications import Starlette

from aggregator.core.source import Source
from aggregator.errors import AggregatorError
from aggregator.store.database import Database
from aggregator.syndicate.publication import Publication
from aggregator.syndicate.render import render
from aggregator.web.app import make_app
from aggregator.web.server import WebServer
from tests.core.records import an_output
from tests.running import Answer, ask
from tests.syndicate.records import a_channel, an_article
from tests.web.records import a_site

CONTENT = "<rss>互联互通</rss>".encode() * 50
UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
}
UNSTABLE = ("date", "etag")
CHANGED = datetime(2026, 3, 1, 12, tzinfo=UTC)
AFTER_A_DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = "/feeds/news.rss"
BEFORE, SAME, AFTER = (
    f"Sun, 01 Mar 2026 {time} GMT" for time in ("11:59:59", "12:00:00", "12:00:01")
)


class Town:
    """A web server on a free port, its folder of feeds and its database."""

    def __init__(self, folder: Path, sources: tuple[Source, ...]) -> None:
        self.feeds = folder / "public" / "feeds"
        self.feeds.mkdir(parents=True)
        self.publication = Publication(folder=self.feeds, versions_folder=folder / "versions")
        self.database = folder / "aggregator.db"
        site = a_site(
            folder,
            sources=sources,
            outputs=(an_output("news"), an_output("later")),
            feeds_dir=self.feeds,
        )
        self.server = WebServer(make_app(site), "127.0.0.1:0")
        self.port = int(self.server.address.rpartition(":")[2])

    def write(self, content: bytes = CONTENT, changed: datetime = CHANGED) -> None:
        self.publication.write([("news.rss", content)], changed)

    def get(self, path: str = FEED, method: str = "GET", **headers: str) -> Answer:
        return ask(self.port, path, method, **headers)


HOSTILE = '</a><script>alert("1")</script>&'


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Town]:
    sources = (
        Source(id="paper", url="https://u:secret@paper.example/?token=secret", name=HOSTILE),
        Source(id="down", url="https://down.example/", name="Down"),
    )
    site = Town(tmp_path, sources)
    site.write()
    site.server.start()
    yield site
    site.server.stop()


def test_a_feed_is_served_as_it_is_in_its_file(site: Town) -> None:
    answer = site.get()

    assert (answer.status, answer.body) == (200, CONTENT)
    stated = {name: value for name, value in answer.headers.items() if name not in UNSTABLE}
    assert stated == {
        "content-type": "application/rss+xml; charset=utf-8",
        "content-length": str(len(CONTENT)),
        "last-modified": SAME,
        "cache-control": "public, max-age=300",
        "vary": "Accept-Encoding",
        "accept-ranges": "none",
        "x-content-type-options": "nosniff",
    }


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("rss", "application/rss+xml; charset=utf-8"),
        ("atom", "application/atom+xml; charset=utf-8"),
        ("json", "application/feed+json; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
    ],
)
def test_each_format_has_its_media_type(site: Town, kind: str, media_type: str) -> None:
    (site.feeds / f"news.{kind}").write_bytes(b"x")

    assert site.get(f"/feeds/news.{kind}").headers["content-type"] == media_type


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br, gzip", "br"),
        ("gzip, br", "br"),
        ("gzip, br;q=0.9", "gzip"),
        ("gzip;q=0.5", "gzip"),
        ("gzip;q=0.5, identity;q=0.4", "gzip"),
        ("gzip;q=0.5, identity", ""),
        ("deflate, gzip;q=1.0, *;q=0.5", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("*", "br"),
        ("*;q=0, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("gzip;q=0", ""),
        ("gzip; q=0.000", ""),
        ("*;q=0", ""),
        ("gzip;q=0, br;q=0, *", ""),
        ("identity", ""),
        ("deflate", ""),
        ("", ""),
        (";;,,=", ""),
    ],
)
def test_a_feed_is_compressed_where_that_is_accepted(
    site: Town, accepted: str, coding: str
) -> None:
    answer = site.get(Accept_Encoding=accepted)

    assert answer.headers.get("content-encoding", "") == coding
    assert UNPACK[coding](answer.body) == CONTENT
    assert answer.headers["vary"] == "Accept-Encoding"


def test_each_coding_of_the_same_content_has_a_tag_of_its_own(site: Town) -> None:
    found = {site.get(Accept_Encoding=one).headers["etag"] for one in ("", "gzip", "br")}
    (site.feeds / "news.rss").unlink()
    site.write(CONTENT, AFTER_A_DAY)

    again = {site.get(Accept_Encoding=one).headers["etag"] for one in ("", "gzip", "br")}

    assert (len(found), again) == (3, found)


@pytest.mark.parametrize("accepted", ["gzip", "br", "identity"])
@pytest.mark.parametrize(
    ("stated", "status"),
    [
        ("{tag}", 304),
        ("W/{tag}", 304),
        ('"x", {tag}', 304),
        ('W/"x",W/{tag},"y"', 304),
        ("*", 304),
        ('"x"', 200),
        ("", 200),
    ],
)
def test_if_none_match(site: Town, accepted: str, stated: str, status: int) -> None:
    tag = site.get(Accept_Encoding=accepted).headers["etag"]

    answer = site.get(Accept_Encoding=accepted, If_None_Match=stated.format(tag=tag))

    assert (answer.status, not answer.body) == (status, status == 304)
    assert answer.headers["etag"] == tag


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        (BEFORE, 200),
        (SAME, 304),
        (AFTER, 304),
        ("Sunday, 01-Mar-26 12:00:00 GMT", 304),
        ("yesterday", 200),
        ("Sun, 99 Mar 2026 12:00:00 GMT", 200),
        ("Sun, 01 Mar 99999 12:00:00 GMT", 200),
        ("0", 200),
        ("", 200),
    ],
)
def test_if_modified_since(site: Town, stated: str, status: int) -> None:
    assert site.get(If_Modified_Since=stated).status == status


@pytest.mark.parametrize(
    ("tag", "since", "status"), [("{tag}", BEFORE, 304), ('"other"', AFTER, 200)]
)
def test_the_tag_decides_before_the_date(site: Town, tag: str, since: str, status: int) -> None:
    stated = tag.format(tag=site.get().headers["etag"])

    assert site.get(If_None_Match=stated, If_Modified_Since=since).status == status


def test_a_changed_file_is_served_at_once(site: Town) -> None:
    old = site.get()
    site.write(b"new", AFTER_A_DAY)

    answer = site.get(If_None_Match=old.headers["etag"])

    assert (answer.status, answer.body) == (200, b"new")


@pytest.mark.parametrize("path", [FEED, "/"])
def test_head_answers_like_get_without_a_body(site: Town, path: str) -> None:
    full, head = site.get(path), site.get(path, "HEAD")

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == full.headers["content-length"]


def test_a_conditional_head_answers_304(site: Town) -> None:
    assert site.get(method="HEAD", If_None_Match=site.get().headers["etag"]).status == 304


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/other.rss",
        "/feeds/news.xml",
        "/feeds/news",
        "/feeds/",
        "/feeds",
        "/feeds/later.rss",
        "/feeds/../../aggregator.db",
        "/feeds/..%2faggregator.db",
        "/feeds/..%2f..%2faggregator.db",
        "/feeds/%2e%2e/%2e%2e/aggregator.db",
        "/feeds/.1-0.tmp",
        "/feeds/news.rss%00",
        "/feeds/news.rss/",
        "/feeds//news.rss",
        "/feeds/NEWS.rss",
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/templates/home.html",
        "/static/",
        "/aggregator.db",
        "/%",
        "/feeds/" + "a" * 4000,
    ],
)
def test_nothing_else_is_reachable(site: Town, path: str) -> None:
    (site.feeds / ".1-0.tmp").write_bytes(b"half a feed")
    (site.feeds.parent / "aggregator.db").write_bytes(b"secret")
    Database(site.database).close()

    answer = site.get(path)

    assert answer.status in (307, 404)
    assert answer.headers.get("location", "/feeds/").startswith(("/feeds", "http://127.0.0.1:"))
    assert len(answer.body) < 4200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_changed(site: Town, method: str) -> None:
    assert {site.get(path, method).status for path in ("/", FEED)} == {405}


def test_a_feed_not_published_yet_says_so(site: Town) -> None:
    answer = site.get("/feeds/later.rss")

    assert (answer.status, answer.body) == (404, b"later.rss has not been published yet\n")


def test_a_page_of_an_output_may_run_nothing_and_shows_pictures(site: Town) -> None:
    documents = render(a_channel(), [an_article("One")], ["html"])
    site.publication.write([("news.html", documents["html"])], CHANGED)

    answer = site.get("/feeds/news.html")

    rules = dict(
        rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";")
    )
    style = re.search("<style>(.*?)</style>", answer.body.decode(), re.DOTALL)
    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "http: https: data:",
        "media-src": "http: https:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_the_list_of_outputs_is_served(site: Town) -> None:
    (site.feeds / "outputs.opml").write_bytes(b"<opml/>")

    answer = site.get("/feeds/outputs.opml")

    assert (answer.status, answer.body) == (200, b"<opml/>")
    assert answer.headers["content-type"] == "text/x-opml; charset=utf-8"


def test_the_style_sheet_is_served(site: Town) -> None:
    answer = site.get("/static/style.css")

    assert (answer.status, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")


def test_a_page_that_cannot_be_made_says_so_with_the_next_step(site: Town) -> None:
    site.database.write_bytes(b"no database\n" * 100)

    answer = site.get("/")

    assert (answer.status, answer.body.count(b"\n")) == (503, 2)
    assert b"`aggregator doctor` says what to do" in answer.body
    assert site.get(FEED).status == 200


def test_a_port_in_use_is_named_with_the_next_step() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(AggregatorError) as told:
            WebServer(Starlette(), listen)

    assert told.value.what == f"cannot listen on {listen}: Address already in use"
    assert told.value.hint == "is it running already? `listen` in feeds.toml names another port"


@pytest.mark.parametrize("listen", ["no.such.host.invalid:80", "192.0.2.1:80"])
def test_an_address_that_is_not_ours_is_named(listen: str) -> None:
    with pytest.raises(AggregatorError, match=f"cannot listen on {listen}: "):
        WebServer(Starlette(), listen)


def test_a_slow_client_does_not_keep_the_server_from_stopping(site: Town) -> None:
    with socket.create_connection(("127.0.0.1", site.port)) as slow:
        slow.sendall(b"GET / HTT")

        site.server.stop()

        with suppress(ConnectionResetError):
            assert slow.recv(1) == b""
