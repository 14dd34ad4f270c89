"""A source: a feed we read, as feeds.toml describes it and as the last polls left it."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from aggregator.core.retention import FOREVER, Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to ask for one source; nothing of it is shown, and none of it but `user_agent` is told to
    another origin than the source's own.

    `auth` is user and password, `verify` False or a file of CAs where the system's will not do.
    """

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    token: str = field(default="", repr=False)
    cookie: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
    user_agent: str = ""
    verify: bool | str = True

    @property
    def secrets(self) -> tuple[str, ...]:
        """List what must not appear anywhere."""
        stated = (*(value for _, value in self.headers), self.token, self.cookie, self.proxy)
        return tuple(filter(None, (*stated, *(self.auth or ())[1:])))


class DatePolicy(StrEnum):
    """What becomes of a date that can hardly be true."""

    FIRST_SEEN = "first-seen"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as configured; `id` is its key in feeds.toml, `name` what people see.

    `tags` are what outputs choose sources by. `interval` is None where it is left to us; `cron`, if
    any, says when instead. `max_interval` bounds what a server can ask for.
    `keep_revisions` are kept of each article; None: all.
    """

    id: str
    url: str = field(repr=False)
    name: str
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    interval: timedelta | None = None
    cron: str = ""
    max_interval: timedelta = timedelta(days=1)
    timeout: timedelta = timedelta(seconds=30)
    timezone: str = ""
    language: str = ""
    future_dates: DatePolicy = DatePolicy.FIRST_SEEN
    old_dates: DatePolicy = DatePolicy.FIRST_SEEN
    strip_tracking: bool = False
    full_text: bool = False
    keep: timedelta = FOREVER
    keep_articles: int | None = None
    keep_size: int | None = None
    keep_revisions: int | None = None
    image: str = ""
    allow_private: bool = False
    access: Access = Access()

    @property
    def bounds(self) -> Keep:
        """Give the bounds of what is kept of its articles."""
        return Keep(age=self.keep, articles=self.keep_articles, size=self.keep_size)

    @property
    def public_url(self) -> str:
        """The url as others may see it: without user, password and the values of secret keys."""
        return public_url(self.url)

    def redacted(self, text: str) -> str:
        """Take out of a text what nobody else may read: secrets, and those of any url in it."""
        for secret in self.access.secrets:
            text = text.replace(secret, "…")
        return public_url(text)


def public_url(text: str) -> str:
    """Take users, passwords and the values of secret keys out of the urls in a text."""
    return _SECRET.sub(r"\1=…", _USER.sub(r"\1", text))


_SECRET = re.compile(
    r"\b([\w-]*(?:token|key|secret|pass|auth|sig|code)[\w-]*)=[^&\s\"'<>]*", re.IGNORECASE
)
_USER = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/?#\"'<>]*@", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What lets a server, or ourselves, tell that nothing changed.

    `etag` and `last_modified` are echoed as they came (RFC 9110 §8.8); `body_hash` is of the
    bytes on the wire, so that an unchanged body is recognised before it is inflated.
    """

    etag: str = ""
    last_modified: str = ""
    body_hash: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHints:
    """What a document says about when to read it again; hours and days are UTC, Monday is 0."""

    every: timedelta = timedelta(0)
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


NO_HINTS = FeedHints()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """Where a source stands after its last poll; a new source has only its id and url.

    `url` is the one of feeds.toml that the rest belongs to, `moved_to` where its server sent us for
    good, "" where it did not. `next_poll_at` is None for "now", `gone` means that the server said
    410 and it is polled no more. `known` are the slices of the last document (see `join_slices`),
    `entries` counts them; None before one was read. `cadence` is the usual time between two new
    articles, 0 while there are too few to tell, `newest_at` when the last of them came;
    `answers_in` the usual seconds of a fetch.
    """

    id: str
    url: str
    moved_to: str = ""
    validators: Validators = Validators()
    hints: FeedHints = NO_HINTS
    known: bytes = field(default=b"", repr=False)
    title: str = ""
    next_poll_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    failures: int = 0
    status: str = ""
    error: str = ""
    hint: str = ""
    health: str = ""
    health_since: datetime | None = None
    entries: int | None = None
    newest_at: datetime | None = None
    cadence: timedelta = timedelta(0)
    answers_in: float = 0.0
