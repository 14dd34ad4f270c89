"""What the log said of late, kept for the pages: polls a minute, and what went wrong."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from aggregator.log import Event

_LINES = 60
_MINUTES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the log that is worth a look; `level` in lower case."""

    at: datetime
    level: str
    text: str


@dataclass(slots=True)
class Minute:
    """What the polls of a minute, counted since 1970, came to."""

    number: int
    polls: int = 0
    failed: int = 0
    new: int = 0


class Recent(logging.Handler):
    """A handler of the log that remembers a little, for as long as the process lives.

    `redact` takes out of texts what nobody may read, as it does for the log.
    """

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__()
        self._redact = redact
        self._guard = threading.Lock()
        self._lines: deque[Line] = deque(maxlen=_LINES)
        self._minutes: deque[Minute] = deque(maxlen=_MINUTES)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a line."""
        event = record.msg
        if not isinstance(event, Event):
            return
        at = datetime.fromtimestamp(int(record.created), UTC)
        with self._guard:
            if event.name == "poll":
                self._poll(event, at, is_success=record.levelno < logging.WARNING)
            elif event.name != "archive" or record.levelno >= logging.WARNING:
                text = self._redact(str(event))
                self._lines.append(Line(at=at, level=record.levelname.lower(), text=text))

    def _poll(self, event: Event, at: datetime, *, is_success: bool) -> None:
        number = int(at.timestamp()) // 60
        if not self._minutes or self._minutes[-1].number < number:
            self._minutes.append(Minute(number))
        minute = self._minutes[-1]
        minute.polls += 1
        minute.failed += not is_success
        new = event.fields.get("new")
        minute.new += new if isinstance(new, int) else 0

    def lines(self) -> list[Line]:
        """List the last lines that are worth a look, the newest first."""
        with self._guard:
            return list(self._lines)[::-1]

    def minutes(self, now: datetime) -> list[Minute]:
        """Give each minute of the last hour, the current one last."""
        last = int(now.timestamp()) // 60
        with self._guard:
            known = {one.number: one for one in self._minutes}
        return [known.get(number) or Minute(number) for number in range(last - 59, last + 1)]
