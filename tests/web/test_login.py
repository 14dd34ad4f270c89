"""Logging in: who knows the password sees all pages, nobody guesses it at speed."""

from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from aggregator.core.source import Source
from aggregator.web.sessions import COOKIE, SESSION_SECONDS, Sessions, hashed
from tests.core.records import an_output
from tests.running import Answer
from tests.store.records import an_entry
from tests.web.library import Library

PASSWORD = "correct horse 电池"
HASH = hashed(PASSWORD)
OUTPUTS = (an_output("all"), replace(an_output("inner"), private=True))
SOURCES = (Source(id="paper", url="https://paper.example/feed", name="The Paper"),)


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Door:
    """A site that readers reach from elsewhere, with a password."""

    def __init__(self, folder: Path, public_url: str = "https://news.example") -> None:
        self.steady, self.clock = Clock(), Clock()
        self.library = Library(
            folder,
            OUTPUTS,
            SOURCES,
            public_url=public_url,
            sessions=Sessions(HASH, "key", self.steady, self.clock),
        )
        self.library.add(an_entry("Open networks"))
        self.library.server.start()

    def send(
        self, path: str, password: str | None = None, cookie: str = "", **headers: str
    ) -> Answer:
        """Send a form where there is a password, else ask for a page."""
        connection = HTTPConnection("127.0.0.1", self.library.port, timeout=30)
        stated = {"Origin": self.library.url, "Cookie": cookie, **headers}
        if password is None:
            connection.request("GET", path, headers=stated)
        else:
            connection.request("POST", path, urlencode({"password": password}), stated)
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(status=response.status, headers=named, body=response.read())
        connection.close()
        return answer

    def cookie(self) -> str:
        """Log in and give the cookie."""
        return self.send("/login", PASSWORD).headers["set-cookie"].partition(";")[0]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path)
    yield door
    door.library.server.stop()


def test_who_is_not_logged_in_is_asked_and_led_back(door: Door) -> None:
    asked = door.send("/search?q=open")
    form = door.send(asked.headers["location"])
    passed = door.send(asked.headers["location"], PASSWORD)

    assert (asked.status, asked.headers["location"]) == (
        303,
        f"/login?to={quote('/search?q=open', '')}",
    )
    assert b'type="password"' in form.body
    assert (passed.status, passed.headers["location"]) == (303, "/search?q=open")


def test_a_session_opens_all_pages(door: Door) -> None:
    cookie = door.cookie()

    for path in ("/sources", "/sources/paper", "/search?q=open"):
        assert door.send(path, cookie=cookie).status == 200
    page = door.send("/", cookie=cookie).body
    assert b"Log out" in page
    assert b'href="/articles/' in page


def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(door: Door) -> None:
    stated = door.send("/login", PASSWORD).headers["set-cookie"].lower()

    assert {"httponly", "samesite=strict", "secure", "path=/"} <= {
        one.strip() for one in stated.split(";")
    }
    assert f"max-age={SESSION_SECONDS}" in stated


def test_a_session_ends_in_time(door: Door) -> None:
    cookie = door.cookie()
    door.clock.seconds += SESSION_SECONDS - 1
    before = door.send("/sources", cookie=cookie).status
    door.clock.seconds += 1

    assert (before, door.send("/sources", cookie=cookie).status) == (200, 303)


def test_logging_out_takes_the_cookie_away(door: Door) -> None:
    answer = door.send("/logout", "", cookie=door.cookie())

    assert answer.status == 303
    assert f"{COOKIE}=" in answer.headers["set-cookie"]
    assert "max-age=0" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "value", ["", "x", "9999999999", "9999999999.", "9999999999.aa", ".", "²." + "0" * 64, "-1.x"]
)
def test_a_cookie_that_we_did_not_sign_opens_nothing(door: Door, value: str) -> None:
    cookie = f"{COOKIE}={value}".encode().decode("latin-1")

    assert door.send("/sources", cookie=cookie).status == 303


def test_another_password_or_key_ends_all_sessions() -> None:
    clock = Clock()
    cookie = Sessions(HASH, "key", clock, clock).log_in(PASSWORD, "")

    assert Sessions(HASH, "key", clock, clock).is_valid(cookie)
    assert not Sessions(hashed(PASSWORD), "key", clock, clock).is_valid(cookie)
    assert not Sessions(HASH, "other", clock, clock).is_valid(cookie)


def test_wrong_passwords_are_told_and_then_have_to_wait(door: Door) -> None:
    first = [door.send("/login", "wrong").status for _ in range(5)]
    right_too_soon = door.send("/login", PASSWORD)
    door.steady.seconds += 2
    right = door.send("/login", PASSWORD)

    assert first == [403, 403, 403, 403, 429]
    assert (right_too_soon.status, right_too_soon.headers["retry-after"]) == (429, "2")
    assert b"try again in 2 seconds" in right_too_soon.body
    assert right.status == 303


def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    clock = Clock()
    sessions = Sessions(HASH, "key", clock, clock)
    waits = []
    for _ in range(16):
        sessions.log_in("wrong", "192.0.2.1")
        waits.append(sessions.wait("192.0.2.1"))
        clock.seconds += waits[-1]

    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert sessions.wait("192.0.2.2") == 0


@pytest.mark.parametrize("path", ["/login", "/logout"])
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_forms_of_other_sites_are_refused(door: Door, path: str, headers: dict[str, str]) -> None:
    assert door.send(path, PASSWORD, **headers).status == 403


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example", "x"])
def test_one_is_led_to_our_own_pages_only(door: Door, to: str) -> None:
    assert door.send(f"/login?to={quote(to, '')}", PASSWORD).headers["location"] == "/"


def test_a_name_that_another_site_points_here_gets_nothing(tmp_path: Path) -> None:
    door = Door(tmp_path, public_url="http://127.0.0.1:8642")
    rebound = door.send("/sources", Host="rebound.example")
    local = door.send("/sources")
    door.library.server.stop()

    assert (rebound.status, local.status) == (303, 200)
