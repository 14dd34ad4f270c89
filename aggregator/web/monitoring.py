"""`/metrics` and `/health`: how the daemon does, for programs that watch it and for its page."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aggregator import __version__
from aggregator.core.condition import Level, Standing, Vitals, level, reasons
from aggregator.core.in_force import InForce
from aggregator.core.pulse import Pulse
from aggregator.errors import StoreError
from aggregator.store import figures
from aggregator.store.database import Database
from aggregator.store.figures import Counts
from aggregator.web.gauges import Gauges, Snapshot, SourceGauges
from aggregator.web.metrics import Metrics
from aggregator.web.recent import Recent

_COUNTS_SECONDS = 30  # a count reads an index from end to end
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass
class Watch:
    """What is watched of a daemon beside its database, for as long as its process lives. `pulse` is
    told once there is a daemon, `in_force` once feeds.toml is watched, `ending` when it is about to
    end."""

    metrics: Metrics
    recent: Recent
    pulse: Callable[[], Pulse] | None = None
    in_force: InForce | None = None
    seconds: Callable[[], float] = time.monotonic
    ending: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _counts: Counts | None = None
    _counted: float = 0.0

    def tell(self, in_force: InForce) -> None:
        """Note which feeds.toml holds."""
        self.in_force = in_force

    @property
    def holds_since(self) -> datetime | None:
        """Tell since when the configuration holds that does."""
        return self.in_force.since if self.in_force else None

    @property
    def is_config_current(self) -> bool:
        """Say whether what feeds.toml says now can be used."""
        return not (self.in_force and self.in_force.problems)

    def counts(self, database: Database) -> Counts:
        """Count what is stored, once in a while."""
        with self._lock:
            now = self.seconds()
            if self._counts is None or now - self._counted >= _COUNTS_SECONDS:
                self._counts, self._counted = figures.counts(database), now
            return self._counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """Answers programs, by one configuration; of its sources the ids are told, and nothing else."""

    watch: Watch
    sources: frozenset[str]
    open_database: Callable[[], Database]
    clock: Callable[[], datetime]

    @property
    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            Route("/health", self._health),
            Route("/metrics", self._metrics),
            Route("/metrics/sources", self._source_metrics),
        ]

    def _health(self, _request: Request) -> Response:
        snapshot = self.read()
        how = level(snapshot.reasons)
        pulse = snapshot.pulse
        body: dict[str, Any] = {
            "status": how.value,
            "reasons": [
                {"code": one.code, "level": one.level.value, "what": one.what, "hint": one.hint}
                for one in snapshot.reasons
            ],
            "version": __version__,
            "sources": len(self.sources),
            "broken_sources": snapshot.broken,
            "overdue_seconds": round(snapshot.overdue),
            "tick_age_seconds": round(pulse.since_tick, 1) if pulse else None,
            "articles": snapshot.counts.articles if snapshot.counts else None,
        }
        return JSONResponse(body, 503 if how is Level.FAILING else 200, _HEADERS)

    def _metrics(self, request: Request) -> Response:
        return _exposed(request, self.watch.metrics.registry, Gauges(self.read()))

    def _source_metrics(self, request: Request) -> Response:
        return _exposed(request, SourceGauges(self.read()))

    def read(self) -> Snapshot:
        """Look at everything once."""
        now = self.clock()
        standings: list[Standing] = []
        counts, sizes, free, failure = None, dict[str, int](), None, ""
        try:
            with closing(self.open_database()) as database:
                standings = figures.standings(database, self.sources)
                counts = self.watch.counts(database)
                sizes = figures.file_sizes(database)
                free = _free_bytes(database)
        except StoreError as error:
            failure = error.what.partition(": ")[2] or error.what  # without the path
        except sqlite3.Error as error:
            failure = f"the database cannot be read: {error}"
        except OSError as error:
            failure = f"the data cannot be read: {error.strerror}"
        snapshot = Snapshot(
            now=now,
            standings=standings,
            counts=counts,
            file_sizes=sizes,
            free_bytes=free,
            pulse=self.watch.pulse() if self.watch.pulse else None,
            reasons=(),
        )
        return self._judged(snapshot, failure)

    def _judged(self, snapshot: Snapshot, failure: str) -> Snapshot:
        vitals = Vitals(
            pulse=snapshot.pulse,
            store_error=failure,
            is_config_current=self.watch.is_config_current,
            config_hint=self.watch.in_force.hint if self.watch.in_force else "",
            sources=len(self.sources),
            broken=snapshot.broken,
            overdue=snapshot.overdue,
            free_bytes=snapshot.free_bytes,
        )
        return snapshot.judged(reasons(vitals))


def _free_bytes(database: Database) -> int:
    disk = os.statvfs(database.path.parent)
    return disk.f_bavail * disk.f_frsize


class _All(Collector):
    """Several collectors as one."""

    def __init__(self, *collectors: Collector | CollectorRegistry) -> None:
        self._collectors = collectors

    def collect(self) -> Iterator[Metric]:
        for one in self._collectors:
            yield from one.collect()


def _exposed(request: Request, *collectors: Collector | CollectorRegistry) -> Response:
    """Write metrics in the format that the client prefers: OpenMetrics or Prometheus' own."""
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_All(*collectors))
    return Response(encode(registry), headers={**_HEADERS, "Content-Type": media_type})
