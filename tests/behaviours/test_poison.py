"""Documents made to do harm: each costs its own source one poll at most, and nothing else."""

import gzip
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from aggregator.core.source import Source, Validators
from aggregator.core.urls import UrlRules
from aggregator.errors import ParseError
from aggregator.ingest.answer import Fetched
from aggregator.ingest.workers import Workers
from aggregator.pipeline.digest import Digest, digest
from tests.feeds import a_json_feed, an_atom, an_item, an_rss
from tests.running import Ended, Home
from tests.servers import FeedServer, Request

pytestmark = pytest.mark.slow

FEED = an_rss(an_item("One"), an_item("Two"))
SECRET = "the words of a file on this machine"
BROKEN, NO_FEED = "broken", "not_a_feed"
# Seconds of CPU time: on a busy machine it may run into the limit, which costs its source a poll.
HEAVY = "ok or broken"


def with_doctype(doctype: str, item: str = "<item><title>A &x; B</title></item>") -> bytes:
    return an_rss(item).replace(b"<rss", f"{doctype}<rss".encode(), 1)


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE rss [<!ENTITY a0 "ha">{entities}]>'
    return with_doctype(doctype, "<item><title>&a9;</title></item>")


def quadratic() -> bytes:
    doctype = f'<!DOCTYPE rss [<!ENTITY a "{"ha" * 50_000}">]>'
    return with_doctype(doctype, f"<item><title>{'&a;' * 5_000}</title></item>")


def item_of(description: str) -> bytes:
    return an_rss(f"<item><title>x</title><description>{description}</description></item>")


Poison = tuple[bytes, str, int]
"""A document, with the status and the number of articles that it may come to at most."""


