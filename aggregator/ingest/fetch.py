"""Conditional GET with caps and a deadline, over requests."""

import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from hashlib import blake2b
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError, IncompleteRead, NameResolutionError, NewConnectionError

from aggregator.core.polling import Status
from aggregator.core.source import Source, Validators
from aggregator.errors import FetchError
from aggregator.ingest.answer import Fetched, NotModified
from aggregator.ingest.deadline import Watchdog
from aggregator.ingest.guard import RefusedAddressError, pool_classes

MAX_WIRE_BYTES = 15 << 20
MAX_HOPS = 5
_E = TypeVar("_E", bound=BaseException)
_CHUNK = 64 << 10
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)


class Fetcher:
    """Fetches sources; any number of threads may share one."""

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self._watchdog = Watchdog()
        self._local = threading.local()

    def fetch(self, source: Source, validators: Validators) -> Fetched | NotModified:
        """Get a source unless it is unchanged; raises FetchError with the status to store."""
        deadline = time.monotonic() + source.timeout.total_seconds()
        try:
            return self._follow(source, validators, deadline)
        except RefusedAddressError as error:
            raise _refused(error) from error
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise _failure(error, source, is_late=time.monotonic() >= deadline) from error

    def _follow(
        self, source: Source, validators: Validators, deadline: float
    ) -> Fetched | NotModified:
        url = source.url
        for _ in range(MAX_HOPS + 1):
            response = self._get(url, source, validators, deadline)
            try:
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    return _answer(url, response, validators, deadline)
            finally:
                _release(response)
            url = _next_hop(url, response.headers["location"])
        raise FetchError(
            Status.HTTP_ERROR,
            f"more than {MAX_HOPS} redirects",
            hint="the server sends its visitors in a circle; look for the feed's new address",
        )

    def _get(
        self, url: str, source: Source, validators: Validators, deadline: float
    ) -> requests.Response:
        """Send one request by the adapter itself.

        A Session would add cookies, netrc and proxies of the environment, and follow redirects
        past the guard.
        """
        request = requests.PreparedRequest()
        request.prepare_method("GET")
        request.prepare_url(url, None)
        request.prepare_headers(self._headers(validators))
        request.prepare_hooks(None)
        if "@" in url:
            request.prepare_auth(None, url)  # user and password of the url
        remaining = max(deadline - time.monotonic(), 0.001)
        adapter = self._adapter(guarded=not source.allow_private)
        return adapter.send(request, stream=True, timeout=(min(remaining, 10), remaining))

    def _headers(self, validators: Validators) -> dict[str, str]:
        headers = {
            "User-Agent": self._user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip, deflate",
        }
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        return headers

    def _adapter(self, *, guarded: bool) -> HTTPAdapter:
        adapters: dict[bool, HTTPAdapter] = self._local.__dict__.setdefault("adapters", {})
        if guarded not in adapters:
            pools = pool_classes(guarded=guarded, watchdog=self._watchdog)
            adapters[guarded] = _Adapter(pools)
        return adapters[guarded]


class _Adapter(HTTPAdapter):
    """requests' transport with one SSL context for all and connections of our own."""

    def __init__(self, pools: dict[str, type[HTTPConnectionPool]]) -> None:
        self._pools = pools
        super().__init__(pool_connections=8, pool_maxsize=2)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
        """Give the pool of the request's host; there are no proxies or certificates to weigh."""
        is_secure = request.url.startswith("https:")
        secured = {"ssl_context": _ssl_context()} if is_secure else None
        return self.poolmanager.connection_from_url(request.url, secured)

    def request_url(self, request: Any, proxies: Any) -> str:  # noqa: ARG002
        """Give what stands in the request line; there are no proxies that want the whole url."""
        return str(request.path_url)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:  # noqa: ARG002
        """Verify by the shared context; requests would load the CA file for each connection."""
        conn.cert_reqs = "CERT_REQUIRED"


@cache
def _ssl_context() -> ssl.SSLContext:
    """Make the context of all connections at the first that needs it: 26 ms."""
    return ssl.create_default_context()


def _release(response: requests.Response) -> None:
    """Keep the connection where nothing is left to read of the response, else close it."""
    if response.raw.length_remaining == 0:
        response.raw.release_conn()
    response.close()


def _next_hop(url: str, location: str) -> str:
    # http.client reads header bytes as Latin-1; a UTF-8 Location is sent by many servers.
    target = urljoin(url, location.encode("latin-1").decode("utf-8", "replace"))
    if urlsplit(target).scheme not in ("http", "https"):
        raise FetchError(
            Status.HTTP_ERROR, f"a redirect to {urlsplit(target).scheme[:20]}, which is not http"
        )
    return target


