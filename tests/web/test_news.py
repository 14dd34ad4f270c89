"""`A-IM: feed` on a real port: 226 with what the client has not seen, and nothing else."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest

from aggregator.core.article import Article
from aggregator.store.database import Database
from aggregator.syndicate.publication import Publication
from aggregator.syndicate.render import render
from aggregator.web.app import Site, make_app
from aggregator.web.server import WebServer
from tests.core.records import an_output
from tests.running import Answer, ask
from tests.store.records import NOW
from tests.syndicate.profile import complaints
from tests.syndicate.records import a_channel, an_article

KINDS = ("rss", "atom", "json")
ONE, TWO, THREE = (
    an_article(name, first_seen=datetime(2026, 3, day, tzinfo=UTC))
    for day, name in enumerate(("One", "Two", "Three"), 1)
)
TWO_CHANGED = an_article("Two", body="<p>New words.</p>", updated=NOW)


class Stand:
    """A web server and what it serves; it can be started anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._publication = Publication(
            folder=folder / "feeds", versions_folder=folder / "versions"
        )
        self.start()

    def start(self) -> None:
        site = Site(
            sources=(),
            outputs=(an_output("news"),),
            feeds_dir=self._publication.folder,
            versions_dir=self._publication.versions_folder,
            public_url="https://news.example",
            open_database=lambda: Database(self._folder / "aggregator.db"),
            clock=lambda: NOW,
        )
        self.server = WebServer(make_app(site), "127.0.0.1:0")
        self.server.start()

    def publish(self, *articles: Article) -> None:
        documents = render(a_channel(), articles, KINDS)
        named = {f"news.{kind}": document for kind, document in documents.items()}
        self._publication.write(named, max(one.first_seen for one in articles))

    def forget(self) -> None:
        for path in self._publication.versions_folder.iterdir():
            path.write_bytes(b"{")

    def get(self, kind: str, method: str = "GET", **headers: str) -> Answer:
        port = int(self.server.address.rpartition(":")[2])
        return ask(port, f"/feeds/news.{kind}", method, **headers)

    def news(self, kind: str, tag: str, **headers: str) -> Answer:
        return self.get(kind, A_IM="feed", If_None_Match=tag, **headers)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path)
    yield stand
    stand.server.stop()


