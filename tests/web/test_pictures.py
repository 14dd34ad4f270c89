"""Pictures through our server: only ours, only pictures, kept, and bounded."""

import gzip
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aggregator.core.pace import HostPace
from aggregator.core.picture_links import PictureLinks
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.pace import Lanes
from aggregator.ingest.pictures import MOST_BYTES, Picture, PictureFetcher
from aggregator.web.app import make_app
from aggregator.web.picture_cache import PictureCache
from aggregator.web.pictures import Pictures
from aggregator.web.server import WebServer
from tests.running import Answer, ask
from tests.servers import FeedServer, Request, Response
from tests.web.records import a_site

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
FAST = {"*": HostPace(connections=8, delay=0.0)}


class Town:
    """A web server that fetches pictures; `seconds` is its clock."""

    def __init__(self, folder: Path) -> None:
        self.links = PictureLinks("key", "")
        self.seconds = 0.0
        self.folder = folder / "pictures"
        pictures = Pictures(
            self.links,
            PictureFetcher(Fetcher("test"), Lanes(FAST)),
            PictureCache(self.folder),
            lambda: self.seconds,
        )
        site = a_site(folder, pictures=pictures)
        self.server = WebServer(make_app(site), "127.0.0.1:0")
        self.port = int(self.server.address.rpartition(":")[2])

    def get(self, url: str, method: str = "GET", *, private: bool = True, **headers: str) -> Answer:
        path = self.links.address(url, may_be_private=private)
        return ask(self.port, path, method, **headers)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    town.server.start()
    yield town
    town.server.stop()


def test_a_picture_is_fetched_once_and_comes_with_its_own_type(
    town: Town, server: FeedServer
) -> None:
    server.serve("/a", PNG, content_type="text/html")

    first, second = town.get(server.url("/a")), town.get(server.url("/a"))

    assert (first.status, first.body, second.body) == (200, PNG, PNG)
    assert len(server.requests) == 1
    assert "referer" not in server.requests[0].headers
    stated = {name: value for name, value in first.headers.items() if name not in ("date", "etag")}
    assert stated == {
        "content-type": "image/png",
        "content-length": str(len(PNG)),
        "cache-control": "public, max-age=2592000",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex",
        "referrer-policy": "no-referrer",
    }


def test_who_has_it_is_told_so_and_head_sends_none(town: Town, server: FeedServer) -> None:
    server.serve("/a", PNG)
    tag = town.get(server.url("/a")).headers["etag"]

    known = town.get(server.url("/a"), If_None_Match=tag)
    head = town.get(server.url("/a"), "HEAD")

    assert (known.status, known.body) == (304, b"")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(PNG)))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"GIF89arest", "image/gif"),
        (b"RIFF\0\0\0\0WEBPrest", "image/webp"),
        (b"\0\0\0\x20ftypavifrest", "image/avif"),
    ],
)
def test_the_first_bytes_say_what_picture_it_is(
    town: Town, server: FeedServer, body: bytes, kind: str
) -> None:
    server.serve("/a", body, content_type="image/svg+xml")

    assert town.get(server.url("/a")).headers["content-type"] == kind


def test_a_packed_picture_is_unpacked(town: Town, server: FeedServer) -> None:
    server.answer("/a", 200, {"Content-Encoding": "gzip"}, gzip.compress(PNG))

    assert town.get(server.url("/a")).body == PNG


@pytest.mark.parametrize(
    "body",
    [b"<html><script>x</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"BM"],
)
def test_what_is_no_picture_is_not_passed_on(town: Town, server: FeedServer, body: bytes) -> None:
    server.serve("/a", body, content_type="image/png")

    answer = town.get(server.url("/a"))

    assert (answer.status, answer.body) == (404, b"there is no such picture\n")


def test_a_server_that_forbids_foreign_readers_is_told_its_own_page(
    town: Town, server: FeedServer
) -> None:
    def respond(request: Request) -> Response:
        is_own = request.headers.get("referer") == server.url("/")
        return Response(body=PNG) if is_own else Response(status=403)

    server.handle("/a", respond)

    assert town.get(server.url("/a")).status == 200


@pytest.mark.parametrize(("status", "answered"), [(404, 404), (410, 404), (500, 502), (403, 502)])
def test_a_failure_is_told_without_a_word_of_it_and_not_asked_for_again_soon(
    town: Town, server: FeedServer, status: int, answered: int
) -> None:
    server.answer("/a", status, body=b"secret")

    answers = [town.get(server.url("/a")) for _ in range(3)]
    asked = len(server.requests)
    server.serve("/a", PNG)
    town.seconds += 601

    assert {one.status for one in answers} == {answered}
    assert [one for one in answers if b"secret" in one.body] == []
    assert asked == (2 if status == 403 else 1)
    assert town.get(server.url("/a")).status == 200


def test_a_private_address_is_refused_like_one_that_does_not_answer(
    town: Town, server: FeedServer
) -> None:
    server.serve("/a", PNG)

    refused = town.get(server.url("/a"), private=False)
    closed = town.get("http://127.0.0.1:9/a", private=True)

    assert (refused.status, refused.body) == (closed.status, closed.body)
    assert (refused.status, server.requests) == (502, ())


def test_a_picture_that_is_too_large_or_cut_short_is_not_to_be_had(
    town: Town, server: FeedServer
) -> None:
    server.serve("/large", PNG + b"x" * MOST_BYTES)
    server.short("/short", PNG)

    assert [town.get(server.url(path)).status for path in ("/large", "/short")] == [502, 502]
    assert list(town.folder.rglob("*.*")) == []


def test_what_was_not_signed_is_not_there_whatever_it_is(town: Town, server: FeedServer) -> None:
    server.serve("/a", PNG)
    path = town.links.address(server.url("/a"), may_be_private=True)
    _, _, signature, coded = path.split("/")

    tried = [
        f"/img/{signature}x/{coded}",
        f"/img/{signature}/{coded}x",
        f"/img/{coded}/{signature}",
        f"/img/%C3%A9/{coded}",
        f"/img/{signature}/..%2f..%2fetc",
    ]

    assert [ask(town.port, one).status for one in tried] == [404] * 5
    assert server.requests == ()


def test_a_picture_that_many_ask_for_at_once_is_fetched_once(
    town: Town, server: FeedServer
) -> None:
    server.drip("/a", PNG, pause=0.005)

    with ThreadPoolExecutor(8) as pool:
        bodies = set(pool.map(lambda _: town.get(server.url("/a")).body, range(8)))

    assert (bodies, len(server.requests)) == ({PNG}, 1)


def test_a_cache_lets_go_of_what_nobody_looked_at_for_longest(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path, most_bytes=350)
    for number, key in enumerate(("aa", "bb", "cc")):
        cache.put(key, Picture("image/png", PNG))
        os.utime(tmp_path / key / key, (number, number))
    cache.get("aa")

    PictureCache(tmp_path, most_bytes=350).put("dd", Picture("image/png", PNG))

    assert [key for key in ("aa", "bb", "cc", "dd") if cache.get(key)] == ["aa", "dd"]


def test_a_cache_that_cannot_be_written_costs_no_picture(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = PictureCache(tmp_path / "file")

    cache.put("aa", Picture("image/png", PNG))

    assert cache.get("aa") is None
