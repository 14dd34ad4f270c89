"""Cutting a document and carrying bodies around must give what the plain whole parse gives."""

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.entry import SLICE_HASH_BYTES, ParsedFeed
from aggregator.errors import ParseError
from aggregator.ingest import slices
from aggregator.ingest.bodies import Carrier
from aggregator.ingest.charset import settle
from aggregator.ingest.parse import parse
from aggregator.ingest.reading import Reading
from tests.feeds import a_json_feed, an_atom, an_entry, an_item, an_rss

URL = "https://publisher.example/feed"
LONG = "互联互通 & <b>bold</b> 1 < 2 \"q\" 'a' " * 12


def plain(document: bytes, content_type: str = "") -> ParsedFeed | None:
    """Parse a whole document in one piece; None where it is no feed."""
    settled = settle(document, content_type)
    try:
        return Reading(URL, settled.content_type, "").read(settled.document)[0]
    except ParseError:
        return None


def carried(
    document: bytes, known: frozenset[bytes] = frozenset(), content_type: str = ""
) -> ParsedFeed | None:
    """Parse a document the fast way."""
    try:
        return parse(document, url=URL, content_type=content_type, known=known)
    except ParseError:
        return None


def bare(parsed: ParsedFeed | None) -> ParsedFeed | None:
    """Leave out what only concerns the next parse."""
    return parsed and replace(parsed, known=frozenset(), partial=False)


def names_of(document: bytes, content_type: str = "") -> list[bytes]:
    """Name the slices of a document in order."""
    settled = settle(document, content_type)
    cut = slices.cut(settled)
    return list(cut.hashes) if cut else []


def known_of(document: bytes) -> list[bytes]:
    """List what is known of a document that was read before, in its order; [] where it is not."""
    first = carried(document)
    by_name = {one[:SLICE_HASH_BYTES]: one for one in first.known} if first else {}
    return [by_name[name] for name in names_of(document)] if by_name else []


def without(parsed: ParsedFeed, names: list[bytes], known: Iterable[bytes]) -> ParsedFeed:
    """Leave out the entries that are known."""
    gone = frozenset(known)
    kept = (one for one, name in zip(parsed.entries, names, strict=True) if name not in gone)
    return replace(parsed, entries=tuple(kept))


SUBSETS = 4  # of the entries of each document
FOLDERS = """RSS-Bridge_rss-bridge anarcat_feed2exec danmactough_node-feedparser
    derived_legacy-encodings feed-rs_feed-rs feedjira_feedjira kagisearch_fastfeedparser
    kurtmckee_feedparser-encoding lemon24_reader miniflux_v2 mmcdole_gofeed rbren_rss-parser
    rss2email_rss2email rust-syndication_rss shouya_rss-funnel simplepie_simplepie""".split()


def documents(shared: Path, folder: str) -> list[Path]:
    """List the documents of a folder."""
    return sorted((shared / "corpus" / folder).iterdir())


@pytest.mark.parametrize("folder", FOLDERS)
def test_real_documents_are_read_the_same_cut_and_whole(folder: str, shared: Path) -> None:
    different = []

    for path in documents(shared, folder):
        document = path.read_bytes()
        if document.lstrip()[:1] == b"{":
            continue
        if bare(carried(document)) != plain(document):
            different.append(path.name)

    assert different == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_real_documents_are_read_the_same_when_some_entries_are_known(
    folder: str, shared: Path
) -> None:
    different = []

    for path in documents(shared, folder):
        document = path.read_bytes()
        names, whole = known_of(document), plain(document)
        if not names or not whole:
            continue
        pick = random.Random(path.name)
        for _ in range(SUBSETS):
            known = frozenset(pick.sample(names, pick.randint(0, len(names))))
            parsed = carried(document, known)
            # What is nothing but an entry is nothing without it, and is read whole.
            left_out = known if path.name != "atom__atom_entry_1.xml" else ()
            if bare(parsed) != without(whole, names, left_out):
                different.append((path.name, sorted(map(names.index, known))))

    assert different == []


FEED = an_rss(
    *(
        an_item(
            f"Title {n}",
            body=body,
            extra=f"<content:encoded><![CDATA[{LONG}{n}]]></content:encoded>",
        )
        for n, body in enumerate(["short", LONG, "<p>x</p>", "", LONG + "\r\nend", "]]"])
    )
)
FEED_NAMES = known_of(FEED)


@given(st.sets(st.sampled_from(range(6))))
def test_any_known_entries_are_left_out_and_the_others_read_the_same(places: set[int]) -> None:
    known = frozenset(FEED_NAMES[place] for place in places)
    whole = plain(FEED)
    assert whole is not None

    parsed = parse(FEED, url=URL, known=known)

    assert parsed == replace(
        without(whole, FEED_NAMES, known), partial=bool(places), known=frozenset(FEED_NAMES)
    )


