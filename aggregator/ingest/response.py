"""A response → what a fetch came to, with a cap and a deadline."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import requests

from aggregator.core.polling import Status
from aggregator.core.source import Source, Validators
from aggregator.errors import FetchError
from aggregator.ingest import failures
from aggregator.ingest.answer import Fetched, NotModified
from aggregator.ingest.freshness import fresh_for, retry_after

_CHUNK = 64 << 10
_PARTIAL = 226
_FEEDS = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a response is to be: what the request says about it, its most bytes on the wire, and
    its media types where they matter; a response without one may be any."""

    accept: str
    most_bytes: int
    types: tuple[str, ...] = ()


FEED = Wanted(_FEEDS, 15 << 20)
PAGE = Wanted(
    "text/html, application/xhtml+xml;q=0.9, */*;q=0.1",
    5 << 20,
    ("text/html", "application/xhtml+xml"),
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What one fetch is for, the same for all of its hops; with a `form` it is sent by POST."""

    source: Source
    validators: Validators
    deadline: float
    wanted: Wanted
    form: bytes = b""


@dataclass(frozen=True, slots=True)
class Hop:
    """Where a response came from, and when."""

    url: str
    moved_to: str
    now: datetime


def read_answer(response: requests.Response, hop: Hop, ask: Ask) -> Fetched | NotModified:
    """Tell what a response is, and read its body; raises FetchError where it is none."""
    headers, code, validators = response.headers, response.status_code, ask.validators
    if code == 304:
        fresh = _validators(headers, validators.body_hash)
        kept = Validators(
            etag=fresh.etag or validators.etag,
            last_modified=fresh.last_modified or validators.last_modified,
            body_hash=validators.body_hash,
        )
        return NotModified(validators=kept, fresh_for=fresh_for(headers, hop.now))
    if not 200 <= code < 300:
        raise failures.of_answer(code, response.reason or "", retry_after(headers, hop.now))
    _refuse_type(headers.get("content-type", ""), ask.wanted)
    body = _body(response, ask)
    body_hash = blake2b(body, digest_size=16).digest()
    fresh = _validators(headers, body_hash)
    if body_hash == validators.body_hash:
        return NotModified(validators=fresh, fresh_for=fresh_for(headers, hop.now))
    return Fetched(
        url=hop.url,
        body=body,
        content_type=headers.get("content-type", ""),
        content_encoding=headers.get("content-encoding", "").strip().lower(),
        validators=fresh,
        fresh_for=fresh_for(headers, hop.now),
        moved_to=hop.moved_to,
        is_partial=code == _PARTIAL,
    )


def _validators(headers: Mapping[str, str], body_hash: bytes) -> Validators:
    return Validators(
        etag=headers.get("etag", "").strip(),
        last_modified=headers.get("last-modified", "").strip(),
        body_hash=body_hash,
    )


def _refuse_type(content_type: str, wanted: Wanted) -> None:
    """Stop before the body of a film is read where a page is wanted."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind and wanted.types and kind not in wanted.types:
        raise FetchError(Status.NOT_A_FEED, f"the page is no HTML but {kind}")


def _body(response: requests.Response, ask: Ask) -> bytes:
    """Read the bytes on the wire, up to the cap and the deadline."""
    chunks, size = [], 0
    # read1 gives what has come; read would wait for a whole chunk, past any deadline.
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        chunks.append(chunk)
        size += len(chunk)
        if size > ask.wanted.most_bytes:
            raise FetchError(
                Status.TOO_LARGE, f"the response is larger than {ask.wanted.most_bytes >> 20} MiB"
            )
        if time.monotonic() > ask.deadline:
            raise FetchError(Status.TIMEOUT, "the response took longer than `timeout` allows")
    return b"".join(chunks)
