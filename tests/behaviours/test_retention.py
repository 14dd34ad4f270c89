"""What is kept and what goes: with the real command, over polls, purges and restarts.

Each way in which a source behaves is a source with articles and an output of its own, so that one
run of the command is about all of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from xml.etree import ElementTree

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home, until
from tests.servers import FeedServer

Document = Sequence[str]
Items = Callable[..., str]  # the n-th entry of a source, 0 is the newest; with other fields
SHOWN = 3  # of an output


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        yield server


def items(name: str) -> Items:
    """Give what writes a source's entries: guid, link, title and text are like no other's."""

    def item(number: int, **stated: str) -> str:
        words = " ".join(f"{name}{number * 100 + n}" for n in range(60))
        fields: dict[str, str] = {
            "guid": f"{name}-{number}",
            "link": f"https://{name}.example/{number}",
            "body": f"<p>{words}</p>",
            "date": f"Mon, 02 Mar 2026 08:{59 - number}:00 GMT",
        }
        return an_item(f"{name.title()} {number}", **(fields | stated))

    return item


def configure(home: Home, server: FeedServer, names: Sequence[str], **source: object) -> None:
    home.configure(
        sources={name: {"url": server.url(f"/{name}"), **source} for name in names},
        outputs={name: {"title": name, "sources": [name], "limit": SHOWN} for name in names},
    )


def poll(
    home: Home, server: FeedServer, documents: Mapping[str, Document]
) -> Mapping[str, Sequence[str]]:
    """Have the sources say this, and give the ids in their outputs after the poll."""
    for name, document in documents.items():
        server.serve(f"/{name}", an_rss(*document))
    assert home.run("poll", "--all").code == 0
    return {name: shown(home, name) for name in documents}


def shown(home: Home, output: str) -> Sequence[str]:
    feed = ElementTree.parse(home.feeds / f"{output}.rss")
    return sorted(str(guid.text) for guid in feed.iter("guid"))


def first(name: str) -> Document:
    return [items(name)(number) for number in range(6)]


def stored(home: Home) -> list[tuple[str, str]]:
    return [(source, title) for source, title in home.query("SELECT source, title FROM article")]


def files(home: Home) -> int:
    return len(list(home.archive.rglob("*.md")))


WHAT_SOURCES_DO: Mapping[str, Callable[[Items], Document]] = {
    "empties": lambda item: [],  # noqa: ARG005
    "truncates": lambda item: [item(4), item(5)],
    "renumbers": lambda item: [item(n, guid=f"new-{n}") for n in range(6)],
    "both": lambda item: [item(n, guid=f"new-{n}") for n in range(4, 6)],
}


def test_r13_nothing_is_deleted_and_nothing_announced_twice(home: Home, server: FeedServer) -> None:
    names = list(WHAT_SOURCES_DO)
    configure(home, server, names)
    before = poll(home, server, {name: first(name) for name in names})
    articles = stored(home)

    after = poll(home, server, {name: do(items(name)) for name, do in WHAT_SOURCES_DO.items()})
    again = poll(home, server, {name: first(name) for name in names})

    assert (after, again) == (before, before)
    assert stored(home) == articles
    assert files(home) == len(articles) == 24


HOW_THEY_COME_BACK: Mapping[str, Callable[[Items], Document]] = {
    "same": lambda item: [item(n) for n in range(6)],
    "moved": lambda item: [item(n, link=f"https://new.example/{n}") for n in range(6)],
    "mended": lambda item: [item(n, body="<p>Mended.</p>") for n in range(6)],
    "renumbered": lambda item: [item(n, guid=f"new-{n}", body=f"<p>{n}</p>") for n in range(6)],
    "elsewhere": lambda item: [
        item(n, guid=f"new-{n}", link=f"https://other.example/{n}") for n in range(6)
    ],
}


def test_r14_purged_entries_that_come_round_again_are_not_new(
    home: Home, server: FeedServer
) -> None:
    names = list(HOW_THEY_COME_BACK)
    configure(home, server, names, keep_articles=2)
    poll(home, server, {name: first(name) for name in names})
    before = poll(home, server, {name: first(name)[:1] for name in names})
    purged = home.run("prune", "--json").json["done"]["articles"]
    left = stored(home)

    after = poll(home, server, {name: do(items(name)) for name, do in HOW_THEY_COME_BACK.items()})
    again = poll(home, server, {name: first(name) for name in names})

    assert (purged, len(left), files(home)) == (15, 15, 15)
    assert (after, again) == (before, before)
    assert stored(home) == left


def test_a_daemon_purges_by_itself_and_deletes_the_files(home: Home, server: FeedServer) -> None:
    configure(home, server, ["paper"], keep_articles=2)
    poll(home, server, {"paper": first("paper")})
    poll(home, server, {"paper": first("paper")[:1]})

    with home.start("run"):
        until(lambda: files(home) == SHOWN, "the files of what is purged are deleted")

    assert len(stored(home)) == SHOWN


@pytest.mark.slow
def test_a_kill_while_purging_leaves_no_file_and_no_article_behind(
    home: Home, server: FeedServer
) -> None:
    configure(home, server, ["paper"], keep_articles=2)
    item = items("paper")
    dated = [item(n, date=f"Mon, 02 Mar 2026 {n // 60:02}:{n % 60:02}:00 GMT") for n in range(600)]
    poll(home, server, {"paper": dated[::-1]})
    poll(home, server, {"paper": dated[-1:]})
    with home.start("prune") as purging:
        until(lambda: len(stored(home)) < 600, "the first articles are purged")
        purging.kill()
    cut_short = len(stored(home)), files(home)
    with home.start("prune") as purging:
        until(lambda: files(home) < 600, "the first files are deleted")
        purging.kill()

    assert home.run("prune").code == 0

    assert cut_short[0] < cut_short[1] == 600
    assert (len(stored(home)), files(home)) == (SHOWN, SHOWN)
    assert home.query("PRAGMA integrity_check") == [("ok",)]
