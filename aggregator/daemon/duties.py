"""What the daemon works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.core.output import Output
from aggregator.core.pace import HostPace
from aggregator.core.source import Source
from aggregator.daemon.chores import Chore
from aggregator.ingest.pace import Steady, Turn
from aggregator.pipeline.archiving import Archivist
from aggregator.pipeline.fulltext import PageReader
from aggregator.pipeline.poll import Poller
from aggregator.pipeline.publish import Publisher
from aggregator.pipeline.websub import Pinger
from aggregator.store.database import Database
from aggregator.store.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What the daemon works with, all of one feeds.toml; `open_database` gives a connection for one
    job. Chores have the same names in all of them."""

    sources: Mapping[str, Source]
    outputs: tuple[Output, ...]
    paces: Mapping[str, HostPace]
    threads: int
    poller: Poller
    pages: PageReader | None
    publisher: Publisher
    archivist: Archivist | None
    pinger: Pinger | None
    chores: Mapping[str, Chore]
    writer: Writer
    open_database: Callable[[], Database]
    clock: Callable[[], datetime]
    steady: Steady = field(default_factory=Steady)


@dataclass(frozen=True, slots=True)
class Job:
    """What a thread does when it is its host's turn, or what is done where that never comes."""

    do: Callable[[Turn], None]
    give_up: Callable[[], None]
