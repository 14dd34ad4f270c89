"""Bytes → entries, for every format and for what is none."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.core.entry import Enclosure, Entry, Origin, ParsedFeed
from aggregator.core.text import storable
from aggregator.errors import ParseError
from aggregator.ingest.inflate import inflate
from aggregator.ingest.parse import parse
from tests.feeds import a_json_feed, an_atom, an_entry, an_item, an_rss
from tests.servers import FeedServer

URL = "https://publisher.example/news/feed.xml"
SITE = "https://publisher.example"
EIGHT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def bare(parsed: ParsedFeed) -> ParsedFeed:
    """Leave out what only concerns the next parse."""
    return ParsedFeed(
        kind=parsed.kind,
        title=parsed.title,
        link=parsed.link,
        language=parsed.language,
        entries=parsed.entries,
    )


def test_an_rss_item_that_states_everything_becomes_an_entry() -> None:
    item = """<item>
      <title>A &amp;amp; &lt;b&gt;B&lt;/b&gt;</title><link>/1?a=1&amp;b=2</link>
      <guid isPermaLink="false"> g 1 </guid>
      <description>&lt;p onclick=x&gt;Short &lt;a href="2"&gt;link&lt;/a&gt;&lt;/p&gt;</description>
      <content:encoded><![CDATA[<p>Long.</p><script>x</script>]]></content:encoded>
      <dc:creator>Ann</dc:creator><dc:creator>Bo</dc:creator>
      <category>x</category><category domain="y"> y  z </category><category>x</category>
      <enclosure url="/1.mp3" type="audio/mpeg" length="123"/>
      <enclosure url="javascript:x" type="x"/>
      <media:thumbnail url="/thumb.png"/><comments>javascript:x</comments>
      <pubDate>Mon, 02 Mar 2026 16:00:00 +0800</pubDate></item>"""

    parsed = parse(an_rss(item, extra="<language>zh-cn</language>"), url=URL)

    assert bare(parsed) == ParsedFeed(
        kind="rss20",
        title="A feed",
        link=f"{SITE}/",
        language="zh-CN",
        entries=(
            Entry(
                guid="g 1",
                link=f"{SITE}/1?a=1&b=2",
                title="A & B",
                summary=f'<p>Short <a href="{SITE}/2">link</a></p>',
                content="<p>Long.</p>",
                image=f"{SITE}/thumb.png",
                authors=("Ann", "Bo"),
                tags=("x", "y z"),
                enclosures=(Enclosure(url=f"{SITE}/1.mp3", type="audio/mpeg", length=123),),
                published=EIGHT,
            ),
        ),
    )


def test_an_atom_entry_that_states_everything_becomes_an_entry() -> None:
    entry = """<entry xml:lang="en">
      <title type="text">1 &lt; 2 &lt;b&gt;</title><id>urn:1</id>
      <link rel="alternate" href="a/1"/>
      <link rel="enclosure" href="a/1.png" type="image/png" length="x"/>
      <summary type="text">1 &lt; 2</summary>
      <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Long.</p></div></content>
      <author><name>Ann</name></author><author><name>Bo</name></author>
      <category term="t1" label="T 1"/><category term="t2"/>
      <published>2026-03-02T16:00:00+08:00</published><updated>2026-03-03T00:00:00Z</updated></entry>"""

    [one] = parse(an_atom(entry), url=URL).entries

    assert one == Entry(
        guid="urn:1",
        link=f"{SITE}/news/a/1",
        title="1 < 2 <b>",
        summary="1 &lt; 2",
        content="<p>Long.</p>",
        language="en",
        authors=("Ann", "Bo"),
        tags=("T 1", "t2"),
        enclosures=(Enclosure(url=f"{SITE}/news/a/1.png", type="image/png"),),
        published=EIGHT,
        updated=datetime(2026, 3, 3, tzinfo=UTC),
    )


def test_a_json_item_that_states_everything_becomes_an_entry() -> None:
    document = a_json_feed(
        {
            "id": "1",
            "url": "/1",
            "title": " A  title ",
            "summary": "1 < 2",
            "content_html": "<p onclick=x>Long <a href='2'>link</a></p>",
            "image": "/1.png",
            "language": "en",
            "authors": [{"name": "Ann"}, {"url": "x"}],
            "tags": ["x", 1, "y"],
            "attachments": [
                {"url": "/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 9.0},
                {"url": "javascript:x"},
            ],
            "date_published": "2026-03-02T16:00:00+08:00",
            "date_modified": "2026-03-03T00:00:00Z",
        },
        {
            "id": 2,
            "external_url": "https://x.example/2",
            "content_text": "1 < 2\n&",
            "banner_image": "b.png",
        },
        {"id": True, "content_text": 7, "tags": "x", "attachments": {}, "date_published": "soon"},
        language="zh",
        authors=[{"name": "Feed"}],
    )

    assert parse(b"\xef\xbb\xbf \n" + document, url=URL) == ParsedFeed(
        kind="json11",
        title="A feed",
        link=f"{SITE}/",
        language="zh",
        entries=(
            Entry(
                guid="1",
                link=f"{SITE}/1",
                title="A title",
                summary="1 &lt; 2",
                content=f'<p>Long <a href="{SITE}/2">link</a></p>',
                image=f"{SITE}/1.png",
                language="en",
                authors=("Ann",),
                tags=("x", "y"),
                enclosures=(Enclosure(url=f"{SITE}/1.mp3", type="audio/mpeg", length=9),),
                published=EIGHT,
                updated=datetime(2026, 3, 3, tzinfo=UTC),
            ),
            Entry(
                guid="2",
                link="https://x.example/2",
                content="1 &lt; 2\n&amp;",
                image=f"{SITE}/b.png",
                authors=("Feed",),
            ),
            Entry(authors=("Feed",)),
        ),
    )


RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="{}">
<channel><title>A feed</title><link>https://publisher.example/</link></channel>
<item><title>One</title><link>https://publisher.example/1</link></item></rdf:RDF>"""
RSS = """<?xml version="1.0"?><rss{}><channel><title>A feed</title>
<item><title>One</title><link>https://publisher.example/1</link></item></channel></rss>"""
ATOM_03 = """<?xml version="1.0"?>
<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>A feed</title>
<entry><title>One</title><link rel="alternate" href="https://publisher.example/1"/></entry></feed>"""
CDF = """<?xml version="1.0"?>
<CHANNEL HREF="https://publisher.example/" LASTMOD="2022-03-31T00:36"><TITLE>A feed</TITLE>
<ITEM HREF="https://publisher.example/1"><TITLE>One</TITLE></ITEM></CHANNEL>"""
FORMATS = {
    "cdf": CDF,
    "rss090": RDF.format("http://my.netscape.com/rdf/simple/0.9/"),
    "rss10": RDF.format("http://purl.org/rss/1.0/"),
    "rss091u": RSS.format(' version="0.91"'),
    "rss092": RSS.format(' version="0.92"'),
    "rss093": RSS.format(' version="0.93"'),
    "rss094": RSS.format(' version="0.94"'),
    "rss20": RSS.format(' version="2.0"'),
    "rss": RSS.format(""),
    "atom03": ATOM_03,
    "atom10": an_atom(an_entry("One", link="https://publisher.example/1")).decode(),
    "json1": a_json_feed({"title": "One", "url": "https://publisher.example/1"},
    version="1").decode(),
    "json11": a_json_feed({"title": "One", "url": "https://publisher.example/1"}).decode(),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "document"), FORMATS.items(), ids=FORMATS)
