"""Conditional GET against a real server; the numbers are rows of politeness a publisher expects."""

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import PreparedRequest

from aggregator.core.source import Source, Validators
from aggregator.core.urls import PLAIN_URL
from aggregator.errors import FetchError
from aggregator.ingest.answer import Fetched, NotModified
from aggregator.ingest.fetch import MAX_HOPS, Fetcher
from aggregator.ingest.links import host_of
from aggregator.ingest.response import FEED
from tests.feeds import an_item, an_rss
from tests.servers import FeedServer, Request, Response

AGENT = "aggregator/1 (+mailto:me@example.org)"
BODY = an_rss(an_item())
NONE = Validators()


@pytest.fixture
def fetcher() -> Fetcher:
    """Give a fetcher of its own, without connections."""
    return Fetcher(AGENT)


@given(st.from_regex(PLAIN_URL, fullmatch=True))
def test_requests_leaves_a_plain_url_as_it_is(url: str) -> None:
    request = PreparedRequest()
    request.prepare_url(url, None)

    assert request.url == url


@given(st.from_regex(PLAIN_URL, fullmatch=True))
def test_the_host_of_a_plain_url_is_told_from_its_beginning(url: str) -> None:
    parts = urlsplit(url)

    assert host_of(url) == parts.hostname
    assert parts.scheme in ("http", "https")
    assert parts.port != 0


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "http://a.example/../feed",
        "http://a.example/x/./feed",
        "http://A.example/feed",
        "http://a.example/%c3%bc",
        "http://a.example/ü",
        "http://ü.example/feed",
        "http://u:p@a.example/feed",
        "http://a.example/feed#top",
        "http://a.example:080/feed",
        "http://a.example:70000/feed",
        "http://a.example/a b",
        "http://[::1]/feed",
        "http://a.example/feed?",
        "http://a.example/feed\n",
    ],
)
def test_a_url_that_requests_may_change_is_not_plain(url: str) -> None:
    assert not PLAIN_URL.fullmatch(url)


def a_source(url: str, seconds: float = 10, *, allow_private: bool = True) -> Source:
    """Make a source at a URL."""
    timeout = timedelta(seconds=seconds)
    return Source(id="s", url=url, name="s", timeout=timeout, allow_private=allow_private)


def failure(
    fetcher: Fetcher, url: str, seconds: float = 10, *, allow_private: bool = True
) -> FetchError:
    """Fetch what cannot be fetched and give the error."""
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(a_source(url, seconds, allow_private=allow_private), NONE)
    return caught.value


def hash_of(body: bytes) -> bytes:
    """Hash a body as validators do."""
    return blake2b(body, digest_size=16).digest()


def test_a_first_fetch_is_one_unconditional_get(server: FeedServer, fetcher: Fetcher) -> None:
    server.serve(
        "/feed", BODY, etag='"a"', last_modified="then", content_type="text/xml; charset=x"
    )

    answer = fetcher.fetch(a_source(server.url("/feed")), NONE)

    assert answer == Fetched(
        url=server.url("/feed"),
        body=BODY,
        content_type="text/xml; charset=x",
        content_encoding="",
        validators=Validators(etag='"a"', last_modified="then", body_hash=hash_of(BODY)),
    )
    [request] = server.requests
    assert request.headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": AGENT,
        "accept": request.headers["accept"],
        "accept-encoding": "gzip, deflate",
    }
    assert (request.method, request.path) == ("GET", "/feed")


@pytest.mark.parametrize(
    "etag", ['"a"', 'W/"a b"', "no-quotes", '""', '"\xc3\xa9\xff"', "W/no", '"a, b"', "*",
    '"' + "x" * 900 + '"']
)  # fmt: skip
def test_an_etag_comes_back_byte_for_byte(etag: str, server: FeedServer, fetcher: Fetcher) -> None:
    server.serve("/feed", BODY, headers={"ETag": etag})
    source = a_source(server.url("/feed"))

    fetcher.fetch(source, fetcher.fetch(source, NONE).validators)

    assert server.requests[1].headers.get("if-none-match") == etag
    assert "if-modified-since" not in server.requests[1].headers


