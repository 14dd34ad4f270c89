"""The composition root: the only place that builds the parts of an aggregator."""

import gc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aggregator import __version__
from aggregator.config.load import Config
from aggregator.core.picture_links import PictureLinks
from aggregator.core.source import Source
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.workers import Workers
from aggregator.pipeline.archiving import Archivist
from aggregator.pipeline.feeds import FeedMaker
from aggregator.pipeline.health_feed import HEALTH
from aggregator.pipeline.poll import Clock, Poller
from aggregator.pipeline.publish import Publisher
from aggregator.pipeline.recall import Recall
from aggregator.pipeline.relisting import Relister
from aggregator.store.clock import was_ahead
from aggregator.store.database import Database
from aggregator.store.writer import Writer
from aggregator.syndicate.archive import Archive
from aggregator.syndicate.channel import FEEDS, Channel
from aggregator.syndicate.secrets import Private

if TYPE_CHECKING:
    from aggregator.pipeline.fulltext import PageReader
    from aggregator.pipeline.retention import Purger
    from aggregator.pipeline.websub import Pinger

NEEDED_TO_PARSE = ("aggregator.pipeline.shared",)
_NEEDED_FOR_PAGES = ("aggregator.pipeline.page_digest", "aggregator.ingest.extract")


def now() -> datetime:
    """Tell the time: the one clock, handed to whatever needs it."""
    return datetime.now(UTC)


def user_agent(contact: str) -> str:
    """Say who asks, in every request: name, version and where to complain."""
    return f"aggregator/{__version__} (feed aggregator; {contact or 'no contact given'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What is opened once, and stays whatever feeds.toml says; `database` is for reading."""

    writer: Writer
    workers: Workers
    page_workers: Workers
    fetcher: Fetcher
    database: Database
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the commands that change something work with."""

    config: Config
    tools: Tools
    poller: Poller
    pages: "PageReader | None"
    relister: Relister
    publisher: Publisher
    archivist: Archivist | None
    pinger: "Pinger | None"

    @property
    def writer(self) -> Writer:
        """Give what writes to the database."""
        return self.tools.writer

    @property
    def database(self) -> Database:
        """Give the database for reading."""
        return self.tools.database

    @property
    def clock(self) -> Clock:
        """Give what tells the time."""
        return self.tools.clock


@contextmanager
def open_parts(config: Config, clock: Clock = now) -> Iterator[Parts]:
    """Build everything for a configuration, and close it in the end."""
    service = config.service
    path = service.database
    with closing(Writer(path)) as writer, closing(Database(path)) as database:
        needed = NEEDED_TO_PARSE + (_NEEDED_FOR_PAGES if _wanting(config) else ())
        tools = Tools(
            writer=writer,
            workers=Workers(service.workers, preload=needed),
            # Of their own, so that no document waits behind a page.
            page_workers=Workers(1, preload=needed),
            fetcher=Fetcher(user_agent(service.contact), clock),
            database=database,
            clock=clock,
        )
        # What is loaded by now stays till the end: the collector need not look at it again.
        gc.freeze()
        try:
            writer.call(lambda db: db.sync_sources(config.sources))
            writer.call(lambda db: was_ahead(db, clock()))
            yield assembled(config, tools)
        finally:
            tools.page_workers.close()
            tools.workers.close()


def assembled(config: Config, tools: Tools) -> Parts:
    """Build what goes by a configuration."""
    recall = Recall()
    return Parts(
        config=config,
        tools=tools,
        poller=Poller(
            fetcher=tools.fetcher,
            workers=tools.workers,
            writer=tools.writer,
            outputs=config.outputs,
            url_rules=config.url_rules,
            clock=tools.clock,
            recall=recall,
        ),
        pages=_pages(config, tools, recall),
        relister=Relister(outputs=config.outputs, workers=tools.workers, writer=tools.writer),
        publisher=Publisher(maker=_feed_maker(config), workers=tools.workers),
        archivist=_archivist(config, tools.workers) if config.service.archive else None,
        pinger=_pinger(config, tools) if config.hubs else None,
    )


def picture_links(config: Config) -> PictureLinks | None:
    """Make the signed addresses of pictures; None where no output wants them."""
    if not any(one.proxy_images for one in config.outputs):
        return None
    return PictureLinks(picture_key(config), config.service.public_url)


def picture_key(config: Config) -> str:
    """Give the key by which the addresses of pictures are signed."""
    return Private(config.service.private_dir).key("pictures")


def _wanting(config: Config) -> dict[str, Source]:
    """Give the sources whose articles want the text of their page."""
    return {source.id: source for source in config.sources if source.full_text}


def _pages(config: Config, tools: Tools, recall: Recall) -> "PageReader | None":
    if not (wanting := _wanting(config)):
        return None
    # Not at the top: few want full texts, and this takes a while to import.
    from aggregator.pipeline.fulltext import PageReader

    return PageReader(
        fetcher=tools.fetcher,
        workers=tools.page_workers,
        writer=tools.writer,
        sources=wanting,
        outputs=config.outputs,
        url_rules=config.url_rules,
        clock=tools.clock,
        recall=recall,
    )


def _pinger(config: Config, tools: Tools) -> "Pinger":
    # Not at the top: few name hubs.
    from aggregator.pipeline.websub import Pinger

    return Pinger(
        fetcher=tools.fetcher,
        writer=tools.writer,
        hubs=config.hubs,
        allow_private=config.service.allow_private,
        clock=tools.clock,
    )


def link_headers(config: Config) -> Callable[[str], str]:
    """Make what tells the Link header of a feed by its file's name; empty where it has none."""
    service, tokens = config.service, Private(config.service.private_dir).tokens
    outputs = {one.id: one for one in (*config.outputs, HEALTH)}

    def header(file: str) -> str:
        name, _, kind = file.rpartition(".")
        output = outputs.get(name)
        if output is None or kind not in FEEDS:
            return ""
        hubs = output.told_to(service.hubs)
        token = tokens.of(name) if hubs and output.private else ""
        return Channel(
            output=output, public_url=service.public_url, sources={}, token=token, hubs=hubs
        ).link_header(kind)

    return header


def _feed_maker(config: Config) -> FeedMaker:
    service = config.service
    return FeedMaker(
        outputs=config.outputs,
        sources={source.id: source for source in config.sources},
        public_url=service.public_url,
        feeds_dir=service.feeds_dir,
        versions_dir=service.versions_dir,
        prefer=service.prefer,
        private_dir=service.private_dir,
        picture_links=picture_links(config),
        hubs=service.hubs,
    )


def _archivist(config: Config, workers: Workers) -> Archivist:
    return Archivist(
        archive=_archive(config),
        sources={source.id: source for source in config.sources},
        workers=workers,
    )


def _archive(config: Config) -> Archive:
    service = config.service
    return Archive(
        service.archive_dir, service.archive_path, service.archive_keys, service.archive_style
    )


def make_purger(config: Config, clock: Clock = now) -> "Purger":
    """Make what purges articles."""
    # Not at the top: polls do not purge.
    from aggregator.pipeline.retention import Purger

    return Purger(
        sources=config.sources,
        outputs=config.outputs,
        max_size=config.service.max_size,
        archive=_archive(config),
        has_archive=config.service.archive,
        clock=clock,
    )
