"""One poll, on one screen: fetch, digest, deduplicate, record."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator import log
from aggregator.core.dedup import Candidate, deduplicate
from aggregator.core.output import Output
from aggregator.core.polling import Outcome, Status, next_poll_at
from aggregator.core.source import Source, SourceState
from aggregator.errors import PollError
from aggregator.ingest.answer import NotModified
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.workers import Workers
from aggregator.pipeline.digest import digest
from aggregator.store.database import Database
from aggregator.store.recording import Recorded, record
from aggregator.store.writer import Writer

_logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What a poll came to, for whoever asked for it."""

    outcome: Outcome
    recorded: Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Poller:
    """Polls one source at a time on each thread that calls it."""

    fetcher: Fetcher
    workers: Workers
    writer: Writer
    outputs: tuple[Output, ...]
    clock: Clock

    def poll(self, source: Source, state: SourceState) -> "Future[PollReport]":
        """Visit a source and have recorded what came of it, a failure of the source as well.

        The future is done when it is on disk; it raises StoreError when it cannot be.
        """
        started = time.monotonic()
        try:
            outcome, candidates = self._visit(source, state)
        except PollError as error:
            outcome, candidates = _failed(error, source, self.clock()), ()
        except Exception as error:
            # A fault of ours, met in this source's document: it costs this source one poll.
            _logger.exception("poll source=%s", source.id)
            outcome, candidates = _failed(_fault(error), source, self.clock()), ()
        outcome = replace(outcome, seconds=time.monotonic() - started)
        future = self.writer.submit(lambda db: _record(db, outcome, candidates, state))
        future.add_done_callback(_log)
        return future

    def _visit(self, source: Source, state: SourceState) -> tuple[Outcome, tuple[Candidate, ...]]:
        answer = self.fetcher.fetch(source, state.validators)
        now = self.clock()
        if isinstance(answer, NotModified):
            outcome = Outcome(
                source=source,
                at=now,
                status=Status.NOT_MODIFIED,
                seconds=0,
                validators=answer.validators,
            )
            return outcome, ()
        digested = self.workers.run(digest, answer, source, state.known, self.outputs, now)
        outcome = Outcome(
            source=source,
            at=now,
            status=Status.OK,
            seconds=0,
            validators=answer.validators,
            known=digested.known,
            title=digested.title,
        )
        return outcome, digested.candidates


def _fault(error: Exception) -> PollError:
    return PollError(
        Status.BROKEN,
        f"a fault in aggregator: {type(error).__name__}: {error}",
        hint="please report it, with the traceback in the log",
    )


def _failed(error: PollError, source: Source, now: datetime) -> Outcome:
    return Outcome(
        source=source,
        at=now,
        status=Status(error.status),
        seconds=0,
        error=error.what,
        hint=error.hint,
        retry_after=error.retry_after,
    )


def _record(
    database: Database, outcome: Outcome, candidates: tuple[Candidate, ...], state: SourceState
) -> PollReport:
    decisions = deduplicate(candidates, database.known(candidates)) if candidates else []
    failures = 0 if outcome.status.is_success else state.failures + 1
    recorded = record(database, outcome, decisions, next_poll_at(outcome, failures))
    return PollReport(outcome=outcome, recorded=recorded)


def _log(future: "Future[PollReport]") -> None:
    if future.exception() is not None:
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
        seconds=f"{outcome.seconds:.2f}",
        error=outcome.error,
    )


def poll_many(
    poller: Poller, sources: Sequence[Source], states: Mapping[str, SourceState], threads: int
) -> Iterator[PollReport]:
    """Poll sources side by side; give each report as it comes."""
    with ThreadPoolExecutor(min(threads, len(sources)) or 1, thread_name_prefix="poll") as pool:
        futures = [pool.submit(poller.poll, source, states[source.id]) for source in sources]
        try:
            yield from (future.result().result() for future in as_completed(futures))
        finally:
            pool.shutdown(cancel_futures=True)
