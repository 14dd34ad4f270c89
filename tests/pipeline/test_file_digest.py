"""Article files become articles again, whoever wrote them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core.article import Article
from aggregator.core.entry import Enclosure, Entry, Origin
from aggregator.core.frontmatter import OPTIONAL_KEYS, STYLES, article_file, render
from aggregator.core.source import DatePolicy, Source
from aggregator.core.text import one_line, storable
from aggregator.core.urls import UrlRules
from aggregator.ingest.sanitize import clean
from aggregator.pipeline.file_digest import ReadFile, read_files
from tests.core.records import a_source, article

RULES = UrlRules(drop=("utm_*",))
NOW = datetime(2026, 6, 1, tzinfo=UTC)
PAPER = a_source("paper", categories=("a", "b"), future_dates=DatePolicy.KEEP)


def read(text: str, *sources: Source, default: Source | None = None) -> ReadFile:
    content = text.encode()
    return read_files([content], sources or (PAPER,), default, (), RULES, NOW)[0]


def imported(text: str, *sources: Source, default: Source | None = None) -> Article:
    found = read(text, *sources, default=default)
    assert found.candidate is not None, found.fault
    return found.candidate.article


words = st.text(st.characters(codec="utf-8"), max_size=20).map(lambda text: storable(text))
lines = words.map(lambda text: one_line(text.replace("<", "‹")))
links = st.sampled_from(["", "https://publisher.example/a?b=c&d='e'", "http://x.example/%7Bx%7D"])
markup = st.one_of(
    words,
    st.sampled_from(
        [
            "<p>{{ x }} {% raw %}</p>\n\n  \n<p>b</p>  \n</div>\n            ",
            '<img src="https://x.example/i.png"><script>x</script>\r\n--- \n---\n',
            "<div>   \ntext  \n</div>\n            ",
        ]
    ),
).map(lambda text: clean(text, ""))
dates = st.integers(10**9, 2 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
entries = st.builds(
    Entry,
    guid=lines,
    link=links,
    title=lines,
    summary=markup,
    content=markup,
    image=links,
    language=st.sampled_from(["", "en", "zh-CN"]),
    authors=st.lists(lines.filter(bool), max_size=2).map(tuple),
    tags=st.lists(lines.filter(bool), max_size=2).map(tuple),
    enclosures=st.lists(
        st.builds(
            Enclosure,
            url=links.filter(bool),
            type=st.sampled_from(["", "audio/mpeg", 'audio/ogg; codecs="a b"']),
            length=st.integers(0, 1 << 40),
            duration=st.integers(0, 9999),
        ),
        max_size=2,
    ).map(tuple),
    origin=st.none() | st.builds(Origin, title=lines.filter(bool), url=links, link=links),
    season=st.integers(0, 9),
    episode=st.integers(0, 9),
    published=st.none() | dates,
    updated=st.none() | dates,
)


@settings(max_examples=50)
@given(entries, dates, st.sampled_from(STYLES))
def test_with_all_keys_an_article_is_equal_after_a_way_through_its_file(
    entry: Entry, seen_at: datetime, style: str
) -> None:
    before = article(entry, source=PAPER, seen_at=seen_at)

    file = render(article_file(before, PAPER, OPTIONAL_KEYS), style)

    assert imported(file) == before


@settings(max_examples=50)
@given(entries)
def test_without_any_key_the_words_the_picture_and_the_date_are_kept(entry: Entry) -> None:
    before = article(entry, source=PAPER)

    after = imported(render(article_file(before, PAPER)))

    kept = ("title", "body", "source", "date")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert after.image == before.image or not before.image


def test_the_hash_of_an_article_whose_text_is_from_its_page_is_kept() -> None:
    before = replace(article(Entry(title="t", content="x"), source=PAPER), body="<p>whole</p>")

    file = render(article_file(before, PAPER, OPTIONAL_KEYS))

    assert f"content_hash: '{before.content_hash.hex()}'" in file
    assert imported(file).content_hash == before.content_hash


def a_file(**fields: str) -> str:
    stated = {"title": "T", "author": "paper", "date": "2026-03-02 12:00", **fields}
    head = "".join(f"{key}: {value}\n" for key, value in stated.items())
    return f"\n---\n{head}---\n\n<p>body</p>"


TWINS = (
    Source(id="one", url="https://one.example/", name="36kr", categories=("资讯",)),
    Source(id="two", url="https://two.example/", name="36kr", categories=("快讯",)),
)


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"source": "two"}, "two"),
        ({"source": "gone"}, "gone"),
        ({"author": "36kr", "categories": "\n - 快讯"}, "two"),
        ({"author": "nobody"}, "fallback"),
        ({"author": "36kr", "categories": "\n - 别的"}, "fallback"),
    ],
)
def test_the_source_is_told_by_its_key_then_by_name_and_categories(
    fields: dict[str, str], source: str
) -> None:
    default = a_source("fallback")

    assert imported(a_file(**fields), *TWINS, default, default=default).source == source


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (a_file(author="nobody"), "no source is named 'nobody'; say whose it is with --source"),
        (a_file(author="''"), "it names no source or author; say whose it is with --source"),
        (
            a_file(author="36kr"),
            "'36kr' is the name of several sources (one, two); say which with --source",
        ),
        (a_file(source="../../x"), "its source '../../x' can be no key of feeds.toml"),
        (
            a_file(source="one", date="someday"),
            "its date 'someday' cannot be read; write it like 2026-03-02T12:00:00Z",
        ),
        ("\n---\nsource: one\n---\n", "it has neither title nor text"),
        ("text", "not an article file: no front matter between two lines of ---"),
        ("---\nx: " + "[" * 9999 + "\n---\n", "the front matter is not YAML"),
    ],
)
def test_a_file_that_says_too_little_is_refused_in_words(text: str, fault: str) -> None:
    assert read(text, *TWINS).fault.startswith(fault)


def test_a_file_in_another_encoding_is_refused_in_words() -> None:
    content = "---\ntitle: 互联互通\n---\n".encode("gb18030")

    assert read_files([content], (), None, (), UrlRules(), NOW) == [
        ReadFile(fault="not UTF-8 text (byte 11)")
    ]


def test_what_acts_in_a_foreign_file_is_taken_out() -> None:
    file = a_file(title="'<script>x</script>T'", link="javascript:x", headimg="data:x")

    found = imported(file.replace("<p>", "<script>alert(1)</script><p onclick=x>"))

    assert (found.title, found.link, found.image, found.body) == ("T", "", "", "\n<p>body</p>")


def test_a_time_without_zone_is_in_the_zone_of_the_source() -> None:
    source = a_source("paper", timezone="Asia/Shanghai")

    assert imported(a_file(), source).published == datetime(2026, 3, 2, 4, tzinfo=UTC)


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm() -> None:
    assert imported("\ufeff" + a_file().lstrip().replace("\n", "\r\n")).title == "T"


def test_keys_of_others_are_named() -> None:
    assert read(a_file(matched="x", toc="x", layout="post")).ignored == ("toc", "layout")


def test_a_body_is_kept_although_its_source_strips_tracking() -> None:
    source = a_source("paper", strip_tracking=True)
    body = '<a href="https://a.example/?utm_source=x">a</a>'

    assert imported(a_file().replace("<p>body</p>", body), source).body == f"\n{body}"
