"""feedparser's parser with quicker look-ups must give what it gives without."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import feedparser.api
import pytest

import aggregator.ingest.reading  # noqa: F401  # installs it
from aggregator.ingest import strict
from tests.feeds import an_atom, an_entry, an_item, an_rss

OWN = {
    "rss": an_rss(an_item(body="互联互通 <b>bold</b>"), an_item("Two", body="plain & not")),
    "atom": an_atom(an_entry(body="互联互通 <b>bold</b>")),
    "base64": an_atom(
        '<entry><id>1</id><content type="application/octet-stream" mode="base64">PGI+eDwvYj4='
        "</content></entry>"
    ),
    "xhtml": an_atom(
        '<entry><id>1</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a<b>b</b>'
        '</div></title><content type="xhtml" xml:lang="zh_CN" xml:base="http://other.example/">'
        '<div xmlns="http://www.w3.org/1999/xhtml"><p>text <a href="x">x</a></p></div></content>'
        '<summary type="text">a &lt;b&gt; &amp;eacute;</summary><content src="http://a.example/v"'
        ' type="video/mp4"/></entry>'
    ),
    "markup": an_rss("<item><description>a <b>tag</b> that is none</description></item>"),
    "old": an_rss(
        '<item><body xmlns="http://www.w3.org/1999/xhtml"><p>text</p></body><fullitem>&lt;p&gt;'
        "</fullitem></item><textinput><title>t</title><description>d</description></textinput>"
    ),
}
Parser = type[Any]


@pytest.fixture
def parsers() -> Iterator[tuple[Parser, Parser]]:
    """Give feedparser's class and the one that reading puts in its place, and leave that there."""
    ours: Parser = feedparser.api.StrictFeedParser
    yield ours.__mro__[1], ours
    strict.install()


def read(parser: Parser, document: bytes) -> str:
    """Give all that feedparser makes of a document, types included."""
    feedparser.api.StrictFeedParser = parser
    try:
        result = feedparser.parse(
            BytesIO(document), sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:
        return repr(error)
    return shape(result)


def shape(value: Any) -> str:
    name = type(value).__name__
    if isinstance(value, feedparser.FeedParserDict):
        name = "FeedParserDict"  # or one with shorter ways
    if isinstance(value, dict):
        return f"{name}({', '.join(f'{key!r}: {shape(one)}' for key, one in value.items())})"
    if isinstance(value, list):
        return f"[{', '.join(map(shape, value))}]"
    return f"{name} {value!r}"


def test_ours_is_in_use(parsers: tuple[Parser, Parser]) -> None:
    feedparsers, ours = parsers

    assert ours.__module__ == strict.__name__
    assert feedparsers.__module__ == "feedparser.api"


@pytest.mark.parametrize("document", OWN.values(), ids=OWN)
def test_it_reads_the_same(parsers: tuple[Parser, Parser], document: bytes) -> None:
    feedparsers, ours = parsers

    read_by_it = read(ours, document)

    assert "'entries': [FeedParserDict(" in read_by_it
    assert read_by_it == read(feedparsers, document)


def test_it_reads_the_same_of_real_documents(parsers: tuple[Parser, Parser], shared: Path) -> None:
    feedparsers, ours = parsers
    files = [one for one in sorted((shared / "corpus").rglob("*")) if one.is_file()]

    differing = [
        one.name
        for one in files
        if read(ours, document := one.read_bytes()) != read(feedparsers, document)
    ]

    assert len(files) > 100
    assert differing == []