def test_every_format_is_read_and_named(kind: str, document: str) -> None:
    parsed = parse(document.encode(), url=URL)

    entries = [(one.title, one.link) for one in parsed.entries]
    assert (parsed.kind, parsed.title, entries) == (
        kind,
        "A feed",
        [("One", "https://publisher.example/1")],
    )


def test_a_cdf_item_that_states_everything_becomes_an_entry() -> None:
    document = CDF.replace(
        "<TITLE>One</TITLE>",
        """<TITLE>One</TITLE><ABSTRACT>A &lt;b&gt;short&lt;/b&gt; text.</ABSTRACT>
        <LOGO HREF="/1.png" STYLE="image"/>""",
    ).replace('/1">', '/1" LASTMOD="2022-03-31T00:36">')

    [one] = parse(document.encode(), url=URL).entries

    assert one == Entry(
        link=f"{SITE}/1",
        title="One",
        summary="A <b>short</b> text.",
        image=f"{SITE}/1.png",
        updated=datetime(2022, 3, 31, 0, 36, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "content_type",
    ["", "text/html", "text/html; charset=utf-8", "text/plain", "application/octet-stream",
    "application/rss+xml",
     "text/xml; charset=utf-8", "nonsense", "image/png"],
)  # fmt: skip
def test_a_feed_is_read_however_it_is_served(content_type: str) -> None:
    parsed = parse(an_rss(an_item("互联")), url=URL, content_type=content_type)

    assert [one.title for one in parsed.entries] == ["互联"]
    assert parsed.known


@pytest.mark.parametrize("document", [an_rss(), an_atom(), a_json_feed()])
def test_a_feed_without_entries_is_a_feed(document: bytes) -> None:
    assert parse(document, url=URL).entries == ()


HTML = "an HTML page, not a feed"
UNKNOWN = "the document is in no feed format that is known"


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ("", "the response is empty"),
        (" \n\t", "the response is empty"),
        ("<!DOCTYPE html><html><body>Log in</body></html>", HTML),
        ("\ufeff\n<!-- x --> <HTML lang=en><title>x</title>", HTML),
        ("<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'><p>rss</p>", HTML),
        ("<head><title>x</title></head>", HTML),
        ("<opml version='2.0'><body><outline xmlUrl='x'/></body></opml>",
        "an OPML list of feeds, not a feed"),
        ("<?xml version='1.0'?><OPML></OPML>", "an OPML list of feeds, not a feed"),
        ("just text", UNKNOWN),
        ("/etc/passwd", UNKNOWN),
        ("<x><y/></x>", UNKNOWN),
        ("\x00\x01\x02", UNKNOWN),
        ("[1]", UNKNOWN),
        ('{"a": 1}', "JSON, but not a JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1.1"}', "JSON, but not a JSON Feed"),
        ('{"version": 1, "items": []}', "JSON, but not a JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": {}}',
        "JSON, but not a JSON Feed"),
        ('{"a": ', "JSON that cannot be read: "),
        ('{"a": ' + "[" * 100_000, "JSON that cannot be read: "),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_named(document: str, what: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(document.encode(), url=URL)

    assert (caught.value.status, caught.value.what[: len(what)]) == ("not_a_feed", what)


@pytest.mark.parametrize(
    "document", [b"<rss version='2.0'><chan", b"<rss version='2.0'><channel>", b"\x00\xff<rss" * 99]
)
def test_a_document_that_breaks_off_at_once_is_no_empty_feed(document: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        parse(document, url=URL)

    assert (caught.value.status, caught.value.what) == (
        "broken",
        "the document breaks off before it says anything",
    )


def test_a_url_as_a_document_is_not_opened(server: FeedServer) -> None:
    with pytest.raises(ParseError):
        parse(server.url("/feed").encode(), url=URL)

    assert server.requests == ()


def rows(shared: Path) -> Iterator[dict[str, str]]:
    """Read the list of real documents."""
    with (shared / "corpus" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def read_from(shared: Path, name: str) -> ParsedFeed:
    """Parse a document of the collection, unpacked where it is packed."""
    return parse(inflate((shared / "corpus" / name).read_bytes(), ""), url=URL)


def test_every_real_document_yields_its_entries_with_title_and_link_or_guid(shared: Path) -> None:
    wrong = {}

    for row in rows(shared):
        if row["provenance"] == "synthetic/spec":
            continue
        parsed = read_from(shared, row["file"])
        # Of a kind that the list names; json is written "jsonfeed 1.1" there.
        kind = row["kind"].replace("jsonfeed ", "json").replace(".", "")
        titles = all(one.title for one in parsed.entries) or "no-title-entries" in row["special"]
        names = all(one.guid or one.link for one in parsed.entries) or "no-link" in row["special"]
        seen = (parsed.kind, len(parsed.entries), titles, names)
        if seen != (kind, int(row["entries"]), True, True):
            wrong[row["file"]] = seen

    assert wrong == {}


def test_every_other_document_yields_its_entries_or_says_what_it_is(shared: Path) -> None:
    wrong = {}

    for row in rows(shared):
        if row["provenance"] != "synthetic/spec":
            continue
        try:
            count = len(read_from(shared, row["file"]).entries)
        except ParseError as error:
            count = 0 if error.status == "not_a_feed" else -1
        if count != (0 if row["kind"] == "opml" else int(row["entries"])):
            wrong[row["file"]] = count

    assert wrong == {}


# Which document each one was made from, by its name's beginning.
ORIGINALS = {
    "seed_": "../seed/36kr-news.rss.xml",
    "bbc-chinese_": "rss2email_rss2email/bbc-chinese__feed.atom",
    "jp_rss1_": "feed-rs_feed-rs/rss1__rss_1.0_example_1.xml",
}


@pytest.mark.parametrize(
    "name",
    ["bbc-chinese_big5.atom", "bbc-chinese_gbk.atom", "jp_rss1_euc_jp.xml",
    "jp_rss1_iso2022_jp.xml",
     "jp_rss1_shift_jis.xml", "seed_atom_gbk.xml", "seed_gb18030.xml", "seed_gb2312.xml",
     "seed_gbk-labelled-gb2312.xml", "seed_gbk-labelled-utf8.xml", "seed_gbk-no-decl.xml",
     "seed_gbk.xml",
     "seed_utf16.xml", "seed_utf8-labelled-gbk.xml"],
)  # fmt: skip
def test_a_document_in_a_legacy_encoding_yields_the_titles_of_its_original(
    name: str, shared: Path
) -> None:
    [original] = [path for start, path in ORIGINALS.items() if name.startswith(start)]

    parsed = read_from(shared, f"derived_legacy-encodings/{name}")

    # Two characters that only GBK has were put before some of the titles.
    titles = [one.title.removeprefix("喆镕") for one in parsed.entries]
    assert titles == [one.title for one in read_from(shared, original).entries]


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<![CDATA[A <i>B</i> & C]]>", "A B & C"),
        ("A &amp;lt;b&amp;gt; B", "A <b> B"),
        ("&lt;svg/onload=alert(1)&gt;A", "A"),
        ("&lt;script&gt;x&lt;/script&gt;A", "A"),
        ("1 &lt; 2", "1 < 2"),
        (" A\n\tB ", "A B"),
        ("A&#8232;B", "A B"),
        ("AT&amp;T", "AT&T"),
    ],
)
def test_an_rss_title_becomes_plain_text_on_one_line(markup: str, title: str) -> None:
    [one] = parse(an_rss(f"<item><title>{markup}</title></item>"), url=URL).entries

    assert one.title == title


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x",
    "file:///etc/passwd", "http://[x"]
)  # fmt: skip
def test_a_link_that_no_reader_may_follow_is_no_link(link: str) -> None:
    item = an_item(
        link=link, extra=f"<enclosure url='{link}' type='x'/><media:thumbnail url='{link}'/>"
    )
    entry = an_entry(link=link)

    entries = [*parse(an_rss(item), url=URL).entries, *parse(an_atom(entry), url=URL).entries]

    assert [(one.link, one.image, one.enclosures) for one in entries] == [("", "", ())] * 2


