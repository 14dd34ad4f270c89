"""Who is neither on the machine nor logged in: every address of the application that is not named
here as public refuses them, whatever it is."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from aggregator.core.source import Source
from aggregator.ingest.workers import Workers
from aggregator.store.database import Database
from aggregator.web.app import make_app
from aggregator.web.desk import Desk
from aggregator.web.sessions import COOKIE, Sessions, hashed
from tests.core.records import an_output
from tests.running import Answer
from tests.store.records import an_entry, poll
from tests.web.records import a_site

LOCAL = "http://127.0.0.1:8642"
SECRET = "Confidential plans"
HASH = hashed("password")
# What anybody may see who can reach the server (docs/pages.md, docs/service.md), or what asks for
# a token by itself. Whoever adds an address adds it here or guards it.
PUBLIC = {
    "/",
    "/outputs/{output}",
    "/feeds/{file}",
    "/feeds/{folder}/{file}",
    "/feeds/{folder}/{output}/{file}",
    "/img/{signature}/{coded}",
    "/static",
    "/health",
    "/metrics",
    "/metrics/sources",
    "/login",
    "/logout",
}
# Another machine; another name for this one, which any site can give itself (DNS rebinding); and a
# proxy on this machine, through which everybody comes.
STRANGERS = {
    "another machine": ("192.0.2.1", "192.0.2.7:8642", LOCAL),
    "another machine that asks for loopback": ("192.0.2.1", "127.0.0.1:8642", LOCAL),
    "another machine by IPv6": ("2001:db8::1", "[::1]:8642", LOCAL),
    "another name": ("127.0.0.1", "rebound.example:8642", LOCAL),
    "another name that begins like ours": ("127.0.0.1", "localhost.rebound.example", LOCAL),
    "no name": ("127.0.0.1", "", LOCAL),
    "a proxy": ("127.0.0.1", "127.0.0.1:8642", "https://news.example"),
}
FORGED = f"{COOKIE}=99999999999.{'0' * 64}"
WELCOME = ("127.0.0.1", "127.0.0.1:8642", LOCAL)


class Building:
    """The whole application, with all that it can have, asked without a network in between."""

    def __init__(self, folder: Path, workers: Workers) -> None:
        self._folder, self._workers = folder, workers
        self._path = folder / "aggregator.db"
        self.feeds_toml = folder / "feeds.toml"
        self.feeds_toml.write_text(f'[outputs.all]\ntitle = "All"\ndescription = "{SECRET}"\n')
        database = Database(self._path)
        poll(database, an_entry(SECRET), kept_by=("inner",))
        self.article = str(database.db.execute("SELECT id FROM article").fetchone()[0])
        database.db.execute("UPDATE source SET last_poll_at = 0, next_poll_at = 99999999999")
        database.close()

    def app(self, public_url: str, sessions: Sessions | None = None) -> Starlette:
        site = a_site(
            self._folder,
            sources=(Source(id="paper", url="https://paper.example/feed", name=SECRET),),
            outputs=(an_output("all"), replace(an_output("inner"), private=True)),
            public_url=public_url,
            desk=Desk(path=self.feeds_toml, workers=self._workers, may_write=True),
            sessions=sessions,
            open_database=lambda: Database(self._path),
        )
        return make_app(site)

    def due(self) -> int:
        database = Database(self._path)
        (found,) = database.db.execute(
            "SELECT count(*) FROM source WHERE next_poll_at IS NULL"
        ).fetchone()
        database.close()
        return int(found)

    def path(self, template: str) -> str:
        values = {"article": self.article, "source": "paper", "output": "all"}
        return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[1]), template)


@pytest.fixture(scope="module")
def building(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Building]:
    workers = Workers(0)
    yield Building(tmp_path_factory.mktemp("building"), workers)
    workers.close()


def addresses(routes: list[BaseRoute]) -> set[tuple[str, str]]:
    """List what an application answers: methods and templates of paths."""
    found: set[tuple[str, str]] = set()
    for route in routes:
        assert isinstance(route, (Route, Mount))
        methods = route.methods if isinstance(route, Route) else None
        found |= {(method, route.path) for method in methods or {"GET"}}
    return found


def ask(
    app: Starlette, method: str, path: str, peer: str, host: str, cookie: str = "", body: str = ""
) -> Answer:
    """Ask an application as the server would, for a peer of any address."""
    headers = {"host": host, "origin": f"http://{host}", "cookie": cookie}
    path, _, query = path.partition("?")
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (peer, 50_000), "server": ("127.0.0.1", 8642),
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(
        status=sent[0]["status"],
        headers=named,
        body=b"".join(one.get("body", b"") for one in sent[1:]),
    )


def test_what_is_public_is_still_there(building: Building) -> None:
    sessions = Sessions(HASH, "key")
    there = {path for _, path in addresses(building.app(LOCAL, sessions).routes)}

    assert PUBLIC - there == set()
    assert len(there - PUBLIC) >= 8


@pytest.mark.parametrize("stranger", STRANGERS)
def test_without_a_password_strangers_are_refused_everywhere(
    building: Building, stranger: str
) -> None:
    peer, host, public_url = STRANGERS[stranger]
    app = building.app(public_url)
    let_in = []
    for method, template in sorted(addresses(app.routes)):
        answer = ask(
            app, method, building.path(template), peer, host, body=f"do=write&block={_BLOCK}"
        )
        if template not in PUBLIC and answer.status != 403:
            let_in.append((method, template, answer.status))
        assert SECRET.encode() not in answer.body, template

    assert let_in == []
    assert building.due() == 0
    assert "changed" not in building.feeds_toml.read_text("utf-8")


_BLOCK = "[outputs.all]%0Atitle+%3D+%22changed%22"


@pytest.mark.parametrize("stranger", STRANGERS)
def test_with_a_password_strangers_are_asked_for_it_everywhere(
    building: Building, stranger: str
) -> None:
    peer, host, public_url = STRANGERS[stranger]
    app = building.app(public_url, Sessions(HASH, "key"))
    let_in = []
    for method, template in sorted(addresses(app.routes)):
        answer = ask(app, method, building.path(template), peer, host, FORGED)
        leads = answer.headers.get("location", "").startswith("/login?to=")
        if template not in PUBLIC and not (answer.status == 303 and leads) and answer.status != 403:
            let_in.append((method, template, answer.status))
        assert SECRET.encode() not in answer.body, template

    assert let_in == []
    assert building.due() == 0


@pytest.mark.parametrize("cookie", ["", f"{COOKIE}=x", f"{COOKIE}=99999999999."])
def test_no_cookie_of_ones_own_making_is_a_session(building: Building, cookie: str) -> None:
    app = building.app("https://news.example", Sessions(HASH, "key"))

    assert ask(app, "GET", "/sources", "192.0.2.1", "news.example", cookie).status == 303


def test_the_machine_itself_is_let_in(building: Building) -> None:
    peer, host, public_url = WELCOME
    app = building.app(public_url)
    shown = [
        template
        for method, template in sorted(addresses(app.routes))
        if method == "GET" and template not in PUBLIC and template != "/status/events"
        and ask(app, method, building.path(template), peer, host).status == 200
    ]  # fmt: skip

    assert len(shown) >= 6
