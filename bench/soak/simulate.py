"""Run the daemon's own parts on simulated time against the simulated publishers."""

import gc
import heapq
import json
import multiprocessing
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil

from aggregator.cli.parts import NEEDED_TO_PARSE, Parts, open_parts, user_agent
from aggregator.cli.run import clock_trust, duties
from aggregator.config.load import load
from aggregator.core.source import Source, Validators
from aggregator.daemon.loop import Daemon
from aggregator.daemon.notify import Notifier
from aggregator.ingest.answer import Fetched, NotModified
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.pace import Steady, Turn
from aggregator.ingest.response import FEED, Wanted
from aggregator.ingest.workers import Workers
from bench.memory import pss_of
from bench.soak.clock import SimulatedTime
from bench.soak.kinds import BY_NAME, HALF_HOURLY, kinds_of
from bench.soak.server import Logged, Town, publish

CONTACT = "mailto:soak@example.org"
PER_HOST, MOST_HOSTS = 5, 400  # each host is a socket that listens
PARSE_SECONDS = 4.0  # for one document, of real time
SAMPLE_SECONDS = 60.0  # of simulated time


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The memory at a moment: bytes of the daemon itself and of what it started, and the number of
    blocks that Python's objects in the daemon take."""

    at: float
    daemon: int
    workers: int
    blocks: int

    @property
    def bytes(self) -> int:
        """Add up both."""
        return self.daemon + self.workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """What came of a simulation: the server's log, the memory, and where the database is."""

    town: Town
    seconds: float
    wall: float
    log: tuple[Logged, ...]
    memory: tuple[Sample, ...]
    database: Path


class SlowFetcher(Fetcher):
    """Takes simulated time for each answer, holding its thread and its turn with the host."""

    def __init__(self, time: SimulatedTime, takes: Mapping[str, float]) -> None:
        super().__init__(user_agent(CONTACT), time.utc)
        self._time = time
        self._takes = takes

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
        self._time.sleep(self._takes[source.id])
        return super().fetch(source, validators, url=url, turn=turn, wanted=wanted, form=form)


def simulate(folder: Path, sources: int, hours: float) -> Soak:
    """Let so many sources be polled for so many simulated hours."""
    began = time.monotonic()
    town = built(sources)
    configure(folder, town)
    with serving(town) as (process, pipe, told):
        simulated = SimulatedTime(told)
        with open_parts(load(folder / "feeds.toml"), simulated.utc) as parts:
            memory = _run(parts, town, simulated, hours * 3600, process.pid or 0)
        pipe.send("end")
        log: list[Logged] = pipe.recv()
    return Soak(
        town=town,
        seconds=hours * 3600,
        wall=time.monotonic() - began,
        log=tuple(log),
        memory=memory,
        database=folder / "data" / "aggregator.db",
    )


def built(sources: int) -> Town:
    """Make a town of so many sources, of all kinds in turn."""
    return Town(
        kinds=tuple(kind.name for kind in kinds_of(sources)),
        hosts=min(max(sources // PER_HOST, 1), MOST_HOSTS),
        port=free_port(),
    )


def _run(
    parts: Parts, town: Town, simulated: SimulatedTime, seconds: float, server: int
) -> tuple[Sample, ...]:
    takes = {f"s{number}": BY_NAME[kind].takes for number, kind in enumerate(town.kinds)}
    workers = Workers(parts.config.service.workers, NEEDED_TO_PARSE, PARSE_SECONDS)
    poller = replace(
        parts.poller,
        fetcher=SlowFetcher(simulated, takes),
        workers=workers,
        seconds=simulated.seconds,
    )
    steady = Steady(seconds=simulated.seconds, condition=simulated.condition)
    daemon = Daemon(
        replace(duties(parts, clock_trust(parts)), poller=poller, steady=steady),
        Notifier.from_environment(),
    )
    memory: list[Sample] = []

    def remember() -> None:
        memory.append(sample(simulated.now, apart_from=server))

    try:
        jobs = (*daemon.jobs, (remember, SAMPLE_SECONDS))
        drive(simulated, jobs, seconds, settled=lambda: parts.writer.call(lambda _: None))
        daemon.drain()
    finally:
        workers.close()
    return tuple(memory)


def drive(
    simulated: SimulatedTime,
    jobs: tuple[tuple[Callable[[], None], float], ...],
    seconds: float,
    settled: Callable[[], None],
) -> None:
    """Do each job as often as it is due, until the time is over and nobody waits any more.

    Time goes on only when every poll thread sleeps; `settled` waits for what they left behind.
    """
    agenda = [(0.0, place) for place in range(len(jobs))]
    while True:
        simulated.settle(poll_threads)
        settled()
        alarm = simulated.next_alarm()
        if agenda and (alarm is None or agenda[0][0] < alarm):
            due, place = heapq.heappop(agenda)
            job, period = jobs[place]
            simulated.advance(due)
            job()
            if due + period <= seconds:
                heapq.heappush(agenda, (due + period, place))
        elif alarm is not None:
            simulated.advance(alarm)
        else:
            return


def poll_threads() -> int:
    """Count the threads that poll, and those that read what came."""
    return sum(thread.name.startswith(("poll-", "document-")) for thread in threading.enumerate())


def sample(at: float, *, apart_from: int) -> Sample:
    """Measure this process and those that it started, shared pages split among them."""
    gc.collect()  # what waits for the collector is no leak
    own = psutil.Process()
    children = {child.pid for child in own.children(recursive=True)} - {apart_from}
    return Sample(
        at=at,
        daemon=pss_of(own.pid),
        workers=sum(map(pss_of, children)),
        blocks=sys.getallocatedblocks(),
    )


@contextmanager
def serving(
    town: Town,
) -> Iterator[tuple[BaseProcess, "Connection[str, Any]", Callable[[float], None]]]:
    """Start the publishers; give their process, a pipe to them, and how to tell them the time."""
    context = multiprocessing.get_context("spawn")
    now = RawValue("d", 0.0)
    ours, theirs = context.Pipe()
    process = context.Process(target=publish, args=(town, now, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.recv()  # ready

        def tell(moment: float) -> None:
            now.value = moment

        yield process, ours, tell
    finally:
        process.terminate()
        process.join()


def configure(
    folder: Path,
    town: Town,
    interval: str = "",
    service: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Write the feeds.toml of a town; a given interval is in place of that of each kind."""
    tables: dict[str, Mapping[str, object]] = {
        "service": {"contact": CONTACT, **service},
        "defaults": {"allow_private": True, "timeout": "20s"},
        "outputs.everything": {"title": "Everything", "limit": 10},
        "outputs.recent": {"title": "Recent", "max_age": "1h", "limit": 10},
    }
    for number, name in enumerate(town.kinds):
        kind = BY_NAME[name]
        root = town.root(number, is_listening=kind.is_listening)
        stated = HALF_HOURLY | dict(kind.settings)
        if interval and "cron" not in stated:
            stated["interval"] = interval
        settings = {key: value for key, value in stated.items() if value}
        tables[f"sources.s{number}"] = {"url": f"{root}/{number}", **settings}
    text = "\n".join(_table(name, table) for name, table in tables.items())
    (folder / "feeds.toml").write_text(text, encoding="utf-8")


def _table(name: str, table: Mapping[str, object]) -> str:
    """Write a table; JSON's texts, numbers and booleans are TOML's as well."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    return "\n".join((f"[{name}]", *lines, ""))


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