BASED = f'xml:base="{SITE}/deep/er/"'
OF_BASE = f"{SITE}/deep/er"
RELATIVE_RSS = """<link>1</link><guid isPermaLink="true">1</guid><source url="feed.xml">F</source>
    <description>&lt;a href="2"&gt;x&lt;/a&gt;&lt;img src="3.png"&gt;</description>
    <enclosure url="4.mp3"/><media:content url="5.mp4"/><media:thumbnail url="6.png"/>"""
RELATIVE_ATOM = """<id>x</id><link href="1"/><link rel="enclosure" href="4.mp3"/>
    <content type="html">&lt;a href="2"&gt;x&lt;/a&gt;&lt;img src="3.png"&gt;</content>
    <source><id>s</id><link rel="self" href="feed.xml"/><link href="page"/></source>"""
BASES = {
    "rss, on the root": an_rss(f"<item>{RELATIVE_RSS}</item>").replace(
        b"<rss ", f"<rss {BASED} ".encode()
    ),
    "rss, on the channel": an_rss(f"<item>{RELATIVE_RSS}</item>").replace(
        b"<channel", f"<channel {BASED} ".encode()
    ),
    "rss, on the item": an_rss(f"<item {BASED}><title>T</title>{RELATIVE_RSS}</item>"),
    "atom, on the root": an_atom(f"<entry>{RELATIVE_ATOM}</entry>").replace(
        b"<feed ", f"<feed {BASED} ".encode()
    ),
    "atom, on the entry": an_atom(f"<entry {BASED}><title>T</title>{RELATIVE_ATOM}</entry>"),
    "atom, one within the other": an_atom(
        f'<entry xml:base="er/"><title>T</title>{RELATIVE_ATOM}</entry>'
    ).replace(b"<feed ", f'<feed xml:base="{SITE}/deep/" '.encode()),
    "rss, by where it was found": an_rss(f"<item>{RELATIVE_RSS}</item>"),
    "atom, by where it was found": an_atom(f"<entry>{RELATIVE_ATOM}</entry>"),
}


