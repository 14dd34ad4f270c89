"""Every error the project raises on purpose.

AggregatorError
├── ConfigError        feeds.toml cannot be used; carries every problem found
├── PollError          one poll of one source failed; carries the status that is stored
│   ├── FetchError         no usable response
│   └── ParseError         a response that is no feed
├── ArticleFileError   a file that is not in the article format
├── OpmlError          a document that is no OPML, or one that is refused
├── StoreError         the database cannot be opened or written
│   └── DamagedError       what is in it cannot be trusted; only a backup helps
├── LostError          a parsing process gave no result
├── ClosedError        what is asked for ends with the program
├── FileError          a feed or an article file cannot be written
└── UsageError         a command names something that is not there
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any


class AggregatorError(Exception):
    """Say what went wrong, why, and in `hint` what the person can do next."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in a configuration file; `line` counts from 1, 0 when there is none."""

    line: int
    key: str
    text: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.key}: {self.text}" if self.key else f"{where}{self.text}"


class ConfigError(AggregatorError):
    """The configuration cannot be used; `problems` lists everything found, in file order."""

    def __init__(
        self,
        path: str,
        problems: tuple[Problem, ...],
        hint: str = "mend the file, then run `aggregator check`",
    ) -> None:
        plural = "problem" if len(problems) == 1 else "problems"
        super().__init__(f"{path}: {len(problems)} {plural}", hint)
        self.path = path
        self.problems = problems


class PollError(AggregatorError):
    """One poll of one source failed with a status of `core.polling.Status`.

    `retry_after` is the server's own wish, `http_status` its answer where there was one.
    """

    def __init__(
        self,
        status: str,
        what: str,
        *,
        hint: str = "",
        http_status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(what, hint)
        self.status = status
        self.http_status = http_status
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross from a parsing process whole: the keyword arguments go along."""
        build = partial(
            type(self),
            hint=self.hint,
            http_status=self.http_status,
            retry_after=self.retry_after,
        )
        return build, (self.status, self.what)


class FetchError(PollError):
    """No usable response came."""


class ParseError(PollError):
    """A response came, and it is not a feed that can be read."""


class ArticleFileError(AggregatorError):
    """A file is not in the article format."""


class OpmlError(AggregatorError):
    """A document is no OPML, or does what no OPML needs to."""


class ClosedError(AggregatorError):
    """What is asked for is closed already: the program ends."""


class LostError(AggregatorError):
    """A parsing process gave no result.

    `had_begun` says whether that can have to do with its task; `was_slow` that it took too long,
    and was killed.
    """

    def __init__(self, *, had_begun: bool, was_slow: bool = False) -> None:
        super().__init__("the process died" if had_begun else "no parsing process could be started")
        self.had_begun = had_begun
        self.was_slow = was_slow


class StoreError(AggregatorError):
    """The database cannot be opened, migrated or written."""


class DamagedError(StoreError):
    """The database's file is damaged: nothing more may be written into it."""


class FileError(AggregatorError):
    """A feed or an article file cannot be written."""


class UsageError(AggregatorError):
    """A command was asked for something that is not there."""
