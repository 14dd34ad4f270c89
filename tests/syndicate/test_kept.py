"""Entries that are taken from the documents in place: the same bytes as if all were made anew."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.article import Article, Copy
from aggregator.core.output import Rule
from aggregator.core.picture_links import PictureLinks
from aggregator.syndicate import kept
from aggregator.syndicate.channel import FORMATS, Channel
from aggregator.syndicate.kept import Kept, keys_of
from aggregator.syndicate.publication import Publication
from aggregator.syndicate.render import render, renew
from tests.syndicate.records import DATE, PAPER, a_channel, an_article

AWKWARD = '<p>&lt;/item&gt;\n  "null"]\n</p><article>\r\n汉字 &#38;</article>'
CHANNEL = a_channel()
NAMES = ("Null", "</item>", "</entry> & more", "四")
SOMETIMES = (
    *(an_article(name, language="en", body=AWKWARD) for name in NAMES),
    an_article("Late", first_seen=DATE + timedelta(hours=1)),
    an_article("Five", language="zh", tags=("one", "two"), summary="Short."),
)
listings = st.lists(st.sampled_from(SOMETIMES), unique=True)


def published(before: Mapping[str, Kept], *articles: Article) -> dict[str, bytes]:
    """Render with what is kept."""
    documents = renew(CHANNEL, articles, keys_of(CHANNEL, articles), before.__getitem__)
    return {kind: document.content for kind, document in documents}


def publication_in(folder: Path) -> Publication:
    return Publication(folder=folder / "feeds", versions_folder=folder / "versions")


def kept_of(folder: Path, channel: Channel, *articles: Article) -> dict[str, Kept]:
    """Publish articles, and read what is kept of that."""
    publication = publication_in(folder)
    keys = keys_of(channel, articles)
    documents = renew(channel, articles, keys, partial(publication.kept, "news"))
    publication.publish("news", documents, keys, DATE)
    return {kind: publication.kept("news", kind) for kind in FORMATS}


NOTHING = dict.fromkeys(FORMATS, Kept())


@given(listings, listings)
def test_what_is_kept_gives_the_bytes_that_all_anew_would(
    before: list[Article], after: list[Article]
) -> None:
    keys = keys_of(CHANNEL, before)
    documents = dict(renew(CHANNEL, before, keys, NOTHING.__getitem__))
    places = kept.written(
        {kind: kept.places_in(one, keys.values()) for kind, one in documents.items()}
    )
    contents = {kind: document.content for kind, document in documents.items()}
    found = {kind: kept.fitting(places, kind, content) for kind, content in contents.items()}

    assert contents == render(CHANNEL, before)
    assert published(found, *after) == render(CHANNEL, after)


def test_entries_of_documents_in_place_are_taken_from_there() -> None:
    article = an_article()
    (key,) = keys_of(CHANNEL, [article]).values()
    before = dict.fromkeys(FORMATS, Kept(document=b"<what stands there>", places={key: (1, 4)}))

    documents = published(before, article)

    assert [kind for kind, document in documents.items() if b"what" in document] == [*FORMATS]


@pytest.mark.parametrize(
    "fields",
    [
        {"body": "<p>Body!</p>"},
        {"title": "Two"},
        {"updated": DATE + timedelta(hours=1)},
        {"also": (Copy(source="x", link="", title=""),)},
    ],
)
def test_the_key_of_an_article_that_is_another_is_another(fields: dict[str, Any]) -> None:
    article = an_article()
    changed = replace(article, **fields)

    assert keys_of(CHANNEL, [changed])[article.id] != keys_of(CHANNEL, [article])[article.id]


@pytest.mark.parametrize(
    "channel",
    [
        a_channel(source="The Journal"),
        a_channel(entry_title="{source}: {title}"),
        replace(CHANNEL, matched={an_article().id: ("term",)}),
        replace(CHANNEL, public_url="https://other.example"),
        replace(CHANNEL, token="secret"),
        replace(CHANNEL, sources={"paper": replace(PAPER, allow_private=True)}),
        replace(CHANNEL, picture_links=PictureLinks("key", "https://news.example")),
    ],
)
def test_the_key_is_another_where_the_output_shows_the_article_otherwise(channel: Channel) -> None:
    assert keys_of(channel, [an_article()]) != keys_of(CHANNEL, [an_article()])


def test_the_key_is_the_same_whatever_else_the_rule_asks_for() -> None:
    rule = Rule(sources=frozenset({"paper", "journal"}), any=("harbour",))
    ruled = replace(CHANNEL, output=replace(CHANNEL.output, rule=rule))

    assert keys_of(ruled, [an_article()]) == keys_of(CHANNEL, [an_article()])


def test_a_name_of_another_place_makes_another_key() -> None:
    article = an_article(also=(Copy(source="journal", link="https://j.example/", title="One"),))
    named = replace(CHANNEL, sources={**CHANNEL.sources, "journal": replace(PAPER, name="J")})

    assert keys_of(named, [article]) != keys_of(CHANNEL, [article])


def test_entries_are_found_in_what_was_published(tmp_path: Path) -> None:
    found = kept_of(tmp_path, CHANNEL, an_article("One"), an_article("Two"))

    keys = keys_of(CHANNEL, [an_article("Two")])
    entries = {kind: found[kind].entries(keys) for kind in FORMATS}

    assert [len(entries[kind]) for kind in FORMATS] == [1, 1, 1, 1]
    assert all(b"Two" in entry for one in entries.values() for entry in one.values())


@pytest.mark.parametrize("places", [b"[]", b'{"rss": ["", [[]]]}', b'{"rss"', None])
def test_broken_places_are_not_used(tmp_path: Path, places: bytes | None) -> None:
    kept_of(tmp_path, CHANNEL, an_article())
    path = tmp_path / "versions/news.kept"

    path.unlink() if places is None else path.write_bytes(places)

    assert publication_in(tmp_path).kept("news", "rss") == Kept()


@pytest.mark.parametrize("document", [b"another", None])
def test_places_in_another_document_are_not_used(tmp_path: Path, document: bytes | None) -> None:
    kept_of(tmp_path, CHANNEL, an_article())
    path = tmp_path / "feeds/news.rss"

    path.unlink() if document is None else path.write_bytes(document)

    assert publication_in(tmp_path).kept("news", "rss") == Kept()


def test_places_of_an_output_that_is_removed_go_as_well(tmp_path: Path) -> None:
    kept_of(tmp_path, CHANNEL, an_article())

    publication_in(tmp_path).remove("news", FORMATS)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
