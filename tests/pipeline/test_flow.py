"""The whole flow, from a response to the files that people read."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tests.feeds import a_json_feed, an_atom, an_entry, an_item, an_rss
from tests.running import Home, contents, snapshot
from tests.servers import FeedServer

FORMATS = ("rss", "atom", "json")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give a folder to run the command in."""
    return Home(tmp_path)


def entries(home: Home, output: str = "everything") -> list[list[tuple[str, str]]]:
    """Read ids and titles of an output, in each of the formats."""
    found = []
    for kind in FORMATS:
        content = (home.feeds / f"{output}.{kind}").read_bytes()
        if kind == "json":
            found.append([(one["id"], one["title"]) for one in json.loads(content)["items"]])
        else:
            parsed: Any = feedparser.parse(content, sanitize_html=False)
            assert not parsed.bozo, parsed.bozo_exception
            found.append([(one.id, one.title) for one in parsed.entries])
    return found


HOSTILE = {
    "rss": an_rss(
        an_item("Good"),
        an_item("Ends ]]> here", guid="1", body="<p>]]></p><!-- ]]> --><![CDATA[x]]>"),
        an_item("Controls &#8; gone", guid="2", body="<p>a\ufffe\uffffb&#0;&#11;c&#x1f;</p>"),
        an_item("x\nadmin: true", guid="3"),
        an_item("{{ liquid }} {% raw %}", guid="4", body="<p>{{ x }}</p>"),
        an_item("../../x", guid="5", link="javascript:alert(1)"),
        an_item("Live", guid="6", body="<p onclick=x>a</p><script>b</script><svg/onload=c>"),
    ),
    # Escaped, as \ud800 and the like: UTF-8 has no bytes for them.
    "json": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [
                {"id": "1", "title": "Good", "content_html": "<p>x</p>"},
                {"id": "\ud800", "title": "Lone \udfff", "content_html": "<p>\ud83d</p>"},
                {"id": "3", "title": "\u0000NUL\u0001\ufffe", "content_text": "a\u0000b]]>"},
                {"id": "4", "title": "---\ntitle: x", "content_html": "x", "tags": ["\u0008]]>"]},
            ],
        }
    ).encode(),
    "atom": an_atom(
        an_entry("Good"),
        an_entry("Ends ]]&gt; here", guid="1", body="<p>]]></p>"),
        an_entry("\u2028\u0085\ufeff", guid="2"),
        an_entry("<b>Bold</b> & <script>x</script>", guid="3"),
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_entries_are_cleaned_and_cost_no_other(
    home: Home, server: FeedServer, kind: str
) -> None:
    server.serve("/feed", HOSTILE[kind])
    home.configure(sources={"paper": server.url("/feed")})

    polled = home.run("poll", "--json")

    stored = home.query(
        """SELECT 'urn:aggregator:' || id, title FROM listing
        JOIN article ON n = listing.article ORDER BY sort_at DESC, n DESC"""
    )
    count = len(stored)
    shown = json.loads((home.feeds / "everything.json").read_bytes())["items"]
    assert (polled.code, polled.json["new"], count) == (0, count, {"rss": 7}.get(kind, 4))
    assert entries(home)[2] == stored
    assert [[one for one, _ in found] for found in entries(home)] == [
        [one for one, _ in stored]
    ] * len(FORMATS)
    assert len(contents(home.archive)) == count
    bodies = "".join(one["content_html"] for one in shown)
    assert not re.search("<script|onclick|onload|javascript:", bodies)
    assert not [one["url"] for one in shown if not one.get("url", "https:").startswith("http")]


def test_rss_atom_and_json_of_one_story_are_one_article(home: Home, server: FeedServer) -> None:
    link = "https://publisher.example/one"
    server.serve("/a", an_rss(an_item("One", link=link)))
    server.serve("/b", an_atom(an_entry("One", link=f"{link}?utm_source=feed")))
    server.serve("/c", a_json_feed({"id": "1", "url": f"{link}#top", "title": "One"}))
    home.configure(sources={name: server.url(f"/{name}") for name in "abc"})

    polled = home.run("poll", "--json").json

    assert (polled["new"], polled["duplicates"]) == (1, 2)
    assert [[title for _, title in found] for found in entries(home)] == [["One"]] * 3
    assert len(contents(home.archive)) == 1


def test_a_page_under_another_address_of_its_site_is_one_article_where_a_rule_says_so(
    home: Home, server: FeedServer
) -> None:
    server.serve("/a", an_rss(an_item("One", link="https://www.paper.example/news/1?from=home")))
    server.serve("/b", an_rss(an_item("One!", link="https://m.paper.example/n/1?id=7&ref_x=2")))
    home.configure(sources={name: server.url(f"/{name}") for name in "ab"})
    rules = r"""
        [urls.hosts."paper.example"]
        drop = ["from", "id", "ref_*"]

        [urls.hosts."m.paper.example"]
        alias = "paper.example"
        rewrite = [{ path = '/n/(\d+)', to = '/news/\1' }]
        """
    home.config.write_text(home.config.read_text() + rules)

    polled = home.run("poll", "--json").json

    assert (polled["new"], polled["duplicates"]) == (1, 1)


def test_a_changed_rule_judges_all_stored_articles_anew(home: Home, server: FeedServer) -> None:
    server.serve("/feed", an_rss(an_item("Cats"), an_item("Dogs"), an_item("Cats and dogs")))
    sources = {"paper": server.url("/feed")}
    home.configure(sources=sources, outputs={"pets": {"any": ["cats"]}})
    home.run("poll")
    before = entries(home, "pets")
    home.configure(sources=sources, outputs={"pets": {"any": ["dogs"], "none": ["cats"]}})

    polled = home.run("poll", "--json").json  # nothing is due

    assert polled["polled"] == 0
    assert [title for _, title in before[0]] == ["Cats", "Cats and dogs"]
    assert [[title for _, title in found] for found in entries(home, "pets")] == [["Dogs"]] * 3


def test_a_changed_limit_needs_no_new_judgement(home: Home, server: FeedServer) -> None:
    server.serve("/feed", an_rss(*(an_item(f"Story {number}") for number in range(5))))
    sources = {"paper": server.url("/feed")}
    home.configure(sources=sources)
    home.run("poll")
    home.configure(sources=sources, outputs={"everything": {"limit": 2}})

    home.run("publish")

    assert [len(found) for found in entries(home)] == [2, 2, 2]


def test_one_changed_entry_changes_one_article_and_one_file(home: Home, server: FeedServer) -> None:
    items = [an_item(f"Story {number}") for number in range(5)]
    server.serve("/feed", an_rss(*items))
    home.configure(sources={"paper": server.url("/feed")})
    home.run("poll")
    before = snapshot(home.archive)
    items[2] = an_item("Story 2", body="<p>Mended.</p>")
    server.serve("/feed", an_rss(*items))

    polled = home.run("poll", "--all", "--json").json

    after = snapshot(home.archive)
    assert (polled["new"], polled["changed"], polled["article_files"]) == (0, 1, 1)
    assert [path for path in before if before[path] != after[path]] == [
        path for path in before if "story-2" in path
    ]
    assert len(after) == 5


def test_an_output_no_article_changed_for_is_not_written(home: Home, server: FeedServer) -> None:
    server.serve("/feed", an_rss(an_item("Cats")))
    home.configure(
        sources={"paper": server.url("/feed")},
        outputs={"cats": {"any": ["cats"]}, "dogs": {"any": ["dogs"]}},
    )
    home.run("poll")
    before = snapshot(home.feeds)
    server.serve("/feed", an_rss(an_item("Dogs"), an_item("Cats")))

    home.run("poll", "--all")

    after = snapshot(home.feeds)
    assert {path for path in after if after[path] != before[path]} == {
        f"dogs.{kind}{form}" for kind in (*FORMATS, "html") for form in ("", ".gz")
    }


def test_a_source_that_empties_or_turns_round_announces_nothing(
    home: Home, server: FeedServer
) -> None:
    items = [an_item(f"Story {number}") for number in range(5)]
    home.configure(sources={"paper": server.url("/feed")})
    server.serve("/feed", an_rss(*items))
    home.run("poll")
    before = snapshot(home.data / "public")
    news = []
    for turn in ([], items[::-1]):
        server.serve("/feed", an_rss(*turn))
        polled = home.run("poll", "--all", "--json").json
        news.append((polled["new"], polled["changed"]))

    assert news == [(0, 0)] * 2
    assert snapshot(home.data / "public") == before


def test_an_article_with_an_age_limit_leaves_the_output(home: Home, server: FeedServer) -> None:
    server.serve("/feed", an_rss(an_item("Old", date="Mon, 05 Jan 2015 08:00:00 GMT")))
    home.configure(
        sources={"paper": server.url("/feed")},
        outputs={"everything": {}, "fresh": {"max_age": "7d"}},
    )
    home.run("poll")

    assert [len(found) for found in (*entries(home), *entries(home, "fresh"))] == [1, 1, 1, 0, 0, 0]


def test_a_file_that_cannot_be_written_waits_and_costs_no_other(
    home: Home, server: FeedServer
) -> None:
    server.serve("/a", an_rss(an_item("One")))
    server.serve("/b", an_rss(an_item("Two")))
    home.configure(sources={"a": server.url("/a"), "b": server.url("/b")})
    home.archive.mkdir(parents=True)
    (home.archive / "a").write_text("in the way")
    home.run("poll")
    written = [path.name[11:14] for path in home.archive.rglob("*.md")]
    (home.archive / "a").unlink()

    home.run("publish")

    assert written == ["two"]
    assert sorted(path.name[11:14] for path in home.archive.rglob("*.md")) == ["one", "two"]


def test_what_is_published_again_is_the_same_with_the_same_times(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", an_rss(*(an_item(f"Story {number}") for number in range(30))))
    home.configure(sources={"paper": server.url("/feed")}, outputs={"all": {"limit": 20}})
    home.run("poll")
    before = snapshot(home.feeds)
    shutil.rmtree(home.data / "public")
    shutil.rmtree(home.data / "versions")

    home.run("publish")

    after = snapshot(home.feeds)
    assert contents(home.feeds) == {name: content for name, (content, _) in before.items()}
    dated = [name for name in after if not name.endswith(".opml")]
    assert {name: after[name] for name in dated} == {name: before[name] for name in dated}
