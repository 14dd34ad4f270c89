"""The checker of feeds finds what is wrong, and nothing in what is made of hostile articles."""

from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.core.article import Copy
from aggregator.core.entry import Enclosure
from aggregator.syndicate.channel import FORMATS
from aggregator.syndicate.render import render
from tests.syndicate.profile import complaints
from tests.syndicate.records import DATE, a_channel, an_article

FULL = an_article(
    "互联互通 & more",
    body='<p>Body &amp; <a href="https://x.example/?a=1&amp;b=2">link</a></p>',
    summary="In short.",
    image="https://paper.example/a.jpg",
    language="zh-Hans",
    authors=("Ann",),
    tags=("news",),
    enclosures=(Enclosure(url="https://paper.example/a.mp3", type="audio/mpeg", length=9),),
    also=(Copy(source="left", link="https://left.example/1", title="A copy"),),
)


def checked(kind: str, document: bytes) -> list[str]:
    return complaints(kind, document, a_channel().own_address(kind))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_document_of_ours_is_clean(kind: str) -> None:
    assert checked(kind, render(a_channel(), [FULL], [kind])[kind]) == []


FAULTS = [
    ("rss", b'rel="self"', b'rel="related"', "self reference"),
    ("rss", b"feeds/news.rss", b"feeds/other.rss", "self reference"),
    ("rss", b"02 Mar 2026", b"02 Mar 26", "no date of its kind"),
    ("rss", b"Mon, 02", b"Tue, 02", "another day of the week"),
    ("rss", b"&#x26;", b"&amp;", "the profile wants"),
    ("rss", b"urn:aggregator:", b"urn:x y:", "no URN"),
    ("rss", b'isPermaLink="false"', b"", "is not absolute"),
    ("rss", b"content:encoded>", b"content:other>", "no content:encoded"),
    ("rss", b"dc:creator>", b"dc:title>", "no dc:creator"),
    ("rss", b"<dc:creator>", b"<author>x</author><dc:creator>", "an author"),
    ("rss", b'type="audio/mpeg"', b'type="sound"', "no media type"),
    ("rss", b'length="9"', b"", "without a length"),
    ("rss", b"&lt;p&gt;", b"&lt;script&gt;&lt;/script&gt;&lt;p&gt;", "<script>"),
    ("rss", b"&lt;/a&gt;", b"", "invalid HTML"),
    ("rss", b"https://x.example", b"/x", "is relative or acts"),
    ("rss", b"https://paper.example/one", b"https://paper.example/a b", "is no URI"),
    ("rss", b"<item>", b"<item><odd/>", "unknown element odd"),
    ("rss", b"<item>", b"<item><x:odd xmlns:x='urn:x'/>", "unknown namespace"),
    ("rss", b"</item>", b"<description>x</description></item>", "several description"),
    ("rss", b"</channel>", b"<ttl>1</ttl></channel>", "behind its items"),
    ("rss", b"<category>news", b"<category>", "an empty category"),
    ("rss", b"<language>zh-Hans", b"<language>Chinese!", "is no language"),
    ("rss", b"dcterms:dateAccepted>2026", b"dcterms:dateAccepted>26", "no date of its kind"),
    ("atom", b'href="https://news.example/feeds/news.atom"', b'href="news.atom"', "is no URI"),
    ("atom", b"<updated>2026", b"<updated>1926", "is implausible"),
    ("atom", b"+00:00</published>", b"</published>", "no date of its kind"),
    ("atom", b"<source>", b"<other>", "mismatched"),
    ("atom", b"<name>Ann", b"<name>", "without a name"),
    ("atom", b'term="news"', b'term=""', "without a term"),
    ("atom", b'<content type="html">', b'<content type="text">', "no content as html"),
    (
        "atom",
        b'rel="alternate"/>',
        b'rel="alternate"/><link href="https://x.example/"/>',
        "2 links",
    ),
    ("atom", b'xml:lang="zh-Hans"', b'xml:lang="?"', "is no language"),
    ("json", b'"id": "urn', b'"id": 1, "x": "urn', "its id is no text"),
    ("json", b"version/1.1", b"version/1", "no version"),
    ("json", b"feeds/news.json", b"feeds/other.json", "is not where it is"),
    ("json", b'"title": "', b'"titel": "', "unknown titel"),
    ("json", b'"_aggregator": {', b'"_x": [], "_aggregator": {', "is no object"),
    ("json", b'"mime_type": "audio/mpeg"', b'"mime_type": ""', "no media type"),
    ("json", b'"size_in_bytes": 9', b'"size_in_bytes": "9"', "is no number"),
    ("json", b"08:00:00Z", b"08:00:00", "no date of its kind"),
    ("json", b"<p>Body", b"<p style='color:red'>Body", "is for the page it came from"),
    ("html", b"</main>", b"", "invalid HTML"),
    ("html", b"<footer>", b'<footer onclick="x">', "onclick="),
]


