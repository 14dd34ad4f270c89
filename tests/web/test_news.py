"""`A-IM: feed` on a real port: 226 with what the client has not seen, and nothing else."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest

from tests.store.records import NOW
from tests.syndicate.profile import complaints
from tests.syndicate.records import a_channel, an_article
from tests.web.stand import KINDS, Stand

ONE, TWO, THREE = (
    an_article(name, first_seen=datetime(2026, 3, day, tzinfo=UTC))
    for day, name in enumerate(("One", "Two", "Three"), 1)
)
TWO_CHANGED = an_article("Two", body="<p>New words.</p>", updated=NOW)


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
    stand.restart()

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
