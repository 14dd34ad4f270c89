"""Enclosures, Media RSS and iTunes: files, pictures, durations, episodes."""

import pytest

from aggregator.core.entry import Enclosure, Entry
from aggregator.ingest.apart import set_apart
from aggregator.ingest.media import seconds
from aggregator.ingest.parse import parse
from tests.feeds import a_json_feed, an_atom, an_entry, an_item, an_rss

URL = "https://publisher.example/news/feed.xml"
SITE = "https://publisher.example"
MP3 = Enclosure(url=f"{SITE}/1.mp3", type="audio/mpeg")


def entry_of(extra: str) -> Entry:
    """Read an RSS item that has these elements as well."""
    document = an_rss(an_item(extra=extra)).replace(
        b"<rss ",
        b'<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
        b' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" ',
    )
    [one] = parse(document, url=URL).entries
    return one


ENCLOSURES = {
    "type and length": (
        '<enclosure url="/1.mp3" type="audio/mpeg" length="123"/>',
        (Enclosure(url=f"{SITE}/1.mp3", type="audio/mpeg", length=123),),
    ),
    "a type by the ending": ('<enclosure url="/1.mp3?x=1"/>', (
        Enclosure(url=f"{SITE}/1.mp3?x=1", type="audio/mpeg"),
    )),
    "a type that is none": ('<enclosure url="/1.mp3" type="audio"/>', (MP3,)),
    "a type with parameters": ('<enclosure url="/1" type="Audio/MPEG; x=1"/>', (
        Enclosure(url=f"{SITE}/1", type="audio/mpeg"),
    )),
    "several": (
        '<enclosure url="/1.mp3"/><enclosure url="/2.pdf"/>',
        (MP3, Enclosure(url=f"{SITE}/2.pdf", type="application/pdf")),
    ),
    "the same twice": ('<enclosure url="/1.mp3"/><enclosure url="../1.mp3"/>', (MP3,)),
    "media content": (
        '<media:content url="/v.mp4" type="video/mp4" fileSize="9" medium="video" duration="61"/>',
        (Enclosure(url=f"{SITE}/v.mp4", type="video/mp4", length=9, duration=61),),
    ),
    "media content of an enclosure": (
        '<enclosure url="/1.mp3" length="5"/><media:content url="/1.mp3" duration="61"/>',
        (Enclosure(url=f"{SITE}/1.mp3", type="audio/mpeg", length=5, duration=61),),
    ),
    "a media group": (
        '<media:group><media:content url="/v.mp4"/><media:content url="/v.webm"/></media:group>',
        (
            Enclosure(url=f"{SITE}/v.mp4", type="video/mp4"),
            Enclosure(url=f"{SITE}/v.webm", type="video/webm"),
        ),
    ),
    "pictures of media content are no enclosures": (
        ('<media:content url="/a" medium="image"/><media:content url="/b.jpg"/>'
        '<media:content url="/c" type="image/png"/>'),
        (),
    ),
    "itunes duration": (
        '<enclosure url="/1.mp3"/><itunes:duration>1:02:03</itunes:duration>',
        (Enclosure(url=f"{SITE}/1.mp3", type="audio/mpeg", duration=3723),),
    ),
    "itunes duration of what is played": (
        '<enclosure url="/1.pdf"/><enclosure url="/1.mp3"/><itunes:duration>90</itunes:duration>',
        (
            Enclosure(url=f"{SITE}/1.pdf", type="application/pdf"),
            Enclosure(url=f"{SITE}/1.mp3", type="audio/mpeg", duration=90),
        ),
    ),
    "behind feedburner": (
        ('<enclosure url="https://feeds.example/~r/1.mp3" length="5"/>'
        f"<feedburner:origEnclosureLink>{SITE}/1.mp3</feedburner:origEnclosureLink>"),
        (Enclosure(url=f"{SITE}/1.mp3", type="audio/mpeg", length=5),),
    ),
    "of RSS 1.0's module": (
        ('<enc:enclosure xmlns:enc="http://purl.oclc.org/net/rss_2.0/enc#" '
        'resource="/1.mp3" type="audio/mpeg"/>'),
        (MP3,),
    ),
    "a link that no reader may follow": ('<media:content url="javascript:x" medium="audio"/>', ()),
}  # fmt: skip


@pytest.mark.parametrize(("extra", "files"), ENCLOSURES.values(), ids=ENCLOSURES)
def test_the_files_of_an_entry_are_listed_once_with_all_that_is_stated(
    extra: str, files: tuple[Enclosure, ...]
) -> None:
    assert entry_of(extra).enclosures == files


def test_an_atom_entrys_enclosures_are_listed_too() -> None:
    links = (
        '<link rel="enclosure" href="1.mp3" type="audio/mpeg" length="5"/>'
        '<link rel="related" href="2.mp3"/>'
    )

    [one] = parse(an_atom(an_entry(extra=links)), url=URL).entries

    assert one.enclosures == (Enclosure(url=f"{SITE}/news/1.mp3", type="audio/mpeg", length=5),)


def test_a_json_items_attachments_have_length_and_duration() -> None:
    attachment = {"url": "/1.mp3", "size_in_bytes": 5, "duration_in_seconds": 61.5}

    [one] = parse(a_json_feed({"id": "1", "attachments": [attachment]}), url=URL).entries

    assert one.enclosures == (
        Enclosure(url=f"{SITE}/1.mp3", type="audio/mpeg", length=5, duration=61),
    )


