"""The history of an output: walked from the feed, every article is found, once in a page."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from aggregator.config.load import load
from aggregator.core.history import PAGE_SIZE, page_ends
from aggregator.store.database import Database
from aggregator.web.app import make_app
from aggregator.web.server import WebServer
from tests.feeds import an_item, an_rss
from tests.running import Answer, Home, ask
from tests.servers import FeedServer
from tests.syndicate.profile import ATOM, HISTORY, complaints
from tests.web.records import a_site

pytestmark = pytest.mark.slow

NEWEST = datetime(2026, 3, 2, 12, tzinfo=UTC)
PUBLIC = "https://news.example"
LIMIT = 20


def a_story(number: int, words: str = "Words") -> str:
    return an_item(
        f"Story {number}",
        link=f"https://paper.example/story/{number}",
        body=f"<p>{words} of {number}.</p>",
        date=format_datetime(NEWEST + timedelta(minutes=number)),
    )


class Paper:
    """A source, what is made of it, and a web server that shows it."""

    def __init__(self, home: Home, source: FeedServer) -> None:
        self.home, self._source = home, source
        home.configure(
            sources={"paper": source.url("/feed")},
            outputs={"news": {"title": "News", "limit": LIMIT}},
            service={"public_url": PUBLIC, "archive": False},
        )
        self.bring(range(250))
        config = load(home.config)
        site = a_site(
            config.service.data_dir,
            sources=config.sources,
            outputs=config.outputs,
            feeds_dir=config.service.feeds_dir,
            versions_dir=config.service.versions_dir,
            public_url=config.service.public_url,
            open_database=lambda: Database(home.database),
            clock=lambda: NEWEST,
        )
        self.server = WebServer(make_app(site), "127.0.0.1:0")
        self.server.start()

    def bring(self, numbers: range, words: str = "Words") -> None:
        """Let the source have these stories, and poll it."""
        self._source.serve("/feed", an_rss(*(a_story(number, words) for number in numbers)))
        assert self.home.run("poll", "--all").code == 0

    def get(self, path: str, **headers: str) -> Answer:
        return ask(int(self.server.address.rpartition(":")[2]), path, **headers)

    def walk(self, kind: str) -> dict[str, bytes]:
        """Follow prev-archive from the feed on; give each document by its path, newest first."""
        found: dict[str, bytes] = {}
        path = f"/feeds/news.{kind}"
        while path:
            answer = self.get(path)
            assert (answer.status, path in found) == (200, False)
            found[path] = answer.body
            path = links(answer.body).get("prev-archive", "").removeprefix(PUBLIC)
        return found

    def listed(self) -> set[str]:
        found = self.home.query("SELECT id FROM article WHERE reason = ''")
        return {f"urn:aggregator:{one}" for (one,) in found}


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paper]:
    with FeedServer() as source:
        paper = Paper(Home(tmp_path_factory.mktemp("history")), source)
        yield paper
        paper.server.stop()


def links(document: bytes) -> dict[str, str]:
    root = Xml.fromstring(document)
    found = (root[0] if root.tag == "rss" else root).findall(f"{ATOM}link")
    return {one.get("rel", ""): one.get("href", "") for one in found}


def ids(document: bytes) -> list[str]:
    root = Xml.fromstring(document)
    entries = [*root.iter("item"), *root.iter(f"{ATOM}entry")]
    found = (one.findtext("guid") or one.findtext(f"{ATOM}id") for one in entries)
    return [one or "" for one in found]


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_every_article_is_found_by_walking_and_in_one_page_only(paper: Paper, kind: str) -> None:
    newest, *pages = paper.walk(kind).values()

    paged = Counter(one for page in pages for one in ids(page))
    assert set(paged.values()) == {1}
    assert {*paged, *ids(newest)} == paper.listed()
    assert len(ids(newest)) == LIMIT


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_the_documents_of_a_history_are_valid_and_name_each_other(paper: Paper, kind: str) -> None:
    walked = paper.walk(kind)

    found = [
        one
        for path, document in walked.items()
        for one in complaints(kind, document, f"{PUBLIC}{path}")
    ]
    path, page = list(walked.items())[-1]
    assert found == []
    assert path == f"/feeds/news/1.{kind}"
    assert Xml.fromstring(page).find(f".//{HISTORY}archive") is not None
    assert {rel: address for rel, address in links(page).items() if rel in RELATIONS} == {
        "self": f"{PUBLIC}/feeds/news/1.{kind}",
        "current": f"{PUBLIC}/feeds/news.{kind}",
        "next-archive": f"{PUBLIC}/feeds/news/2.{kind}",
    }


RELATIONS = ("self", "current", "prev-archive", "next-archive")


def test_pages_stay_as_they_are_while_articles_come(paper: Paper) -> None:
    before = paper.walk("atom")
    paper.bring(range(250, 300))
    paper.bring(range(300, 380))

    after = paper.walk("atom")

    pages = [path for path in before if path != "/feeds/news.atom"]
    assert {path: after[path] for path in pages} == {path: before[path] for path in pages}
    assert len(after) > len(before)


def test_an_article_that_comes_with_an_old_date_is_found_as_well(paper: Paper) -> None:
    paper.bring(range(-5, 0))

    newest, *pages = paper.walk("rss").values()

    paged = Counter(one for page in pages for one in ids(page))
    assert set(paged.values()) == {1}
    assert {*paged, *ids(newest)} == paper.listed()


def test_an_article_that_changes_changes_its_page_alone(paper: Paper) -> None:
    before = paper.walk("atom")
    paper.bring(range(3, 4), words="Quite other words")

    after = paper.walk("atom")

    (changed,) = [path for path in before if after[path] != before[path]]
    assert b"Quite other words" in after[changed]
    assert changed.startswith("/feeds/news/")


def test_the_page_that_is_not_full_yet_can_be_read_but_is_no_archive(paper: Paper) -> None:
    full = len(paper.walk("atom")) - 1

    growing = paper.get(f"/feeds/news/{full + 1}.atom")
    archived = paper.get(f"/feeds/news/{full}.atom")

    assert growing.headers["cache-control"] == "public, max-age=300"
    assert archived.headers["cache-control"] == "public, max-age=86400"
    assert Xml.fromstring(growing.body).find(f"{HISTORY}archive") is None
    assert "next-archive" not in links(growing.body)
    assert links(archived.body)["next-archive"] == f"{PUBLIC}/feeds/news/{full + 1}.atom"


def test_a_page_has_validators(paper: Paper) -> None:
    whole = paper.get("/feeds/news/1.rss", Accept_Encoding="gzip")

    again = paper.get(
        "/feeds/news/1.rss", Accept_Encoding="gzip", If_None_Match=whole.headers["etag"]
    )

    assert (whole.headers["content-encoding"], again.status) == ("gzip", 304)


@pytest.mark.parametrize(
    "path",
    [
        "0.rss",
        "01.rss",
        "-1.rss",
        "1.xml",
        "1",
        "99.rss",
        "1.rss.gz",
        "%C2%B2.rss",
        "9" * 5000 + ".rss",
    ],
)
def test_there_is_no_other_page(paper: Paper, path: str) -> None:
    assert paper.get(f"/feeds/news/{path}").status in (400, 404)
    assert paper.get("/feeds/other/1.rss").status == 404


def numbered(*numbers: int) -> list[tuple[int, str]]:
    return [(number, str(number)) for number in numbers]


@pytest.mark.parametrize(
    ("count", "shown", "ends"),
    [
        (0, range(0), []),
        (30, range(30), []),
        (30, range(1, 30), [29]),
        (PAGE_SIZE, range(1, PAGE_SIZE), [99]),
        (PAGE_SIZE + 1, range(1, PAGE_SIZE + 1), [99]),
        (PAGE_SIZE + 1, range(PAGE_SIZE), [99, 100]),
        (250, range(230, 250), [99, 199, 249]),
        (250, range(100, 250), [99]),
    ],
)
def test_pages_are_closed_up_to_the_last_article_that_is_not_shown(
    count: int, shown: range, ends: list[int]
) -> None:
    assert page_ends(numbered(*range(count)), {str(one) for one in shown}) == ends


def test_a_rule_that_changes_begins_the_pages_anew(tmp_path: Path, server: FeedServer) -> None:
    home = Home(tmp_path)
    server.serve("/feed", an_rss(*map(a_story, range(150))))
    outputs = {"news": {"title": "News", "limit": LIMIT}}
    home.configure(sources={"paper": server.url("/feed")}, outputs=outputs)
    home.run("poll")
    before = home.query("SELECT count(*) FROM page")
    home.configure(
        sources={"paper": server.url("/feed")},
        outputs={"news": {**outputs["news"], "any": ["story 9"]}},
    )

    home.run("publish")

    kept = home.query("SELECT count(*) FROM listing")
    assert (before, home.query("SELECT count(*) FROM page")) == ([(2,)], [(0,)])
    assert kept == [(1,)]
