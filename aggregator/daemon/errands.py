"""What the threads that poll do beside polls: pages are read for full text, and hubs are told."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing

from aggregator import log
from aggregator.core.source import public_url
from aggregator.daemon.duties import Duties, Job
from aggregator.ingest.links import host_of
from aggregator.ingest.pace import Turn
from aggregator.pipeline.crew import Crew
from aggregator.pipeline.fulltext import PageReader
from aggregator.pipeline.websub import Pinger
from aggregator.store.fulltext import DuePage
from aggregator.store.hub_pings import HubPing

_logger = logging.getLogger(__name__)
_PAGE_PORTION = 100
_PAGES_OF_A_SOURCE = 10  # among which to look for a host that is asked for none
_PAGES_AT_A_TIME = 4  # of the threads that poll
_PINGS_AT_A_TIME = 20


class Errands:
    """Begins what is due. `current` gives the duties of the moment, since feeds.toml may be another
    when an errand's turn comes."""

    def __init__(self, crew: Crew[Job], current: Callable[[], Duties]) -> None:
        self._crew = crew
        self._current = current
        self._lock = threading.Lock()
        self._page_hosts: set[str] = set()  # with a page under way
        self._pings: set[tuple[str, str]] = set()  # under way; as a hub and a feed

    @property
    def pages(self) -> int:
        """Count the pages that are being read, or wait for their turn."""
        return len(self._page_hosts)

    @property
    def pings(self) -> int:
        """Count what hubs are being told, or are about to be."""
        return len(self._pings)

    @property
    def under_way(self) -> frozenset[str]:
        """Name what is under way, for who waits for it in vain."""
        with self._lock:
            pages = [f"page-of-{host}" for host in self._page_hosts]
            return frozenset((*pages, *(public_url(hub) for hub, _ in self._pings)))

    def begin(self, duties: Duties) -> None:
        """Begin what is due."""
        if duties.pages is not None:
            self._read_pages(duties, duties.pages)
        if duties.pinger is not None:
            self._tell_hubs(duties, duties.pinger)

    def _read_pages(self, duties: Duties, pages: PageReader) -> None:
        """Start reading pages: one at a time of a host, so that its polls wait for no more than
        that, and on few threads."""
        with self._lock:
            busy = set(self._page_hosts)
        with closing(duties.open_database()) as database:
            due = pages.due(database, _PAGE_PORTION, _PAGES_OF_A_SOURCE)
        for wanted in due:
            host = host_of(wanted.article.link)
            if host not in busy and len(busy) < _PAGES_AT_A_TIME:
                busy.add(host)
                self._start_page(wanted, host)

    def _start_page(self, wanted: DuePage, host: str) -> None:
        def finish(_: object = None) -> None:
            with self._lock:
                self._page_hosts.discard(host)

        def read(turn: Turn) -> None:
            pages = self._current().pages
            if pages is None or wanted.article.source not in pages.sources:
                finish()  # it left feeds.toml meanwhile, or wants no pages any more
                return
            try:
                pages.read(wanted, turn).add_done_callback(finish)
            except Exception:
                log.fault(_logger, "page", article=wanted.article.id)
                finish()

        with self._lock:
            self._page_hosts.add(host)
        self._crew.put(host, Job(do=read, give_up=finish))

    def _tell_hubs(self, duties: Duties, pinger: Pinger) -> None:
        """Start telling hubs, each of one feed after the other."""
        with closing(duties.open_database()) as database:
            due = pinger.due(database, _PINGS_AT_A_TIME)
        for ping in due:
            if (ping.hub, ping.topic) not in self._pings:
                self._start_ping(pinger, ping)

    def _start_ping(self, pinger: Pinger, ping: HubPing) -> None:
        def finish(_: object = None) -> None:
            with self._lock:
                self._pings.discard((ping.hub, ping.topic))

        def tell(turn: Turn) -> None:
            try:
                pinger.ping(ping, turn).add_done_callback(finish)
            except Exception:
                log.fault(_logger, "hub", hub=public_url(ping.hub))
                finish()

        with self._lock:
            self._pings.add((ping.hub, ping.topic))
        self._crew.put(host_of(ping.hub), Job(do=tell, give_up=finish))