def test_what_follows_a_known_entry_is_known_by_its_own_bytes() -> None:
    old = an_rss(an_item("One"), an_item("Two"))
    new = an_rss(an_item("Zero"), an_item("One"), an_item("Two!"))

    parsed = parse(new, url=URL, known=parse(old, url=URL).known)

    assert [one.title for one in parsed.entries] == ["Zero", "Two!"]
    assert parsed.partial


@pytest.mark.parametrize(
    "changed",
    [
        FEED.replace(
            b'xmlns:content="http://purl.org/rss/1.0/modules/content/"', b'xmlns:content="urn:x"'
        ),
        FEED.replace(b"<channel>", b'<channel xml:base="https://other.example/">'),
    ],
)
def test_entries_are_not_known_under_another_head(changed: bytes) -> None:
    assert changed != FEED
    assert set(names_of(changed)).isdisjoint(names_of(FEED))


def test_entries_are_not_known_under_another_content_type() -> None:
    assert set(names_of(FEED, "text/xml; charset=iso-8859-1")).isdisjoint(names_of(FEED))


def with_body(body: str, attributes: str = "", name: str = "description") -> bytes:
    """Write a feed with one body as XML, between two plain entries."""
    item = f"<item><title>T</title><{name}{attributes}>{body}</{name}><guid>g</guid></item>"
    return an_rss(an_item("Before", body=LONG), item, an_item("After", body=LONG))


def with_content(body: str, attributes: str) -> bytes:
    """Write an Atom feed with one content as XML."""
    entry = f"<entry><title>T</title><id>g</id><content{attributes}>{body}</content></entry>"
    return an_atom(an_entry("Before", body=LONG), entry, an_entry("After", body=LONG))


def cdata(text: str) -> str:
    """Wrap in CDATA."""
    return f"<![CDATA[{text}]]>"


