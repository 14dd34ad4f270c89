"""What the web application is made of."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from aggregator.core.output import Output
from aggregator.core.picture_links import PictureLinks
from aggregator.core.source import Source
from aggregator.store.database import Database
from aggregator.web.desk import Desk
from aggregator.web.feeds import no_links
from aggregator.web.monitoring import Watch
from aggregator.web.pictures import Pictures
from aggregator.web.sessions import Sessions
from aggregator.web.totals import Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the web application shows; `open_database` gives a connection for one request.

    `picture_links` are where outputs have their pictures come through us; those of pages always do,
    at `page_pictures`. There is a workbench where there is a `desk`, and others than the machine
    itself may log in where there are `sessions`.
    """

    sources: tuple[Source, ...]
    outputs: tuple[Output, ...]
    feeds_dir: Path
    versions_dir: Path
    private_dir: Path
    archive_dir: Path
    public_url: str
    open_database: Callable[[], Database]
    clock: Callable[[], datetime]
    pictures: Pictures
    page_pictures: PictureLinks
    watch: Watch
    totals: Totals
    prefer: tuple[str, ...] = ()
    picture_links: PictureLinks | None = None
    desk: Desk | None = None
    sessions: Sessions | None = None
    link_header: Callable[[str], str] = no_links

    @property
    def public(self) -> tuple[Output, ...]:
        """List the outputs that anybody may know of."""
        return tuple(one for one in self.outputs if not one.is_hidden)

    @property
    def names(self) -> dict[str, str]:
        """Name sources and public outputs by their ids; those of sources are lost to outputs'."""
        outputs = {one.id: one.title for one in self.public}
        return {one.id: one.name for one in self.sources} | outputs

    def without_database(self, error: Exception) -> "Site":
        """Give the same leaving the database alone, which `error` says is damaged: to open it is
        enough to have SQLite write a log into it that may be of another. Feeds are files."""

        def refuse() -> NoReturn:
            raise error

        # The workbench opens the database in a process of its own.
        return replace(self, open_database=refuse, desk=None)
