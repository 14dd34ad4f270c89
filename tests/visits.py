"""The parts that poll, on a real server and a real database, with a clock that tests set.

visits = Visits(folder)
source = visits.add("paper", server.url("/feed"))
visits.go("paper")                  # one poll, due or not; gives where the source stands then
visits.clock.forward(hours=1)
visits.due()                        # who would be polled now
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.core.pace import HostPace
from aggregator.core.polling import address, due_sources
from aggregator.core.source import Source, SourceState
from aggregator.core.urls import UrlRules
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.links import host_of
from aggregator.ingest.pace import Lanes, Turn
from aggregator.ingest.workers import Workers
from aggregator.pipeline.poll import Poller, PollReport, poll_many
from aggregator.store import health
from aggregator.store.database import Database
from aggregator.store.health import HealthEvent
from aggregator.store.writer import Writer

AGENT = "aggregator/1 (feed aggregator; mailto:me@example.org)"
IN_A_HURRY: Mapping[str, HostPace] = {"*": HostPace(connections=8, delay=0)}


def at_once(do: Callable[[], None], _size: int) -> None:
    """Do it, and not later."""
    do()


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Let time pass, in units of timedelta."""
        self.now += timedelta(**span)


class Visits:
    """Polls sources one by one and tells where they stand."""

    def __init__(self, folder: Path, workers: Workers, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.reports: list[PollReport] = []
        self._path = folder / "aggregator.db"
        self._workers = workers
        self._sources: dict[str, Source] = {}
        self._open()

    def _open(self) -> None:
        self._writer = Writer(self._path)
        self.fetcher = Fetcher(AGENT, self.clock)
        self._poller = Poller(
            fetcher=self.fetcher,
            workers=self._workers,
            writer=self._writer,
            outputs=(),
            url_rules=UrlRules(),
            clock=self.clock,
        )
        self._lanes: Lanes[None] = Lanes(IN_A_HURRY)

    def close(self) -> None:
        """Close the database."""
        self._writer.close()

    def restart(self) -> None:
        """Forget everything that is not in the database."""
        self.close()
        self._open()

    def add(self, name: str, url: str, **settings: object) -> Source:
        """Configure a source, at a loopback address unless told otherwise."""
        stated: dict[str, object] = {"allow_private": True, "timeout": timedelta(seconds=10)}
        source = Source(id=name, url=url, name=name, **(stated | settings))  # type: ignore[arg-type]
        self._sources[name] = source
        self._writer.call(lambda db: db.sync_sources([source]))
        return source

    def go(self, name: str, times: int = 1) -> SourceState:
        """Poll a source, each time when it is due; give where it stands."""
        for turn in range(times):
            state = self.state(name)
            if turn and state.next_poll_at:
                self.clock.now = state.next_poll_at
            source = self._sources[name]
            host = host_of(address(source, state))
            assert self._lanes.enter(host, 10)
            held = Turn(self._lanes, host)
            self.reports.append(self._poller.poll(source, state, held, at_once).result(60))
            held.release()
        return self.state(name)

    def go_all(self, paces: Mapping[str, HostPace], threads: int = 16) -> list[PollReport]:
        """Poll all sources side by side, as `poll --all` does."""
        with self.database() as database:
            states = database.states()
        sources = tuple(self._sources.values())
        return list(poll_many(self._poller, sources, states, paces, threads))

    @contextmanager
    def busy_writer(self) -> Iterator[None]:
        """Have nothing stored before the block ends."""
        ending = threading.Event()
        self._writer.submit(lambda _: ending.wait(60))
        try:
            yield
        finally:
            ending.set()

    def wait(self, name: str) -> timedelta:
        """Tell how long it is until a source is polled next."""
        due = self.state(name).next_poll_at
        assert due is not None
        return due - self.clock.now

    def state(self, name: str) -> SourceState:
        """Tell where a source stands."""
        with self.database() as database:
            return database.states()[name]

    def due(self) -> list[str]:
        """Name the sources that are due now."""
        with self.database() as database:
            states = database.states()
        return [one.id for one in due_sources(self._sources.values(), states, self.clock.now)]

    def titles(self) -> list[str]:
        """List the titles of all stored articles."""
        with self.database() as database:
            return [article.title for _, article in database.articles_after(0, 10_000)]

    def health_events(self) -> Sequence[HealthEvent]:
        """List what was told of the sources' health, newest first."""
        with self.database() as database:
            return health.events(database, 100)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open the database for reading."""
        with closing(Database(self._path)) as database:
            yield database
