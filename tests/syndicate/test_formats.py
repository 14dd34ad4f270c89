"""RSS, Atom and JSON Feed: read back they say what went in, whatever went in."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest

from aggregator.core.article import Article, Copy
from aggregator.core.entry import Enclosure
from aggregator.syndicate.render import render
from tests.syndicate.profile import complaints
from tests.syndicate.records import DATE, a_channel, an_article

XML = ("rss", "atom")
ALL = (*XML, "json", "html")
WHOLE = an_article(
    "互联互通 & <b>more</b>",
    link="https://paper.example/one?a=1&b=2",
    body='<p class="x">Body &amp; <a href="https://x.example/?a=1&amp;b=2">link</a> ]]&gt;</p>',
    summary="<p>In short &amp; sweet.</p>",
    authors=("Ann", "Bob"),
    tags=("news", "互联网 & co"),
    enclosures=(
        Enclosure(url="https://paper.example/a.mp3", type="audio/mpeg", length=1234),
        Enclosure(url="https://paper.example/b.pdf", type="", length=0),
    ),
    updated=DATE + timedelta(days=1),
)


def read(kind: str, *articles: Article) -> Any:
    """Render an output and read it back as a feed reader does."""
    parsed: Any = feedparser.parse(
        render(a_channel(), articles, [kind])[kind],
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    assert not parsed.bozo, parsed.bozo_exception
    return parsed


def read_json(*articles: Article) -> Any:
    return json.loads(render(a_channel(), articles, ["json"])["json"])


@pytest.mark.parametrize("kind", XML)
def test_xml_read_back_says_what_went_in(kind: str) -> None:
    (entry,) = read(kind, WHOLE).entries

    enclosures = [("https://paper.example/a.mp3", "audio/mpeg", "1234")]
    if kind == "atom":  # RSS has room for one
        enclosures.append(("https://paper.example/b.pdf", "application/octet-stream", ""))
    assert {
        "id": entry.id,
        "link": entry.link,
        "content": entry.content[0].value,
        "summary": entry.summary,
        "published": entry.published_parsed[:6],
        "tags": [tag.term for tag in entry.tags],
        "enclosures": sorted(
            (one.href, one.type, one.get("length", "")) for one in entry.enclosures
        ),
    } == {
        "id": f"urn:aggregator:{WHOLE.id}",
        "link": WHOLE.link,
        "content": WHOLE.body,
        "summary": {"rss": "In short &amp; sweet.", "atom": "In short & sweet."}[kind],
        "published": (2026, 3, 2, 8, 0, 0),
        "tags": ["news", "互联网 & co"],
        "enclosures": enclosures,
    }


def test_atom_read_back_has_authors_and_the_date_of_the_last_change() -> None:
    (entry,) = read("atom", WHOLE).entries

    assert [one.name for one in entry.authors] == ["Ann", "Bob"]
    assert entry.updated_parsed[:6] == (2026, 3, 3, 8, 0, 0)


def test_rss_read_back_has_an_author_and_its_source() -> None:
    (entry,) = read("rss", WHOLE).entries

    assert [one.name for one in entry.authors] == ["Ann", "Bob"]
    assert (entry.source.title, entry.source.href) == (
        "The Paper",
        "https://paper.example/feed",
    )


@pytest.mark.parametrize(
    "title",
    ["互联互通 & <b>more</b>", "a < b", "&amp; &lt;i&gt;", "1 &lt; 2", "<script>x</script>"],
)
def test_an_atom_title_is_read_as_the_text_it_is(title: str) -> None:
    (entry,) = read("atom", an_article(title)).entries

    assert (entry.title_detail.type, entry.title) == ("text/plain", title)


@pytest.mark.parametrize("title", ["互联互通 & more", "a < b", "AT&T"])
def test_an_rss_title_is_read_as_the_text_it_is(title: str) -> None:
    (entry,) = read("rss", an_article(title)).entries

    assert entry.title == title


@pytest.mark.parametrize("title", ["<b>bold</b>", "The <i> element", "&amp; is &", "a </p> b"])
def test_an_rss_title_that_could_be_html_says_as_html_what_it_is(title: str) -> None:
    (entry,) = read("rss", an_article(title)).entries

    assert "<" not in entry.title
    assert unescape(entry.title) == title


def test_json_read_back_says_what_went_in() -> None:
    assert read_json(WHOLE) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "News & more",
        "description": "What is <new>.",
        "home_page_url": "https://news.example/feeds/news.html",
        "feed_url": "https://news.example/feeds/news.json",
        "authors": [{"name": "News & more"}],
        "items": [
            {
                "id": f"urn:aggregator:{WHOLE.id}",
                "url": WHOLE.link,
                "title": WHOLE.title,
                "content_html": WHOLE.body,
                "summary": "In short & sweet.",
                "date_published": "2026-03-02T08:00:00Z",
                "date_modified": "2026-03-03T08:00:00Z",
                "authors": [{"name": "Ann"}, {"name": "Bob"}],
                "tags": ["news", "互联网 & co"],
                "attachments": [
                    {
                        "url": "https://paper.example/a.mp3",
                        "mime_type": "audio/mpeg",
                        "size_in_bytes": 1234,
                    },
                    {
                        "url": "https://paper.example/b.pdf",
                        "mime_type": "application/octet-stream",
                    },
                ],
                "_aggregator": {
                    "source": {
                        "id": "paper",
                        "title": "The Paper",
                        "url": "https://paper.example/feed",
                    },
                    "guid": WHOLE.guid,
                    "first_seen": "2026-03-02T08:00:00Z",
                    "also_at": [],
                },
            }
        ],
    }


@pytest.mark.parametrize("kind", XML)
def test_the_feed_itself_says_what_it_is(kind: str) -> None:
    feed = read(kind, WHOLE).feed

    links = {(one.rel, one.href) for one in feed.links}
    assert (feed.title, feed.subtitle, feed.link) == (
        "News & more",
        {"rss": "What is &lt;new&gt;.", "atom": "What is <new>."}[kind],  # HTML by the profile
        "https://news.example/feeds/news.html",
    )
    assert ("self", f"https://news.example/feeds/news.{kind}") in links


@pytest.mark.parametrize("kind", ALL)
def test_an_output_without_an_article_is_a_valid_feed(kind: str) -> None:
    if kind == "json":
        assert read_json()["items"] == []
    elif kind == "html":
        assert b"Nothing yet." in render(a_channel(), [], [kind])[kind]
    else:
        assert read(kind).entries == []


@pytest.mark.parametrize("kind", XML)
@pytest.mark.parametrize(
    "fields",
    [
        {"body": "<p>]]></p><![CDATA[x]]>"},
        {"title": "]]> & <![CDATA[ <!-- -->"},
        {"body": ""},
        {"link": ""},
        {"tags": ("",)},
        {"authors": ("Ann <ann@x.example> (x)", "]]>")},
        {"title": "\U0001f600 \u2028 \u0085 \ufeff é"},
        {"body": "<p>" + "\U0001f469\u200d\U0001f680" * 100 + "</p>"},
        {"summary": "</description></item>"},
        {"link": "https://x.example/?q=%22><b>&x='"},
        {"enclosures": (Enclosure(url="https://x.example/?a&b=<\"'>", type='a/"b<'),)},
        {"published": datetime(1995, 1, 1, tzinfo=UTC)},
        {"source": "gone"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_hostile_texts_leave_the_feed_whole(kind: str, fields: dict[str, Any]) -> None:
    hostile = an_article(**fields)

    parsed = read(kind, an_article("Before"), hostile, an_article("After"))

    assert [entry.id for entry in parsed.entries][1:2] == [f"urn:aggregator:{hostile.id}"]
    assert len(parsed.entries) == 3


@pytest.mark.parametrize("kind", ALL)
def test_articles_keep_the_order_given(kind: str) -> None:
    articles = [an_article(title) for title in ("Two", "One", "Three")]

    rendered = render(a_channel(), articles, [kind])[kind].decode()

    assert sorted(("Two", "One", "Three"), key=rendered.index) == ["Two", "One", "Three"]


PROGRAM = """
import sys
from aggregator.syndicate.render import render
from tests.syndicate.records import a_channel
from tests.syndicate.test_formats import COPIED, WHOLE
for document in render(a_channel(), [WHOLE, COPIED]).values():
    sys.stdout.buffer.write(document)
