"""What becomes of a feeds.toml that is read again."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.config.change import Change
from aggregator.config.load import load, load_text
from aggregator.core.in_force import InForce
from aggregator.daemon.notify import Notifier
from aggregator.daemon.reload import Reloader
from aggregator.errors import StoreError
from tests.running import until

GOOD = '[sources.paper]\nurl = "https://paper.example/feed"\n'
MORE = f'{GOOD}[sources.other]\nurl = "https://other.example/feed"\n'
SETTINGS = "[service]\ncontact = 'me@example.org'\n"
START = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Room:
    """A reloader on a real file, and what it told and handed over."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "feeds.toml"
        self.file.write_text(GOOD)
        self.now = START
        self.told: list[InForce] = []
        self.taken_up: list[Change] = []
        self.refusals: list[Exception] = []
        self.reloader = Reloader(
            config=load(self.file),
            load=lambda: load(self.file),
            take_up=self._take_up,
            tell=self.told.append,
            notifier=Notifier(""),
            clock=lambda: self.now,
            again_seconds=0.05,
        )

    def _take_up(self, change: Change) -> None:
        if self.refusals:
            raise self.refusals.pop()
        self.taken_up.append(change)

    def reload(self, text: str, *, is_quiet: bool = False) -> InForce:
        self.now += timedelta(minutes=1)
        self.file.write_text(text)
        self.reloader.reload(is_quiet=is_quiet)
        return self.told[-1]


@pytest.fixture
def place(tmp_path: Path) -> Room:
    return Room(tmp_path)


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [f"{one.levelname} {one.getMessage()}" for one in caplog.records]


def test_a_good_file_is_handed_over_as_a_difference_and_holds(
    place: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    told = place.reload(MORE)

    assert [one.sources.added for one in place.taken_up] == [("other",)]
    assert place.reloader.config == place.taken_up[0].applied
    assert told == InForce(since=START + timedelta(minutes=1))
    assert logged(caplog) == ['INFO reload changed="1 source added: other"']


def test_a_bad_file_leaves_the_last_good_one_and_a_good_one_clears_that(
    place: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    bad = place.reload(f"{GOOD}intervall = 3\n")
    good = place.reload(f"# mended\n{GOOD}")

    assert bad.since == good.since == START
    assert [one.partition(";")[0] for one in bad.problems] == [
        "line 3: sources.paper.intervall: is not known"
    ]
    assert good.problems == ()
    assert place.taken_up == []
    error, info = logged(caplog)
    assert error.startswith('ERROR reload error="line 3: sources.paper.intervall: is not known; ')
    assert error.endswith('hint="mend the file, then run `aggregator check`"')
    assert info == "INFO reload changed=nothing"


@pytest.mark.parametrize("left", ["", "# all of it is gone\n", SETTINGS])
def test_a_file_that_names_nothing_any_more_is_not_taken_up(
    place: Room, caplog: pytest.LogCaptureFixture, left: str
) -> None:
    emptied = place.reload(left)
    again = place.reload(MORE)

    assert emptied.problems == ("there is no source and no output in it any more",)
    assert emptied.hint == "put back what it said; to begin anew, restart the daemon"
    assert (again.problems, again.hint) == ((), "")
    assert [list(one.sources.added) for one in place.taken_up] == [["other"]]
    assert 'hint="put back what it said; to begin anew, restart the daemon"' in logged(caplog)[0]


def test_one_that_named_nothing_before_may_do_so_again(place: Room) -> None:
    place.reloader.config = load_text(place.file, "")

    assert place.reload(SETTINGS).problems == ()
    assert len(place.taken_up) == 1


def test_no_secret_in_a_problem_is_told(place: Room) -> None:
    told = place.reload('[service]\npublic_url = "ftp://me:hidden@h.example/?token=hidden"\n')

    assert "ftp://h.example/?token=…" in told.problems[0]
    assert "hidden" not in str(told.problems)


def test_of_many_problems_the_log_tells_the_first(
    place: Room, caplog: pytest.LogCaptureFixture
) -> None:
    told = place.reload("".join(f"[one{number}]\n" for number in range(5)))

    assert len(told.problems) == 5
    assert "; and 2 more" in logged(caplog)[0]


def test_what_cannot_be_taken_up_is_told_and_tried_again_by_itself(place: Room) -> None:
    place.refusals = [StoreError("the database cannot be written: full", "make room")]
    place.file.write_text(MORE)  # before it is watched: nothing but the failure has it tried again
    with place.reloader.running(threading.Event()):
        until(lambda: place.taken_up, "it is taken up after all")
        until(lambda: not place.told[-1].problems, "nothing stands against it any more")

    assert ("the database cannot be written: full",) in [one.problems for one in place.told]
    assert len(place.taken_up) == 1


def test_a_mistake_of_ours_leaves_the_last_good_one(
    place: Room, caplog: pytest.LogCaptureFixture
) -> None:
    place.refusals = [ZeroDivisionError("oh")]
    told = place.reload(MORE)

    assert told.problems == ("a mistake of the program: oh",)
    assert place.reloader.config.source("other") is None
    assert logged(caplog)[0] == "ERROR fault during=reload"


def test_what_was_written_while_it_started_is_taken_up_without_a_word_about_nothing(
    place: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    place.reload(GOOD, is_quiet=True)
    assert logged(caplog) == []

    place.reload(MORE, is_quiet=True)
    assert len(place.taken_up) == 1


def test_nothing_is_taken_up_any_more_once_the_daemon_is_about_to_end(place: Room) -> None:
    ending = threading.Event()
    with place.reloader.running(ending):
        until(lambda: len(place.told) >= 2, "the first look is over")
        ending.set()
        place.file.write_text(MORE)
        for _ in range(2):  # when the second is heard, the first is dealt with
            place.reloader.ask()
            until(lambda: not place.reloader._asked.is_set(), "it is heard")

    assert place.taken_up == []
