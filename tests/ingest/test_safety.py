"""Nothing that a source writes, wherever it writes it, acts in a reader.

Bodies are judged in test_sanitize by the tree that an HTML5 parser makes of them; this is about the
way there: every format, every place in an entry, every disguise.
"""

from collections.abc import Iterator

import pytest

from aggregator.core.entry import Entry
from aggregator.ingest.parse import parse
from tests.feeds import a_json_feed, an_atom, an_entry, an_item, an_rss
from tests.ingest.test_sanitize import live

URL = "https://publisher.example/feed"

# What a sanitizer that looks for words lets through.
BODIES = {
    "an svg that loads": "<svg/onload=alert(1)>",
    "mixed case and a number for the colon": "<a href='jAvAsCrIpT&#58;alert(1)'>x</a>",
    "a name for the colon": "<a href='javascript&colon;alert(1)'>x</a>",
    "a tab in the scheme": "<a href='java&#x09;script:alert(1)'>x</a>",
    "a control before the scheme": "<a href='&#1;javascript:alert(1)'>x</a>",
    "a form's action": "<form action='javascript:alert(1)'><input type=submit></form>",
    "a link within an svg": "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "a video's poster": "<video poster='javascript:alert(1)'></video>",
    "a script": "<script>alert(1)</script>",
    "a handler": "<img src='https://x.example/a.png' onerror='alert(1)'>",
    "a frame": "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "a style that draws over the page": "<p style='position:fixed;top:0;left:0'>x</p>",
    "a lazy picture": "<img data-src='javascript:alert(1)' onload='alert(1)'>",
    "a set of pictures": "<img srcset='javascript:alert(1) 1x, data:text/html,x 2x'>",
}


def escaped(markup: str) -> str:
    return markup.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_rss(body: str) -> bytes:
    """A description, escaped once."""
    return an_rss(an_item(body=body))


def as_cdata(body: str) -> bytes:
    """A description in CDATA."""
    return an_rss(f"<item><title>x</title><description><![CDATA[{body}]]></description></item>")


def as_content(body: str) -> bytes:
    """A description beside the whole text."""
    whole = f"<content:encoded>{escaped(body)}</content:encoded>"
    return an_rss(an_item(body="short", extra=whole))


def as_long_body(body: str) -> bytes:
    """One that is carried around the parser."""
    return an_rss(an_item(body=f"<p>{'word ' * 100}</p>{body}"))


def as_atom(body: str) -> bytes:
    """An Atom content of HTML."""
    return an_atom(an_entry(body=body))


def as_atom_text(body: str) -> bytes:
    """An Atom content and summary that are said to be plain text."""
    text = f"<content type='text'>{escaped(body)}</content><summary>{escaped(body)}</summary>"
    return an_atom(an_entry(body="", extra=text))


def as_json_html(body: str) -> bytes:
    """The HTML of a JSON item."""
    return a_json_feed({"id": "1", "content_html": body, "summary": body})


def as_json_text(body: str) -> bytes:
    """The plain text of a JSON item."""
    return a_json_feed({"id": "1", "content_text": body})


def as_podcast(body: str) -> bytes:
    """What podcasts and videos say in other elements."""
    return an_rss(
        an_item(body="", extra=f"<media:description>{escaped(body)}</media:description>"),
        an_item(
            body="",
            extra='<i:summary xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd">'
            f"{escaped(body)}</i:summary>",
        ),
    )


