"""Conditional GET with caps and a deadline, over requests."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from aggregator.core.polling import Status
from aggregator.core.source import Source, Validators
from aggregator.core.urls import PLAIN_URL
from aggregator.errors import FetchError
from aggregator.ingest import failures
from aggregator.ingest.answer import Fetched, NotModified
from aggregator.ingest.guard import refuse_behind_proxy
from aggregator.ingest.links import host_of
from aggregator.ingest.pace import Turn
from aggregator.ingest.response import FEED, Ask, Hop, Wanted, read_answer
from aggregator.ingest.transport import Adapters

MAX_HOPS = 5
_CONNECT_SECONDS = 10
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_FOR_GOOD = frozenset((301, 308))
_ASKS_FOR_LESS = frozenset((429, 503))


def utc_now() -> datetime:
    """Tell the time of the machine."""
    return datetime.now(UTC)


class Fetcher:
    """Fetches sources; any number of threads may share one."""

    def __init__(self, user_agent: str, clock: Callable[[], datetime] = utc_now) -> None:
        self._user_agent = user_agent
        self._clock = clock
        self._adapters = Adapters()

    def fetch(
        self,
        source: Source,
        validators: Validators,
        *,
        url: str = "",
        turn: Turn | None = None,
        wanted: Wanted = FEED,
        form: bytes = b"",
    ) -> Fetched | NotModified:
        """Get a source unless it is unchanged; raises FetchError with the status to store.

        `url` is where to ask in place of the source's own, such as a page `wanted`; a `form`, as it
        is encoded, is sent there by POST. `turn` is the leave to ask its host; it is given back
        after a failure or a whole body, and kept when nothing changed.
        """
        deadline = time.monotonic() + source.timeout.total_seconds()
        ask = Ask(source, validators, deadline, wanted, form)
        url = url or source.url
        try:
            answer = self._follow(ask, url, turn)
        except (requests.RequestException, HTTPError, OSError, ValueError, FetchError) as error:
            is_late = time.monotonic() >= ask.deadline
            failure = failures.of_connection(error, source, url, is_late=is_late)
            if turn:
                turn.release(is_strained=failure.http_status in _ASKS_FOR_LESS)
            raise failure from error
        if turn and isinstance(answer, Fetched):
            turn.release()
        return answer

    def _follow(self, ask: Ask, url: str, turn: Turn | None) -> Fetched | NotModified:
        moved_to, is_for_good = "" if url == ask.source.url else url, True
        for _ in range(MAX_HOPS + 1):
            response = self._get(url, ask)
            code = response.status_code
            try:
                if code not in _REDIRECTS or "location" not in response.headers:
                    hop = Hop(url, moved_to, self._clock())
                    return read_answer(response, hop, ask)
            finally:
                _release(response)
            url = _next_hop(url, response.headers["location"])
            is_for_good = is_for_good and code in _FOR_GOOD
            moved_to = url if is_for_good else moved_to
            if turn and not turn.move(host_of(url), ask.deadline - time.monotonic()):
                raise TimeoutError(f"no turn with {host_of(url)}")
        raise FetchError(
            Status.HTTP_ERROR,
            f"more than {MAX_HOPS} redirects",
            hint="the server sends its visitors in a circle; look for the feed's new address",
        )

    def _get(self, url: str, ask: Ask) -> requests.Response:
        """Send one request by the adapter itself.

        A Session would add cookies, netrc and proxies of the environment, and follow redirects
        past the guard.
        """
        source, access = ask.source, ask.source.access
        is_own = _is_same_origin(url, source.url)
        request = requests.PreparedRequest()
        request.prepare_method("POST" if ask.form else "GET")
        if PLAIN_URL.fullmatch(url):
            request.url = url  # requests leaves it as it is, and takes 7 µs to find that out
        else:
            request.prepare_url(url, None)
        if access.proxy and not source.allow_private:
            refuse_behind_proxy(host_of(request.url or ""))
        # As they are: http.client refuses what may not stand in a header, once is enough.
        request.headers = self._headers(ask, is_own=is_own)  # type: ignore[assignment]
        if ask.form:
            request.prepare_body(ask.form, None)
        request.prepare_hooks(None)
        if is_own and (access.auth or "@" in url):
            request.prepare_auth(access.auth, url)
        remaining = max(ask.deadline - time.monotonic(), 0.001)
        return self._adapters.adapter(source).send(
            request,
            stream=True,
            timeout=(min(remaining, _CONNECT_SECONDS), remaining),
            verify=access.verify if is_own or _is_same_host(url, source.url) else True,
            proxies={"http": access.proxy, "https": access.proxy} if access.proxy else None,
        )

    def _headers(self, ask: Ask, *, is_own: bool) -> dict[str, str]:
        access, validators = ask.source.access, ask.validators
        headers = {
            "User-Agent": access.user_agent or self._user_agent,
            "Accept": ask.wanted.accept,
            "Accept-Encoding": "gzip, deflate",
        }
        if ask.form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if validators.etag:
            headers["If-None-Match"] = validators.etag
            headers["A-IM"] = "feed"  # the new entries alone would do (RFC 3229 §10.5.3)
        if validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        if is_own:
            if access.token:
                headers["Authorization"] = f"Bearer {access.token}"
            if access.cookie:
                headers["Cookie"] = access.cookie
            if access.headers:
                return dict(CaseInsensitiveDict[str]((*headers.items(), *access.headers)))
        return headers


def _is_same_origin(url: str, other: str) -> bool:
    return url == other or _origin(url) == _origin(other)


def _is_same_host(url: str, other: str) -> bool:
    return urlsplit(url).hostname == urlsplit(other).hostname


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


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
