"""Log lines: events with fields. People, grep, the journal and programs read the same ones."""

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

FORMS = ("text", "json")
# Libraries that do work of ours. What others say about a document or an address (with what is
# secret in it) is in our own line about that poll.
_HEARD = {
    "apscheduler": logging.ERROR,  # not that a tick was late: /health has that
    "asyncio": logging.WARNING,
    "py.warnings": logging.WARNING,
    "uvicorn": logging.WARNING,
}
_NEEDS_QUOTES = frozenset(' "=\t')
# Controls, line and paragraph separators, directions of writing, halves of characters: what could
# end a line, move the cursor or turn a line around.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_LINE_BREAK = re.compile(r"\r\n?|\n")
# Priorities of syslog(3), as sd-daemon(3) wants them in front of a line.
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG_PRIORITY = 7


@dataclass(frozen=True, slots=True)
class Event:
    """What is logged: a name of a closed set and fields; as a text it is `name key=value …`."""

    name: str
    fields: Mapping[str, object]

    def __str__(self) -> str:
        pairs = (f"{key}={_quoted(value)}" for key, value in self.fields.items())
        return " ".join((self.name, *pairs))


def event(
    logger: logging.Logger, name: str, /, *, level: int = logging.INFO, **fields: object
) -> None:
    """Log an event; fields that are None or empty are left out. Names are constants of the code,
    since they are counted."""
    if logger.isEnabledFor(level):
        logger.log(level, Event(name, _stated(fields)))


def fault(logger: logging.Logger, during: str, /, **fields: object) -> None:
    """Log an exception that is being handled and was not foreseen: a mistake of ours."""
    logger.error(Event("fault", {"during": during, **_stated(fields)}), exc_info=True)


def catch_faults(logger: logging.Logger) -> None:
    """Log what ends a thread or the process unforeseen, and what Python itself warns of."""

    def of_thread(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
            name = ended.thread.name if ended.thread else "thread"
            _fault(logger, name, ended.exc_value)

    def of_process(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
        _fault(logger, "main", error)

    threading.excepthook = of_thread
    sys.excepthook = of_process
    logging.captureWarnings(capture=True)


def _fault(logger: logging.Logger, during: str, error: BaseException) -> None:
    logger.critical(Event("fault", {"during": during}), exc_info=error)


def _stated(fields: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value not in (None, "")}


def _quoted(value: object) -> str:
    text = f"{value:.2f}" if isinstance(value, float) else safe(str(value))
    if not text or _NEEDS_QUOTES.isdisjoint(text):
        return text
    return '"' + text.replace('"', "'") + '"'


def safe(text: str) -> str:
    """Make one line of a text, whatever it holds; JSON may hold it as well."""
    return _UNSAFE.sub(_escaped, _LINE_BREAK.sub(" ", text))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


class _Form(logging.Formatter):
    """Formats a record; `redact` takes out of texts that others wrote what nobody may read."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__()
        self.redact = redact

    def message(self, record: logging.LogRecord) -> str:
        """Give a record in one line."""
        if isinstance(record.msg, Event):
            return str(record.msg)
        return safe(self.redact(record.getMessage()))

    def traceback(self, record: logging.LogRecord) -> list[str]:
        """Give the lines of the traceback, if there is one; nothing in them can act."""
        if not record.exc_info:
            return []
        told = self.redact(self.formatException(record.exc_info))
        return [safe(line) for line in _LINE_BREAK.split(told)]


class _Text(_Form):
    """`2026-03-02 12:00:00,000 INFO poll source=lwn status=ok`. Lines that are no beginning of a
    record are indented, so that what an exception says cannot pass for one."""

    def format(self, record: logging.LogRecord) -> str:
        lines = (self.head(record) + self.message(record), *self.traceback(record))
        return "\n    ".join(lines)

    def head(self, record: logging.LogRecord) -> str:
        """Give what stands before the message."""
        return f"{self.formatTime(record)} {record.levelname} "


class _JournalText(_Text):
    """The same without the date, which the journal has."""

    def head(self, record: logging.LogRecord) -> str:
        return f"{record.levelname} "


class _Json(_Form):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = json.dumps(dict(self._members(record)), ensure_ascii=False, default=str)
        return _UNSAFE.sub(_escaped, line)

    def _members(self, record: logging.LogRecord) -> Iterator[tuple[str, object]]:
        at = datetime.fromtimestamp(record.created, UTC)
        yield "time", at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        yield "level", record.levelname.lower()
        if isinstance(record.msg, Event):
            yield "event", record.msg.name
            for key, value in record.msg.fields.items():
                yield key, round(value, 3) if isinstance(value, float) else value
        else:
            yield "message", self.message(record)
        yield "logger", record.name
        if traceback := self.traceback(record):
            yield "traceback", "\n".join(traceback)


class _Prioritized(logging.Formatter):
    """Puts the priority before each line, as the journal wants it (sd-daemon(3))."""

    def __init__(self, form: logging.Formatter) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        number = next((n for level, n in _PRIORITIES if record.levelno >= level), _DEBUG_PRIORITY)
        return "\n".join(f"<{number}>{line}" for line in self._form.format(record).split("\n"))


def set_up(
    *,
    level: int,
    form: str = "text",
    redact: Callable[[str], str] = str,
    others: tuple[logging.Handler, ...] = (),
    stream: TextIO | None = None,
) -> None:
    """Send log lines from `level` on to standard error or another stream, in a form of `FORMS`, and
    to `others`."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(form, redact, is_journal=_is_journal(stream)))
    for name, least in {"aggregator": level, **_HEARD}.items():
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler, *others]
        logger.propagate = False
        logger.setLevel(least)
    hear_no_others()


def hear_no_others() -> None:
    """Let libraries that nobody listens to write nothing to standard error."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())


def formatter(
    form: str, redact: Callable[[str], str] = str, *, is_journal: bool = False
) -> logging.Formatter:
    """Give what writes records in a form of `FORMS`."""
    if form == "json":
        made: logging.Formatter = _Json(redact)
    else:
        made = _JournalText(redact) if is_journal else _Text(redact)
    return _Prioritized(made) if is_journal else made


def _is_journal(stream: TextIO) -> bool:
    """Say whether a stream leads into the journal (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
