"""Every document of the corpus, served on loopback and polled in one run of the real command."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import feedparser
import pytest

from aggregator.config.load import load
from aggregator.core.frontmatter import OPTIONAL_KEYS, article_file, render
from aggregator.core.urls import UrlRules
from aggregator.pipeline.file_digest import read_files
from aggregator.store.database import Database
from aggregator.syndicate.channel import FORMATS
from tests.running import Ended, Home
from tests.servers import FeedServer
from tests.syndicate.profile import complaints

pytestmark = pytest.mark.slow

# feedparser's own tests say in a comment how their document was served.
STATED_TYPE = re.compile(rb"^\s*Header:\s*Content-type:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
TYPES = {".json": "application/feed+json", ".html": "text/html; charset=utf-8"}
NO_TEXT = re.compile("[\x80-\x84\x86-\x9f]")  # controls, which outputs leave out
NO_FEEDS = ("opml", "unknown", "NO-VERSION-KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A line of the manifest; `source` is the name it is polled by."""

    source: str
    file: str
    kind: str
    is_real: bool
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """The corpus after its poll."""

    documents: tuple[Document, ...]
    home: Home
    report: Ended
    again: Ended

    @property
    def reports(self) -> dict[str, dict[str, Any]]:
        """What the poll said of each source."""
        return {one["source"]: one for one in self.report.json["sources"]}

    def query(self, sql: str) -> list[Any]:
        """Ask the database."""
        return self.home.query(sql)


def content_type(file: str, document: bytes) -> str:
    """Give the type that a document's origin states for it, or none."""
    if stated := STATED_TYPE.search(document[:1000]):
        return stated[1].decode()
    return TYPES.get(Path(file).suffix, "")


def manifest(folder: Path) -> Iterator[Document]:
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        for number, row in enumerate(csv.DictReader(lines, delimiter="\t")):
            yield Document(
                source=f"d{number:03}",
                file=row["file"],
                kind=row["kind"],
                is_real=row["provenance"] == "real",
                entries=int(row["entries"]),
            )


