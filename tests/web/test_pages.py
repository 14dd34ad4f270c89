"""The pages as they are answered: what they say, and what they keep to themselves."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest

from aggregator.core.source import Source
from aggregator.store.database import Database
from tests.core.records import an_output
from tests.store.records import LONG, NOW, an_entry, an_outcome, failure, settled
from tests.web.library import Library

HOSTILE = '</a><script>alert("1")</script>&'
SOURCES = (
    Source(id="paper", url="https://u:secret@paper.example/?token=secret", name="The Paper"),
    Source(id="wire", url="https://wire.example/feed", name=HOSTILE),
    Source(id="down", url="https://down.example/", name="Down"),
)
OUTPUTS = (
    replace(an_output("news", any=("互联互通", "open*"), none=("spam",)), title="News & more"),
    replace(an_output("all"), title="Everything"),
    replace(an_output("inner", any=("confidential",)), private=True),
)
BODY = '<p>About 互聯互通 &amp; more.</p><img src="https://cdn.example/1.png"><h1>Big</h1>'
LOCAL_ONLY = ["/sources", "/sources/paper", "/search?q=x", "/articles/{}"]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Give a site with a few articles, one source that is down and one private output."""
    library = Library(tmp_path, OUTPUTS, SOURCES)
    library.add(
        an_entry("Open networks", content=BODY, published=NOW - timedelta(hours=3)),
        an_entry("Quiet day"),
        an_entry("Plans", content="<p>confidential</p>"),
    )
    library.add(an_entry(HOSTILE, link='https://x.example/"><script>'), source="wire")
    database = Database(library.path)
    database.sync_sources([SOURCES[2]])
    settled(database, failure(source="down"))
    database.close()
    library.server.start()
    yield library
    library.server.stop()


def test_the_home_page_tells_what_is_collected_and_what_is_broken(library: Library) -> None:
    page = library.page("/")

    assert "2 feeds from 3 sources" in page
    assert "4 articles kept" in page
    assert '<a href="/outputs/news">News &amp; more</a>' in page
    assert '<span class="term" dir="auto">互联互通</span>' in page
    assert f'href="feed:{"http://127.0.0.1:8642"}/feeds/news.rss"' in page
    assert 'aria-label="1 article in 30 days, 1 on one at most"' in page
    assert '<span class="health failing">1 failing</span>' in page
    assert re.search(r'href="/sources/down">Down</a> it did not answer <small>wait, since', page)


def test_no_page_tells_of_private_outputs_or_secrets(library: Library) -> None:
    name = library.id("Plans")
    for path in ("/", "/outputs/all", "/sources", "/sources/paper", f"/articles/{name}"):
        page = library.page(path)
        assert "inner" not in page
        assert "secret" not in page
    assert library.get("/outputs/inner").status == 404


@pytest.mark.parametrize(
    "path", ["/", "/outputs/all", "/sources", "/sources/wire", "/search?q=script"]
)
def test_pages_escape_what_others_wrote(library: Library, path: str) -> None:
    page = library.page(path)

    assert "&lt;script&gt;" in page
    assert re.findall("<script[^>]*>", page) == ['<script src="/static/page.js" defer>']


@pytest.mark.parametrize(
    "path", ["/", "/outputs/news", *LOCAL_ONLY, "/outputs/none", "/articles/none"]
)
def test_every_page_may_load_its_own_files_only(library: Library, path: str) -> None:
    policy = library.get(path.format(library.id("Open networks"))).headers[
        "content-security-policy"
    ]

    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


def test_the_river_marks_the_terms_and_has_pictures_come_through_us(library: Library) -> None:
    page = library.page("/outputs/news")

    assert "<mark>Open</mark> networks" in page
    assert "About <mark>互聯互通</mark> &amp; more." in page
    assert "Quiet day" not in page
    assert re.search(r'<img class="lead" src="/img/[\w-]+/[\w-]+"', page)
    assert "cdn.example" not in page


def test_the_river_goes_on_to_the_end(tmp_path: Path) -> None:
    library = Library(tmp_path, OUTPUTS, SOURCES)
    library.add(*(an_entry(f"Open {n}", published=NOW - timedelta(hours=n)) for n in range(70)))
    library.server.start()
    titles: list[str] = []
    path = "/outputs/news"
    while path:
        page = library.page(path)
        titles += re.findall(r"<mark>Open</mark> (\d+)</a>", page)
        older = re.search(r'rel="next" href="(\?[^"]+)"', page)
        path = f"/outputs/news{older[1]}".replace("&amp;", "&") if older else ""
    library.server.stop()

    assert titles == [str(n) for n in range(70)]


