"""A reader sees the old or the new whole file, whatever happens while it is written."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from aggregator.errors import FileError
from aggregator.syndicate.files import Replacement, write_if_changed
from tests.running import contents, snapshot


def test_a_new_file_and_its_folder_are_made(tmp_path: Path) -> None:
    path = tmp_path / "public" / "feeds" / "a.rss"

    assert write_if_changed(path, b"new") is True
    assert contents(tmp_path) == {"public/feeds/a.rss": b"new"}


def test_a_file_of_the_folder_one_is_in_needs_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert write_if_changed(Path("file"), b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_changed_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.rss"
    path.write_bytes(b"old")

    assert write_if_changed(path, b"new") is True
    assert contents(tmp_path) == {"a.rss": b"new"}


def test_a_file_that_says_the_same_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a.rss"
    write_if_changed(path, b"same")
    before = snapshot(tmp_path), path.stat().st_ino

    assert write_if_changed(path, b"same") is False
    assert (snapshot(tmp_path), path.stat().st_ino) == before


def test_a_file_can_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "a.rss"
    mask = os.umask(0o022)
    try:
        write_if_changed(path, b"x")
    finally:
        os.umask(mask)

    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_who_reads_while_a_file_is_replaced_keeps_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.rss"
    write_if_changed(path, b"old" * 1000)
    with path.open("rb") as reader:
        begun = reader.read(3)
        write_if_changed(path, b"new" * 1000)

        assert begun + reader.read() == b"old" * 1000


@pytest.mark.parametrize("count", [1, 5, 100])
def test_many_files_are_replaced_at_once(tmp_path: Path, count: int) -> None:
    with Replacement(tmp_path) as files:
        for number in range(count):
            files.stage(tmp_path / f"{number}.md", f"{number}".encode())
        before = [path.name for path in tmp_path.glob("*.md")]

    assert before == []
    assert contents(tmp_path) == {f"{number}.md": f"{number}".encode() for number in range(count)}


@pytest.mark.parametrize("count", [1, 100])
def test_an_error_before_the_end_leaves_everything_as_it_was(tmp_path: Path, count: int) -> None:
    (tmp_path / "0.md").write_bytes(b"old")

    def half_done() -> None:
        with Replacement(tmp_path) as files:
            for number in range(count):
                files.stage(tmp_path / f"{number}.md", b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half_done()

    assert contents(tmp_path) == {"0.md": b"old"}


def test_an_error_between_the_renames_leaves_whole_files(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()  # a file cannot take its place
    for name in "ac":
        (tmp_path / name).write_bytes(b"old")

    def replace_all() -> None:
        with Replacement(tmp_path) as files:
            for name in "abc":
                files.stage(tmp_path / name, b"new")

    with pytest.raises(OSError, match="irectory"):
        replace_all()

    assert contents(tmp_path) == {"a": b"new", "c": b"old"}


def test_the_temp_files_of_a_killed_process_are_swept(tmp_path: Path) -> None:
    process = os.fork()
    if process == 0:  # the child is gone before anything is in place, as by kill -9
        Replacement(tmp_path).__enter__().stage(tmp_path / "a.rss", b"half")
        os._exit(0)
    os.waitpid(process, 0)
    left = [path.name for path in tmp_path.iterdir()]

    write_if_changed(tmp_path / "a.rss", b"whole")

    assert left == [f".{process}-0.tmp"]
    assert contents(tmp_path) == {"a.rss": b"whole"}


def test_so_are_those_of_one_whose_end_its_parent_has_not_noticed_yet(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # a zombie until it is waited for
        (tmp_path / f".{process.pid}-0.tmp").write_bytes(b"half")

        write_if_changed(tmp_path / "a.rss", b"new")

        assert contents(tmp_path) == {"a.rss": b"new"}


def test_the_temp_files_of_a_living_process_are_left(tmp_path: Path) -> None:
    other = tmp_path / f".{os.getppid()}-0.tmp"
    other.write_bytes(b"somebody else's")

    write_if_changed(tmp_path / "a.rss", b"mine")

    assert contents(tmp_path) == {other.name: b"somebody else's", "a.rss": b"mine"}


def test_a_temp_file_is_not_written_through_a_planted_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / f".{os.getpid()}-0.tmp").symlink_to(outside)

    with pytest.raises(FileError):
        write_if_changed(folder / "a.rss", b"x")

    assert outside.read_bytes() == b"precious"


def test_a_link_at_the_target_is_replaced_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    target = tmp_path / "a.rss"
    target.symlink_to(outside)

    write_if_changed(target, b"x")

    assert (outside.read_bytes(), target.is_symlink(), target.read_bytes()) == (
        b"precious",
        False,
        b"x",
    )


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "feeds").write_text("in the way")
    path = tmp_path / "feeds" / "a.rss"

    with pytest.raises(FileError) as told:
        write_if_changed(path, b"x")

    assert told.value.what == f"{path} cannot be written: Not a directory"
    assert told.value.hint
