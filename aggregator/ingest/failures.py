"""Failures of fetching in words that a person can act on."""

import ssl
from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar

import requests
from urllib3.exceptions import IncompleteRead, NameResolutionError, NewConnectionError, ProxyError

from aggregator.core.polling import Status
from aggregator.core.source import Source
from aggregator.errors import FetchError
from aggregator.ingest.guard import RefusedAddressError
from aggregator.ingest.links import host_of

_E = TypeVar("_E", bound=BaseException)


def of_answer(code: int, reason: str, retry_after: timedelta | None) -> FetchError:
    """Make the error of a response that is no success."""
    status, hint = _ANSWERS.get(code, (Status.HTTP_ERROR, ""))
    if code >= 500:
        hint = "the server has a problem; it is tried again, less often"
    what = f"the server answered {code} {reason}".strip()
    return FetchError(status, what, hint=hint, http_status=code, retry_after=retry_after)


_ANSWERS = {
    401: (Status.BLOCKED, "the feed wants a login: give it `auth`, `token` or `cookie`"),
    403: (Status.BLOCKED, "the server refuses us; open the address in a browser to compare"),
    404: (Status.HTTP_ERROR, "look for the feed's new address"),
    407: (Status.BLOCKED, "the proxy wants a login: write http://user:password@host:port"),
    410: (
        Status.GONE,
        "the publisher took the feed away for good; remove it or give its new address",
    ),
    429: (Status.BLOCKED, "too many requests; it is tried again when the server allows"),
}


def of_connection(error: Exception, source: Source, url: str, *, is_late: bool) -> FetchError:
    """Put a failure of requests, urllib3 or the socket at a URL into words; none of the source's
    secrets in it."""
    if isinstance(error, FetchError):
        return error
    host = host_of(url) or "the host"
    causes = list(_causes(error))
    if refused := _first(causes, RefusedAddressError):
        return _refused(refused)
    if is_late or _first(causes, requests.Timeout) or _first(causes, TimeoutError):
        return FetchError(
            Status.TIMEOUT,
            f"{host} did not answer within {source.timeout.total_seconds():g} s",
            hint="it is tried again, less often; `timeout` can be raised for this source",
        )
    what, hint = _words(causes, host)
    return FetchError(Status.UNREACHABLE, source.redacted(what), hint=hint)


def _refused(error: RefusedAddressError) -> FetchError:
    return FetchError(
        Status.REFUSED, str(error), hint="write allow_private = true for this source if you mean it"
    )


def _words(causes: list[BaseException], host: str) -> tuple[str, str]:
    if _first(causes, ProxyError) or _first(causes, requests.exceptions.ProxyError):
        return f"the proxy gives no way to {host}", "look whether `proxy` is right and running"
    if _first(causes, NameResolutionError):
        hint = "check the spelling of the url and the network"
        return f"the name {host} cannot be resolved", hint
    if tls := _first(causes, ssl.SSLError):
        hint = "its certificate is expired or not for this name; tell the publisher"
        return f"no safe connection to {host}: {tls.reason or tls}", hint
    if _first(causes, ConnectionRefusedError):
        return f"{host} refused the connection", "is it down?"
    if _first(causes, NewConnectionError):
        return f"{host} cannot be reached", "is it down?"
    if _first(causes, IncompleteRead):
        hint = "it is tried again, less often"
        return f"{host} broke off before the end of the response", hint
    why = str(causes[-1]) or type(causes[0]).__name__
    return f"the connection to {host} broke: {why}", "it is tried again, less often"


def _causes(error: BaseException) -> Iterator[BaseException]:
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