@pytest.fixture(scope="module")
def polled(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Polled:
    """Poll the whole corpus, and then once more with a comment behind each document."""
    home = Home(tmp_path_factory.mktemp("corpus"))
    documents = tuple(manifest(shared / "corpus"))
    with FeedServer() as server:
        for one in documents:
            body = (shared / "corpus" / one.file).read_bytes()
            stated = content_type(one.file, body)
            headers = {"Content-Type": stated} if stated else {}
            server.answer(f"/{one.file}", 200, headers, body)
        home.configure(
            sources={one.source: server.url(f"/{one.file}") for one in documents},
            outputs={"everything": {"limit": 5000}},
        )
        report = home.run("poll", "--all", "--json")
        for one in documents:
            body = (shared / "corpus" / one.file).read_bytes()
            if body.rstrip().endswith(b">"):  # neither JSON nor UTF-16 nor gzip
                stated = content_type(one.file, body)
                headers = {"Content-Type": stated} if stated else {}
                server.answer(f"/{one.file}", 200, headers, body + b"\n<!-- later -->\n")
        again = home.run("poll", "--all", "--json")
    return Polled(documents=documents, home=home, report=report, again=again)


def test_one_run_polls_every_document_without_a_crash(polled: Polled) -> None:
    assert (polled.report.code, "Traceback" in polled.report.err) == (0, False)
    assert set(polled.reports) == {one.source for one in polled.documents}


def test_every_document_of_a_feed_format_is_read(polled: Polled) -> None:
    unread = {
        one.file: polled.reports[one.source]["error"]
        for one in polled.documents
        if one.kind not in NO_FEEDS and polled.reports[one.source]["status"] != "ok"
    }

    assert unread == {}


def test_what_is_no_feed_is_not_read_for_a_reason_in_words(polled: Polled) -> None:
    reasons = Counter(
        (one.kind, report["status"], report["error"])
        for one in polled.documents
        if one.kind in NO_FEEDS and (report := polled.reports[one.source])
    )

    assert reasons == {
        ("opml", "not_a_feed", "an OPML list of feeds, not a feed"): 4,
        ("unknown", "not_a_feed", "the document is in no feed format that is known"): 13,
        ("unknown", "not_a_feed", "an HTML page, not a feed"): 2,
        ("unknown", "ok", ""): 2,  # bare <item>s and <entry>s: feedparser reads them
        ("NO-VERSION-KEY", "not_a_feed", "the response is empty"): 1,
    }


def test_every_document_yields_as_many_articles_as_it_has_entries(polled: Polled) -> None:
    counted = dict(polled.query("SELECT source, count(*) FROM article GROUP BY source"))
    differing = {
        one.file: (one.entries, counted.get(one.source, 0))
        for one in polled.documents
        if one.kind not in NO_FEEDS and one.entries != counted.get(one.source, 0)
    }

    assert differing == {
        "danmactough_node-feedparser/illegally-nested.xml": (20, 11),  # ten hold only an item
        "rust-syndication_rss/rss092.xml": (22, 21),  # one stands there twice
    }


def test_every_article_has_a_title_a_link_or_guid_and_a_date(polled: Polled) -> None:
    lacking = polled.query(
        """SELECT source, guid FROM article
        WHERE title = '' OR (link = '' AND guid = '') OR coalesce(published, first_seen) IS NULL"""
    )

    assert lacking == []


def test_only_what_names_no_readable_date_is_dated_by_its_first_sight(polled: Polled) -> None:
    files = {one.source: one.file for one in polled.documents if one.is_real}
    undated = polled.query(
        "SELECT source, count(*) FROM article WHERE published IS NULL GROUP BY source"
    )

    assert {files[source]: count for source, count in undated if source in files} == {
        "miniflux_v2/parser__testdata__rdf_UTF8.xml": 60,  # states none
        "danmactough_node-feedparser/illegally-nested.xml": 1,  # the items that hold only an item
    }


def test_a_comment_behind_a_document_makes_nothing_new_or_changed(polled: Polled) -> None:
    again = polled.again.json

    assert {
        one["source"]: (one["new"], one["changed"], one["duplicates"])
        for one in again["sources"]
        if one["new"] or one["changed"] or one["duplicates"]
    } == {}
    assert again["statuses"]["ok"] > 300
    assert again["article_files"] == 0
    # Those of the health alone: a feed without entries is told of when it is seen a second time.
    assert again["feed_files"] == len(FORMATS)


def test_the_archive_holds_every_article_that_is_no_duplicate(polled: Polled) -> None:
    files = {
        str(path.relative_to(polled.home.archive)) for path in polled.home.archive.rglob("*.md")
    }

    assert files == {
        path
        for (path,) in polled.query(
            "SELECT path FROM archive_file JOIN article ON n = article WHERE reason = ''"
        )
    }
    assert len(files) == polled.report.json["new"]


def shown(polled: Polled) -> list[tuple[str, str]]:
    """List id and title of what the output has to show, in its order, straight from the tables."""
    listed = polled.query(
        """SELECT article.n, article.id, title, sort_at, cluster
        FROM listing JOIN article ON article.n = listing.article WHERE output = 'everything'"""
    )
    first: dict[str, Any] = {}
    for row in sorted(listed):
        first.setdefault(row[4], row)
    ordered = sorted(first.values(), key=lambda row: (row[3], row[0]), reverse=True)
    return [(f"urn:aggregator:{row[1]}", NO_TEXT.sub("", row[2])) for row in ordered]


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_the_xml_outputs_show_what_the_database_lists(polled: Polled, kind: str) -> None:
    content = (polled.home.feeds / f"everything.{kind}").read_bytes()

    parsed: Any = feedparser.parse(content, sanitize_html=False, resolve_relative_uris=False)

    assert not parsed.bozo
    found = [(entry.id, entry.title) for entry in parsed.entries]
    listed = shown(polled)
    if kind == "rss":  # where a title could be taken for HTML, it is
        found, listed = (
            [(one, unescape(title)) for one, title in both] for both in (found, listed)
        )
    assert found == listed


def test_the_json_output_shows_what_the_database_lists(polled: Polled) -> None:
    items = json.loads((polled.home.feeds / "everything.json").read_bytes())["items"]

    assert [(item["id"], item["title"]) for item in items] == shown(polled)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("output", ["everything", "_health"])
def test_every_document_made_of_the_corpus_is_valid(polled: Polled, output: str, kind: str) -> None:
    name = f"{output}.{kind}"
    address = f"http://127.0.0.1:{polled.home.port}/feeds/{name}"

    assert complaints(kind, (polled.home.feeds / name).read_bytes(), address) == []


def test_every_article_of_the_corpus_is_equal_after_a_way_through_its_file(polled: Polled) -> None:
    sources = {one.id: one for one in load(polled.home.config).sources}
    unequal, count, last = [], 0, 0
    with closing(Database(polled.home.database)) as database:
        while portion := database.articles_after(last, 200):
            articles = [article for _, article in portion]
            files = [
                render(article_file(one, sources[one.source], OPTIONAL_KEYS)) for one in articles
            ]
            read = read_files(
                [file.encode() for file in files],
                tuple(sources.values()),
                None,
                (),
                UrlRules(),
                datetime(2030, 1, 1, tzinfo=UTC),
            )
            pairs = zip(articles, read, strict=True)
            unequal += [a.id for a, b in pairs if not b.candidate or b.candidate.article != a]
            last, count = portion[-1][0], count + len(portion)

    assert (unequal, count > 1000) == ([], True)