@pytest.mark.parametrize(
    "stated", ["Thu, 31 Mar 2022 00:36:20 GMT", "yesterday at noon", "2022-03-31", "0", "周四"]
)
def test_a_last_modified_comes_back_word_for_word(
    stated: str, server: FeedServer, fetcher: Fetcher
) -> None:
    server.serve("/feed", BODY, headers={"Last-Modified": stated.encode().decode("latin-1")})
    source = a_source(server.url("/feed"))

    fetcher.fetch(source, fetcher.fetch(source, NONE).validators)

    assert server.requests[1].headers["if-modified-since"] == stated.encode().decode("latin-1")


def test_space_around_an_etag_is_no_part_of_it(server: FeedServer, fetcher: Fetcher) -> None:
    server.serve("/feed", BODY, headers={"ETag": '  W/"a b" \t'})

    answer = fetcher.fetch(a_source(server.url("/feed")), NONE)

    assert answer.validators.etag == 'W/"a b"'


def test_two_etags_become_the_list_that_if_none_match_takes(
    server: FeedServer, fetcher: Fetcher
) -> None:
    server.serve("/feed", BODY, headers=[("ETag", '"a"'), ("ETag", '"b"')])
    source = a_source(server.url("/feed"))
    known = fetcher.fetch(source, NONE).validators
    server.serve("/feed", BODY, etag='"b"')

    answer = fetcher.fetch(source, known)

    assert isinstance(answer, NotModified)
    assert server.requests[1].headers["if-none-match"] == '"a", "b"'


def test_a_validator_with_a_line_end_in_it_injects_no_header(
    server: FeedServer, fetcher: Fetcher
) -> None:
    server.serve("/feed", BODY)
    source = a_source(server.url("/feed"))

    with pytest.raises(FetchError):
        fetcher.fetch(source, Validators(etag='"a"\r\nX-Injected: 1'))

    assert server.requests == ()


def test_both_validators_are_sent_and_304_changes_nothing(
    server: FeedServer, fetcher: Fetcher
) -> None:
    server.serve("/feed", BODY, etag='"a"', last_modified="then")
    known = Validators(etag='"a"', last_modified="then", body_hash=b"h")

    answer = fetcher.fetch(a_source(server.url("/feed")), known)

    sent = server.requests[0].headers
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('"a"', "then")
    assert answer == NotModified(validators=known)


def test_a_304_brings_new_validators(server: FeedServer, fetcher: Fetcher) -> None:
    server.answer("/feed", 304, {"ETag": '"b"'})
    known = Validators(etag='"a"', last_modified="then", body_hash=b"h")

    answer = fetcher.fetch(a_source(server.url("/feed")), known)

    assert answer == NotModified(
        validators=Validators(etag='"b"', last_modified="then", body_hash=b"h")
    )


def test_the_same_body_again_is_not_modified_and_brings_new_validators(
    server: FeedServer, fetcher: Fetcher
) -> None:
    server.serve("/feed", BODY, etag='"b"')
    known = Validators(etag='"a"', last_modified="then", body_hash=hash_of(BODY))

    answer = fetcher.fetch(a_source(server.url("/feed")), known)

    assert answer == NotModified(validators=Validators(etag='"b"', body_hash=hash_of(BODY)))


def test_a_200_without_validators_drops_the_old_ones(server: FeedServer, fetcher: Fetcher) -> None:
    server.serve("/feed", BODY)

    answer = fetcher.fetch(
        a_source(server.url("/feed")), Validators(etag='"a"', last_modified="then")
    )

    assert answer.validators == Validators(body_hash=hash_of(BODY))


