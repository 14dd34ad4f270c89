"""Counters that follow the log: each event is counted when its line is written."""

import logging
import platform
import sqlite3
import time
from collections.abc import Callable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from aggregator import __version__
from aggregator.core.polling import Status
from aggregator.log import Event

_POLL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_DECISIONS = {"new": "new", "changed": "changed", "duplicates": "duplicate"}
_OTHER = "other"  # lines that are no event: of libraries


class ProcessFigures(ProcessCollector):
    """Memory, time and files of this process; also where the unit hides all of /proc but processes.

    The library reads in /proc/stat when the machine was started, and gives nothing without it.
    """

    def _boot_time(self) -> float:
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


class Metrics(logging.Handler):
    """A handler of the log that counts; `registry` holds what it counted.

    Labels are of closed sets: statuses, and the names of events, which are constants of the code.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        # They are a moment beside each counter, which nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._clock = clock
        for collector in (ProcessFigures, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._make_metrics()
        self._followed: Mapping[str, Callable[[Event, logging.LogRecord], None]] = {
            "poll": self._poll,
            "page": self._page,
            "hub": self._hub,
            "publish": self._publish,
            "archive": self._archive,
            "reload": self._reload,
        }

    def _make_metrics(self) -> None:
        def counter(name: str, help_text: str, *labels: str) -> Counter:
            return Counter(f"aggregator_{name}", help_text, labels, registry=self.registry)

        def gauge(name: str, help_text: str, *labels: str) -> Gauge:
            return Gauge(f"aggregator_{name}", help_text, labels, registry=self.registry)

        build = Info("aggregator_build", "Versions of what runs", registry=self.registry)
        build.info(
            {
                "version": __version__,
                "python": platform.python_version(),
                "sqlite": sqlite3.sqlite_version,
            }
        )
        self._polls = counter("polls", "Polls, by the status they ended with", "status")
        self._poll_seconds = Histogram(
            "aggregator_poll_duration_seconds",
            "Time of whole polls: fetch, parse, normalize, record",
            buckets=_POLL_SECONDS,
            registry=self.registry,
        )
        self._fetch_seconds = Histogram(
            "aggregator_fetch_duration_seconds",
            "Time until sources had answered, of polls that got an answer",
            buckets=_POLL_SECONDS,
            registry=self.registry,
        )
        self._articles = counter(
            "articles_recorded", "Articles that polls brought, by what they were", "decision"
        )
        self._pages = counter("pages_read", "Pages that were read for full text", "result")
        self._hubs = counter("hub_pings", "Hubs that were told of a feed", "status")
        self._published = counter("outputs_published", "Outputs whose files were written anew")
        self._files = counter("article_files_written", "Article files that were written")
        self._events = counter("events", "Lines of the log", "event", "level")
        self._latest = gauge(
            "event_last_timestamp_seconds", "When an event was logged last", "event", "level"
        )
        self._reloaded = gauge(
            "config_last_reload_successful", "Whether feeds.toml could be used when it was read"
        )
        self._reloaded_at = gauge(
            "config_last_reload_success_timestamp_seconds", "When feeds.toml was taken over last"
        )
        self._start_counting()

    def _start_counting(self) -> None:
        """Begin at 0 with what is known to come: an increase from nothing is none to Prometheus."""
        for status in Status:
            self._polls.labels(status.value)
        for decision in _DECISIONS.values():
            self._articles.labels(decision)
        for result in ("read", "failed"):
            self._pages.labels(result)
        for event in ("fault", "store", "publish", "archive", "reload", "backup"):
            self._events.labels(event, "error")
        self._reloaded.set(1)
        self._reloaded_at.set(self._clock())

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line."""
        try:
            event, name = record.msg, _OTHER
            if isinstance(event, Event):
                name = event.name
                if follow := self._followed.get(name):
                    follow(event, record)
            level = record.levelname.lower()
            self._events.labels(name, level).inc()
            self._latest.labels(name, level).set(self._clock())
        except Exception:
            self.handleError(record)

    def _poll(self, event: Event, _record: logging.LogRecord) -> None:
        self._polls.labels(_status(event)).inc()
        self._poll_seconds.observe(_number(event, "seconds"))
        if "fetch_seconds" in event.fields:
            self._fetch_seconds.observe(_number(event, "fetch_seconds"))
        for field, decision in _DECISIONS.items():
            self._articles.labels(decision).inc(_number(event, field))

    def _page(self, _event: Event, record: logging.LogRecord) -> None:
        self._pages.labels("read" if record.levelno < logging.WARNING else "failed").inc()

    def _hub(self, event: Event, _record: logging.LogRecord) -> None:
        self._hubs.labels(_status(event)).inc()

    def _publish(self, _event: Event, record: logging.LogRecord) -> None:
        if record.levelno < logging.WARNING:
            self._published.inc()

    def _archive(self, event: Event, _record: logging.LogRecord) -> None:
        self._files.inc(_number(event, "files"))

    def _reload(self, _event: Event, record: logging.LogRecord) -> None:
        is_success = record.levelno < logging.ERROR
        self._reloaded.set(int(is_success))
        if is_success:
            self._reloaded_at.set(self._clock())


def _status(event: Event) -> str:
    return str(event.fields.get("status", _OTHER))


def _number(event: Event, field: str) -> float:
    value = event.fields.get(field, 0)
    return float(value) if isinstance(value, (int, float)) else 0.0