@pytest.mark.parametrize("document", BASES.values(), ids=BASES)
def test_relative_links_count_from_the_base_wherever_they_stand(document: bytes) -> None:
    [one] = parse(document, url=f"{OF_BASE}/feed").entries

    body = one.content or one.summary
    assert one.link == f"{OF_BASE}/1"
    assert f'href="{OF_BASE}/2"' in body
    assert f'src="{OF_BASE}/3.png"' in body
    assert one.enclosures[0].url == f"{OF_BASE}/4.mp3"
    assert one.origin
    assert one.origin.url == f"{OF_BASE}/feed.xml"
    if document.startswith(b"<?xml") and b"<rss" in document:
        assert (one.enclosures[1].url, one.image) == (f"{OF_BASE}/5.mp4", f"{OF_BASE}/6.png")


def test_a_json_feeds_relative_links_count_from_its_home_page() -> None:
    item = {"id": "1", "url": "1", "image": "2.png", "attachments": [{"url": "3.mp3"}]}

    [one] = parse(a_json_feed(item, home_page_url=f"{OF_BASE}/"), url=URL).entries

    assert (one.link, one.image, one.enclosures[0].url) == (
        f"{OF_BASE}/1", f"{OF_BASE}/2.png", f"{OF_BASE}/3.mp3",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stated", "link"),
    [
        ("https://x.example/a b", "https://x.example/a%20b"),
        ("https://x.example/a\n b", "https://x.example/a%20b"),
        ('https://x.example/"><b>', "https://x.example/%22%3E%3Cb%3E"),
        ("//x.example/1", "https://x.example/1"),
        ("HTTPS://x.example/1", "https://x.example/1"),
        ("https://x.example/互联?q=互", "https://x.example/互联?q=互"),
        ("https://x.example/%E4%BA%92", "https://x.example/%E4%BA%92"),
    ],
)
def test_a_link_is_written_as_a_browser_would_send_it(stated: str, link: str) -> None:
    [one] = parse(an_rss(an_item(link=stated)), url=URL).entries

    assert one.link == link