def test_the_river_can_be_narrowed_to_a_source_and_a_day(library: Library) -> None:
    assert "Quiet day" in library.page(f"/outputs/all?day={NOW:%Y-%m-%d}&source=paper")
    assert "Quiet day" not in library.page("/outputs/all?source=wire")
    assert "No more articles" in library.page("/outputs/all?day=2020-01-01")


@pytest.mark.parametrize(
    "query",
    [
        "day=2026-99-99",
        "day=%F0%9F%92%A9",
        "after=x",
        "after=9.9.9",
        "after=" + "9" * 40,
        "source=%00",
    ],
)
def test_a_query_that_makes_no_sense_is_no_error(library: Library, query: str) -> None:
    assert library.get(f"/outputs/all?{query}").status == 200


def test_an_article_is_shown_with_all_that_is_known_of_it(library: Library) -> None:
    page = library.page(f"/articles/{library.id('Open networks')}")

    assert "About <mark>互聯互通</mark> &amp; more." in page
    assert "<h2>Big</h2>" in page
    assert re.search(r'<img alt="" src="/img/[^"]+" loading="lazy">', page)
    assert '<span class="verdict yes">keeps</span> News &amp; more</summary>' in page
    assert "<code>open-networks</code>" in page


def test_an_article_tells_its_copies_and_its_changes(tmp_path: Path) -> None:
    library = Library(tmp_path, OUTPUTS, SOURCES)
    library.add(an_entry("First", content=LONG))
    library.add(an_entry("Copy", content=LONG, link="https://wire.example/1"), source="wire")
    library.add(an_entry("First, mended", guid="first", content=LONG.replace("word7 ", "seven ")))
    library.server.start()
    page = library.page(f"/articles/{library.id('First, mended')}")
    library.server.stop()

    copy = f'<a href="/articles/{library.id("Copy")}" dir="auto">Copy</a>'
    assert re.search(rf"{re.escape(copy)} <small>[^<]* · same text</small>", page)
    assert "<del>word7 </del><ins>seven </ins>" in page


def test_sources_are_sorted_as_one_asks(library: Library) -> None:
    def order(query: str) -> list[str]:
        return re.findall(
            r'<th scope="row"><a href="/sources/(\w+)">', library.page(f"/sources{query}")
        )

    assert order("")[0] == "down"
    assert order("?sort=articles") == ["paper", "wire", "down"]
    assert order("?sort=articles&order=reversed") == ["down", "wire", "paper"]
    assert sorted(order("?sort=nonsense")) == ["down", "paper", "wire"]
    assert 'aria-sort="descending"' in library.page("/sources?sort=name&order=reversed")


def test_a_source_tells_what_is_wrong_and_what_it_brought(library: Library) -> None:
    assert "it did not answer: wait" in library.page("/sources/down")
    page = library.page("/sources/paper")
    assert "Open networks" in page
    assert "https://paper.example/?token=…" in page


def test_a_source_tells_its_last_polls_and_how_fast_it_answered(library: Library) -> None:
    with closing(Database(library.path)) as database:
        for number in range(20):
            at = NOW + timedelta(hours=number)
            settled(database, an_outcome(at=at, seconds=0.75, answered_in=0.25))
        settled(database, failure())
    page = library.page("/sources/paper")

    assert 'aria-label="how long it took to answer 20 of 22 polls"' in page
    assert "answered in 0.25 s usually, 0.25 s at most" in page
    assert "<summary>7 earlier</summary>" in page
    assert page.count("0.75 s</td>") == 20
    assert '<td class="said">timeout<br><small>it did not answer</small></td>' in page


def test_search_finds_marks_and_counts(library: Library) -> None:
    page = library.page(f"/search?q={quote('互联互通')}")

    assert "1 article with 互联互通" in page
    assert "<mark>互聯互通</mark>" in page
    assert '<option value="paper">The Paper (1)</option>' in page
    assert f'value="{NOW:%Y-%m}">{NOW:%Y-%m} (1)' in page
    assert "all = [&#34;互联互通&#34;]" in page