def test_a_compressed_body_stays_compressed_and_is_hashed_as_such(
    server: FeedServer, fetcher: Fetcher
) -> None:
    server.serve("/feed", BODY, encoding="gzip")

    answer = fetcher.fetch(a_source(server.url("/feed")), NONE)

    assert isinstance(answer, Fetched)
    assert (answer.content_encoding, gzip.decompress(answer.body)) == ("gzip", BODY)
    assert answer.validators.body_hash == hash_of(answer.body)


def test_no_cookie_and_no_referer_follow_from_one_fetch_to_the_next(
    server: FeedServer, fetcher: Fetcher
) -> None:
    server.answer("/old", 302, {"Location": "/feed", "Set-Cookie": "a=1; Path=/"})
    server.serve("/feed", BODY, headers={"Set-Cookie": "session=1; Path=/"})
    source = a_source(server.url("/old"))

    fetcher.fetch(source, NONE)
    fetcher.fetch(source, NONE)

    assert [request.path for request in server.requests] == ["/old", "/feed"] * 2
    assert not [
        name for one in server.requests for name in one.headers if name in ("cookie", "referer")
    ]


def test_one_connection_serves_many_fetches(server: FeedServer, fetcher: Fetcher) -> None:
    server.serve("/feed", BODY, etag='"a"')
    server.redirect("/old", "/feed")
    known = NONE

    for path in ("/feed", "/feed", "/old", "/feed"):
        known = fetcher.fetch(a_source(server.url(path)), known).validators

    assert [request.connection for request in server.requests] == [1] * 5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_the_last_hop_named(
    status: int, server: FeedServer, fetcher: Fetcher
) -> None:
    server.redirect("/a/old", "../feed?x=互", status)
    server.serve("/feed", BODY)

    answer = fetcher.fetch(a_source(server.url("/a/old")), Validators(etag='"a"'))

    assert isinstance(answer, Fetched)
    assert answer.url == server.url("/feed?x=互")
    assert [(one.path, one.headers["if-none-match"]) for one in server.requests] == [
        ("/a/old", '"a"'),
        ("/feed?x=%E4%BA%92", '"a"'),
    ]


def test_as_many_redirects_as_allowed_are_followed_and_no_more(
    server: FeedServer, fetcher: Fetcher
) -> None:
    for hop in range(MAX_HOPS + 1):
        server.redirect(f"/{hop}", f"/{hop + 1}")
    server.serve(f"/{MAX_HOPS + 1}", BODY)

    answer = fetcher.fetch(a_source(server.url("/1")), NONE)
    error = failure(fetcher, server.url("/0"))

    assert isinstance(answer, Fetched)
    assert (error.status, error.what) == ("http_error", "more than 5 redirects")
    assert len(server.requests) == (MAX_HOPS + 1) * 2


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:1", "data:,x"]
)
def test_a_redirect_to_something_that_is_not_http_is_an_error(
    target: str, server: FeedServer, fetcher: Fetcher
) -> None:
    server.redirect("/feed", target)

    error = failure(fetcher, server.url("/feed"))

    assert (error.status, "not http" in error.what) == ("http_error", True)


