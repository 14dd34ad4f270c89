"""One poll, on one screen: fetch, digest, deduplicate, record."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from aggregator import log
from aggregator.core.entry import split_slices
from aggregator.core.health import settle
from aggregator.core.output import Output
from aggregator.core.pace import HostPace
from aggregator.core.polling import Outcome, Reading, Status, address
from aggregator.core.source import Source, SourceState
from aggregator.core.urls import UrlRules
from aggregator.errors import ClosedError, PollError
from aggregator.ingest.answer import Fetched, NotModified
from aggregator.ingest.bound import Bound
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.links import host_of
from aggregator.ingest.pace import Turn
from aggregator.ingest.workers import Workers
from aggregator.pipeline.crew import work_off
from aggregator.pipeline.hands import Hands, Later
from aggregator.pipeline.recall import Recall
from aggregator.store.database import Database
from aggregator.store.outcomes import Recorded, record
from aggregator.store.writer import Writer

if TYPE_CHECKING:
    from aggregator.core.dedup import Candidate
    from aggregator.pipeline.digest import Digest

_logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
_MOST_KNOWN = 5000  # slices; a feed that is only ever sent in parts would know them all


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What a poll came to, for whoever asked; one that is not recorded is to be done anew."""

    outcome: Outcome
    recorded: Recorded
    is_recorded: bool = True


@dataclass(frozen=True, kw_only=True)
class Poller:
    """Polls one source at a time on each thread that calls it; documents are read by others."""

    fetcher: Fetcher
    workers: Workers
    writer: Writer
    outputs: tuple[Output, ...]
    url_rules: UrlRules
    clock: Clock
    seconds: Callable[[], float] = time.monotonic
    recall: Recall = field(default_factory=Recall)

    def poll(
        self, source: Source, state: SourceState, turn: Turn, later: Later
    ) -> "Future[PollReport]":
        """Visit a source and have recorded what came of it, a failure of the source as well.

        A document is read by `later`. The future is done when all is on disk; it raises StoreError
        when it cannot be.
        """
        started = self.seconds()
        try:
            answer, outcome = self._ask(source, state, turn, started)
        except Exception as error:
            future = self._submit(self._failed(error, source, started), (), state)
        else:
            if isinstance(answer, NotModified):
                future = self._submit(outcome, (), state)
            else:
                document, future = answer, Future()
                later(
                    lambda: self._take_in(document, outcome, state, started, future),
                    len(document.body),
                )
        future.add_done_callback(_log)
        return future

    def _ask(
        self, source: Source, state: SourceState, turn: Turn, started: float
    ) -> tuple[Fetched | NotModified, Outcome]:
        url = address(source, state)
        answer = self.fetcher.fetch(source, state.validators, url=url, turn=turn)
        took = self.seconds() - started
        return answer, Outcome(
            source=source,
            at=self.clock(),
            status=Status.NOT_MODIFIED,
            seconds=took,
            answered_in=took,
            validators=answer.validators,
            fresh_for=answer.fresh_for,
        )

    def _take_in(
        self,
        document: Fetched,
        asked: Outcome,
        state: SourceState,
        started: float,
        future: "Future[PollReport]",
    ) -> None:
        """Read a document, and have recorded what came of it."""
        try:
            stored = self._read_and_submit(document, asked, state, started)
        except Exception as error:  # the program ends: whoever waits for the future is told
            future.set_exception(error)
        else:
            stored.add_done_callback(lambda done: _pass_on(done, future))

    def _read_and_submit(
        self, document: Fetched, asked: Outcome, state: SourceState, started: float
    ) -> "Future[PollReport]":
        with ExitStack() as holding:
            holding.enter_context(self.workers.room)
            try:
                outcome, candidates = self._read(document, asked, state, started)
            except ClosedError:
                raise
            except Exception as error:
                outcome, candidates = self._failed(error, asked.source, started), ()
            stored = self._submit(outcome, candidates, state)
            if candidates:
                held = holding.pop_all()
                stored.add_done_callback(lambda _: held.close())
        return stored

    def _read(
        self, document: Fetched, asked: Outcome, state: SourceState, started: float
    ) -> "tuple[Outcome, tuple[Candidate, ...]]":
        source = asked.source
        digested = self.workers.run(self._digest, document, source, state.known, seen_at=asked.at)
        reading = digested.reading
        if document.is_partial:
            reading = _whole(reading, state)
        candidates = digested.candidates
        if source.full_text and candidates:
            candidates = self._keep_texts(candidates, source)
        seconds = self.seconds() - started
        return replace(asked, status=Status.OK, reading=reading, seconds=seconds), candidates

    def _submit(
        self, outcome: Outcome, candidates: "tuple[Candidate, ...]", state: SourceState
    ) -> "Future[PollReport]":
        return self.writer.submit(lambda db: self._record(db, outcome, candidates, state))

    @cached_property
    def _digest(self) -> "Bound[Digest]":
        # Not at the top: where nothing changed, nothing of this is needed.
        from aggregator.pipeline.digest import digest

        return Bound(digest, outputs=self.outputs, rules=self.url_rules)

    def _failed(self, error: Exception, source: Source, started: float) -> Outcome:
        if not isinstance(error, PollError):
            # A fault of ours, met in this source's document: it costs this source one poll.
            log.fault(_logger, "poll", source=source.id)
            error = fault(error)
        return Outcome(
            source=source,
            at=self.clock(),
            status=Status(error.status),
            error=source.redacted(error.what),
            hint=error.hint,
            retry_after=error.retry_after,
            seconds=self.seconds() - started,
        )

    def _record(
        self,
        database: Database,
        outcome: Outcome,
        candidates: "tuple[Candidate, ...]",
        state: SourceState,
    ) -> PollReport:
        if self.recall.covers(outcome.source.id, has_articles=bool(candidates)):
            return PollReport(outcome=outcome, recorded=Recorded(), is_recorded=False)
        recorded, arrivals = Recorded(), tuple[datetime, ...]()
        if candidates:
            # Not at the top: this is more code than all of a poll that brings nothing.
            from aggregator.pipeline.recording import record_articles

            recorded, arrivals = record_articles(database, outcome, candidates)
        after = settle(outcome, state, arrivals)
        recorded = record(database, outcome, state, after, recorded)
        if outcome.reading is not None:
            # Nobody asks for it any more, and reports of all sources are kept.
            outcome = replace(outcome, reading=None)
        return PollReport(outcome=outcome, recorded=recorded)

    def _keep_texts(
        self, candidates: "tuple[Candidate, ...]", source: Source
    ) -> "tuple[Candidate, ...]":
        """Leave the text of its page in an article whose entry changed."""
        from aggregator.pipeline.page_digest import keep_texts
        from aggregator.store import fulltext

        texts = self.writer.call(lambda db: fulltext.texts_of_changed(db, candidates))
        if not texts:
            return candidates
        return self.workers.run(keep_texts, candidates, texts, source, self.outputs)


