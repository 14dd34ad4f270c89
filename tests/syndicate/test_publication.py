"""Published files: times of their content, compressed forms that are never of another document."""

import gzip
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.syndicate.publication import Publication
from aggregator.syndicate.versions import Versions, tag_of
from tests.running import contents, snapshot

CHANGED = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNPACK: Mapping[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress}


@pytest.fixture
def publication(tmp_path: Path) -> Publication:
    return Publication(folder=tmp_path / "feeds", versions_folder=tmp_path / "versions")


def modified(publication: Publication) -> set[float]:
    return {path.stat().st_mtime for path in publication.folder.iterdir()}


def unpacked(publication: Publication) -> dict[str, bytes]:
    """Read every file of the folder as what it holds."""
    found = contents(publication.folder)
    return {name: UNPACK.get(Path(name).suffix, bytes)(content) for name, content in found.items()}


def test_a_document_is_written_with_its_compressed_forms(publication: Publication) -> None:
    written = publication.write({"news.rss": b"<rss/>", "news.html": b"page"}.items(), CHANGED)

    assert written == [publication.folder / "news.rss", publication.folder / "news.html"]
    assert unpacked(publication) == {
        **{f"news.rss{ending}": b"<rss/>" for ending in ("", ".gz")},
        **{f"news.html{ending}": b"page" for ending in ("", ".gz")},
    }
    assert modified(publication) == {CHANGED.timestamp()}


def test_a_document_that_says_the_same_is_left_alone(publication: Publication) -> None:
    publication.write({"news.rss": b"<rss/>"}.items(), CHANGED)
    before = snapshot(publication.folder.parent)

    assert publication.write({"news.rss": b"<rss/>"}.items(), CHANGED + timedelta(days=1)) == []
    assert snapshot(publication.folder.parent) == before


@pytest.mark.parametrize("found", [None, b"of something else"])
def test_a_compressed_form_that_is_missing_or_wrong_is_made_again(
    publication: Publication, found: bytes | None
) -> None:
    publication.write({"news.rss": b"<rss/>"}.items(), CHANGED)
    before = snapshot(publication.folder)
    form = publication.folder / "news.rss.gz"
    form.unlink()
    if found is not None:
        form.write_bytes(found)

    publication.write({"news.rss": b"<rss/>"}.items(), CHANGED)

    assert snapshot(publication.folder) == before


def test_what_belongs_to_a_removed_document_goes_as_well(publication: Publication) -> None:
    publication.write({"news.rss": b"<rss/>", "old.rss": b"<rss/>"}.items(), CHANGED)
    (publication.folder / "old.rss").unlink()
    publication.write({"news.rss": b"<rss/>"}.items(), CHANGED)

    left = {path.name for path in publication.folder.parent.rglob("*") if path.is_file()}

    assert left == {"news.rss", "news.rss.gz", "news.rss.json"}


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=-30)])
def test_a_change_without_a_newer_date_moves_the_time_all_the_same(
    publication: Publication, later: timedelta
) -> None:
    publication.write({"news.rss": b"<rss>1</rss>"}.items(), CHANGED)

    publication.write({"news.rss": b"<rss>2</rss>"}.items(), CHANGED + later)

    assert modified(publication) == {CHANGED.timestamp() + 1}


def test_so_many_versions_are_known_and_no_more() -> None:
    documents = [f"<rss><item><guid>1</guid>{n}</item></rss>".encode() for n in range(203)]
    versions = Versions()
    for document in documents:
        versions = versions.followed_by("rss", document)

    newest = tag_of(documents[-1])
    unseen = [versions.unseen(newest, [tag_of(documents[n])]) for n in (0, 2, 3, 201, 202)]

    assert unseen == [None, None, {"1"}, {"1"}, set()]


def test_of_a_document_that_is_being_replaced_nothing_is_said() -> None:
    old, new = (f"<rss><item><guid>{n}</guid></item></rss>".encode() for n in "12")
    versions = Versions().followed_by("rss", old).followed_by("rss", new)

    assert versions.unseen(tag_of(old), [tag_of(old)]) is None
    assert versions.unseen(tag_of(new), [tag_of(old)]) == {"2"}


# Kills itself at the n-th change of a folder: a file put in its place, or taken away.
PROGRAM = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from aggregator.syndicate.publication import Publication

def watch(event, arguments):
    global left
    if event in ("os.rename", "os.remove"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

folder, left, number = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[2]
documents = {f"{name}.rss": f"<rss>{number}</rss>".encode() * 50 for name in "ab"}
sys.addaudithook(watch)
publication = Publication(folder=folder / "feeds", versions_folder=folder / "versions")
publication.write(documents.items(), datetime(2026, 3, 1, tzinfo=UTC))
"""


def test_no_kill_leaves_a_compressed_form_of_another_document(
    publication: Publication, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    publication.write(dict.fromkeys(("a.rss", "b.rss"), b"<rss>0</rss>").items(), CHANGED)
    code, kills = -signal.SIGKILL, 0
    while code == -signal.SIGKILL:
        kills += 1
        command = [sys.executable, "-c", PROGRAM, str(tmp_path), str(kills)]
        code = subprocess.run(command, cwd=pytestconfig.rootpath, check=False).returncode
        found = unpacked(publication)
        documents = {name: body for name, body in found.items() if name.endswith(".rss")}
        forms = {name: body for name, body in found.items() if name.endswith(".gz")}

        assert set(documents) == {"a.rss", "b.rss"}
        assert {name: documents[name[:-3]] for name in forms} == forms

    assert (code, kills > 8, len(found)) == (0, True, 4)