PLACES = (
    as_rss, as_cdata, as_content, as_long_body, as_atom, as_atom_text, as_json_html, as_json_text,
    as_podcast,
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_body_of_any_format_is_live(place: object, body: str) -> None:
    assert callable(place)

    entries = parse(place(body), url=URL).entries

    assert entries
    assert [found for one in entries for found in live(one.content) + live(one.summary)] == []


# An aggregator before us turned what was a text about code into code.
DECODED = {
    "a tutorial's script": "<p>Write <script>alert(1)</script> and see.</p>",
    "a tutorial's form": "<pre><form action='https://x.example/'><input name=q></form></pre>",
    "a page in a page": "<html><head><base href='https://evil.example/'></head><body>x</body></html>",
    "an unfinished tag": "<p>if (a <img src=x onerror=alert(1)//",
    "XML in a code block": "<pre><dependency><groupId>x</groupId></dependency></pre>",
}


@pytest.mark.parametrize("place", [as_rss, as_cdata, as_atom, as_json_html])
@pytest.mark.parametrize("body", DECODED.values(), ids=DECODED)
def test_code_that_was_unescaped_on_the_way_is_not_live(place: object, body: str) -> None:
    assert callable(place)

    [one] = parse(place(body), url=URL).entries

    assert live(one.content or one.summary) == []


def test_escaped_code_stays_escaped_code() -> None:
    body = "<pre>&lt;script&gt;alert(1)&lt;/script&gt;</pre>"

    read = [parse(place(body), url=URL).entries[0] for place in (as_rss, as_cdata, as_atom)]

    assert {one.content or one.summary for one in read} == {body}


LIVE_WORDS = "<img src=x onerror=alert(1)>Words<script>alert(1)</script>"


def spoken(one: Entry) -> Iterator[str]:
    yield one.title
    yield from one.authors
    yield from one.tags
    if one.origin:
        yield one.origin.title


WORDS = {
    "rss": an_rss(
        an_item(
            LIVE_WORDS,
            extra=f"<author>{escaped(LIVE_WORDS)}</author><category>{escaped(LIVE_WORDS)}</category>"
            f'<source url="https://o.example/">{escaped(LIVE_WORDS)}</source>',
        )
    ),
    "rss with Dublin Core": an_rss(
        an_item(
            LIVE_WORDS,
            extra=f"<dc:creator><![CDATA[{LIVE_WORDS}]]></dc:creator>"
            f"<dc:subject>{escaped(LIVE_WORDS)}</dc:subject>",
        )
    ),
    "atom text": an_atom(
        an_entry(
            LIVE_WORDS,
            extra=f"<author><name>{escaped(LIVE_WORDS)}</name></author>"
            f'<category term="{escaped(LIVE_WORDS)}"/>'
            f"<source><title>{escaped(LIVE_WORDS)}</title></source>",
        )
    ),
    "atom html": an_atom(an_entry("", extra=f"<title type='html'>{escaped(LIVE_WORDS)}</title>")),
    "json": a_json_feed(
        {"id": "1", "title": LIVE_WORDS, "tags": [LIVE_WORDS], "authors": [{"name": LIVE_WORDS}]}
    ),
}


@pytest.mark.parametrize("document", WORDS.values(), ids=WORDS)
def test_titles_authors_and_categories_are_words_in_every_format(document: bytes) -> None:
    [one] = parse(document, url=URL).entries

    assert set(spoken(one)) == {"Words"}


LINKS = {
    "rss": "<link>{0}</link><comments>{0}</comments><enclosure url='{0}' type='audio/mpeg'/>"
    "<source url='{0}'>Words</source><media:content url='{0}' medium='image'/>"
    "<media:thumbnail url='{0}'/>",
    "rss guid as a link": "<guid isPermaLink='true'>{0}</guid>",
    "rss by another's name": "<feedburner:origLink xmlns:feedburner="
    "'http://rssnamespace.org/feedburner/ext/1.0'>{0}</feedburner:origLink>",
}


@pytest.mark.parametrize("extra", LINKS.values(), ids=LINKS)
@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "JaVaScRiPt&#58;alert(1)", "&#9;javascript:alert(1)",
    "java&#10;script:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"],
)  # fmt: skip
def test_no_link_of_an_entry_is_live(extra: str, link: str) -> None:
    document = an_rss(an_item(link="", guid="", extra=extra.format(link)))

    [one] = parse(document, url=URL).entries

    links = [one.link, one.image, *(file.url for file in one.enclosures)]
    links += [one.origin.url, one.origin.link] if one.origin else []
    assert [link for link in links if link] == []


@pytest.mark.parametrize("place", [as_rss, as_cdata, as_atom, as_json_html])
@pytest.mark.parametrize("around", ["{}", "<p onclick='x'>{}</p>"], ids=["verbatim", "rewritten"])
def test_a_picture_that_asks_for_no_referrer_goes_on_asking(place: object, around: str) -> None:
    image = '<img src="https://x.example/a.png" referrerpolicy="no-referrer">'
    assert callable(place)

    [one] = parse(place(around.format(image)), url=URL).entries

    assert image in (one.content or one.summary)