"""


def rendered_with(seed: str, root: str) -> bytes:
    environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": root, "TZ": f"UTC-{seed}", "LC_ALL": "C"}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True
    ).stdout


def test_the_same_articles_are_the_same_bytes_in_every_process(
    pytestconfig: pytest.Config,
) -> None:
    root = str(pytestconfig.rootpath)

    assert rendered_with("1", root) == rendered_with("5", root)


COPIED = an_article(
    "Copied",
    body="<p>Text.</p>",
    also=(
        Copy(source="paper", link="https://paper.example/?a=1&b=2", title="Copied"),
        Copy(source="left", link="https://left.example/<1>", title="A copy"),
    ),
)
PLACES = [
    ("The Paper", "https://paper.example/?a=1&b=2"),
    ("left", "https://left.example/%3C1%3E"),
]


def test_atom_links_to_the_other_places_of_an_article() -> None:
    (entry,) = read("atom", COPIED).entries

    assert entry.link == COPIED.link
    assert [(one.title, one.href) for one in entry.links if one.rel == "related"] == [
        (f"also at {name}", link) for name, link in PLACES
    ]


def test_rss_names_the_other_places_below_the_text() -> None:
    (entry,) = read("rss", COPIED).entries

    assert entry.content[0].value == (
        '<p>Text.</p>\n<p>Also at <a href="https://paper.example/?a=1&amp;b=2">The Paper</a>, '
        '<a href="https://left.example/%3C1%3E">left</a></p>'
    )


def test_every_format_tells_the_terms_by_which_an_article_is_here() -> None:
    terms = ("互联互通", "re:<(?:a|b)>\x00 &amp;")
    shown = ["互联互通", "re:<(?:a|b)> &amp;"]
    article = an_article("Title", tags=("News",))
    channel = replace(a_channel(), matched={article.id: terms, "another": ("no",)})
    scheme = "https://news.example/feeds/news.html#matched"

    made = render(channel, [article])

    (item,) = json.loads(made["json"])["items"]
    assert (item["tags"], item["_aggregator"]["matched"]) == (["News"], shown)
    for kind, name in (("rss", "domain"), ("atom", "scheme")):
        tree = ElementTree.fromstring(made[kind])
        found = [one for one in tree.iter() if one.tag.endswith("category")]
        assert [(one.get(name), one.get("term") or one.text) for one in found] == [
            (None, "News"),
            *((scheme, term) for term in shown),
        ]
    assert "<p>Kept for 互联互通, re:&lt;(?:a|b)&gt; &amp;amp;</p>" in made["html"].decode()
    for kind, document in made.items():
        assert complaints(kind, document, channel.own_address(kind)) == []


def test_json_feed_lists_the_other_places_in_a_field_of_our_own() -> None:
    (item,) = read_json(COPIED)["items"]

    assert item["_aggregator"]["also_at"] == [{"title": name, "url": link} for name, link in PLACES]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{source}: {title}", "A & <b>B</b> ]]>: Title {lang} & </title>"),
        ("<i>{title}</i> &amp;", "<i>Title {lang} & </title></i> &amp;"),
        ("{author}, {date} [{lang}]", "Ann, Bob, 2026-03-02 [zh]"),
        ("{lang}{{}}", "zh{}"),
    ],
)
def test_a_template_makes_the_titles_of_entries_and_nothing_else(
    template: str, expected: str
) -> None:
    article = an_article("Title {lang} & </title>", authors=("Ann", "Bob"), language="zh")
    name = "A & <b>B</b> ]]>"
    plain, titled = (a_channel(entry_title=one, source=name) for one in ("", template))

    shown = render(titled, [article], ALL)

    (item,) = json.loads(shown["json"])["items"]
    (atom,) = feedparser.parse(shown["atom"], sanitize_html=False).entries
    assert (item["title"], atom.title, atom.title_detail.type) == (expected, expected, "text/plain")
    bare = render(plain, [article], ALL)
    # Readers take a title of RSS for HTML, so what looks like it is escaped once more.
    assert unescape(ElementTree.fromstring(shown["rss"]).findtext("channel/item/title", "")) == (
        expected
    )
    for kind in XML:
        without = [re.sub(b"<title.*?</title>", b"", one[kind]) for one in (shown, bare)]
        assert without[0] == without[1]
    (before,) = json.loads(bare["json"])["items"]
    assert item == before | {"title": expected}
