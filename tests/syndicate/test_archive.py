"""Article files: each has its own place below the archive, whatever titles say."""

import unicodedata
from pathlib import Path

import pytest

from aggregator.core.frontmatter import read
from aggregator.errors import AggregatorError
from aggregator.syndicate.archive import Archive, article_path, slug
from tests.running import contents
from tests.syndicate.records import PAPER, an_article

TEMPLATE = "{source}/{year}/{month}/{date}-{slug}-{id}.md"
HOSTILE = [
    "../../x",
    "/etc/x",
    "a\0b",
    "CON",
    "nul.txt",
    "长" * 100,
    "x" * 300,
    unicodedata.normalize("NFC", "é"),
    unicodedata.normalize("NFD", "é"),
    "Case",
    "cASE",
    ".",
    "..",
    "",
    "   ",
    "-rf",
    "a\nb: c",
    "{id}{0.__class__}",
    "%s%n",
    "\u202egnp.exe",
    "😀",
]


def store(archive: Archive, name: str, path: str = "", **fields: object) -> str:
    with archive.replacement() as files:
        return archive.stage(files, an_article(name, **fields), PAPER, path)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive", TEMPLATE, ())


def test_a_path_is_made_of_source_date_title_and_id() -> None:
    article = an_article("Hello, World! 互联互通")

    assert article_path(TEMPLATE, article) == (
        f"paper/2026/03/2026-03-02-hello-world-互联互通-{article.id}.md"
    )


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("../../x", "x"),
        ("/etc/passwd", "etc-passwd"),
        ("a\0b", "a-b"),
        ("CON", "con"),
        (".", "article"),
        ("..", "article"),
        ("", "article"),
        ("Straße & Co.", "strasse-co"),
        ("e\u0301", "\u00e9"),
        ("长" * 100, "长" * 20),
        ("a" * 59 + "长", "a" * 59),
        ("__init__", "init"),
    ],
)
def test_a_title_becomes(title: str, expected: str) -> None:
    assert slug(title) == expected


@pytest.mark.parametrize("title", HOSTILE, ids=lambda title: ascii(title[:20]))
def test_a_hostile_title_stays_in_its_folder(archive: Archive, tmp_path: Path, title: str) -> None:
    path = store(archive, title)

    (written,) = contents(tmp_path)
    assert written == f"archive/{path}"
    assert Path(path).parent == Path("paper/2026/03")
    assert len(Path(path).name.encode()) <= 120
    assert Path(path).name.isprintable()


def test_no_two_articles_share_a_file_even_where_names_ignore_case(archive: Archive) -> None:
    paths = [store(archive, title) for title in HOSTILE]

    assert len({unicodedata.normalize("NFC", path).casefold() for path in paths}) == len(HOSTILE)
    assert len(contents(archive.root)) == len(HOSTILE)


@pytest.mark.parametrize(
    "title", [one for one in HOSTILE if "\0" not in one], ids=lambda title: ascii(title[:20])
)
def test_a_hostile_title_is_read_back_from_its_file(archive: Archive, title: str) -> None:
    path = store(archive, title)

    assert read((archive.root / path).read_text()).title == title


def test_a_new_title_does_not_move_the_file(archive: Archive) -> None:
    path = store(archive, "Old")

    again = store(archive, "New", path)

    assert again == path
    assert list(contents(archive.root)) == [path]
    assert read((archive.root / path).read_text()).title == "New"


def test_nothing_is_written_through_a_planted_folder(archive: Archive, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    archive.root.mkdir()
    (archive.root / "paper").symlink_to(outside)

    with pytest.raises(AggregatorError, match="leads out of the archive"):
        store(archive, "One")

    assert list(outside.iterdir()) == []


def test_nothing_is_written_through_a_planted_file(archive: Archive, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    target = archive.root / article_path(TEMPLATE, an_article("One"))
    target.parent.mkdir(parents=True)
    target.symlink_to(outside)

    store(archive, "One")

    assert (outside.read_text(), target.is_symlink()) == ("precious", False)


def test_an_archive_may_itself_be_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "archive").symlink_to(tmp_path / "disk")

    path = store(Archive(tmp_path / "archive", TEMPLATE, ()), "One")

    assert (tmp_path / "disk" / path).is_file()


def test_optional_keys_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    archive = Archive(tmp_path, "{id}.md", ("link", "tags"))

    path = store(archive, "One", tags=("a", "b"))

    assert read((tmp_path / path).read_text()).extra == (
        ("link", ("https://paper.example/one",)),
        ("tags", ("a", "b")),
    )
