"""`aggregator run`."""

import logging
import os
import sqlite3
import time
from contextlib import ExitStack, closing
from pathlib import Path

import click

from aggregator import log
from aggregator.cli.front import Front
from aggregator.cli.parts import Parts, make_purger, now, open_parts
from aggregator.cli.taking_up import taken_up
from aggregator.config.change import Change
from aggregator.config.load import Config, load
from aggregator.core.clock_trust import ClockTrust
from aggregator.core.source import public_url
from aggregator.daemon.chores import Chores
from aggregator.daemon.duties import Duties
from aggregator.daemon.guard import STANDING_BY, stand_by
from aggregator.daemon.loop import Daemon
from aggregator.daemon.notify import Notifier
from aggregator.daemon.reload import Reloader
from aggregator.daemon.signals import Signals
from aggregator.errors import DamagedError
from aggregator.store import clock, integrity
from aggregator.store.database import Database
from aggregator.store.locks import only_daemon
from aggregator.web.listeners import handed_over
from aggregator.web.metrics import Metrics
from aggregator.web.monitoring import Watch
from aggregator.web.recent import Recent
from aggregator.web.server import WebServer

_logger = logging.getLogger(__name__)


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Run the daemon: poll, publish and serve until it is told to stop."""
    signals = Signals()  # first of all: SIGHUP would end a process that does not expect it
    path: Path = ctx.obj
    asked = ctx.parent.params if ctx.parent else {}
    config = load(path)
    watched = watch(debug=asked["debug"], form=asked["log_format"] or config.service.log)
    if given_up := run_daemon(config, watched, signals):
        log.event(_logger, "given up", level=logging.WARNING, sources=",".join(sorted(given_up)))
        # Everything is stored and closed; only threads are left that wait for dead servers, and
        # Python would wait for them.
        logging.shutdown()
        os._exit(0)


def watch(*, debug: bool = False, form: str = "text") -> Watch:
    """Have the log written in a form, counted and remembered a little."""
    metrics, recent = Metrics(), Recent(public_url)
    level = logging.DEBUG if debug else logging.INFO
    log.set_up(level=level, form=form, redact=public_url, others=(metrics, recent))
    log.catch_faults(_logger)
    return Watch(metrics, recent)


def run_daemon(config: Config, watched: Watch, signals: Signals) -> frozenset[str]:
    """Run the daemon until SIGTERM or SIGINT; return the sources whose polls were given up."""
    notifier = Notifier.from_environment()
    notifier.status("starting")
    with ExitStack() as stack:
        # The address first: a second daemon by mistake stops here and touches nothing.
        front = stack.enter_context(closing(Front(config, watched)))
        listen = config.service.listen
        web = WebServer(front.switch, listen, handed_over(listen))
        stack.callback(web.stop)
        stack.callback(watched.ending.set)
        stack.enter_context(closing(only_daemon(config.service.database)))
        try:
            parts = stack.enter_context(open_parts(config))
            parts.relister.begin()
        except (DamagedError, sqlite3.Error) as error:
            if not integrity.is_damage(error):
                raise
            front.leave_database_alone(error)
            watched.pulse = lambda: STANDING_BY
            web.start()
            stand_by(error, notifier, signals)
            return frozenset()
        web.start()
        front.prepare()
        log.event(
            _logger,
            "start",
            sources=len(config.sources),
            outputs=len(config.outputs),
            page=web.page,
        )
        given_up = _Course(parts, front, notifier).run(watched, signals)
    log.event(_logger, "stop")
    return given_up


class _Course:
    """A daemon at work, and its way from one feeds.toml to the next."""

    def __init__(self, parts: Parts, front: Front, notifier: Notifier) -> None:
        self._parts = parts
        self._front = front
        self._notifier = notifier
        self._trust = clock_trust(parts)
        self._daemon = Daemon(duties(parts, self._trust), notifier)

    def run(self, watched: Watch, signals: Signals) -> frozenset[str]:
        """Work until the end is asked for, and give the sources whose polls were given up."""
        watched.pulse = lambda: self._daemon.pulse
        config = self._parts.config
        reloader = Reloader(
            config=config,
            load=lambda: load(config.path),
            take_up=self._take_up,
            tell=watched.tell,
            notifier=self._notifier,
            clock=now,
        )
        signals.on_reload(reloader.ask)
        with reloader.running(signals.stop):
            return self._daemon.run(signals.stop)

    def _take_up(self, change: Change) -> None:
        # What may fail comes first: nothing is another before all of it is there.
        app = self._front.made_ready(change.applied)
        self._parts = taken_up(self._parts, change)
        feeds = (*change.outputs.added, *change.outputs.changed)
        self._daemon.take_up(
            duties(self._parts, self._trust),
            self._parts.publisher.names if change.is_of_all_feeds else feeds,
        )
        self._front.switch.app = app


def clock_trust(parts: Parts) -> ClockTrust:
    """Begin to watch the clock, before the first poll notes what it says."""
    return ClockTrust(clock.latest(parts.database), parts.clock(), time.monotonic())


def duties(parts: Parts, trust: ClockTrust) -> Duties:
    """Say what the daemon works with."""
    service = parts.config.service
    chores = Chores(
        config=parts.config,
        writer=parts.writer,
        relister=parts.relister,
        purger=make_purger(parts.config, parts.clock),
        now=parts.clock,
        trust=trust,
    )
    return Duties(
        sources={one.id: one for one in parts.config.sources},
        outputs=parts.config.outputs,
        paces=parts.config.paces,
        threads=service.fetch_threads,
        poller=parts.poller,
        pages=parts.pages,
        publisher=parts.publisher,
        archivist=parts.archivist,
        pinger=parts.pinger,
        chores=chores.by_name(),
        writer=parts.writer,
        open_database=lambda: Database(service.database),
        clock=parts.clock,
    )
