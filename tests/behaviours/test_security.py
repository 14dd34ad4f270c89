"""What must fail safely, row by row: where requests may go, and who learns the secrets."""

import re
import shutil
import socket
import ssl
import subprocess
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from requests.adapters import HTTPAdapter

from aggregator.config.load import load
from aggregator.core.source import Access, Source, SourceState
from aggregator.errors import ConfigError
from aggregator.ingest.guard import is_public
from aggregator.ingest.transport import Adapters
from tests.feeds import an_item, an_rss
from tests.running import Home, ask
from tests.servers import FeedServer
from tests.visits import Visits

FEED = an_rss(an_item("One"))
OTHER = an_rss(an_item("Two"))
SECRET = "hunter2-do-not-tell"


def refused(visits: Visits, url: str) -> SourceState:
    """Poll a source that may not be at a private address."""
    visits.add("paper", url, allow_private=False)
    return visits.go("paper")


# Where requests may go

LOOPBACK = [
    "2130706433", "0x7f000001", "017700000001", "127.1", "0", "[::]", "[::1]",
    "[::ffff:127.0.0.1]", "good@127.0.0.1", "localhost", "localhost.",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
def test_s01_loopback_is_refused_in_every_notation(
    host: str, visits: Visits, server: FeedServer
) -> None:
    state = refused(visits, f"http://{host}:{server.port}/feed")

    assert (state.status, server.requests) == ("refused", ())


@pytest.mark.parametrize(
    "url", ["http://good.example\\@127.0.0.1:{}/", "http://127.0.0.1:{}\\@good.example/"]
)
def test_s02_a_url_that_parsers_disagree_on_reaches_no_loopback(
    url: str, visits: Visits, server: FeedServer
) -> None:
    state = refused(visits, url.format(server.port))

    assert state.status in ("refused", "unreachable")
    assert server.requests == ()


SEEMINGLY_GLOBAL = [
    "224.0.0.1", "ff02::1", "fec0::1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
]  # fmt: skip


def resolve_by(names: Mapping[str, Sequence[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve some names to addresses of the test; addresses and no others are left as they are."""
    real = socket.getaddrinfo

    def resolver(host: str, port: int | None, *args: object, **options: object) -> object:
        if host not in names:
            return real(host, port, *args, **options)  # type: ignore[arg-type]
        if not names[host]:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (
                socket.AF_INET6 if ":" in one else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (one, port),
            )
            for one in names[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)


@pytest.mark.parametrize("address", SEEMINGLY_GLOBAL)
def test_s03_addresses_that_python_takes_for_global_are_refused(
    address: str, visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[object] = []
    resolve_by({"tricky.example": [address]}, monkeypatch)
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: connected.append(address))

    state = refused(visits, "http://tricky.example/feed")

    assert is_public(address) is False
    assert (state.status, connected) == ("refused", [])
    assert state.error == f"tricky.example is at {address}, which is not a public address"


class FirstHopPublic(Adapters):
    """Takes the first server it meets for a public one, and the next for what they are."""

    hops = 0

    def adapter(self, source: Source) -> HTTPAdapter:
        self.hops += 1
        return super().adapter(replace(source, allow_private=self.hops == 1))


@pytest.mark.parametrize(
    "host",
    [
        *LOOPBACK,
        *(f"[{one}]" if ":" in one else one for one in SEEMINGLY_GLOBAL),
        "169.254.169.254",
    ],
)
def test_s04_a_redirect_to_a_private_address_is_refused(
    host: str, visits: Visits, server: FeedServer
) -> None:
    visits.fetcher._adapters = FirstHopPublic()
    server.redirect("/feed", f"http://{host}:{server.port}/secret")

    state = refused(visits, server.url("/feed"))

    assert state.status == "refused"
    assert [request.path for request in server.requests] == ["/feed"]


def test_s04_a_name_that_changes_its_address_is_judged_by_the_one_connected_to(
    visits: Visits, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1", "127.0.0.1"])
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolver(host: str, port: int, *args: object, **options: object) -> object:
        if host != "rebinding.example":
            return real(host, port, *args, **options)  # type: ignore[arg-type]
        asked.append(next(answers))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (asked[-1], port))]

    connected: list[str] = []

    def connect(_: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    monkeypatch.setattr(socket.socket, "connect", connect)

    state = refused(visits, f"http://rebinding.example:{server.port}/feed")

    # One answer decides and is connected to; a second is not asked for in between.
    assert (asked, connected) == (["93.184.216.34"], ["93.184.216.34"])
    assert state.status == "unreachable"


@pytest.mark.parametrize("host", ["169.254.169.254", "metadata.example"])
def test_s05_the_address_of_cloud_metadata_is_refused_unconnected(
    host: str, visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: connected.append(address))

    resolve_by({"metadata.example": ["169.254.169.254"]}, monkeypatch)

    state = refused(visits, f"http://{host}/latest/meta-data/")

    assert (state.status, connected) == ("refused", [])


# Who learns the secrets


@pytest.fixture
def other() -> Iterator[FeedServer]:
    """Give a second origin: another port is one."""
    with FeedServer() as other:
        yield other


ACCESS = Access(
    headers=(("X-Api-Key", SECRET),),
    auth=("me", SECRET),
    cookie=f"session={SECRET}",
)


def test_s15_secrets_go_to_the_sources_own_origin_only(
    visits: Visits, server: FeedServer, other: FeedServer
) -> None:
    server.redirect("/feed", "/inside")
    server.redirect("/inside", other.url("/feed"))
    other.serve("/feed", FEED)
    visits.add("paper", server.url("/feed"), access=ACCESS)

    visits.go("paper")

    for request in server.requests:
        assert request.headers["x-api-key"] == SECRET
        assert request.headers["cookie"] == f"session={SECRET}"
        assert request.headers["authorization"].startswith("Basic ")
    [foreign] = other.requests
    assert not {"x-api-key", "cookie", "authorization"} & set(foreign.headers)
    assert visits.titles() == ["One"]


def test_s15_secrets_do_not_follow_a_permanent_move_to_another_origin(
    visits: Visits, server: FeedServer, other: FeedServer
) -> None:
    server.redirect("/feed", other.url("/feed"), 301)
    other.serve("/feed", FEED, etag='"a"')
    visits.add("paper", server.url("/feed"), access=replace(ACCESS, auth=None, token=SECRET))

    visits.go("paper", 2)

    assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    assert len(other.requests) == 2
    assert not any(SECRET in str(request.headers) for request in other.requests)


COMMANDS = (
    ("sources",), ("sources", "--json"), ("outputs",), ("outputs", "--json"), ("check",),
    ("search", "One"), ("poll", "nobody"), ("publish",),
)  # fmt: skip


def everything_told(home: Home) -> str:
    """Collect what people may see: commands, feeds, article files, the database."""
    told = [home.run("--debug", *command).text for command in COMMANDS]
    told += [path.read_text("utf-8", "replace") for path in home.feeds.glob("*")]
    told += [path.read_text("utf-8", "replace") for path in home.archive.rglob("*.md")]
    for (table,) in home.query("SELECT name FROM sqlite_master WHERE type = 'table'"):
        columns = [one[1] for one in home.query(f"PRAGMA table_info({table})")]
        shown = [one for one in columns if (table, one) not in ADDRESSES]
        told.append(str(home.query(f"SELECT {', '.join(shown)} FROM [{table}]")))
    return "\n".join(told)


# Where to ask has to be stored as it is.
ADDRESSES = {("source", "url"), ("source", "moved_to")}


@pytest.mark.slow
def test_s16_secrets_are_shown_nowhere(
    home: Home, server: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.serve("/works", FEED)
    server.answer("/fails", 500)
    server.redirect("/moves", f"/works?token={SECRET}", 301)
    server.redirect("/circles", f"/circles?token={SECRET}")
    server.reset("/reset")
    at = server.url().removeprefix("http://")
    (tmp_path / "token").write_text(SECRET)
    home.configure(
        sources={
            "works": f"http://me:{SECRET}@{at}works?token={SECRET}",
            "fails": f"http://me:{SECRET}@{at}fails?api_key={SECRET}",
            "moves": f"http://{at}moves",
            "circles": f"http://{at}circles?key={SECRET}",
            "down": f"http://me:{SECRET}@127.0.0.1:1/?token={SECRET}",
            "refused": {"url": f"http://me:{SECRET}@{at}?token={SECRET}", "allow_private": False},
            "unknown": f"http://me:{SECRET}@{'a' * 64}.example/?token={SECRET}",
            "broken": {"url": f"http://{at}reset", "token": SECRET, "cookie": SECRET},
            "basic": {"url": f"http://{at}fails", "auth": {"user": "me", "password": SECRET}},
            "headed": {"url": f"http://{at}fails?2", "headers": {"X-Api-Key": SECRET}},
            "kept": {"url": f"http://{at}fails?3", "token": {"file": str(tmp_path / "token")}},
            "named": {"url": f"http://{at}fails?4", "token": {"env": "S16_TOKEN"}},
            "proxied": {"url": f"http://{at}x", "proxy": f"http://me:{SECRET}@127.0.0.1:1"},
        },
        service={"archive_keys": ["source", "link"]},
    )
    monkeypatch.setenv("S16_TOKEN", SECRET)

    first = home.run("--debug", "poll", "--all")
    again = home.run("--debug", "poll", "--all", "--json")

    told = everything_told(home)
    assert SECRET not in first.text + again.text + told
    assert "the server answered 500" in told
    assert home.sources()["proxied"]["status"] == "unreachable"
    assert home.sources()["moves"]["health"] == "moved"
    with home.start("--debug", "run") as daemon:
        daemon.answers()
        page = ask(home.port, "/").body
    assert SECRET.encode() not in page
    assert SECRET not in daemon.errors
    assert SECRET in server.requests_for("/reset")[0].headers["authorization"]


def test_s17_netrc_is_not_read(
    visits: Visits, server: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"default login me password {SECRET}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.serve("/feed", FEED)
    visits.add("paper", server.url("/feed"))

    visits.go("paper")

    assert "authorization" not in server.requests[0].headers


def source_of(folder: Path, text: str) -> Source:
    path = folder / "feeds.toml"
    path.write_text(f'[sources.paper]\nurl = "https://a.example/feed"\n{text}\n')
    [source] = load(path).sources
    return source


def test_s18_a_secret_may_be_in_the_environment_or_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPER_TOKEN", SECRET)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "cookie").write_text(f"{SECRET}\n")

    source = source_of(
        tmp_path,
        'token = { env = "PAPER_TOKEN" }\n'
        'cookie = { file = "$CREDENTIALS_DIRECTORY/cookie" }\n'
        'headers = { X-Key = { file = "cookie" }, X-Plain = "1" }',
    )

    assert source.access == Access(
        token=SECRET, cookie=SECRET, headers=(("X-Key", SECRET), ("X-Plain", "1"))
    )
    assert SECRET not in repr(source)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('token = { env = "NOT_THERE" }', "the environment variable NOT_THERE, which is not set"),
        ('token = { file = "nowhere" }', "cannot be read: No such file or directory"),
        (
            'token = { file = "$CREDENTIALS_DIRECTORY/a" }',
            "the environment has no CREDENTIALS_DIRECTORY; systemd sets it for the service",
        ),
        ('token = { file = "empty" }', "which is empty"),
        ('url = { env = "PAPER" }', 'takes a whole URL such as "https://example.org/feed.xml"'),
        ('token = { env = "LINES" }', "takes a text in one line of Latin letters and signs"),
        (
            'auth = { user = "me", pass = { env = "PAPER" } }',
            'takes { user = "me", password = { env = "PASSWORD" } }',
        ),
        ('auth = { user = "a", password = "b" }\ntoken = "c"', "only one of them can hold"),
    ],
)
def test_s18_a_secret_that_cannot_be_had_is_a_problem_that_does_not_tell_it(
    text: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPER", SECRET)
    monkeypatch.setenv("LINES", f"{SECRET}\nX-Injected: 1")
    monkeypatch.delenv("NOT_THERE", raising=False)
    (tmp_path / "empty").write_text(" \n")
    url = "" if text.startswith("url") else 'url = "https://a.example/feed"\n'
    (tmp_path / "feeds.toml").write_text(f"[sources.paper]\n{url}{text}\n")

    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "feeds.toml")

    told = "\n".join(str(one) for one in caught.value.problems)
    assert problem in told
    assert SECRET not in told


def test_what_feeds_toml_says_about_requests_is_in_the_requests(
    home: Home, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        server.serve(f"/{name}", an_rss(an_item(name)))
    monkeypatch.setenv("COOKIE", f"id={SECRET}")
    (home.folder / "password").write_text(f"{SECRET}\n")
    home.configure(
        sources={
            "a": {
                "url": server.url("/a"), "headers": {"X-Feature": "full"},
                "auth": {"user": "me", "password": {"file": "password"}},
                "cookie": {"env": "COOKIE"}, "user_agent": "reader/1 (me@example.org)",
            },
            "b": {"url": server.url("/b"), "token": SECRET},
        },
        service={"contact": "mailto:me@example.org"},
    )  # fmt: skip

    home.run("poll", "--all")

    [a], [b] = server.requests_for("/a"), server.requests_for("/b")
    assert {name: a.headers[name] for name in ("x-feature", "cookie", "user-agent")} == {
        "x-feature": "full", "cookie": f"id={SECRET}", "user-agent": "reader/1 (me@example.org)",
    }  # fmt: skip
    assert b64decode(a.headers["authorization"].removeprefix("Basic ")) == f"me:{SECRET}".encode()
    assert b.headers["authorization"] == f"Bearer {SECRET}"
    assert re.fullmatch(
        r"aggregator/[\w.]+ \(feed aggregator; mailto:me@example.org\)", b.headers["user-agent"]
    )


# Certificates


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate of our own for 127.0.0.1, or skip where there is no openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the command openssl, to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", path, "-out", path.with_suffix(".crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[FeedServer]:
    """Give a server that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with FeedServer(context) as server:
        server.serve("/feed", FEED)
        yield server


def test_s22_a_certificate_is_checked_unless_the_source_says_otherwise(
    visits: Visits, tls_server: FeedServer, certificate: Path
) -> None:
    url = tls_server.url("/feed")
    ways: dict[str, bool | str] = {"strict": True, "lax": False, "own": str(certificate)}
    for name, verify in ways.items():
        visits.add(name, f"{url}?{name}", access=Access(verify=verify))

    states = {name: visits.go(name) for name in ways}

    assert {name: state.status for name, state in states.items()} == {
        "strict": "unreachable",
        "lax": "ok",
        "own": "ok",
    }
    assert states["strict"].error.startswith("no safe connection to 127.0.0.1: ")


def test_s22_what_a_source_says_of_certificates_holds_for_its_own_host_only(
    visits: Visits, tls_server: FeedServer, server: FeedServer
) -> None:
    with FeedServer(host="127.0.0.2") as elsewhere:
        for one in (server, elsewhere):
            one.redirect("/moved", tls_server.url("/feed"))
        visits.add("same", server.url("/moved"), access=Access(verify=False))
        visits.add("other", elsewhere.url("/moved"), access=Access(verify=False))

        states = [visits.go(name).status for name in ("same", "other")]

    assert states == ["ok", "unreachable"]


def test_s23_a_proxy_is_asked_in_place_of_the_host(
    visits: Visits, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {
        "publisher.example": ["93.184.216.34"],
        "inside.example": ["10.0.0.7"],
        "both.example": ["93.184.216.34", "127.0.0.1"],
        "nas.lan": [],
        "unknown.example": [],
    }
    resolve_by(names, monkeypatch)
    server.serve("http://publisher.example/feed", FEED)
    server.serve("http://unknown.example/feed", OTHER)
    server.redirect("http://publisher.example/old", "http://inside.example/feed")
    proxy = Access(proxy=f"http://me:{SECRET}@127.0.0.1:{server.port}")
    paths = [*(f"{name}/feed" for name in names), "127.0.0.1/feed", "publisher.example/old"]
    for path in paths:
        visits.add(path, f"http://{path}", access=proxy, allow_private=False)

    states = {path: visits.go(path).status for path in paths}

    assert states == {
        "publisher.example/feed": "ok",
        "inside.example/feed": "refused",
        "both.example/feed": "refused",
        "nas.lan/feed": "refused",
        "unknown.example/feed": "ok",
        "127.0.0.1/feed": "refused",
        "publisher.example/old": "refused",
    }
    assert [request.path for request in server.requests] == [
        "http://publisher.example/feed",
        "http://unknown.example/feed",
        "http://publisher.example/old",
    ]
    assert server.requests[0].headers["proxy-authorization"].startswith("Basic ")
