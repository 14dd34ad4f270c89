"""Measure how many requests a second are answered: feeds, beside nginx with the same files; pages.

Run as `python -m bench.serving` from the root of the project; it needs wrk, and nginx for what is
beside ours. The daemon is the real one, and its articles came by real polls.
"""

import argparse
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench.home import Home, Served, daemon, polled
from bench.measure import BenchError
from bench.page import FEEDS
from bench.rivals import nginx
from tests.running import Answer, ask

FEED = "/feeds/everything.rss"
CONNECTIONS = 8
CODINGS = {"plain": "identity", "gzip": "gzip", "br": "br"}
SEARCHED = "芯片"
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What wrk asks of a server again and again, and what it must be answered."""

    server: str
    what: str
    path: str
    headers: Mapping[str, str]
    status: int = 200
    coding: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What came of it: `p50` and `p99` in milliseconds, `size` in bytes, `cpu` in microseconds that
    the server took for a request."""

    server: str
    what: str
    path: str
    size: int
    per_second: float
    p50: float
    p99: float
    cpu: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Unanswered:
    """Say why there is no figure."""

    server: str
    what: str
    failed: str


def feeds(server: str, served: Served) -> Iterator[Asked]:
    """Ask for a feed in each form, then with the tag of what one has."""
    for what, coding in CODINGS.items():
        headers = {"Accept-Encoding": coding}
        found = _ask(served, FEED, headers)
        has = found.headers.get("content-encoding", "")
        if has == (coding if coding != "identity" else ""):
            yield Asked(server=server, what=what, path=FEED, headers=headers, coding=has)
    known = {"If-None-Match": _ask(served, FEED, {}).headers["etag"]}
    yield Asked(server=server, what="304", path=FEED, headers=known, status=304)


def pages(home: Home) -> Iterator[Asked]:
    """Ask for each kind of page that people look at."""
    listed = subprocess.run(
        (*home.command, "search", SEARCHED, "--json"), capture_output=True, check=True, text=True
    )
    named = {
        "home": "/",
        "an output": "/outputs/everything",
        "an article": f"/articles/{json.loads(listed.stdout)[0]['article']}",
        "sources": "/sources",
        "search": f"/search?q={quote(SEARCHED)}",
    }
    for what, path in named.items():
        yield Asked(server="ours", what=what, path=path, headers={})


def _ask(served: Served, path: str, headers: Mapping[str, str]) -> Answer:
    return ask(served.port, path, **dict(headers))


def load(asked: Asked, served: Served, seconds: int) -> Answered:
    """Ask for so long by wrk, after a look at one answer."""
    answer = _ask(served, asked.path, asked.headers)
    found = (answer.status, answer.headers.get("content-encoding", ""))
    if found != (asked.status, asked.coding):
        raise BenchError(f"{asked.server}: {asked.path}: answered {found}")
    headers = [f"--header={name}: {value}" for name, value in asked.headers.items()]
    url = f"http://127.0.0.1:{served.port}{asked.path}"
    before = served.cpu()
    done = subprocess.run(
        ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *headers, url),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    cpu = served.cpu() - before
    if done.returncode or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise BenchError(f"{asked.server}: {asked.path}: {done.stdout[-500:]}{done.stderr[-500:]}")
    requests = int(_found(r"(\d+) requests in", done.stdout)[1])
    return Answered(
        server=asked.server,
        what=asked.what,
        path=asked.path,
        size=len(answer.body),
        per_second=float(_found(r"Requests/sec: +([\d.]+)", done.stdout)[1]),
        p50=_milliseconds(_found(r" 50% +([\d.]+)(\w+)", done.stdout)),
        p99=_milliseconds(_found(r" 99% +([\d.]+)(\w+)", done.stdout)),
        cpu=cpu / requests * 1e6,
    )


def _found(pattern: str, text: str) -> re.Match[str]:
    found = re.search(pattern, text)
    if found is None:
        raise BenchError(f"wrk printed something else: {text[-500:]}")
    return found


def _milliseconds(found: re.Match[str]) -> float:
    return float(found[1]) * _UNITS[found[2]]


def attempt(asked: Asked, served: Served, seconds: int) -> Answered | Unanswered:
    """Ask for so long; a failure costs this figure alone."""
    try:
        return load(asked, served, seconds)
    except (BenchError, OSError) as e:
        return Unanswered(server=asked.server, what=asked.what, failed=str(e))


def measure(home: Home, ours: Served, own: Path, seconds: int) -> Iterator[Answered | Unanswered]:
    """Measure feeds of both servers in turns, then pages; nginx is left out where it is missing."""
    if not shutil.which("wrk"):
        raise BenchError("wrk is not installed")
    with ExitStack() as stack:
        servers = {"ours": ours}
        if nginx.program():
            try:
                served = stack.enter_context(nginx.serving(home.data / "public", own))
                if _ask(served, FEED, {}).body != _ask(ours, FEED, {}).body:
                    raise BenchError("it serves another feed")
                servers["nginx"] = served
            except (BenchError, AssertionError, OSError) as e:
                yield Unanswered(server="nginx", what=FEEDS[0], failed=str(e))
        asked = [one for name, served in servers.items() for one in feeds(name, served)]
        for one in sorted(asked, key=lambda one: FEEDS.index(one.what)):
            yield attempt(one, servers[one.server], seconds)
    for one in pages(home):
        yield attempt(one, ours, seconds)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.serving", description=__doc__)
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--entries", type=int, default=30)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| what | server | bytes | requests a second | median ms | 99 % ms | CPU µs |")
    print("|---|---|---|---|---|---|---|")
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        polled(Path(folder), options.sources, options.entries, options.seed) as home,
        daemon(home) as ours,
    ):
        for one in measure(home, ours, Path(folder) / "nginx", options.seconds):
            if isinstance(one, Unanswered):
                print(f"| {one.what} | {one.server} | failed: {one.failed} |", flush=True)
                continue
            print(f"| {one.what} | {one.server} | {one.size} | {one.per_second:.0f} "
                  f"| {one.p50:.2f} | {one.p99:.2f} | {one.cpu:.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
