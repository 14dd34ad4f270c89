"""Log lines: three forms of the same events, and nobody else's words among them."""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import log
from aggregator.core.source import public_url

LOGGER = logging.getLogger("aggregator.test")
HOSTILE = [
    "a\n2026-03-02 12:00:00,000 INFO poll source=forged",
    "a\r\nINFO poll source=forged",
    "a\x0bb\x0cc\x1cd\x1de\x1ef\x85g\u2028h\u2029i",
    "\x1b[2J\x1b[31mred\x9b31m",
    "a\x00b\x08c\x7fd",
    "\u202egnp.exe",
    "lone \ud800 half",
    "<0>a\n<0>b",
    '" status=ok x="',
]


class Written:
    """What was written to standard error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.stream = path.open("w", encoding="utf-8", errors="backslashreplace")

    def set_up(self, **options: Any) -> None:
        """Have the log written here."""
        log.set_up(**{"level": logging.INFO, "stream": self.stream, **options})

    @property
    def text(self) -> str:
        self.stream.flush()
        return self._path.read_text("utf-8")

    @property
    def lines(self) -> list[str]:
        """Cut as the most eager reader would."""
        return self.text.splitlines()


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    names = ("aggregator", "apscheduler", "asyncio", "py.warnings", "uvicorn")
    loggers = [logging.getLogger(name) for name in names]
    before = [(one, one.handlers[:], one.propagate, one.level) for one in loggers]
    written = Written(tmp_path / "stderr")
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    yield written
    for logger, handlers, propagate, level in before:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)
    written.stream.close()


def into_the_journal(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    status = os.fstat(written.stream.fileno())
    monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")


def a_poll(error: str = "") -> None:
    log.event(LOGGER, "poll", source="lwn", new=3, seconds=0.5, changed=None, error=error)


def fail(what: str) -> None:
    try:
        raise ValueError(what)
    except ValueError:
        log.fault(LOGGER, "poll", source="lwn")


def test_a_line_of_text_has_date_level_event_and_fields(written: Written) -> None:
    written.set_up()
    a_poll("not found")

    (line,) = written.lines
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO "
        r'poll source=lwn new=3 seconds=0\.50 error="not found"',
        line,
    )


def test_a_line_of_json_has_the_fields_as_they_are(written: Written) -> None:
    written.set_up(form="json")
    a_poll('互联互通 "quoted"')

    (line,) = written.lines
    told = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told.pop("time"))
    assert told == {
        "level": "info",
        "event": "poll",
        "source": "lwn",
        "new": 3,
        "seconds": 0.5,
        "error": '互联互通 "quoted"',
        "logger": "aggregator.test",
    }


def test_the_journal_gets_priorities_and_no_date(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    into_the_journal(written, monkeypatch)
    written.set_up(level=logging.DEBUG)
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        log.event(LOGGER, "store", level=level)

    assert written.lines == [
        "<7>DEBUG store",
        "<6>INFO store",
        "<4>WARNING store",
        "<3>ERROR store",
        "<2>CRITICAL store",
    ]


def test_json_in_the_journal_has_the_priority_before_it(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    into_the_journal(written, monkeypatch)
    written.set_up(form="json")
    a_poll()

    (line,) = written.lines
    assert line[:3] == "<6>"
    assert json.loads(line[3:])["event"] == "poll"


def test_another_stream_than_the_journals_gets_dates(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "1:2")
    written.set_up()
    a_poll()

    assert written.text[:2] == "20"


@pytest.mark.parametrize("form", log.FORMS)
@pytest.mark.parametrize("is_journal", [False, True], ids=["stream", "journal"])
@pytest.mark.parametrize("error", HOSTILE, ids=range(len(HOSTILE)))
def test_what_a_feed_says_is_one_line_and_moves_nothing(
    form: str, is_journal: bool, error: str, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_journal:
        into_the_journal(written, monkeypatch)
    written.set_up(form=form)
    a_poll(error)

    (line,) = written.lines
    assert "poll" in line
    assert re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e]", line) is None


@given(st.text(max_size=40), st.sampled_from(log.FORMS))
def test_any_text_is_one_line(text: str, form: str) -> None:
    record = logging.LogRecord(
        "aggregator.test", logging.INFO, "", 0, log.Event("poll", {"error": text}), (), None
    )
    line = log.formatter(form).format(record)

    assert len(line.splitlines()) == 1
    if form == "json":
        assert json.loads(line)["error"] == text


def test_a_quote_in_a_value_cannot_begin_another_field(written: Written) -> None:
    written.set_up()
    a_poll('" status=ok x="')

    assert written.text.rstrip().endswith("error=\"' status=ok x='\"")


def test_a_traceback_is_indented_below_its_line(written: Written) -> None:
    written.set_up()
    fail("first\n2026-03-02 12:00:00,000 INFO poll source=forged\x1b[2J")

    first, *others = written.lines
    assert first.endswith("ERROR fault during=poll source=lwn")
    assert others[0] == "    Traceback (most recent call last):"
    assert others[-1] == "    2026-03-02 12:00:00,000 INFO poll source=forged\\u001b[2J"
    assert [line for line in others if not line.startswith("    ")] == []


def test_each_line_of_a_traceback_has_the_priority_in_the_journal(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    into_the_journal(written, monkeypatch)
    written.set_up()
    fail("first\n<0>second")

    assert {line[:3] for line in written.lines} == {"<3>"}


def test_a_traceback_is_a_member_in_json(written: Written) -> None:
    written.set_up(form="json")
    fail("first\nsecond")

    (line,) = written.lines
    assert json.loads(line)["traceback"].splitlines()[-2:] == ["ValueError: first", "second"]


def test_secrets_in_the_addresses_of_a_traceback_are_left_out(written: Written) -> None:
    written.set_up(redact=public_url)
    fail("cannot reach https://me:hunter2@paper.example/feed?token=hunter2")

    assert "cannot reach https://paper.example/feed?token=…" in written.text
    assert "hunter2" not in written.text


SPEAKERS: list[tuple[str, Callable[[logging.Logger], None], int]] = [
    ("uvicorn.error", lambda one: one.warning("Invalid HTTP request received."), 1),
    ("apscheduler.scheduler", lambda one: one.error("a job failed"), 1),
    ("apscheduler.scheduler", lambda one: one.warning("a job is late"), 0),
    ("urllib3.connectionpool", lambda one: one.warning("url=%s", "https://u:hunter2@x/"), 0),
    ("trafilatura.core", lambda one: one.error("a document said something"), 0),
]


@pytest.mark.parametrize(("name", "speak", "lines"), SPEAKERS, ids=range(len(SPEAKERS)))
def test_of_libraries_only_those_that_work_for_us_are_heard(
    name: str, speak: Callable[[logging.Logger], None], lines: int, written: Written
) -> None:
    written.set_up()
    speak(logging.getLogger(name))

    assert len(written.lines) == lines


UNFORESEEN = """
import threading, warnings
from aggregator.cli.run import watch

watch(form="json")
thread = threading.Thread(target=lambda: 1 / 0, name="writer")
thread.start()
thread.join()
warnings.warn("it is old", UserWarning)
raise ValueError("of https://me:hunter2@paper.example/")
"""


def test_what_ends_a_thread_or_the_process_is_logged_in_the_same_form() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNFORESEEN], capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]

    assert done.returncode == 1
    assert [one.get("during") for one in lines] == ["writer", None, "main"]
    assert "ZeroDivisionError" in lines[0]["traceback"]
    assert "it is old" in lines[1]["message"]
    assert lines[2]["traceback"].endswith("ValueError: of https://paper.example/")