def baits(target: str) -> dict[str, Poison]:
    """Give the documents that would have a parser open `target`."""
    return {
        "general-entity": (
            with_doctype(f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{target}">]>'), "ok", 1,
        ),
        "parameter-entity": (
            with_doctype(f'<!DOCTYPE rss [<!ENTITY % p SYSTEM "{target}"> %p;]>'), "ok", 1,
        ),
        "dtd": (with_doctype(f'<!DOCTYPE rss SYSTEM "{target}">'), "ok", 1),
        "url": (target.encode(), NO_FEED, 0),
    }  # fmt: skip


POISONS: dict[str, Poison] = {
    "path": (b"/etc/passwd", NO_FEED, 0),
    "laughs": (laughs(), BROKEN, 0),
    "quadratic": (quadratic(), BROKEN, 0),
    "escaped-comments": (item_of("&lt;!--" * 100_000), "ok", 1),
    "escaped-bold": (item_of("&lt;b&gt;" * 200_000), "ok", 1),
    "bold": (item_of("<b>" * 200_000), HEAVY, 1),
    "comments": (an_rss("<!--" * 50_000), "ok", 0),
    "cdata": (item_of("<![CDATA[" * 50_000), "ok", 1),
    "instructions": (an_rss("<?" * 50_000), "ok", 0),
    "entities-without-end": (an_rss("<!ENTITY " * 50_000), "ok", 0),
    "depth": (an_atom("<entry>" + "<x>" * 50_000), "ok", 1),
    "deep-json": (a_json_feed()[:-2] + b"[" * 100_000, NO_FEED, 0),
    "pictures": (item_of(f'&lt;img srcset="{", " * 100_000}"&gt;'), "ok", 1),
    "zip-bomb": (gzip.compress(bytes(64 << 20)), "too_large", 0),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisoned:
    """Two healthy sources among poisons, after one poll with two parsing processes."""

    home: Home
    polled: Ended
    expected: dict[str, tuple[str, int]]
    external: tuple[Request, ...]


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Poisoned:
    """Poll all poisons at once."""
    home = Home(tmp_path_factory.mktemp("poison"))
    secret = home.config.parent / "secret"
    secret.write_text(SECRET)
    with FeedServer() as server:
        served = {
            **POISONS,
            **{f"net-{name}": one for name, one in baits(server.url("/external.dtd")).items()},
            **{f"file-{name}": one for name, one in baits(secret.as_uri()).items()},
        }
        for name, (document, *_) in served.items():
            server.serve(f"/{name}", document)
        server.serve("/a", FEED)
        server.serve("/z", an_rss(an_item("Three", link="https://z.example/3")))
        home.configure(
            sources={
                "a": server.url("/a"), **{name: server.url(f"/{name}") for name in served},
                "z": server.url("/z"),
            },
            service={"workers": 2},
        )  # fmt: skip
        polled = home.run("poll")
        external = server.requests_for("/external.dtd")
    return Poisoned(
        home=home,
        polled=polled,
        expected={name: (status, count) for name, (_, status, count) in served.items()},
        external=tuple(external),
    )


def test_every_poison_has_its_own_status_and_the_healthy_are_stored(poisoned: Poisoned) -> None:
    sources = poisoned.home.sources()

    assert poisoned.polled.code == 0
    assert [sources[name]["status"] for name in ("a", "z")] == ["ok", "ok"]
    assert sum(sources[name]["articles"] for name in ("a", "z")) == 3
    assert {
        name: (sources[name]["status"], status)
        for name, (status, _) in poisoned.expected.items()
        if sources[name]["status"] not in status.split(" or ")
    } == {}


def test_no_poison_leaves_more_articles_than_it_has_entries(poisoned: Poisoned) -> None:
    sources = poisoned.home.sources()

    assert [
        name for name, (_, most) in poisoned.expected.items() if sources[name]["articles"] > most
    ] == []


def test_no_title_is_an_entity_or_what_became_of_it(poisoned: Poisoned) -> None:
    titles = [title for (title,) in poisoned.home.query("SELECT title FROM article")]

    assert len(titles) > 10
    assert [title for title in titles if "&a" in title or "haha" in title] == []


def test_no_external_entity_is_opened(poisoned: Poisoned) -> None:
    stored = poisoned.home.query("SELECT title || summary || body FROM article")

    assert [text for (text,) in stored if SECRET in text or "root:" in text] == []
    assert poisoned.external == ()


# feedparser looks for a mail address in it, in time that grows with the square of its length.
ENDLESS = an_rss(f"<item><title>x</title><author>{'a' * 2_000_000}</author></item>")
SOURCE = Source(id="paper", url="https://paper.example/feed", name="paper")
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def digested(workers: Workers, document: bytes) -> Digest:
    answer = Fetched(
        url=SOURCE.url, body=document, content_type="", content_encoding="", validators=Validators()
    )
    return workers.run(digest, answer, SOURCE, b"", (), UrlRules(), NOW)


def test_while_a_poison_runs_into_its_end_the_other_process_goes_on() -> None:
    workers = Workers(2, task_seconds=5)
    failures: list[ParseError] = []
    is_over = threading.Event()

    def swallow() -> None:
        try:
            digested(workers, ENDLESS)
        except ParseError as error:
            failures.append(error)
        is_over.set()

    try:
        digested(workers, FEED)  # both are there
        thread = threading.Thread(target=swallow)
        thread.start()
        meanwhile = [digested(workers, FEED) for _ in range(20)]
        was_over = is_over.is_set()
        thread.join()
        afterwards = [digested(workers, FEED) for _ in range(4)]
    finally:
        workers.close()

    assert [(one.status, one.what) for one in failures] == [
        (BROKEN, "the document could not be parsed within 5 s")
    ]
    assert not was_over
    assert {len(one.candidates) for one in meanwhile + afterwards} == {2}


def test_a_poll_kills_what_takes_too_long_and_stores_the_rest(
    home: Home, server: FeedServer
) -> None:
    server.serve("/endless", ENDLESS)
    server.serve("/a", FEED)
    home.configure(
        sources={"endless": server.url("/endless"), "a": server.url("/a")},
        service={"workers": 1},
    )

    home.run("poll")

    sources = home.sources()
    assert (sources["endless"]["status"], sources["endless"]["error"]) == (
        BROKEN, "the document could not be parsed within 30 s",
    )  # fmt: skip
    assert (sources["a"]["status"], sources["a"]["articles"]) == ("ok", 2)