@pytest.mark.parametrize(
    "target", ["http://", "http://[::1/", "//", "http://a b/", "http://127.0.0.1:x/"]
)
def test_a_redirect_to_nonsense_is_an_error_of_the_poll(
    target: str, server: FeedServer, fetcher: Fetcher
) -> None:
    server.redirect("/feed", target)

    assert failure(fetcher, server.url("/feed")).status in ("unreachable", "http_error")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (300, "http_error"), (302, "http_error"), (400, "http_error"), (401, "blocked"),
        (403, "blocked"), (404, "http_error"), (410, "gone"), (418, "http_error"), (429, "blocked"),
        (451, "http_error"), (500, "http_error"), (502, "http_error"), (503, "http_error"),
        (599, "http_error"), (999, "http_error"),
    ],
)  # fmt: skip
def test_each_http_status_has_a_status_to_store(
    code: int, status: str, server: FeedServer, fetcher: Fetcher
) -> None:
    server.answer("/feed", code)

    error = failure(fetcher, server.url("/feed"))

    assert (error.status, error.http_status, error.retry_after) == (status, code, None)
    assert error.what.startswith(f"the server answered {code}")
    assert error.hint or code not in (401, 403, 404, 410, 429, 500, 503)


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(
    ("stated", "seconds"),
    [("3600", 3600), (" 0 ", 0), ("-1", None), ("soon", None), ("1.5", None), ("", None), ("9" * 30,
    None),
     ("Wed, 21 Oct 2015 07:28:00 GMT", None), ("٣", None)],
)  # fmt: skip
def test_retry_after_is_read_in_seconds_and_nonsense_is_none(
    code: int, stated: str, seconds: int | None, server: FeedServer, fetcher: Fetcher
) -> None:
    server.answer("/feed", code, {"Retry-After": stated.encode().decode("latin-1")})

    error = failure(fetcher, server.url("/feed"))

    assert error.retry_after == (None if seconds is None else timedelta(seconds=seconds))


def test_retry_after_is_read_as_a_date(server: FeedServer, fetcher: Fetcher) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    server.answer("/feed", 503, {"Retry-After": format_datetime(later, usegmt=True)})

    wait = failure(fetcher, server.url("/feed")).retry_after

    assert wait is not None
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


def never(server: FeedServer) -> None:
    """The server takes the request and says nothing."""
    server.never("/feed")


def dripping_head(server: FeedServer) -> None:
    """The server sends headers for ever."""
    server.drip_head("/feed")


def dripping_body(server: FeedServer) -> None:
    """The server sends a byte now and then."""
    server.drip("/feed", b"x" * 1000)


def dripping_chunks(server: FeedServer) -> None:
    """The server sends the body in pieces, without a length, for ever."""

    def pieces() -> Iterator[bytes]:
        while not server.closing.wait(0.05):
            yield b"x" * 10

    server.stream("/feed", pieces)


def redirect_to_silence(server: FeedServer) -> None:
    """The server redirects to a page that never comes."""
    server.redirect("/feed", "/hung")
    server.never("/hung")


@pytest.mark.parametrize(
    "scenario", [never, dripping_head, dripping_body, dripping_chunks, redirect_to_silence]
)
def test_the_timeout_is_for_the_whole_fetch(
    scenario: Callable[[FeedServer], None], server: FeedServer, fetcher: Fetcher
) -> None:
    scenario(server)
    started = time.monotonic()

    error = failure(fetcher, server.url("/feed"), seconds=0.5)

    assert error.status == "timeout"
    assert time.monotonic() - started < 2