def titles(kind: str, body: bytes) -> list[str]:
    if kind == "json":
        return [one["title"] for one in json.loads(body)["items"]]
    parsed: Any = feedparser.parse(body)
    assert not parsed.bozo
    return [one.title for one in parsed.entries]


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_gets_only_what_it_has_not_seen(stand: Stand, kind: str) -> None:
    stand.publish(TWO, ONE)
    old = stand.get(kind)
    stand.publish(THREE, TWO, ONE)
    new = stand.get(kind)

    answer = stand.news(kind, old.headers["etag"])

    assert (answer.status, titles(kind, answer.body)) == (226, ["Three"])
    assert complaints(kind, answer.body, a_channel().own_address(kind)) == []
    stated = {name: value for name, value in answer.headers.items() if name != "date"}
    assert stated == {
        **{name: value for name, value in new.headers.items() if name != "date"},
        "content-length": str(len(answer.body)),
        "im": "feed",
        "cache-control": "no-store, im",
        "vary": "Accept-Encoding, A-IM, If-None-Match",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_entry_is_news_as_well(stand: Stand, kind: str) -> None:
    stand.publish(TWO, ONE)
    tag = stand.get(kind).headers["etag"]
    stand.publish(TWO_CHANGED, ONE)

    assert titles(kind, stand.news(kind, tag).body) == ["Two"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_that_came_back_is_news(stand: Stand, kind: str) -> None:
    stand.publish(TWO, ONE)
    stand.publish(ONE)
    tag = stand.get(kind).headers["etag"]
    stand.publish(THREE, TWO, ONE)

    assert titles(kind, stand.news(kind, tag).body) == ["Three", "Two"]


@pytest.mark.parametrize("kind", KINDS)
def test_where_entries_only_left_there_is_no_entry_in_the_news(stand: Stand, kind: str) -> None:
    stand.publish(TWO, ONE)
    tag = stand.get(kind).headers["etag"]
    stand.publish(TWO)

    answer = stand.news(kind, tag)

    assert (answer.status, titles(kind, answer.body)) == (226, [])


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_client_saw_is_known_after_a_restart(stand: Stand, kind: str) -> None:
    stand.publish(ONE)
    tag = stand.get(kind).headers["etag"]
    stand.publish(TWO, ONE)
    stand.server.stop()
    stand.start()

    answer = stand.news(kind, tag)

    assert (answer.status, titles(kind, answer.body)) == (226, ["Two"])


def test_a_client_that_has_everything_gets_304(stand: Stand) -> None:
    stand.publish(ONE)

    answer = stand.news("rss", stand.get("rss").headers["etag"])

    assert (answer.status, answer.body, "im" in answer.headers) == (304, b"", False)


@pytest.mark.parametrize(
    "headers",
    [
        {"A_IM": "feed"},
        {"A_IM": "feed", "If_None_Match": '"unknown"'},
        {"A_IM": "feed;q=0", "If_None_Match": "{tag}"},
        {"A_IM": "vcdiff, gzip", "If_None_Match": "{tag}"},
        {"If_None_Match": "{tag}"},
        {"A_IM": "feed", "If_Modified_Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
    ],
)
def test_else_the_answer_is_whole(stand: Stand, headers: dict[str, str]) -> None:
    stand.publish(ONE)
    tag = stand.get("rss").headers["etag"]
    stand.publish(TWO, ONE)

    answer = stand.get("rss", **{name: value.format(tag=tag) for name, value in headers.items()})

    assert (answer.status, "im" in answer.headers) == (200, False)
    assert titles("rss", answer.body) == ["Two", "One"]


@pytest.mark.parametrize(
    ("manipulations", "known"),
    [("vcdiff, feed", "{tag}"), ("FEED;q=0.5", "W/{tag}"), ("feed", '"x", {tag}, "y"')],
)
def test_the_wish_may_be_written_in_several_ways(
    stand: Stand, manipulations: str, known: str
) -> None:
    stand.publish(ONE)
    tag = stand.get("rss").headers["etag"]
    stand.publish(TWO, ONE)

    answer = stand.get("rss", A_IM=manipulations, If_None_Match=known.format(tag=tag))

    assert (answer.status, titles("rss", answer.body)) == (226, ["Two"])


def test_of_several_versions_the_newest_counts(stand: Stand) -> None:
    tags = []
    for articles in ([ONE], [TWO, ONE]):
        stand.publish(*articles)
        tags.append(stand.get("rss").headers["etag"])
    stand.publish(THREE, TWO, ONE)

    assert titles("rss", stand.news("rss", ", ".join(tags)).body) == ["Three"]


def test_news_are_compressed_where_that_is_accepted(stand: Stand) -> None:
    stand.publish(ONE)
    tag = stand.get("rss", Accept_Encoding="gzip").headers["etag"]
    stand.publish(TWO, ONE)

    answer = stand.news("rss", tag, Accept_Encoding="gzip")
    again = stand.news("rss", answer.headers["etag"], Accept_Encoding="gzip")

    assert (answer.headers["content-encoding"], answer.status, again.status) == ("gzip", 226, 304)
    assert titles("rss", gzip.decompress(answer.body)) == ["Two"]


def test_head_answers_like_get_without_a_body(stand: Stand) -> None:
    stand.publish(ONE)
    tag = stand.get("rss").headers["etag"]
    stand.publish(TWO, ONE)

    head = stand.get("rss", "HEAD", A_IM="feed", If_None_Match=tag)

    full = stand.news("rss", tag)
    assert (head.status, head.body) == (226, b"")
    assert head.headers["content-length"] == full.headers["content-length"]


def test_where_what_was_known_is_lost_the_answer_is_whole(stand: Stand) -> None:
    stand.publish(ONE)
    tag = stand.get("rss").headers["etag"]
    stand.publish(TWO, ONE)
    stand.forget()

    assert stand.news("rss", tag).status == 200


@pytest.mark.parametrize("stated", ["bytes=0-9", "bytes=-5", "items=1-2", "bytes=9999999-"])
def test_a_range_is_answered_with_everything(stand: Stand, stated: str) -> None:
    stand.publish(ONE)
    whole = stand.get("rss")

    answer = stand.get("rss", Range=stated)

    assert (answer.status, answer.body) == (200, whole.body)
    assert answer.headers["accept-ranges"] == "none"