@pytest.mark.parametrize(
    ("kind", "old", "new", "told"), FAULTS, ids=[f"{one[0]}-{one[3]}" for one in FAULTS]
)
def test_the_checker_finds_a_fault(kind: str, old: bytes, new: bytes, told: str) -> None:
    document = render(a_channel(), [FULL], [kind])[kind]
    assert old in document

    try:
        found = "\n".join(checked(kind, document.replace(old, new)))
    except SyntaxError as error:  # ElementTree's ParseError is one
        found = str(error)

    assert told in found


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_the_checker_finds_an_entry_that_is_there_twice(kind: str) -> None:
    document = render(a_channel(), [FULL, FULL], [kind])[kind]

    assert f"two entries with the id urn:aggregator:{FULL.id}" in checked(kind, document)


HOSTILE: dict[str, dict[str, Any]] = {
    "cdata ends": {"body": "<p>]]></p><![CDATA[x]]>", "title": "]]> <![CDATA[ <!-- -->"},
    "controls": {
        "title": "a\x00\x08\x0b\x1f\x7f\x80\x9fb",
        "body": "\x00<p>\x0bx\x85y\x9d\ufdd0\U0001fffe\U00020bb7</p>",
    },
    "no characters": {"title": "\ufffe\uffff\ud800", "body": "\udfff", "summary": "\ufffe"},
    "surrogates everywhere": {
        "authors": ("\ud800", "A\ud800nn"),
        "tags": ("\ud800", " ", "a\x00"),
        "guid": "\ud800x",
        "language": "\ud800",
        "image": "https://x.example/\ud800",
        "link": "https://x.example/\x00",
    },
    "empty": {"title": "", "body": "", "link": "", "guid": "", "authors": (), "tags": ("", "")},
    "markup in the title": {"title": "<b>1</b> & <script>alert(1)</script> &amp; </title>"},
    "markup in names": {"authors": ("<b>Ann</b> <ann@x.example>",), "tags": ("<i>x</i>",)},
    "unclosed": {"body": "<div><p>a<b>b<table><td>c</article></main></body></html>"},
    "deep": {"body": "<div>" * 400 + "x"},
    "script": {"body": "<script>x</script><p onclick=x>y</p><svg/onload=x><iframe src=//x>"},
    "escaped script": {"body": "&lt;script>alert(1)&lt;/script>", "summary": "&lt;script>"},
    "relative": {"body": '<a href="/x">y</a><img src="z.png"><a href="javascript:x">z</a>'},
    "entities": {
        "body": "1&1 &nosuch; &#146; &#0; &#x110000; &#11;&#x1f;&#x1fffe; &amp",
        "summary": "AT&T &#8;",
    },
    "odd links": {
        "link": "https://x.example/?q=%22><b>&x='%",
        "image": "https://例子.example/新 闻#[]",
        "also": (
            Copy(source="a", link="http://[::1", title="x"),
            Copy(source="b", link="https://b.example/<>", title="x"),
        ),
    },
    "links that act": {"link": "javascript:alert(1)", "image": "data:text/html,x"},
    "odd enclosures": {
        "enclosures": (
            Enclosure(url="https://x.example/?a&b=<\"'>", type='a/"b<', length=-1),
            Enclosure(url="javascript:x", type="audio/mpeg"),
            Enclosure(url="https://x.example/b", type="", duration=7),
            Enclosure(url="https://x.example/c", type="audio/mpeg; x", length=3),
        )
    },
    "languages": {"language": "Chinese (Simplified)"},
    "old": {"published": datetime(1995, 1, 1, tzinfo=UTC), "updated": DATE},
    "updated before published": {"updated": datetime(2001, 1, 1, tzinfo=UTC)},
    "source gone": {"source": "gone"},
    "emoji and marks": {
        "title": "\U0001f469\u200d\U0001f680 \u2028\u0085\ufeff \u202eabc",
        "body": "<p>\u2028</p>",
    },
    "close to a document": {"body": "</content></entry></item></section></article>"},
    "styles": {"body": '<p style="background:url(javascript:x);position:fixed;color:red">x</p>'},
    "data": {"body": '<p data-x="1" aria-label="x" role="y" itemscope class="z">x</p>'},
}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("fields", HOSTILE.values(), ids=HOSTILE)
def test_hostile_articles_leave_a_valid_document(kind: str, fields: dict[str, Any]) -> None:
    articles = [an_article("Before"), an_article("Hostile", **fields), an_article("After")]

    assert checked(kind, render(a_channel(), articles, [kind])[kind]) == []
