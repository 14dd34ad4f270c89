"""The seed: a real feed document goes in, the article that defines the format comes out."""

import gzip
import json
import signal
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tests.running import Home, contents, snapshot, until
from tests.servers import FeedServer

TITLE = "淘宝内测支持微信支付，互联互通再进一步"
FORMATS = ("rss", "atom", "json")


@pytest.fixture
def seed(shared: Path, server: FeedServer, home: Home) -> Home:
    """Give a home whose one source is the seed document."""
    document = (shared / "seed" / "36kr-news.rss.xml").read_bytes()
    server.serve("/36kr/news", document, content_type="application/xml; charset=utf-8")
    home.configure(
        sources={
            "36kr": {"url": server.url("/36kr/news"), "categories": ["新媒体", "36kr", "资讯"]}
        },
        outputs={
            "interconnection-news": {
                "title": "互联互通 · Interconnection news",
                "any": ["互联互通", "互操作"],
                "none": ["re:(高速公路|铁路|电网)互联互通"],
            },
            "railways": {"any": ["铁路互联互通"]},
        },
    )
    return home


def titles(home: Home, kind: str, output: str = "interconnection-news") -> list[str]:
    """Read an output's titles, as the reader of its format does."""
    content = (home.feeds / f"{output}.{kind}").read_bytes()
    if kind == "json":
        return [item["title"] for item in json.loads(content)["items"]]
    parsed: Any = feedparser.parse(content)
    assert not parsed.bozo
    return [entry.title for entry in parsed.entries]


def test_the_article_file_of_the_seed_is_the_format_to_the_byte(seed: Home, shared: Path) -> None:
    seed.run("poll")

    assert list(contents(seed.archive).values()) == [
        (shared / "seed" / "36kr-article.md").read_bytes()
    ]


def test_the_article_of_the_seed_is_in_the_output_that_asks_for_it(seed: Home) -> None:
    seed.run("poll")

    assert {kind: (titles(seed, kind), titles(seed, kind, "railways")) for kind in FORMATS} == {
        kind: ([TITLE], []) for kind in FORMATS
    }


def test_polling_the_same_document_again_touches_no_file(seed: Home) -> None:
    seed.run("poll")
    before = snapshot(seed.feeds), snapshot(seed.archive)

    again = seed.run("poll", "--all", "--json").json

    assert (snapshot(seed.feeds), snapshot(seed.archive)) == before
    assert (again["statuses"], again["new"], again["changed"]) == ({"not_modified": 1}, 0, 0)


def test_publishing_again_touches_no_file(seed: Home) -> None:
    seed.run("poll")
    before = snapshot(seed.feeds), snapshot(seed.archive)

    seed.run("publish")

    assert (snapshot(seed.feeds), snapshot(seed.archive)) == before


def test_the_daemon_serves_the_output_with_validators_and_ends_on_sigterm(seed: Home) -> None:
    seed.run("poll")
    path = "/feeds/interconnection-news.rss"
    content = (seed.feeds / "interconnection-news.rss").read_bytes()
    with seed.start("run") as daemon:
        daemon.answers()
        plain = seed.get(path)
        packed = seed.get(path, Accept_Encoding="gzip")
        head = seed.get(path, "HEAD")
        by_tag = seed.get(path, If_None_Match=plain.headers["etag"])
        by_date = seed.get(path, If_Modified_Since=plain.headers["last-modified"])
        unknown = seed.get("/feeds/nothing.rss")
        daemon.send(signal.SIGTERM)

        assert daemon.ended() == 0

    assert (plain.status, plain.body, plain.headers["content-type"]) == (
        200,
        content,
        "application/rss+xml; charset=utf-8",
    )
    assert (gzip.decompress(packed.body), packed.headers["content-encoding"]) == (content, "gzip")
    assert (head.status, head.body, head.headers["content-length"]) == (
        200,
        b"",
        str(len(content)),
    )
    assert [(one.status, one.body) for one in (by_tag, by_date)] == [(304, b""), (304, b"")]
    assert unknown.status == 404


def test_the_daemon_polls_publishes_and_archives_the_seed_by_itself(
    seed: Home, shared: Path
) -> None:
    article = (shared / "seed" / "36kr-article.md").read_bytes()
    with seed.start("run") as daemon:
        daemon.answers()
        until(lambda: any(seed.archive.rglob("*.md")), "the article file")
        for kind in FORMATS:
            address = f"/feeds/interconnection-news.{kind}"
            until(lambda at=address: TITLE.encode() in seed.get(at).body, f"it is in {address}")  # type: ignore[misc]
        daemon.send(signal.SIGTERM)

        assert daemon.ended() == 0

    assert list(contents(seed.archive).values()) == [article]
