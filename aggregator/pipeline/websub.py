"""Hubs are told which feeds changed (WebSub §5), beside everything else and until they know."""

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from aggregator import log
from aggregator.core.pace import HostPace
from aggregator.core.source import Source, Validators, public_url
from aggregator.errors import PollError
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.links import host_of
from aggregator.ingest.pace import Turn
from aggregator.ingest.response import Wanted
from aggregator.pipeline.crew import work_off
from aggregator.pipeline.poll import Clock
from aggregator.store import hub_pings
from aggregator.store.database import Database
from aggregator.store.hub_pings import HubPing
from aggregator.store.writer import Writer

_logger = logging.getLogger(__name__)
_ANSWER = Wanted("*/*", 64 << 10)
_TIMEOUT = timedelta(seconds=20)
_CLAIMED = timedelta(minutes=2)  # longer than a try takes, with the wait for the host's turn
_MOST = 500  # in one run of a command
_PAUSES = tuple(timedelta(minutes=one) for one in (1, 5, 30, 120, 360, 720, 1440))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinger:
    """Tells one hub of one feed on each thread that calls it; `hubs` are all of feeds.toml."""

    fetcher: Fetcher
    writer: Writer
    hubs: frozenset[str]
    allow_private: bool
    clock: Clock

    def due(self, database: Database, limit: int) -> list[HubPing]:
        """List what hubs are to be told now."""
        return hub_pings.due(database, self.hubs, self.clock(), limit)

    def ping(self, ping: HubPing, turn: Turn) -> "Future[None]":
        """Tell a hub, and have recorded what came of it; nothing where another process does."""
        now = self.clock()
        if not self.writer.call(lambda db: hub_pings.claim(db, ping, now, now + _CLAIMED)):
            turn.release()
            return self.writer.submit(lambda _: None)
        try:
            self._post(ping, turn)
        except PollError as error:
            return self._failed(ping, error)
        _log(ping, logging.INFO, status="told")
        return self.writer.submit(lambda db: hub_pings.done(db, ping))

    def _post(self, ping: HubPing, turn: Turn) -> None:
        source = Source(
            id="hub",
            url=ping.hub,
            name="hub",
            timeout=_TIMEOUT,
            allow_private=self.allow_private,
        )
        form = urlencode({"hub.mode": "publish", "hub.url": ping.topic}).encode()
        self.fetcher.fetch(source, Validators(), turn=turn, wanted=_ANSWER, form=form)
        turn.release()

    def _failed(self, ping: HubPing, error: PollError) -> "Future[None]":
        what = public_url(error.what)
        if ping.tries >= len(_PAUSES):
            _log(ping, logging.ERROR, status="given up", error=what)
            return self.writer.submit(lambda db: hub_pings.done(db, ping))
        pause = max(_PAUSES[ping.tries], min(error.retry_after or _PAUSES[0], _PAUSES[-1]))
        _log(ping, logging.WARNING, status="failed", tries=ping.tries + 1, error=what)
        next_at = self.clock() + pause
        return self.writer.submit(lambda db: hub_pings.failed(db, ping, next_at))


def _log(ping: HubPing, level: int, **fields: object) -> None:
    # Of the topic its last part: there may be a token in it.
    feed = ping.topic.rpartition("/")[2]
    log.event(_logger, "hub", level=level, hub=public_url(ping.hub), feed=feed, **fields)


def ping_many(
    pinger: Pinger,
    database: Database,
    paces: Mapping[str, HostPace],
    threads: int,
    seconds: float,
) -> Iterator[None]:
    """Tell hubs what is due side by side, each host at its pace; none begins after so many
    seconds, and what is left is for the next run."""
    jobs = [(host_of(one.hub), one) for one in pinger.due(database, _MOST)]
    yield from work_off(jobs, paces, threads, pinger.ping, seconds)
