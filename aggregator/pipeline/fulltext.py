"""One page, on one screen: fetch it, find its text, judge the article anew, record."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from aggregator import log
from aggregator.core.article import Article
from aggregator.core.dedup import Candidate
from aggregator.core.fulltext import PageState, text_hash
from aggregator.core.output import Output
from aggregator.core.pace import HostPace
from aggregator.core.source import Source, Validators
from aggregator.core.urls import UrlRules
from aggregator.errors import PollError
from aggregator.ingest.answer import NotModified
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.links import host_of
from aggregator.ingest.pace import Turn
from aggregator.ingest.response import PAGE
from aggregator.ingest.workers import Workers
from aggregator.pipeline.crew import work_off
from aggregator.pipeline.page_digest import read_page
from aggregator.pipeline.poll import Clock, fault
from aggregator.pipeline.recall import Recall
from aggregator.store import fulltext
from aggregator.store.database import Database
from aggregator.store.fulltext import DuePage
from aggregator.store.writer import Writer

_logger = logging.getLogger(__name__)
_NO_MORE = "the page says no more than the feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReport:
    """What the reading of a page came to, as it is stored; one that is not is to be done anew."""

    article: Article
    state: PageState
    is_recorded: bool = True

    @property
    def is_read(self) -> bool:
        """Say whether the article has the page's text now."""
        return bool(self.state.text_hash) and not self.state.error


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReader:
    """Reads one page at a time on each thread that calls it; `sources` are those that want it."""

    fetcher: Fetcher
    workers: Workers
    writer: Writer
    sources: Mapping[str, Source]
    outputs: tuple[Output, ...]
    url_rules: UrlRules
    clock: Clock
    recall: Recall = field(default_factory=Recall)

    def due(self, database: Database, limit: int, per_source: int) -> list[DuePage]:
        """List pages to read now, at most so many of one source."""
        return fulltext.due(database, self.sources, self.clock(), limit, per_source)

    def backlog(self, database: Database) -> int:
        """Count the pages to read now."""
        return fulltext.backlog(database, self.sources, self.clock())

    def read(self, wanted: DuePage, turn: Turn) -> "Future[PageReport]":
        """Read a page and have recorded what came of it, a failure as well."""
        source = self.sources[wanted.article.source]
        try:
            text, state = self._text(wanted, source, turn)
        except PollError as error:
            text, state = None, self._failed(wanted, source, error)
        except Exception as error:
            # A fault of ours, met in this page: it costs this article one try.
            log.fault(_logger, "page", article=wanted.article.id)
            text, state = None, self._failed(wanted, source, fault(error))
        future = self.writer.submit(lambda db: self._record(db, wanted, text, state))
        future.add_done_callback(_log)
        return future

    def _text(
        self, wanted: DuePage, source: Source, turn: Turn
    ) -> tuple[Candidate | None, PageState]:
        article, has_one = wanted.article, bool(wanted.state.text_hash)
        page = self.fetcher.fetch(source, Validators(), url=article.link, turn=turn, wanted=PAGE)
        turn.release()
        if isinstance(page, NotModified):
            raise fault(ValueError("not modified, without a validator"))
        text = self.workers.run(
            read_page, page, article, source, self.outputs, self.url_rules, has_one=has_one
        )
        now = self.clock()
        if text is None:
            return None, wanted.state.read(now, b"", _NO_MORE)
        return text, wanted.state.read(now, text_hash(text.article.body))

    def _failed(self, wanted: DuePage, source: Source, error: PollError) -> PageState:
        what = source.redacted(error.what)
        return wanted.state.failed(self.clock(), error.status, what, error.retry_after)

    def _record(
        self, database: Database, wanted: DuePage, text: Candidate | None, state: PageState
    ) -> PageReport:
        if self.recall.covers(wanted.article.source, has_articles=text is not None):
            return PageReport(article=wanted.article, state=wanted.state, is_recorded=False)
        if text is None:
            stored = fulltext.record_state(database, wanted, state)
        else:
            stored = fulltext.record_text(database, wanted, text, state)
        return PageReport(article=wanted.article, state=stored)


def _log(future: "Future[PageReport]") -> None:
    if future.exception() is not None or not future.result().is_recorded:
        return  # whoever waits for the report learns of it
    report = future.result()
    log.event(
        _logger,
        "page",
        level=logging.INFO if report.is_read else logging.WARNING,
        source=report.article.source,
        article=report.article.id,
        error=report.state.error,
    )


def read_many(
    reader: PageReader,
    wanted: Sequence[DuePage],
    paces: Mapping[str, HostPace],
    threads: int,
    seconds: float,
) -> Iterator[PageReport]:
    """Read pages side by side, each host at its pace; none begins after so many seconds."""
    jobs = [(host_of(one.article.link), one) for one in wanted]
    return work_off(jobs, paces, threads, reader.read, seconds)
