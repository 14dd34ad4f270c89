"""What a fetch can come to; apart from `fetch`, so that parsing processes need no HTTP library."""

from dataclasses import dataclass

from aggregator.core.source import Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A response with a body, still in its content encoding; `url` is the last hop's."""

    url: str
    body: bytes
    content_type: str
    content_encoding: str
    validators: Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """Nothing changed: a 304, or the same bytes as last time; `validators` replace the stored."""

    validators: Validators
