"""What `/metrics` reads when it is asked, as families of samples."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from aggregator.core.condition import Level, Reason, Standing, level
from aggregator.core.health import Health
from aggregator.core.pulse import Pulse
from aggregator.store.figures import Counts

_NEW = "new"  # the health of a source that was not polled yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was read at one moment. Without a database `counts` is None and there are no
    `standings`, while it starts there is no `pulse`."""

    now: datetime
    standings: Sequence[Standing]
    counts: Counts | None
    file_sizes: Mapping[str, int]
    free_bytes: int | None
    pulse: Pulse | None
    reasons: Sequence[Reason]

    @property
    def overdue(self) -> float:
        """Give the seconds of the source that waits longest for its poll."""
        return max((one.overdue(self.now) for one in self.standings), default=0.0)

    @property
    def broken(self) -> int:
        """Count the sources of which nothing new can come."""
        return sum(one.is_broken for one in self.standings)

    def judged(self, reasons: Sequence[Reason]) -> "Snapshot":
        """Give the same with what is to be said of it."""
        return replace(self, reasons=reasons)


class Gauges(Collector):
    """A snapshot as metrics: of the daemon and the database, the sources only counted."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """Give every family; one whose value could not be read is left out."""
        snapshot = self._snapshot
        yield _labelled(
            "condition_level",
            "1 for how the daemon is: ok, degraded or failing, as /health says",
            "level",
            {one.value: one is level(snapshot.reasons) for one in Level},
        )
        yield from _of_sources(snapshot)
        yield from _of_database(snapshot)
        if snapshot.pulse is not None:
            yield from _of_pulse(snapshot.pulse)


def _of_sources(snapshot: Snapshot) -> Iterator[Metric]:
    found = Counter(one.health or _NEW for one in snapshot.standings)
    names = (_NEW, *(one.value for one in Health))
    yield _labelled(
        "sources", "Sources of feeds.toml, by health", "health", {one: found[one] for one in names}
    )
    yield _plain(
        "sources_overdue_seconds_max",
        "How long the source waits that waits longest for its poll",
        snapshot.overdue,
    )


def _of_database(snapshot: Snapshot) -> Iterator[Metric]:
    if snapshot.counts is not None:
        yield _plain("articles", "Articles that are stored", snapshot.counts.articles)
        yield _labelled(
            "pending",
            "What waits to be done, by the queue it waits in",
            "queue",
            snapshot.counts.pending,
        )
        yield _labelled(
            "database_size_bytes", "The files of the database", "file", snapshot.file_sizes
        )
    if snapshot.free_bytes is not None:
        yield _plain("data_free_bytes", "What is free where the data is", snapshot.free_bytes)


def _of_pulse(pulse: Pulse) -> Iterator[Metric]:
    yield _plain(
        "scheduler_tick_age_seconds", "Time since the scheduler ticked last", pulse.since_tick
    )
    yield _plain("polling_paused", "1 while the database cannot be written", float(pulse.is_paused))
    under_way = {"poll": pulse.polls, "page": pulse.pages, "hub": pulse.pings}
    yield _labelled(
        "jobs_under_way", "Jobs that run, or wait for their host's turn", "kind", under_way
    )


class SourceGauges(Collector):
    """A snapshot as metrics of each source of feeds.toml."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """Give three series a source; what has not happened yet is left out."""
        standings = self._snapshot.standings
        yield _labelled(
            "source_broken",
            "1 where nothing new can come of a source",
            "source",
            {one.id: one.is_broken for one in standings},
        )
        yield _labelled(
            "source_last_success_timestamp_seconds",
            "When a source last answered as it should",
            "source",
            _moments((one.id, one.last_ok_at) for one in standings),
        )
        yield _labelled(
            "source_next_poll_timestamp_seconds",
            "When a source is polled next",
            "source",
            _moments((one.id, one.next_poll_at) for one in standings),
        )


def _moments(stated: Iterable[tuple[str, datetime | None]]) -> dict[str, float]:
    return {source: moment.timestamp() for source, moment in stated if moment is not None}


def _plain(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"aggregator_{name}", help_text, value=value)


def _labelled(name: str, help_text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"aggregator_{name}", help_text, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family
