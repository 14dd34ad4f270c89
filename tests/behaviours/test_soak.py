"""Two hours of the daemon in two minutes: 2,000 sources, a third of them misbehaving."""

import gzip
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from aggregator.cli.daemon import duties
from aggregator.cli.parts import open_parts
from aggregator.config.load import load
from aggregator.daemon.loop import Daemon
from aggregator.daemon.notify import Notifier
from tests.feeds import an_item, an_rss
from tests.running import Home, until
from tests.servers import FeedServer, Request, Response

SPEED = 60
HOURS = 2
SOURCES, HOSTS = 2000, 50
INTERVAL = timedelta(minutes=30)
FEED = an_rss(*(an_item(f"Story {number}") for number in range(10)))
BOMB = gzip.compress(b"<rss>" + bytes(32 << 20), mtime=0)
PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]>'
    b"<rss><channel><item><title>&b;</title></item></channel></rss>"
)
# Enough for the feedparser of a busy machine, and 2 minutes of the clock that runs fast.
TIMEOUT = "2s"

Misdeed = Callable[[FeedServer, str], None]


def always(status: int, body: bytes = b"", **headers: str) -> Misdeed:
    stated = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda server, path: server.answer(path, status, stated, body)


def turning(*responses: Response) -> Misdeed:
    """Answer with each in turn."""

    def program(server: FeedServer, path: str) -> None:
        visits = iter(range(10**9))
        server.handle(path, lambda _: responses[next(visits) % len(responses)])

    return program


def volatile(server: FeedServer, path: str) -> None:
    """Give every entry another guid and another link at each visit."""
    visits = iter(range(10**9))

    def respond(_: Request) -> Response:
        visit = next(visits)
        item = an_item("The same", guid=f"g{visit}", link=f"https://p.example{path}?v={visit}")
        return Response(body=an_rss(item))

    server.handle(path, respond)


MISDEEDS: dict[str, Misdeed] = {
    "404": always(404),
    "403": always(403),
    "410": always(410),
    "429": always(429, Retry_After="3600"),
    "429 nonsense": always(429, Retry_After="soon"),
    "500": always(500),
    "503": always(503, Retry_After="Mon, 02 Mar 2026 13:00:00 GMT"),
    "drips": lambda server, path: server.drip(path, FEED * 10),
    "drips head": lambda server, path: server.drip_head(path),
    "never": lambda server, path: server.never(path),
    "resets": lambda server, path: server.reset(path, FEED),
    "short": lambda server, path: server.short(path, FEED),
    "cut gzip": lambda server, path: server.truncated_gzip(path, FEED),
    "bomb": always(200, BOMB, Content_Encoding="gzip"),
    "page": always(200, PAGE, Content_Type="text/html"),
    "nothing": always(200),
    "garbage": always(200, b"\x00\xff<rss" * 1000),
    "entities": always(200, ENTITIES),
    "circle": lambda server, path: server.redirect(path, path),
    "to a file": lambda server, path: server.redirect(path, "file:///etc/passwd"),
    "ten years": always(200, FEED, Cache_Control="max-age=315360000"),
    "stumbles": turning(Response(status=500), Response(body=FEED)),
    "empties": turning(Response(body=FEED), Response(body=an_rss())),
    "volatile": volatile,
}


@dataclass
class Traffic:
    """Who was asked when, by the clock that runs fast."""

    clock: Callable[[], datetime]
    lock: threading.Lock = field(default_factory=threading.Lock)
    arrived: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def note(self, path: str) -> None:
        with self.lock:
            self.arrived[path].append(self.clock())


class NotingServer(FeedServer):
    """Notes each arrival."""

    traffic: Traffic

    def behave(self, request: Request, handler: object) -> None:
        self.traffic.note(request.path)
        with self._lock:
            self._requests.clear()  # two hours of them would be memory of ours
        super().behave(request, handler)  # type: ignore[arg-type]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[tuple[Home, Traffic, dict[str, str]]]:
    """Serve 2,000 sources on 50 hosts; give what each is, by its path."""
    began = time.monotonic()
    start = datetime(2026, 3, 2, 12, tzinfo=UTC)
    traffic = Traffic(lambda: start + (time.monotonic() - began) * SPEED * timedelta(seconds=1))
    kinds = dict[str, str]()
    sources = dict[str, str]()
    names = list(MISDEEDS)
    with ExitStack() as stack:
        servers = []
        for number in range(HOSTS):
            server = stack.enter_context(NotingServer(host=f"127.0.3.{number + 1}"))
            server.traffic = traffic
            servers.append(server)
        for number in range(SOURCES):
            server, path = servers[number % HOSTS], f"/{number}"
            kind = names[number // 3 % len(names)] if number % 3 == 0 else "healthy"
            if kind == "healthy":
                server.serve(path, FEED.replace(b"Story", f"Story {number}.".encode()), etag='"a"')
            else:
                MISDEEDS[kind](server, path)
            kinds[path] = kind
            sources[f"s{number}"] = server.url(path)
        home = Home(tmp_path)
        home.configure(
            sources=sources,
            defaults={"timeout": TIMEOUT, "interval": "30m", "max_interval": "1h"},
            service={"archive": False, "fetch_threads": 64},
            delay="0.02s",
        )
        text = home.config.read_text().replace("connections = 8", "connections = 1")
        home.config.write_text(text)
        yield home, traffic, kinds


def memory() -> int:
    """Sum the private and shared memory of this process and its children, in KB."""
    return sum(_pss(pid) for pid in _family(os.getpid()))


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hours_with_a_third_misbehaving(
    town: tuple[Home, Traffic, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    home, traffic, kinds = town
    stop, samples = threading.Event(), list[tuple[float, int]]()
    config = load(home.config)

    def watch() -> None:
        began = traffic.clock()
        until(lambda: traffic.clock() - began > timedelta(minutes=40), "the first round", 600)
        while traffic.clock() - began < timedelta(hours=HOURS):
            samples.append(((traffic.clock() - began) / timedelta(hours=1), memory()))
            stop.wait(1)
        stop.set()

    watcher = threading.Thread(target=watch)
    with open_parts(config, traffic.clock) as parts:
        began = traffic.clock()
        watcher.start()
        Daemon(duties(parts), Notifier.from_environment()).run(stop)
        watcher.join()
    ended = traffic.clock()

    # No stall: every healthy source was asked all the time, at its interval.
    healthy = {path: traffic.arrived[path] for path, kind in kinds.items() if kind == "healthy"}
    assert min(map(len, healthy.values())) >= 3
    gaps = [b - a for moments in healthy.values() for a, b in pairwise(moments)]
    assert sorted(gaps)[len(gaps) // 2] < INTERVAL * 1.3
    late = [one for one in gaps if one > INTERVAL * 1.6]
    assert len(late) < len(gaps) // 100
    # No storm: nobody was asked before it was allowed, not even those that fail.
    assert min(gaps) >= INTERVAL
    for path, kind in kinds.items():
        moments = traffic.arrived[path]
        hops = 6 if kind == "circle" else 1
        most = 1 if kind == "410" else (ended - began) / timedelta(minutes=10) + 1
        assert len(moments) <= most * hops, kind
    # Flat memory: the last quarter takes no more than what it took after the first rounds.
    third = len(samples) // 3
    before, after = (median(kb for _, kb in part) for part in (samples[:third], samples[-third:]))
    megabytes = f"{before / 1024:.0f} -> {after / 1024:.0f} MB"
    with capsys.disabled():
        sys.stdout.write(f"soak: {megabytes}, {len(gaps)} gaps, {len(late)} late\n")
    assert after < before * 1.15