TEXT = "word " * 60
DOUBTS = {
    "cdata": with_body(cdata(LONG)),
    "cdata with an item in it": with_body(
        cdata(f"{LONG}<item><title>no</title></item></description>")
    ),
    "cdata with an end of item in it": with_body(cdata(f"{LONG}</item>")),
    "cdata with space around": with_body(f"\n  {cdata(LONG)}\n "),
    "two cdatas": with_body(cdata(LONG) + cdata(LONG)),
    "cdata and text": with_body(cdata(LONG) + TEXT),
    "cdata that holds references": with_body(cdata(f"{TEXT}&amp;amp; &lt;b&gt; &#20114; &nbsp;")),
    "empty cdata": with_body(cdata("")),
    "comment with an item in it": an_rss(f"<!-- <item>{TEXT}</item> -->", an_item("One")),
    "comment within an item": an_rss(
        an_item("One", extra=f"<!-- </item><description>{TEXT}</description> -->")
    ),
    "comment within a body": with_body(f"{TEXT}<!-- x -->{TEXT}"),
    "processing instruction with an item": an_rss("<?x <item> ?>", an_item("One")),
    "item as a prefix of a name": an_rss(
        an_item("One", extra="<items>x</items><item-x>y</item-x>")
    ),
    "prefixed item": an_rss(an_item("One"))
    .replace(b"<item>", b"<a:item>")
    .replace(b"</item>", b"</a:item>"),
    "an item of another vocabulary": an_rss(
        an_item("One"), '<a:item xmlns:a="urn:a"><title>no</title></a:item>', an_item("Two")
    ),
    "items under a prefix": (
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:s="http://purl.org/rss/1.0/"><s:channel><s:title>T</s:title></s:channel>'
        f"<s:item><s:title>One</s:title><s:description>{TEXT}</s:description></s:item></r:RDF>"
    ).encode(),
    "nested item": an_rss(an_item("One", extra=an_item("Inner"))),
    "an entry within an item": an_rss(an_item("One", extra="<entry><title>no</title></entry>")),
    "an empty item": an_rss(an_item("One"), "<item/>", an_item("Two")),
    "an item that is not closed": an_rss(an_item("One"), "<item><title>Two</title>"),
    "an item closed twice": an_rss(an_item("One"), "</item>", an_item("Two")),
    "items with attributes": an_rss(
        '<item rdf:about="a>b"><title>x</title></item>', an_item("Two")
    ),
    "doctype": with_body(cdata(LONG)).replace(
        b"<rss", b'<!DOCTYPE rss [<!ENTITY nbsp "&#160;">]><rss', 1
    ),
    "doctype without entities": with_body(cdata(LONG)).replace(b"<rss", b"<!DOCTYPE rss><rss", 1),
    "numeric references": with_body(f"{TEXT}&#20114;&#x4e92; &lt;b&gt;{TEXT}"),
    "html entities": with_body(f"{TEXT}&nbsp;&copy;&mdash;{TEXT}"),
    "an unknown entity": with_body(f"{TEXT}&unknown;{TEXT}"),
    "a bare ampersand": with_body(f"{TEXT}a & b{TEXT}"),
    "references to references": with_body(f"{TEXT}&amp;lt; &amp;amp;amp; &amp;#60;{TEXT}"),
    "named references": with_body(f"{TEXT}&lt;p title=&quot;x&quot;&gt;&apos;{TEXT}"),
    "windows line ends": with_body(cdata(TEXT.replace(" ", "\r\n"))),
    "escaped carriage return": with_body(f"{TEXT}&#13;\n{TEXT}"),
    "illegal characters": with_body(cdata(f"{TEXT}\x08\x0b{TEXT}")),
    "c1 controls": with_body(cdata(f"{TEXT}\x85\x92\x9f{TEXT}")),
    "delete": with_body(cdata(f"{TEXT}\x7f{TEXT}")),
    "an end of cdata": with_body(f"{TEXT}]]>{TEXT}"),
    "old line ends": with_body(TEXT.replace(" ", "\r")),
    "noncharacters": with_body(cdata(f"{TEXT}\ufffe\uffff{TEXT}")),
    "twice encoded": with_body(cdata((TEXT + "é互").encode().decode("latin-1"))),
    "twice encoded and escaped": with_body((TEXT + "éü").encode().decode("latin-1")),
    "latin-1": an_rss(an_item("Café", body=f"{TEXT}é{TEXT}"), encoding="iso-8859-1"),
    "latin-1 that says utf-8": with_body(f"{TEXT}é".encode("latin-1").decode("latin-1")).replace(
        "é".encode(), b"\xe9"
    ),
    "windows-1252": an_rss(an_item("“Quoted”", body=f"{TEXT}“”{TEXT}"), encoding="windows-1252"),
    "gbk": an_rss(an_item("互联", body=TEXT + "互联" * 200), encoding="gbk"),
    "utf-16": an_rss(an_item("互联", body=LONG), encoding="utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + with_body(cdata(LONG)),
    "no declaration": with_body(cdata(LONG)).partition(b"?>")[2],
    "text before the declaration": b"\n" + with_body(cdata(LONG)),
    "rss description of a type": with_body(cdata(LONG), ' type="text/plain"'),
    "rss description in a mode": with_body(cdata(LONG), ' mode="escaped"'),
    "description in a language": with_body(cdata(LONG), ' xml:lang="zh"'),
    "description with a base": with_body(
        f"{TEXT}&lt;a href='x'&gt;x&lt;/a&gt;", ' xml:base="https://b.example/"'
    ),
    "encoded content": with_body(cdata(LONG), name="content:encoded"),
    "both bodies": with_body(
        cdata(LONG + "d")
        + f"</description><content:encoded>{cdata(LONG + 'c')}</content:encoded><description>"
        + TEXT
    ),
    "an element in a description": with_body(f"<p>{TEXT}</p>"),
    "an unknown element of that name": with_body(cdata(LONG), ' xmlns="urn:other"'),
    "atom html": with_content(LONG.replace("&", "&amp;").replace("<", "&lt;"), ' type="html"'),
    "atom text/html": with_content(
        LONG.replace("&", "&amp;").replace("<", "&lt;"), ' type="text/html"'
    ),
    "atom text": with_content(TEXT + "1 &lt; 2", ' type="text"'),
    "atom without a type": with_content(TEXT + "1 &lt; 2", ""),
    "atom xhtml": with_content(
        f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{TEXT}</p></div>', ' type="xhtml"'
    ),
    "atom base64": with_content("d29yZCA=" * 60, ' type="text/plain" mode="base64"'),
    "atom out of line": with_content(TEXT, ' type="html" src="https://x.example/c.html"'),
    "atom xml": with_content(f"<x>{TEXT}</x>", ' type="application/xml"'),
    "atom html in a language": with_content(
        cdata(LONG), " type='html' xml:lang='en' xml:base='https://b.example/'"
    ),
    "a body that repeats": an_rss(*(an_item(f"T{n}", body=LONG) for n in range(3))),
    "a body in the channel": an_rss(
        an_item("One", body=LONG), extra=f"<image><description>{TEXT}</description></image>"
    ),
    "media description": an_rss(
        an_item(
            "One",
            extra=f"<media:content url='https://x.example/a.mp4'><media:description>{TEXT}</media:description></media:content>",
        )
    ),
    "summary and content": an_atom(
        an_entry("One", body=LONG, extra=f'<summary type="html">{TEXT}</summary>')
    ),
    "content of media": an_rss(
        an_item("One", body=LONG, extra=f"<content>{TEXT}</content><summary>{TEXT}</summary>")
    ),
    "two descriptions": an_rss(
        an_item("One", body=LONG, extra=f"<description>{TEXT}2</description>")
    ),
    "upper case": with_body(cdata(LONG))
    .replace(b"item>", b"ITEM>")
    .replace(b"description>", b"DESCRIPTION>"),
    "space in tags": with_body(cdata(LONG))
    .replace(b"</description>", b"</description \n>")
    .replace(b"<item>", b"<item\t>"),
    "cut short": with_body(cdata(LONG))[:-200],
    "two roots": with_body(cdata(LONG)) + with_body(cdata(LONG)),
    "text of spaces": with_body(" " * 300),
    "no items": an_rss(),
    "xml 1.1": with_body(cdata(LONG)).replace(b'version="1.0"', b'version="1.1"', 1),
}


@pytest.mark.parametrize("document", DOUBTS.values(), ids=DOUBTS)
def test_a_doubtful_document_is_read_the_same_cut_and_whole(document: bytes) -> None:
    assert bare(carried(document)) == plain(document)


@pytest.mark.parametrize("document", DOUBTS.values(), ids=DOUBTS)
def test_a_doubtful_document_is_read_the_same_the_second_time(document: bytes) -> None:
    first = carried(document)
    known = first.known if first else frozenset()

    again = carried(document, known)

    if known:
        assert again is not None
        assert (again.entries, again.title, again.partial) == ((), first and first.title, True)
    else:
        assert again == first


@pytest.mark.parametrize("document", DOUBTS.values(), ids=DOUBTS)
def test_a_doubtful_entry_that_is_new_is_read_the_same_between_known_ones(document: bytes) -> None:
    whole = plain(document)
    before = carried(an_rss(an_item("Before", body=LONG), an_item("After", body=LONG)))
    atom = carried(an_atom(an_entry("Before", body=LONG), an_entry("After", body=LONG)))
    assert before
    assert atom

    parsed = carried(document, before.known | atom.known)

    if parsed and parsed.partial:
        assert whole
        doubtful = tuple(one for one in whole.entries if one.title not in ("Before", "After"))
        assert bare(parsed) == replace(whole, entries=doubtful)
    else:
        assert bare(parsed) == whole


def test_a_guid_that_is_used_again_shows_the_whole_document() -> None:
    old = an_rss(an_item("One", guid="1"), an_item("Two", guid="2"))
    new = an_rss(an_item("Other", guid="1"), an_item("One", guid="1"), an_item("Two", guid="2"))

    parsed = parse(new, url=URL, known=parse(old, url=URL).known)

    assert [one.title for one in parsed.entries] == ["Other", "One", "Two"]
    assert (parsed.partial, parsed.known) == (False, frozenset())


@pytest.mark.parametrize("charset", ["gbk", "utf-16", "shift_jis", "hz", "unknown-8bit"])
def test_a_document_in_an_encoding_whose_bytes_can_look_like_markup_is_not_cut(
    charset: str,
) -> None:
    feed = an_rss(an_item("One"))

    assert slices.cut(settle(feed, f"text/xml; charset={charset}")) is None


def test_a_document_with_a_declared_entity_is_not_cut() -> None:
    assert slices.cut(settle(FEED.replace(b"<rss", b"<!DOCTYPE x><rss", 1), "")) is None
    assert slices.cut(settle(FEED + b"<!ENTITY a 'b'>", "")) is None


def test_a_cut_document_put_together_is_the_document() -> None:
    cut = slices.cut(settle(FEED, ""))

    assert cut is not None
    assert cut.without((), bytes) == FEED
    assert len(cut.slices) == len(cut.hashes) == len(cut.gaps) - 1 == 6


def test_long_bodies_are_carried_and_short_ones_are_not() -> None:
    carrier = Carrier(b"")
    item = an_item(
        "One", body="<p>short</p>", extra=f"<content:encoded><![CDATA[ {LONG} ]]></content:encoded>"
    )

    rest = carrier.take_out(item.encode())

    token = rest.partition(b"<content:encoded>")[2].partition(b"</content:encoded>")[0].decode()
    assert b"short" in rest
    assert len(rest) < 400
    assert not carrier.is_empty_handed
    assert (carrier.put_back("other"), carrier.put_back(token)) == ("other", LONG.strip())
    assert carrier.is_empty_handed


def test_a_json_feed_has_no_slices() -> None:
    parsed = parse(a_json_feed({"id": "1"}), url=URL)

    assert (parsed.known, parsed.partial) == (frozenset(), False)