def _answer(
    url: str, response: requests.Response, validators: Validators, deadline: float
) -> Fetched | NotModified:
    if response.status_code == 304:
        fresh = _validators(response.headers, validators.body_hash)
        return NotModified(
            validators=Validators(
                etag=fresh.etag or validators.etag,
                last_modified=fresh.last_modified or validators.last_modified,
                body_hash=validators.body_hash,
            )
        )
    if not 200 <= response.status_code < 300:
        raise _http_failure(response)
    body = _body(response, deadline)
    body_hash = blake2b(body, digest_size=16).digest()
    fresh = _validators(response.headers, body_hash)
    if body_hash == validators.body_hash:
        return NotModified(validators=fresh)
    return Fetched(
        url=url,
        body=body,
        content_type=response.headers.get("content-type", ""),
        content_encoding=response.headers.get("content-encoding", "").strip().lower(),
        validators=fresh,
    )


def _validators(headers: CaseInsensitiveDict[str], body_hash: bytes) -> Validators:
    return Validators(
        etag=headers.get("etag", "").strip(),
        last_modified=headers.get("last-modified", "").strip(),
        body_hash=body_hash,
    )


def _body(response: requests.Response, deadline: float) -> bytes:
    """Read the bytes on the wire, up to the cap and the deadline."""
    chunks, size = [], 0
    # read1 gives what has come; read would wait for a whole chunk, past any deadline.
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_WIRE_BYTES:
            raise FetchError(
                Status.TOO_LARGE, f"the response is larger than {MAX_WIRE_BYTES >> 20} MiB"
            )
        if time.monotonic() > deadline:
            raise FetchError(Status.TIMEOUT, "the response took longer than `timeout` allows")
    return b"".join(chunks)


def _http_failure(response: requests.Response) -> FetchError:
    code = response.status_code
    status, hint = _HTTP_STATUSES.get(code, (Status.HTTP_ERROR, ""))
    if code >= 500:
        hint = "the server has a problem; it is tried again, less often"
    reason = f" {response.reason}" if response.reason else ""
    return FetchError(
        status,
        f"the server answered {code}{reason}",
        hint=hint,
        http_status=code,
        retry_after=_retry_after(response.headers),
    )


_HTTP_STATUSES = {
    401: (Status.BLOCKED, "the feed wants a login"),
    403: (Status.BLOCKED, "the server refuses us; open the address in a browser to compare"),
    404: (Status.HTTP_ERROR, "look for the feed's new address"),
    410: (
        Status.GONE,
        "the publisher took the feed away for good; remove it or give its new address",
    ),
    429: (Status.BLOCKED, "too many requests; it is tried again when the server allows"),
}


def _retry_after(headers: CaseInsensitiveDict[str]) -> timedelta | None:
    """Read Retry-After (RFC 9110 §10.2.3): seconds or a date; None for nonsense."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and len(value) < 10:
        return timedelta(seconds=int(value))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    wait = moment - datetime.now(UTC)
    return wait if wait > timedelta(0) else None


def _refused(error: RefusedAddressError) -> FetchError:
    return FetchError(
        Status.REFUSED, str(error), hint="write allow_private = true for this source if you mean it"
    )


def _failure(error: Exception, source: Source, *, is_late: bool) -> FetchError:
    """Put a failure of requests, urllib3 or the socket into words a person can act on."""
    if isinstance(error, FetchError):
        return error
    host = urlsplit(source.url).hostname or source.url
    causes = list(_causes(error))
    if refused := _first(causes, RefusedAddressError):
        return _refused(refused)
    if is_late or _first(causes, requests.Timeout) or _first(causes, TimeoutError):
        return FetchError(
            Status.TIMEOUT,
            f"{host} did not answer within {source.timeout.total_seconds():g} s",
            hint="it is tried again, less often; `timeout` can be raised for this source",
        )
    if _first(causes, NameResolutionError):
        return FetchError(
            Status.UNREACHABLE,
            f"the name {host} cannot be resolved",
            hint="check the spelling of the url and the network",
        )
    if tls := _first(causes, ssl.SSLError):
        return FetchError(
            Status.UNREACHABLE,
            f"no safe connection to {host}: {tls.reason or tls}",
            hint="its certificate is expired or not for this name; tell the publisher",
        )
    if _first(causes, ConnectionRefusedError):
        return FetchError(Status.UNREACHABLE, f"{host} refused the connection", hint="is it down?")
    if _first(causes, NewConnectionError):
        return FetchError(Status.UNREACHABLE, f"{host} cannot be reached", hint="is it down?")
    if _first(causes, IncompleteRead):
        return FetchError(
            Status.UNREACHABLE,
            f"{host} broke off before the end of the response",
            hint="it is tried again, less often",
        )
    words = str(causes[-1]) or type(error).__name__
    return FetchError(Status.UNREACHABLE, f"the connection to {host} broke: {words}")


def _causes(error: BaseException) -> Any:
    """Walk from an error to what it was made of, requests' and urllib3's own fields included."""
    seen: list[BaseException] = []
    pending: list[object] = [error]
    while pending:
        one = pending.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            pending += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _first(causes: list[BaseException], kind: type[_E]) -> _E | None:
    return next((cause for cause in causes if isinstance(cause, kind)), None)