def test_the_page_behind_a_counters_redirect_is_the_entrys_page() -> None:
    item = an_item(
        link="https://feeds.example/~r/1",
        extra='<f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">'
        f"{SITE}/1</f:origLink>",
    )

    [one] = parse(an_rss(item), url=URL).entries

    assert one.link == f"{SITE}/1"


NAMESPACES = ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
PERSON = "<author><name>{}</name></author>"
AUTHORS = {
    "rss author": (an_rss(an_item(extra="<author>Ann</author>")), ("Ann",)),
    "rss author with an address": (
        an_rss(an_item(extra="<author>ann@x.example (Ann Other)</author>")), ("Ann Other",),
    ),
    "rss author who is only an address": (
        an_rss(an_item(extra="<author>ann@x.example</author>")), ("ann@x.example",),
    ),
    "all of dc:creator": (
        an_rss(an_item(extra="<dc:creator>Ann</dc:creator><dc:creator>Bo</dc:creator>")),
        ("Ann", "Bo"),
    ),
    "each once": (
        an_rss(an_item(extra="<author>Ann</author><dc:creator> Ann </dc:creator>")), ("Ann",),
    ),
    "itunes author": (
        an_rss(an_item(extra=f"<itunes:author{NAMESPACES}>Ann</itunes:author>")), ("Ann",),
    ),
    "dc:contributor where nobody else is named": (
        an_rss(an_item(extra="<dc:contributor>Cy</dc:contributor>")), ("Cy",),
    ),
    "an rss channel's editor wrote none of it": (
        an_rss(an_item(), extra="<managingEditor>ed@x.example (Ed)</managingEditor>"), (),
    ),
    "all atom authors": (
        an_atom(an_entry(extra=PERSON.format("Ann") + PERSON.format("Bo"))), ("Ann", "Bo"),
    ),
    "the atom feed's where the entry has none": (
        an_atom(an_entry(), extra=PERSON.format("Fay")), ("Fay",),
    ),
    "the atom entry's before the feed's": (
        an_atom(an_entry(extra=PERSON.format("Ann")), extra=PERSON.format("Fay")), ("Ann",),
    ),
    "the atom source's before the feed's": (
        an_atom(
            an_entry(extra=f"<source>{PERSON.format('Sue')}</source>"), extra=PERSON.format("Fay")
        ),
        ("Sue",),
    ),
    "json feed 1.0": (
        a_json_feed({"id": "1", "author": {"name": "Ann"}}, version="1"), ("Ann",),
    ),
    "json feed 1.1": (
        a_json_feed({"id": "1", "authors": [{"name": "Ann"}, {"name": "Bo"}]}), ("Ann", "Bo"),
    ),
    "the json feed's where the item has none": (
        a_json_feed({"id": "1"}, authors=[{"name": "Fay"}]), ("Fay",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("document", "authors"), AUTHORS.values(), ids=AUTHORS)
def test_all_authors_are_named(document: bytes, authors: tuple[str, ...]) -> None:
    assert parse(document, url=URL).entries[0].authors == authors


ORIGINS = {
    "rss": (
        an_rss(an_item(extra='<source url="https://o.example/feed">An &amp;amp; origin</source>')),
        Origin(title="An & origin", url="https://o.example/feed"),
    ),
    "rss with a title only": (
        an_rss(an_item(extra="<source>An origin</source>")), Origin(title="An origin"),
    ),
    "rss with nothing in it": (an_rss(an_item(extra='<source url=""/>')), None),
    "rss with a link that nobody may follow": (
        an_rss(an_item(extra='<source url="javascript:x">O</source>')), Origin(title="O"),
    ),
    "atom": (
        an_atom(
            an_entry(
                extra="<source><id>urn:o</id>"
                '<title type="html">&lt;b&gt;An origin&lt;/b&gt;</title>'
                '<link rel="self" href="https://o.example/feed"/>'
                '<link href="https://o.example/"/></source>'
            )
        ),
        Origin(title="An origin", url="https://o.example/feed", link="https://o.example/"),
    ),
    "none": (an_rss(an_item()), None),
}  # fmt: skip


@pytest.mark.parametrize(("document", "origin"), ORIGINS.values(), ids=ORIGINS)
def test_the_feed_that_an_entry_was_taken_over_from_is_named(
    document: bytes, origin: Origin | None
) -> None:
    assert parse(document, url=URL).entries[0].origin == origin


LANGUAGES = {
    "of an rss channel": (an_rss(an_item(), extra="<language>zh_cn</language>"), "zh-CN", ""),
    "of an rss item": (an_rss(an_item(extra="<dc:language>fr</dc:language>")), "", "fr"),
    "on the root": (an_rss(an_item()).replace(b"<rss ", b'<rss xml:lang="de" '), "de", ""),
    "of an atom feed": (an_atom(an_entry()).replace(b"<feed ", b'<feed xml:lang="en" '), "en", ""),
    "of an atom entry": (
        an_atom(an_entry().replace("<entry>", '<entry xml:lang="en-us">')), "", "en-US",
    ),
    "of an atom content": (
        an_atom(an_entry().replace("<content ", '<content xml:lang="fr" ')), "", "fr",
    ),
    "of a json feed": (a_json_feed({"id": "1"}, language="pt-br"), "pt-BR", ""),
    "of a json item": (a_json_feed({"id": "1", "language": "pt-br"}), "", "pt-BR"),
    "a name for a tag": (an_rss(an_item(), extra="<language>English</language>"), "en", ""),
    "nonsense": (an_rss(an_item(), extra="<language>the usual one</language>"), "", ""),
}  # fmt: skip


@pytest.mark.parametrize(("document", "feed", "entry"), LANGUAGES.values(), ids=LANGUAGES)
def test_a_language_is_a_tag_of_the_feed_or_of_the_entry_itself(
    document: bytes, feed: str, entry: str
) -> None:
    parsed = parse(document, url=URL)

    assert (parsed.language, parsed.entries[0].language) == (feed, entry)


TAGS = {
    "rss categories": (
        an_rss(an_item(extra="<category>a</category><category domain='x'> b  c </category>")),
        ("a", "b c"),
    ),
    "each once": (an_rss(an_item(extra="<category>a</category>" * 2)), ("a",)),
    "dc:subject": (an_rss(an_item(extra="<dc:subject>a</dc:subject>")), ("a",)),
    "media keywords": (
        an_rss(an_item(extra="<media:keywords>a, b</media:keywords>")), ("a", "b"),
    ),
    "itunes keywords": (
        an_rss(an_item(extra=f"<itunes:keywords{NAMESPACES}>a,b</itunes:keywords>")), ("a", "b"),
    ),
    "atom labels before terms": (
        an_atom(an_entry(extra='<category term="a"/><category term="b" label="B"/>')), ("a", "B"),
    ),
    "json tags": (a_json_feed({"id": "1", "tags": ["a", " b ", "", 1]}), ("a", "b")),
    "empty": (an_rss(an_item(extra="<category/><category> </category>")), ()),
}  # fmt: skip


@pytest.mark.parametrize(("document", "tags"), TAGS.values(), ids=TAGS)
def test_categories_of_all_kinds_are_tags(document: bytes, tags: tuple[str, ...]) -> None:
    assert parse(document, url=URL).entries[0].tags == tags


def bomb(expansion: str) -> bytes:
    """Write a feed whose title is an entity that grows."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE rss [<!ENTITY a0 "{expansion}">{entities}]>'
    return an_rss("<item><title>&a9;</title><link>https://x.example/1</link></item>").replace(
        b"<rss", f"{doctype}<rss".encode(), 1
    )


@pytest.mark.parametrize("expansion", ["ha", "h" * 10_000])
def test_entities_that_grow_are_stopped_and_leave_no_title(expansion: str) -> None:
    try:
        titles = [one.title for one in parse(bomb(expansion), url=URL).entries]
    except ParseError:
        titles = []

    assert [title for title in titles if "&a" in title or "ha" in title] == []


@pytest.mark.parametrize(
    "doctype",
    ['<!DOCTYPE rss [<!ENTITY x SYSTEM "{}">]>', '<!DOCTYPE rss [<!ENTITY % p SYSTEM "{}"> %p;]>',
    '<!DOCTYPE rss SYSTEM "{}">'],
)  # fmt: skip
def test_an_external_entity_opens_no_file_and_no_connection(
    doctype: str, server: FeedServer, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("SECRET")
    document = an_rss("<item><title>A &x; B</title></item>")

    found = []
    for target in ((tmp_path / "secret").as_uri(), server.url("/x.dtd")):
        stated = document.replace(b"<rss", f"{doctype.format(target)}<rss".encode(), 1)
        with suppress(ParseError):
            found += [one.title for one in parse(stated, url=URL).entries]

    assert [title for title in found if "SECRET" in title] == []
    assert server.requests == ()


def test_what_the_database_and_xml_cannot_carry_is_dropped() -> None:
    document = (
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "t\\ud800", "items": [{'
        b'"id": "a\\ud800\\u0000", "title": "b\\udfff\\u0008c", "tags": [" f\\ud800 g", "", "f g"],'
        b'"content_html": "<p>d\\u000b\\ufffee</p>"}]}'
    )

    parsed = parse(document, url=URL)

    assert bare(parsed) == ParsedFeed(
        kind="json11",
        title="t",
        link="",
        entries=(Entry(guid="a", title="bc", content="<p>de</p>", tags=("f g",)),),
    )


def test_of_several_contents_the_longest_html_is_taken() -> None:
    contents = "".join(
        f'<content type="{kind}">{text}</content>'
        for kind, text in (
            ("text", "x" * 900),
            ("html", "short"),
            ("html", "y" * 500),
            ("html", "z" * 400),
        )
    )

    [one] = parse(an_atom(an_entry(body="", extra=contents)), url=URL).entries

    assert one.content == "y" * 500


@pytest.mark.parametrize("length", ["", "-1", "many", "9" * 30, "1.5"])
def test_a_length_that_is_none_is_zero(length: str) -> None:
    enclosure = f'<enclosure url="https://x.example/a" type="audio/mpeg" length="{length}"/>'

    [one] = parse(an_rss(an_item(extra=enclosure)), url=URL).entries

    assert one.enclosures == (Enclosure(url="https://x.example/a", type="audio/mpeg"),)


@pytest.mark.parametrize("link", ["<link></link>", "<link/>", "<link> </link>"])
def test_an_empty_link_is_no_link(link: str) -> None:
    [one] = parse(an_rss(f"<item><title>x</title>{link}</item>"), url=URL).entries

    assert one.link == ""


@pytest.mark.parametrize("guid", ["123", "p/123", "urn:x:1", "?p=1", "https://x.example/1"])
def test_a_guid_does_not_depend_on_where_the_document_was_found(guid: str) -> None:
    document = an_rss(f"<item><title>x</title><guid>{guid}</guid></item>")

    guids = {parse(document, url=url).entries[0].guid for url in (URL, "https://mirror.example/")}

    assert guids == {guid}


GOOD = an_item("Good")


@pytest.mark.parametrize(
    "bad",
    [
        "&#xD800;", "&#0;", "&#x110000;", "&#99999999999999999999;", "&#-1;", "&unknown;", "&",
        "<b>", "</b>",
        '<a href="http://[x">', "\x00", "\x08", "\ufffe", "<![CDATA[", "<![if x]>", "<!", "<?",
        "<!-- -- -->",
        "<cc:license/>", "]]>",
    ],
)  # fmt: skip
def test_a_broken_entry_does_not_cost_the_entry_before_it(bad: str) -> None:
    document = an_rss(GOOD, f"<item><title>Bad</title><description>{bad} & </description></item>")

    titles = [one.title for one in parse(document, url=URL).entries]

    assert titles[0] == "Good"


BROKEN = st.lists(
    st.sampled_from(
        [GOOD, an_entry(), "<item>", "</item>", "<entry>", "<title>", "</title>", "<link>",
        "<guid>", "x", "互",
         "&#xD800;", "&#99999999999;", "&#x110000;", "&", "<", ">", '"', "<![CDATA[", "]]>", "<!--",
         "-->", "<![",
         "<?", "\x00", "\xff", "http://[x", ' xml:base="http://[x"', "<description>",
         '<content type="xhtml">',
         '<content type="application/xml" mode="base64">', "<media:content ", "<media:player ",
         "<media:credit ",
         "<cc:license ", "</media:player>", "<itunes:image ", "<georss:point>1</georss:point>",
         "<pubDate>99</pubDate>",
         "<enclosure url='http://[x' length='&#xD800;'/>", "</media:credit>", "</channel>",
         "<feed>", "<div>", "</div>"]
    ),
    max_size=8,
)  # fmt: skip


@given(BROKEN)
@example(["&", "&#xD800;"])
@example(["&", "&#99999999999;"])
@example(["&", '<content type="xhtml">', "</div>"])
def test_a_broken_document_is_read_or_refused_and_all_it_yields_can_be_stored(
    pieces: list[str],
) -> None:
    try:
        parsed = parse(an_rss(*pieces), url=URL)
    except ParseError:
        return

    texts = [parsed.title, parsed.link, parsed.language]
    for one in parsed.entries:
        texts += [one.guid, one.link, one.title, one.summary, one.content, one.image, one.language]
        texts += [*one.authors, *one.tags]
        texts += [text for file in one.enclosures for text in (file.url, file.type)]
    assert [text for text in texts if storable(text) != text] == []