def test_search_says_where_it_looks_at_some_only(library: Library) -> None:
    with closing(Database(library.path)) as database:
        copy_often(database, 4999)
    whole = library.page("/search?q=networks")
    with closing(Database(library.path)) as database:
        copy_often(database, 1, after=7000)
    page = library.page("/search?q=networks")
    of_source = library.page("/search?q=networks&source=paper")

    words = "More than 5,000 articles have that. The 5,000 that came last are listed here"
    assert "5,000+ articles with networks" in page
    assert "5,000 articles with networks" in of_source
    assert words in page
    assert words in of_source
    assert '<option value="paper">The Paper (5000)</option>' in page
    assert "5,000 articles with networks" in whole
    assert "More than" not in whole


def copy_often(database: Database, times: int, after: int = 1000) -> None:
    """Store the article "Open networks" some more times, findable."""
    columns = {column.name: column.name for column in database.table("article").columns}
    columns |= {"n": f"{after} + k"}
    columns |= dict.fromkeys(("id", "guid", "cluster"), f"id || ({after} + k)")
    with database.transaction():
        database.db.execute(
            f"""WITH RECURSIVE turn (k) AS (VALUES (1) UNION ALL SELECT k + 1 FROM turn LIMIT ?)
            INSERT INTO article ({", ".join(columns)})
            SELECT {", ".join(columns.values())}
            FROM article, turn WHERE title = 'Open networks' AND n < 1000""",
            [times],
        )
        many = f"SELECT n, n FROM article WHERE n > {after}"
        database.db.execute(f"INSERT INTO search_document (n, article) {many}")
        many = f"SELECT n, 'open networks' FROM article WHERE n > {after}"
        database.db.execute(f"INSERT INTO search_index (rowid, words) {many}")


@pytest.mark.parametrize(
    "words", ["%22", "a%22b", "re%3A(", "*", "@list", "AND+OR+NOT", "x" * 5000]
)
def test_whatever_is_typed_is_searched_for(library: Library, words: str) -> None:
    assert library.get(f"/search?q={words}").status == 200


@pytest.mark.parametrize("path", LOCAL_ONLY)
def test_what_is_not_public_is_kept_from_others(tmp_path: Path, path: str) -> None:
    library = Library(tmp_path, OUTPUTS, SOURCES, public_url="https://news.example")
    library.add(an_entry("Open networks"))
    library.server.start()
    answer = library.get(path.format(library.id("Open networks")))
    home, river = library.page("/"), library.page("/outputs/all")
    library.server.stop()

    assert (answer.status, b"Open networks" in answer.body) == (403, False)
    assert 'href="/articles/' not in home + river
    assert 'action="/search"' not in home


@pytest.mark.parametrize(
    "path", ["/outputs/none", "/articles/none", "/articles/%2e%2e", "/sources/none"]
)
def test_what_there_is_not_is_told_in_a_page(library: Library, path: str) -> None:
    answer = library.get(path)

    assert answer.status == 404
    assert answer.headers["content-type"].startswith(("text/html", "text/plain"))


def send(library: Library, path: str, origin: str = "") -> int:
    connection = HTTPConnection("127.0.0.1", library.port, timeout=30)
    connection.request("POST", path, "", {"Origin": origin or library.url})
    status = connection.getresponse().status
    connection.close()
    return status


def next_poll(library: Library, source: str) -> object:
    database = Database(library.path)
    moment = database.states()[source].next_poll_at
    database.close()
    return moment


def polled_a_while_ago(library: Library) -> None:
    database = Database(library.path)
    database.db.execute("UPDATE source SET last_poll_at = last_poll_at - 120")
    database.close()


def test_a_source_can_be_polled_at_once(library: Library) -> None:
    polled_a_while_ago(library)
    before = next_poll(library, "paper")

    assert "<button>Poll now</button>" in library.page("/sources/paper")
    assert send(library, "/sources/paper/poll") == 303
    assert (before is not None, next_poll(library, "paper")) == (True, None)
    assert "its poll is due already" in library.page("/sources/paper?asked=1")


def test_a_source_that_was_just_polled_is_left_alone(library: Library) -> None:
    before = next_poll(library, "paper")

    assert "it was polled a moment ago" in library.page("/sources/paper")
    assert send(library, "/sources/paper/poll") == 303
    assert next_poll(library, "paper") == before


def test_another_site_cannot_have_a_source_polled(library: Library) -> None:
    polled_a_while_ago(library)
    before = next_poll(library, "paper")

    assert send(library, "/sources/paper/poll", origin="https://evil.example") == 403
    assert send(library, "/sources/none/poll") == 404
    assert next_poll(library, "paper") == before
