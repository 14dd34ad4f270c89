"""What stands behind an article: its entry field by field, and the front matter of its file."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from aggregator.core.entry import Enclosure, Origin
from aggregator.core.source import Source
from aggregator.store.database import Database
from tests.core.records import an_output
from tests.store.records import LONG, NOW, an_entry
from tests.web.library import Library

SOURCES = (
    Source(id="paper", url="https://paper.example/", name="The Paper", categories=("资讯",)),
    Source(id="wire", url="https://wire.example/", name="Wire"),
)
OUTPUTS = (
    an_output("news", any=("open*",)),
    replace(an_output("inner", any=("networks*",)), private=True),
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path, OUTPUTS, SOURCES)
    library.server.start()
    yield library
    library.server.stop()


def shown(page: str, name: str) -> str:
    """Give what stands in a box that can be copied."""
    found = re.search(f'(?s)<pre class="source" id="{name}" tabindex="0"><code>(.*?)</code>', page)
    return unescape(found[1]) if found else ""


def test_an_entry_is_shown_field_by_field(library: Library) -> None:
    library.add(
        an_entry(
            "Open <b>networks</b>",
            guid="urn:1",
            authors=("Ann", "李四"),
            tags=("网络",),
            language="en",
            updated=NOW,
            enclosures=(Enclosure(url="https://paper.example/a.mp3", type="audio/mpeg"),),
            origin=Origin(title="Elsewhere"),
            episode=7,
        )
    )

    page = library.page(f"/articles/{library.id('Open <b>networks</b>')}")

    assert json.loads(shown(page, "entry")) == {
        "guid": "urn:1",
        "link": "https://publisher.example/open-<b>networks</b>",
        "title": "Open <b>networks</b>",
        "authors": ["Ann", "李四"],
        "published": "2026-03-02T11:00:00Z",
        "updated": "2026-03-02T12:00:00Z",
        "language": "en",
        "tags": ["网络"],
        "enclosures": [{"url": "https://paper.example/a.mp3", "type": "audio/mpeg"}],
        "origin": {"title": "Elsewhere"},
        "episode": 7,
        "body": "<p>Open <b>networks</b>.</p>",
    }
    assert "网络" in page


def test_front_matter_is_shown_as_the_file_has_it(library: Library) -> None:
    library.add(an_entry("It's open"))
    [path] = library.write_files("link", "matched")
    written = (library.archive / path).read_text("utf-8")

    name = library.id("It's open")
    page = library.page(f"/articles/{name}")

    front_matter = shown(page, "front-matter")
    assert front_matter.startswith("\n---\ntitle: 'It''s open'\n")
    assert front_matter.endswith("\n news: ['open*']\n---\n")
    assert written.startswith(front_matter)
    assert f"<code>{path}</code>" in page


def test_front_matter_tells_of_no_private_output(library: Library) -> None:
    library.add(an_entry("Open networks"))
    [path] = library.write_files("matched")

    page = library.page(f"/articles/{library.id('Open networks')}")

    assert " inner: [" in (library.archive / path).read_text("utf-8")
    assert "inner" not in page
    assert " news: ['open*']" in shown(page, "front-matter")
    assert "of outputs that are not public is left out" in page


def test_a_file_that_is_not_there_is_told(library: Library) -> None:
    library.add(an_entry("First", content=LONG))
    library.add(an_entry("Copy", content=LONG, link="https://wire.example/1"), source="wire")
    first, copy = (f"/articles/{library.id(title)}" for title in ("First", "Copy"))

    assert "It is written in a moment." in library.page(first)
    assert "copies of other articles have none" in library.page(copy)
    [path] = library.write_files()
    (library.archive / path).unlink()
    assert "It is not there any more." in library.page(first)
    (library.archive / path).write_text("no front matter")
    assert "It has no front matter any more." in library.page(first)


def test_a_changed_article_waits_for_its_file(library: Library) -> None:
    library.add(an_entry("First"))
    library.write_files()
    library.add(an_entry("First, mended", guid="first"))

    page = library.page(f"/articles/{library.id('First, mended')}")

    assert "title: 'First'" in shown(page, "front-matter")
    assert "It is written anew in a moment" in page


@pytest.mark.parametrize("path", ["../secret.md", "paper/link.md"])
def test_no_file_outside_the_archive_is_shown(library: Library, tmp_path: Path, path: str) -> None:
    library.add(an_entry("First"))
    library.write_files()
    (tmp_path / "secret.md").write_text("\n---\ntitle: 'secret'\n---\n")
    (library.archive / "paper" / "link.md").symlink_to(tmp_path / "secret.md")
    with closing(Database(library.path)) as database:
        database.db.execute("UPDATE archive_file SET path = ?", [path])

    page = library.page(f"/articles/{library.id('First')}")

    assert "leads out of the archive" in page
    assert "secret'" not in page