def test_a_refused_connection_is_unreachable(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    error = failure(fetcher, f"http://127.0.0.1:{port}/feed")

    assert (error.status, error.what) == ("unreachable", "127.0.0.1 refused the connection")


@pytest.mark.parametrize("allow_private", [True, False])
def test_a_name_that_can_be_none_is_unreachable(allow_private: bool, fetcher: Fetcher) -> None:
    error = failure(fetcher, f"http://{'a' * 64}.example/feed", allow_private=allow_private)

    assert error.status == "unreachable"


def reset(server: FeedServer) -> None:
    """The connection is reset before an answer."""
    server.reset("/feed")


def reset_body(server: FeedServer) -> None:
    """The connection is reset within the body."""
    server.reset("/feed", BODY)


def short_body(server: FeedServer) -> None:
    """The body is shorter than its Content-Length."""
    server.short("/feed", BODY)


def no_http(server: FeedServer) -> None:
    """The server speaks something else."""
    server.answer("/feed", 200, {"Transfer-Encoding": "chunked"}, b"zzz\r\n")


@pytest.mark.parametrize("scenario", [reset, reset_body, short_body, no_http])
def test_a_broken_answer_is_an_error_of_the_connection(
    scenario: Callable[[FeedServer], None], server: FeedServer, fetcher: Fetcher
) -> None:
    scenario(server)

    error = failure(fetcher, server.url("/feed"))

    broke_off = "127.0.0.1 broke off before the end of the response"
    assert error.status == "unreachable"
    assert error.what == broke_off or error.what.startswith("the connection to 127.0.0.1 broke: ")


def zeros_without_a_length(server: FeedServer) -> None:
    """The server announces no length and does not stop."""

    def pieces() -> Iterator[bytes]:
        while not server.closing.is_set():
            yield bytes(1 << 20)

    server.stream("/feed", pieces)


def zeros_with_a_length(server: FeedServer) -> None:
    """The server announces a body that is too large by one byte."""
    server.serve("/feed", bytes(FEED.most_bytes + 1))


@pytest.mark.parametrize("scenario", [zeros_without_a_length, zeros_with_a_length])
def test_a_body_larger_than_the_cap_is_cut_off(
    scenario: Callable[[FeedServer], None], server: FeedServer, fetcher: Fetcher
) -> None:
    scenario(server)

    error = failure(fetcher, server.url("/feed"))

    assert (error.status, error.what) == ("too_large", "the response is larger than 15 MiB")


def test_a_body_as_large_as_the_cap_is_taken(server: FeedServer, fetcher: Fetcher) -> None:
    server.serve("/feed", bytes(FEED.most_bytes))

    answer = fetcher.fetch(a_source(server.url("/feed")), NONE)

    assert isinstance(answer, Fetched)
    assert len(answer.body) == FEED.most_bytes


def with_secrets(server: FeedServer, path: str) -> str:
    """Give a URL with a password and a token."""
    return server.url(f"{path}?token=SECRET").replace("//", "//user:SECRET@")


@pytest.mark.parametrize("path", ["/reset", "/short", "/never", "/404", "/loop", "/ftp"])
def test_secrets_of_the_url_are_in_no_error(
    path: str, server: FeedServer, fetcher: Fetcher
) -> None:
    server.reset("/reset")
    server.short("/short", BODY)
    server.never("/never")
    server.redirect("/loop", "/loop?token=SECRET")
    server.redirect("/ftp", "ftp://user:SECRET@x.example/?token=SECRET")

    error = failure(fetcher, with_secrets(server, path), seconds=0.5)

    assert "SECRET" not in f"{error.what} {error.hint}"


def test_credentials_go_to_the_sources_own_origin_only(
    server: FeedServer, fetcher: Fetcher
) -> None:
    with FeedServer() as other:
        server.redirect("/feed", other.url("/feed"))
        other.serve("/feed", BODY)

        fetcher.fetch(a_source(with_secrets(server, "/feed")), NONE)

        assert server.requests[0].headers["authorization"] == "Basic dXNlcjpTRUNSRVQ="
        assert "authorization" not in other.requests[0].headers


def test_proxies_and_netrc_of_the_environment_are_left_alone(
    server: FeedServer, fetcher: Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password SECRET\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    server.serve("/feed", BODY)

    answer = fetcher.fetch(a_source(server.url("/feed")), NONE)

    assert isinstance(answer, Fetched)
    assert "authorization" not in server.requests[0].headers


def test_an_answer_is_not_asked_twice_when_the_server_is_in_trouble(
    server: FeedServer, fetcher: Fetcher
) -> None:
    server.answer("/feed", 503)

    failure(fetcher, server.url("/feed"))

    assert len(server.requests) == 1


def test_a_server_that_hangs_up_a_kept_connection_is_asked_on_a_new_one(
    server: FeedServer, fetcher: Fetcher
) -> None:
    def respond(_: Request) -> Response:
        return Response(body=BODY, headers={"Connection": "close"})

    server.handle("/feed", respond)
    source = a_source(server.url("/feed"))

    answers = [fetcher.fetch(source, NONE) for _ in range(3)]

    assert [isinstance(one, Fetched) for one in answers] == [True] * 3
    assert [request.connection for request in server.requests] == [1, 2, 3]
