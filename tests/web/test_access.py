"""Who is local: the machine itself, under a local name, where no proxy stands between."""

import pytest
from starlette.requests import Request

from aggregator.web.access import is_local

LOCAL = "http://127.0.0.1:8642"


def test_nobody_is_local_who_has_no_address_as_at_a_unix_socket() -> None:
    scope = {"type": "http", "client": None, "headers": [(b"host", b"127.0.0.1")]}

    assert not is_local(Request(scope), LOCAL)


def a_request(peer: str, host: str) -> Request:
    scope = {"type": "http", "client": (peer, 1234), "headers": [(b"host", host.encode())]}
    return Request(scope)


@pytest.mark.parametrize(
    ("peer", "host", "public_url"),
    [
        ("127.0.0.1", "127.0.0.1:8642", LOCAL),
        ("127.0.0.1", "localhost:8642", "http://localhost:8642"),
        ("::1", "[::1]:8642", "http://[::1]:8642"),
        ("127.8.8.8", "127.0.0.1", LOCAL),
    ],
)
def test_who_is_local(peer: str, host: str, public_url: str) -> None:
    assert is_local(a_request(peer, host), public_url)


@pytest.mark.parametrize(
    ("peer", "host", "public_url"),
    [
        ("192.0.2.1", "127.0.0.1:8642", LOCAL),
        ("127.0.0.1", "rebound.example:8642", LOCAL),
        ("127.0.0.1", "127.0.0.1.rebound.example", LOCAL),
        ("127.0.0.1", "", LOCAL),
        ("127.0.0.1", "[", LOCAL),
        ("127.0.0.1", "127.0.0.1:8642", "https://news.example"),
        ("127.0.0.1", "news.example", "https://news.example"),
    ],
)
def test_who_is_not(peer: str, host: str, public_url: str) -> None:
    assert not is_local(a_request(peer, host), public_url)
