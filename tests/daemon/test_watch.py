"""A file that is watched is written, moved, linked and taken away."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aggregator.daemon.watch import FileWatch
from tests.running import until


class Heard:
    """How often it was told that the file says something else."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1

    def wait(self, times: int = 1) -> None:
        until(lambda: self.times >= times, f"it is told {times} times", 15)


@contextmanager
def watching(watch: FileWatch) -> Iterator[Heard]:
    heard, stop = Heard(), threading.Event()
    thread = threading.Thread(target=watch.run, args=(heard, stop))
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "conf").mkdir()
    file = tmp_path / "conf" / "feeds.toml"
    file.write_text("one")
    return file


def in_place(file: Path) -> None:
    file.write_text("two")


def by_another(file: Path) -> None:
    other = file.with_name("new")
    other.write_text("two")
    other.replace(file)


def taken_away_and_made_anew(file: Path) -> None:
    file.unlink()
    file.write_text("two")


@pytest.mark.parametrize("edit", [in_place, by_another, taken_away_and_made_anew])
def test_each_way_to_write_is_told_once(file: Path, edit: Callable[[Path], None]) -> None:
    with watching(FileWatch(file)) as heard:
        edit(file)
        heard.wait()
        in_place(file)  # the same words once more
        file.write_text("three")
        heard.wait(2)

    assert heard.times == 2


def test_what_was_written_before_it_runs_is_told(file: Path) -> None:
    watch = FileWatch(file)
    file.write_text("two")
    with watching(watch) as heard:
        heard.wait()

    assert heard.times == 1


def test_neither_another_file_nor_the_same_words_are_told(file: Path) -> None:
    with watching(FileWatch(file)) as heard:
        file.with_name(".feeds.toml.swp").write_text("something")
        file.touch()
        file.chmod(0o600)
        file.write_text("two")
        heard.wait()

    assert heard.times == 1


def test_a_file_behind_a_link_elsewhere_is_told(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    with watching(FileWatch(link)) as heard:
        file.write_text("two")
        heard.wait()


@pytest.mark.slow
def test_a_folder_that_is_a_link_and_leads_elsewhere_is_told(file: Path, tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "feeds.toml").write_text("two")
    link = tmp_path / "current"
    link.symlink_to(file.parent)
    with watching(FileWatch(link / "feeds.toml")) as heard:
        (tmp_path / "new").symlink_to(tmp_path / "next")
        (tmp_path / "new").replace(link)
        heard.wait()


@pytest.mark.slow
def test_a_folder_that_goes_and_comes_back_is_told_of_in_the_log_and_watched_on(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with watching(FileWatch(file)) as heard:
        shutil.rmtree(file.parent)
        heard.wait()
        until(lambda: "cannot be watched" in caplog.text, "the log says so", 15)
        file.parent.mkdir()
        file.write_text("two")
        heard.wait(2)

    assert [one.getMessage().partition(" ")[0] for one in caplog.records] == ["watch"]


def test_it_ends_promptly_while_nothing_happens(file: Path) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=FileWatch(file).run, args=(Heard(), stop))
    thread.start()
    stop.set()
    thread.join(2)

    assert not thread.is_alive()
