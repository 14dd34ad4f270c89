"""A subscriber follows an output through fifty publishes and sees each article exactly once."""

import json
from collections import Counter
from typing import Any

import feedparser
import pytest

from tests.web.stand import KINDS, Press, Stand

PUBLISHES = 50
Told = tuple[int, str, list[tuple[str, str]]]  # status, tag, ids and titles


class Subscriber:
    """Asks with the validators of the last answer, and counts what comes."""

    def __init__(self, stand: Stand, kind: str, wish: str = "") -> None:
        self._stand, self._kind, self._wish = stand, kind, wish
        self._tag = ""
        self.came: Counter[tuple[str, str]] = Counter()
        self.statuses: Counter[int] = Counter()

    def ask(self) -> None:
        # feedparser asks for news only, always; JSON Feed it does not know.
        by_feedparser = self._wish and self._kind != "json"
        status, self._tag, entries = self._read() if by_feedparser else self._fetch()
        self.statuses[status] += 1
        self.came.update((one.removeprefix("urn:aggregator:"), title) for one, title in entries)

    def _read(self) -> Told:
        parsed: Any = feedparser.parse(self._stand.url(self._kind), etag=self._tag)
        assert not parsed.bozo or parsed.status == 304
        return parsed.status, parsed.get("etag", self._tag), entries_of(parsed)

    def _fetch(self) -> Told:
        headers = {"A_IM": self._wish, "If_None_Match": self._tag}
        stated = {name: value for name, value in headers.items() if value}
        answer = self._stand.get(self._kind, **stated)
        entries = []
        if answer.body and self._kind == "json":
            entries = [(one["id"], one["title"]) for one in json.loads(answer.body)["items"]]
        elif answer.body:
            entries = entries_of(feedparser.parse(answer.body))
        return answer.status, answer.headers["etag"], entries


def entries_of(parsed: Any) -> list[tuple[str, str]]:
    return [(one.id, one.title) for one in parsed.entries]


@pytest.mark.parametrize("kind", KINDS)
def test_a_subscriber_that_wants_news_only_gets_each_article_once(stand: Stand, kind: str) -> None:
    press = Press(seed=len(kind))
    subscriber = Subscriber(stand, kind, "feed")
    for number in range(PUBLISHES):
        stand.publish(*press.next())
        if number % 17 == 0:
            stand.restart()
        subscriber.ask()
        subscriber.ask()  # has it all

    # Each of the versions of each article, exactly once.
    assert subscriber.came == press.printed
    assert set(subscriber.statuses) == {200, 226, 304}
    assert subscriber.statuses[200] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_subscriber_that_asks_now_and_then_gets_each_article_once(
    stand: Stand, kind: str
) -> None:
    press = Press(seed=50 + len(kind))
    subscriber = Subscriber(stand, kind, "feed")
    for number in range(PUBLISHES):
        stand.publish(*press.next())
        if number == PUBLISHES - 1 or press.chance.random() < 0.4:
            subscriber.ask()

    ids = {one for one, _ in press.printed}
    assert {one for one, _ in subscriber.came} == ids
    assert set(subscriber.came.values()) == {1}


@pytest.mark.parametrize("kind", KINDS)
def test_a_subscriber_that_knows_no_deltas_sees_each_article_under_one_id(
    stand: Stand, kind: str
) -> None:
    press = Press(seed=100 + len(kind))
    subscriber = Subscriber(stand, kind)
    for _ in range(PUBLISHES):
        stand.publish(*press.next())
        subscriber.ask()
        subscriber.ask()

    assert set(subscriber.came) == set(press.printed)
    assert set(subscriber.statuses) == {200, 304}