IMAGES = {
    "a thumbnail": ('<media:thumbnail url="/t.png"/>', "/t.png"),
    "content before a thumbnail": (
        '<media:thumbnail url="/t.png"/><media:content url="/c.png"/>',
        "/c.png",
    ),
    "the widest": (
        '<media:content url="/a.png" width="140"/><media:content url="/b.png" width="460"/>',
        "/b.png",
    ),
    "the widest thumbnail of a group": (
        (
            '<media:group><media:content url="/v.mp4"/><media:thumbnail url="/a.png" width="100"/>'
            '<media:thumbnail url="/b.png" width="220"/></media:group>'
        ),
        "/b.png",
    ),
    "no avatar by its size": (
        '<media:thumbnail url="/t.png" width="30" height="30"/><itunes:image href="/i.png"/>',
        "/i.png",
    ),
    "no avatar by its address": (
        (
            '<media:content url="https://1.gravatar.com/avatar/1?s=96" medium="image"/>'
            '<media:content url="/c.jpg" medium="image"/>'
        ),
        "/c.jpg",
    ),
    "no pixel": ('<media:content url="/p.gif" width="1" height="1" medium="image"/>', ""),
    "itunes image": ('<itunes:image href="/i.png"/>', "/i.png"),
    "nothing": ('<enclosure url="/1.mp3"/>', ""),
}


@pytest.mark.parametrize(("extra", "image"), IMAGES.values(), ids=IMAGES)
def test_the_picture_that_an_entry_states_is_the_one_worth_looking_at(
    extra: str, image: str
) -> None:
    assert entry_of(extra).image == (f"{SITE}{image}" if image else "")


@pytest.mark.parametrize(
    ("extra", "numbers"),
    [
        ("<itunes:season>3</itunes:season><itunes:episode>12</itunes:episode>", (3, 12)),
        ("<itunes:episode> 12 </itunes:episode>", (0, 12)),
        ("<itunes:episode>twelve</itunes:episode>", (0, 0)),
        ("<itunes:season/>", (0, 0)),
    ],
)
def test_season_and_episode_are_whole_numbers(extra: str, numbers: tuple[int, int]) -> None:
    one = entry_of(extra)

    assert (one.season, one.episode) == numbers


@pytest.mark.parametrize(
    ("stated", "length"),
    [
        ("3156", 3156), ("52:36", 3156), ("1:02:03", 3723), ("01:02:03.500", 3723), ("90.7", 90),
        ("74:00", 4440), ("1h 2m 3s", 3723), ("62 min", 3720), ("PT1H2M3S", 3723), ("45 sec", 45),
        ("", 0), ("long", 0), ("-5", 0), ("1:2:3:4", 0), ("9" * 30, 0), (None, 0),
    ],
)  # fmt: skip
def test_a_duration_is_read_in_every_form_that_podcasts_write(stated: object, length: int) -> None:
    assert seconds(stated) == length


LONG = "words " * 20
TEXTS = {
    "a caption is no article": (
        (
            "<description>The article.</description>"
            "<media:content><media:description>A caption.</media:description></media:content>"
        ),
        ("The article.", ""),
    ),
    "a caption of another type": (
        (
            "<media:description type='html'>&lt;b&gt;A caption.&lt;/b&gt;</media:description>"
            "<description>The article.</description>"
        ),
        ("The article.", ""),
    ),
    "a caption where there is nothing else": (
        "<media:group><media:description>A video &amp; more.</media:description></media:group>",
        ("A video &amp; more.", ""),
    ),
    "a podcast's plain summary of what is there": (
        (
            "<description>&lt;p&gt;Show notes.&lt;/p&gt;</description>"
            "<itunes:summary>Show notes.</itunes:summary>"
        ),
        ("<p>Show notes.</p>", ""),
    ),
    "a podcast's summary that says more": (
        f"<description>Short.</description><itunes:summary>{LONG}</itunes:summary>",
        ("Short.", LONG.strip()),
    ),
    "a text for Yandex that says more": (
        (
            "<description>Short.</description>"
            f'<yandex:full-text xmlns:yandex="http://news.yandex.ru">{LONG}</yandex:full-text>'
        ),
        ("Short.", LONG.strip()),
    ),
    "a podcast's summary alone": (
        "<itunes:summary><![CDATA[<p>Show <b>notes</b>.</p>]]></itunes:summary>",
        ("<p>Show <b>notes</b>.</p>", ""),
    ),
    "a podcast's summary beside the whole text": (
        (
            f"<description>Short.</description><itunes:summary>{LONG}</itunes:summary>"
            "<content:encoded>&lt;p&gt;Whole.&lt;/p&gt;</content:encoded>"
        ),
        ("Short.", "<p>Whole.</p>"),
    ),
}


@pytest.mark.parametrize(("extra", "texts"), TEXTS.values(), ids=TEXTS)
def test_an_articles_text_is_its_own(extra: str, texts: tuple[str, str]) -> None:
    document = an_rss(an_item(body="", extra=extra)).replace(
        b"<rss ", b'<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    )

    [one] = parse(document, url=URL).entries

    assert (one.summary, one.content) == texts


@pytest.mark.parametrize(
    "document",
    [
        b"<![CDATA[<media:description>x</media:description>]]>",
        b"<!-- <itunes:summary>x</itunes:summary> -->",
        b"<media:descriptions>x</media:descriptions>",
        b"<description>x</description>",
    ],
)
def test_what_only_looks_like_such_an_element_stays(document: bytes) -> None:
    assert set_apart(document) == document
