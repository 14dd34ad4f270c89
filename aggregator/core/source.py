"""A source: a feed we read, as feeds.toml describes it and as the last polls left it."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit


class DatePolicy(StrEnum):
    """What becomes of a date that can hardly be true."""

    FIRST_SEEN = "first-seen"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as configured; `id` is its key in feeds.toml, `name` what people see."""

    id: str
    url: str
    name: str
    categories: tuple[str, ...] = ()
    interval: timedelta = timedelta(hours=1)
    timeout: timedelta = timedelta(seconds=30)
    timezone: str = ""
    language: str = ""
    future_dates: DatePolicy = DatePolicy.FIRST_SEEN
    old_dates: DatePolicy = DatePolicy.FIRST_SEEN
    strip_tracking: bool = False
    image: str = ""
    allow_private: bool = False

    @property
    def public_url(self) -> str:
        """The url as others may see it: without user, password and the values of secret keys."""
        parts = urlsplit(self.url)
        query = _SECRET.sub(r"\1=…", parts.query)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query))


_SECRET = re.compile(
    r"\b([\w-]*(?:token|key|secret|pass|auth|sig|code)[\w-]*)=[^&]*", re.IGNORECASE
)


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
class SourceState:
    """Where a source stands after its last poll; a new source has only its id and url.

    `url` is the one the validators belong to. `next_poll_at` is None for "now", `gone` means that
    the server said 410 and it is polled no more. `known` are the slices of the last document.
    """

    id: str
    url: str
    validators: Validators = Validators()
    known: frozenset[bytes] = field(default=frozenset(), repr=False)
    title: str = ""
    next_poll_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    failures: int = 0
    status: str = ""
    error: str = ""
    hint: str = ""
