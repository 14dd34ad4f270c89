"""What a fetch can come to; apart from `fetch`, so that parsing processes need no HTTP library."""

from dataclasses import dataclass
from datetime import timedelta

from aggregator.core.source import Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A response with a body, still in its content encoding; `url` is the last hop's.

    `fresh_for` is how long the server allows no new request (RFC 9111 §4.2.1), `moved_to` where it
    sent us for good. A partial one (226, RFC 3229) holds only what the validators did not cover.
    """

    url: str
    body: bytes
    content_type: str
    content_encoding: str
    validators: Validators
    fresh_for: timedelta = timedelta(0)
    moved_to: str = ""
    is_partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """Nothing changed: a 304, or the same bytes as last time; `validators` replace the stored."""

    validators: Validators
    fresh_for: timedelta = timedelta(0)