def _whole(reading: Reading, state: SourceState) -> Reading:
    """Complete what was read of a partial feed: what it leaves out is still there."""
    known = reading.known | split_slices(state.known)
    return replace(
        reading,
        known=known if len(known) <= _MOST_KNOWN else reading.known,
        entries=max(reading.entries, state.entries or 0),
    )


def fault(error: Exception) -> PollError:
    """Put a fault of ours into words."""
    return PollError(
        Status.BROKEN,
        f"a fault in aggregator: {type(error).__name__}: {error}",
        hint="please report it, with the traceback in the log",
    )


def _pass_on(done: "Future[PollReport]", future: "Future[PollReport]") -> None:
    if error := done.exception():
        future.set_exception(error)
    else:
        future.set_result(done.result())


def _log(future: "Future[PollReport]") -> None:
    if future.exception() is not None or not future.result().is_recorded:
        return  # whoever waits for the report learns of it
    outcome, recorded = future.result().outcome, future.result().recorded
    log.event(
        _logger,
        "poll",
        level=logging.INFO if outcome.status.is_success else logging.WARNING,
        source=outcome.source.id,
        status=outcome.status,
        new=recorded.new or None,
        changed=recorded.changed or None,
        duplicates=recorded.duplicates or None,
        seconds=outcome.seconds,
        fetch_seconds=outcome.answered_in or None,
        error=outcome.error,
    )


def poll_many(
    poller: Poller,
    sources: Sequence[Source],
    states: Mapping[str, SourceState],
    paces: Mapping[str, HostPace],
    threads: int,
) -> Iterator[PollReport]:
    """Poll sources side by side, each host at its pace; give each report as it comes."""
    jobs = [(host_of(address(source, states[source.id])), source) for source in sources]
    hands = Hands(poller.workers.at_once)
    try:
        yield from work_off(
            jobs,
            paces,
            threads,
            lambda source, turn: poller.poll(source, states[source.id], turn, hands.put),
        )
    finally:
        hands.give_up()
        hands.finish()
