"""The daemon: APScheduler ticks, the database's `next_poll_at` decides, the rest follows."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import closing
from functools import partial

from aggregator import log
from aggregator.core.polling import address, due_sources
from aggregator.core.pulse import Pulse
from aggregator.core.source import Source, SourceState
from aggregator.daemon.chores import perform
from aggregator.daemon.duties import Duties, Job
from aggregator.daemon.errands import Errands
from aggregator.daemon.guard import Guard
from aggregator.daemon.notify import Notifier
from aggregator.daemon.telling import Teller
from aggregator.daemon.ticks import Ticks
from aggregator.errors import ClosedError, DamagedError, FileError, StoreError
from aggregator.ingest.links import host_of
from aggregator.ingest.pace import Turn
from aggregator.pipeline.crew import Crew
from aggregator.pipeline.hands import Hands
from aggregator.pipeline.poll import PollReport
from aggregator.pipeline.publish import publish_due
from aggregator.store import near, rule_texts, search
from aggregator.store.database import Database

_logger = logging.getLogger(__name__)

_TICK_SECONDS = 1
_PUBLISH_SECONDS = 2
_INDEX_SECONDS = 5
_COUNT_SECONDS = 10
_INDEX_PORTION = 50  # articles: polls wait for the writer meanwhile
_BUSY_PUBLISH_SECONDS = 10  # between two publishes while polls are under way
_AGING_SECONDS = 10 * 60  # after which outputs with max_age may have lost an article
_STORE_PAUSE_SECONDS = 60
_DRAIN_SECONDS = 10
_SCHEDULER = "scheduler"  # among what was given up


class Daemon:
    """Polls what is due, publishes what changed, and keeps archive and search up to date."""

    def __init__(self, duties: Duties, notifier: Notifier) -> None:
        self._duties = duties
        self._notifier = notifier
        self._teller = Teller(notifier)
        self._seconds = duties.steady.seconds
        self._crew: Crew[Job] = Crew(
            duties.paces, duties.threads, lambda job, turn: job.do(turn), duties.steady
        )
        self._hands = Hands(duties.poller.workers.at_once, duties.steady)
        self._lock = threading.Lock()
        # By source and url: one that hangs at the url of before does not hold up the next.
        self._in_flight: set[tuple[str, str]] = set()
        self._errands = Errands(self._crew, lambda: self._duties)
        # Beside those that changed: all at the start, those with a max_age from time to time.
        self._aging = duties.publisher.names
        self._published = self._ticked = self._seconds()
        self._paused_until = 0.0
        self._aged_at = self._published
        self._stopping = threading.Event()
        self._chores_end = threading.Event()  # for those under way
        self._guard = Guard(lambda error: self._duties.writer.shut(error))

    @property
    def jobs(self) -> tuple[tuple[Callable[[], None], int], ...]:
        """List what is to be done every so many seconds."""
        return (
            (self._tick, _TICK_SECONDS),
            (self._run_errands, _TICK_SECONDS),
            (self._publish, _PUBLISH_SECONDS),
            (self._index, _INDEX_SECONDS),
            (lambda: self._teller.count(self._duties), _COUNT_SECONDS),
            *(
                (partial(self._do_chore, name), chore.seconds)
                for name, chore in self._duties.chores.items()
            ),
        )

    def _do_chore(self, name: str) -> None:
        with self._lock:
            chore, ending = self._duties.chores[name], self._chores_end
        perform(chore, ending)

    def take_up(self, duties: Duties, feeds: Iterable[str]) -> None:
        """Go by other duties from now on, and make these feeds anew. Polls under way go on; of the
        sources that wait for their turn, those that left are not polled any more. Chores under way
        end soon: what is purged by bounds that hold no more is gone for good."""
        with self._lock:
            self._duties = duties
            self._chores_end.set()
            self._chores_end = threading.Event()
            if self._stopping.is_set():
                self._chores_end.set()
            self._aging = self._aging.union(feeds) & duties.publisher.names
        self._crew.set_paces(duties.paces)

    @property
    def pulse(self) -> Pulse:
        """Tell how it is doing."""
        seconds = self._seconds()
        return Pulse(
            since_tick=0.0 if self._guard.is_shut else seconds - self._ticked,
            polls=len(self._in_flight),
            pages=self._errands.pages,
            pings=self._errands.pings,
            is_paused=self._guard.is_shut or seconds < self._paused_until,
        )

    def run(self, stop: threading.Event) -> frozenset[str]:
        """Work until `stop` is set, then finish what is under way within a bound.

        Returns the sources whose polls were given up, pages, hubs, the scheduler: their threads may
        hang for a while yet.
        """
        if stop.is_set():  # during the start
            self._notifier.stopping()
            return frozenset()
        guarded = ((partial(self._guard.do, job), seconds) for job, seconds in self.jobs)
        ticks = Ticks(tuple(guarded))
        ticks.start()
        self._notifier.ready()
        self._teller.tell(self._duties, self.pulse)
        while not stop.wait(self._notifier.pause):
            if ticks.keep_going():
                self._aged_at -= _AGING_SECONDS  # what was too old a moment ago may not be now
            self._teller.tell(self._duties, self.pulse)
        self._notifier.stopping()
        with self._lock:
            self._stopping.set()
            self._chores_end.set()
        if ticks.stop(_DRAIN_SECONDS):
            return self.drain()
        return self.drain(is_stuck=True) | {_SCHEDULER}

    def drain(self, *, is_stuck: bool = False) -> frozenset[str]:
        """Start no more jobs, wait a while for those under way, and publish what came, unless the
        scheduler hangs, as publishing might as well."""
        for job in self._crew.give_up():
            job.give_up()
        deadline = time.monotonic() + _DRAIN_SECONDS
        while (self._in_flight or self._errands.under_way) and time.monotonic() < deadline:
            time.sleep(0.05)
        self._hands.give_up()
        if not is_stuck:
            self._guard.do(partial(self._publish, drain=True))
        polls = (source for source, _ in self._in_flight)
        return frozenset((*polls, *self._errands.under_way))

    def _tick(self) -> None:
        """Start a poll of each source that is due and not being polled."""
        self._ticked = self._seconds()
        if self._ticked < self._paused_until:
            return
        # Looked at before the states are read: a poll that ends in between would be started again
        # with what was known before it.
        with self._lock:
            busy = frozenset(self._in_flight)
        duties = self._duties
        now = duties.clock()
        with closing(duties.open_database()) as database:
            states = database.due_states(now)
        for source in due_sources(duties.sources.values(), states, now):
            state = states[source.id]
            # Another url for a moment while feeds.toml is being taken up.
            if state.url == source.url and (source.id, source.url) not in busy:
                self._start(source, state)

    def _start(self, source: Source, state: SourceState) -> None:
        with self._lock:
            self._in_flight.add((source.id, state.url))
        job = Job(
            do=lambda turn: self._poll(source.id, state, turn),
            give_up=lambda: self._finish(state),
        )
        self._crew.put(host_of(address(source, state)), job)

    def _poll(self, name: str, state: SourceState, turn: Turn) -> None:
        duties = self._duties
        source = duties.sources.get(name)
        if source is None or source.url != state.url:
            self._finish(state)  # it left feeds.toml meanwhile, or is asked elsewhere
            return
        try:
            future = duties.poller.poll(source, state, turn, self._hands.put)
        except Exception:
            # Nothing may stop the daemon; a poll that cannot even be recorded is tried again.
            log.fault(_logger, "poll", source=name)
            self._finish(state)
            return
        future.add_done_callback(lambda done: self._finish_poll(state, done))

    def _finish_poll(self, state: SourceState, future: "Future[PollReport]") -> None:
        if error := future.exception():
            if isinstance(error, DamagedError):
                self._guard.note(error)
            elif not isinstance(error, ClosedError):
                hint = getattr(error, "hint", "")
                log.event(
                    _logger, "store", level=logging.ERROR, source=state.id, error=error, hint=hint
                )
            if isinstance(error, StoreError):
                self._paused_until = self._seconds() + _STORE_PAUSE_SECONDS
        self._finish(state)

    def _finish(self, state: SourceState) -> None:
        with self._lock:
            self._in_flight.discard((state.id, state.url))

    def _run_errands(self) -> None:
        if self._seconds() >= self._paused_until:
            self._errands.begin(self._duties)

    def _publish(self, *, drain: bool = False) -> None:
        """Publish what changed, once polling pauses or has gone on for a while."""
        waited = self._seconds() - self._published
        if not drain and self._in_flight and waited < _BUSY_PUBLISH_SECONDS:
            return
        aged = self._aged()
        try:
            self._write(aged)
        except BaseException as error:
            with self._lock:
                self._aging |= aged
            if isinstance(error, DamagedError) or not isinstance(error, FileError | StoreError):
                raise
            log.event(_logger, "publish", level=logging.ERROR, error=error)
        self._published = self._seconds()

    def _write(self, also: Iterable[str]) -> None:
        duties = self._duties
        with closing(duties.open_database()) as database:
            publish_due(duties.publisher, duties.writer, database, duties.clock(), also)
            if duties.archivist:
                duties.archivist.write_due(duties.writer, database)

    def _aged(self) -> frozenset[str]:
        """Name the outputs to make anew although nothing came: time may have taken articles. They
        are taken out of what is to be made: what comes while they are made is for the next time."""
        now = self._seconds()  # of the steady clock: the other one may be set back
        with self._lock:
            if now - self._aged_at >= _AGING_SECONDS:
                self._aged_at = now
                self._aging |= {one.id for one in self._duties.outputs if one.max_age}
            aged, self._aging = self._aging, frozenset()
            return aged

    def _index(self) -> None:
        """Make new articles findable, and what an older version stored comparable: a portion while
        polls are under way, else all there are."""
        try:
            while self._duties.writer.call(_index_portion):
                if self._stopping.is_set() or self._in_flight:
                    return
        except DamagedError:
            raise
        except StoreError:
            return  # polls tell of it, and it is tried again


def _index_portion(database: Database) -> int:
    # Search takes the words that are folded first, in place of folding them once more.
    catch_up = (rule_texts.fill, search.index, near.catch_up)
    return sum(step(database, _INDEX_PORTION) for step in catch_up)
