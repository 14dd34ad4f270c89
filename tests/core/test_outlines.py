"""OPML: what it lists, what is refused, and that it comes back as it was."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.outlines import Outline, read_outlines, write_outlines
from aggregator.core.text import one_line, storable
from aggregator.errors import OpmlError

NESTED = b"""<?xml version="1.0"?>
<opml version="1.0"><head><title>x</title></head><body>
<outline text="Tech" title="Technology">
  <outline text="One" XMLURL="https://one.example/feed" type="rss" language="en"/>
  <outline text="Linux"><outline title="Two" xmlUrl=" https://two.example/feed "/></outline>
</outline>
<outline text="Three" xmlUrl="https://three.example/feed" category="/News/World,/other"/>
<outline text="A page" htmlUrl="https://page.example/"/>
<outline text="Empty folder"/>
</body></opml>"""


def test_nested_folders_become_paths_and_a_category_stands_for_a_folder() -> None:
    assert read_outlines(NESTED) == [
        Outline(
            title="One", url="https://one.example/feed", folders=("Technology",), language="en"
        ),
        Outline(title="Two", url="https://two.example/feed", folders=("Technology", "Linux")),
        Outline(title="Three", url="https://three.example/feed", folders=("News", "World")),
        Outline(title="A page", url=""),
    ]


BOMB = b"""<?xml version="1.0"?><!DOCTYPE opml [
<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<opml version="2.0"><body><outline text="&b;" xmlUrl="https://x.example/"/></body></opml>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<opml version="2.0"><body><outline text="&a;" xmlUrl="https://x.example/"/></body></opml>"""
PARAMETER = b"""<!DOCTYPE opml [<!ENTITY % a SYSTEM "http://127.0.0.1/x.dtd"> %a;]>
<opml version="2.0"><body/></opml>"""
DEEP = b"<opml><body>" + b'<outline text="x">' * 60 + b"</outline>" * 60 + b"</body></opml>"


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (b"", "not well-formed XML: no element found, line 1, column 1"),
        (b"<opml><body>", "not well-formed XML: no element found"),
        (b'<opml><body><outline text="a & b"/></body></opml>', "line 1, column 31"),
        (b"<rss version='2.0'/>", "not OPML: it begins with <rss>"),
        (b"<opml><head/></opml>", "not OPML: it has no body"),
        (
            b'<?xml version="1.0" encoding="no-such"?><opml/>',
            "in an encoding that cannot be read: unknown encoding",
        ),
        (BOMB, "declares the entity 'a', which is refused"),
        (OUTSIDE, "declares the entity 'a', which is refused"),
        (PARAMETER, "declares the entity 'a', which is refused"),
        (DEEP, "more than 50 deep"),
    ],
    ids=lambda value: ascii(value[:30]),
)
def test_what_is_no_opml_or_means_harm_is_refused_in_words(document: bytes, what: str) -> None:
    with pytest.raises(OpmlError, match=what):
        read_outlines(document)


def test_what_is_written_follows_the_rules_of_opml_2() -> None:
    root = ET.fromstring(write_outlines("T & <t>", read_outlines(NESTED)[:3]))

    assert (root.tag, root.attrib) == ("opml", {"version": "2.0"})
    assert [one.tag for one in root] == ["head", "body"]
    assert root.findtext("head/title") == "T & <t>"
    outlines = list(root.iter("outline"))
    assert all(one.get("text") for one in outlines)
    assert all(("xmlUrl" in one.attrib) == (one.get("type") == "rss") for one in outlines)


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).map(
    lambda text: one_line(storable(text)) or "x"
)
outlines = st.builds(
    Outline,
    title=names,
    url=st.sampled_from(["https://a.example/?x=1&y=2", "https://b.example/'\"<feed>"]),
    folders=st.lists(names, max_size=3).map(tuple),
    language=st.sampled_from(["", "zh-CN"]),
)


@given(st.lists(outlines, min_size=1, max_size=6))
def test_written_and_read_and_written_again_it_is_the_same(feeds: list[Outline]) -> None:
    written = write_outlines("x", feeds)

    again = read_outlines(written)

    assert sorted(again, key=repr) == sorted(feeds, key=repr)
    assert write_outlines("x", again) == written
