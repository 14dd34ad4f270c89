"""Sites as tests of the web application need them."""

from pathlib import Path
from typing import Any

from aggregator.core.picture_links import PictureLinks
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.pace import Lanes
from aggregator.ingest.pictures import PictureFetcher
from aggregator.store.database import Database
from aggregator.web.metrics import Metrics
from aggregator.web.monitoring import Watch
from aggregator.web.picture_cache import PictureCache
from aggregator.web.pictures import Pictures
from aggregator.web.recent import Recent
from aggregator.web.site import Site
from aggregator.web.totals import Totals
from tests.core.records import an_output
from tests.store.records import NOW


def a_site(folder: Path, **stated: Any) -> Site:
    """Give a site with one output, all in a folder; what is stated takes the place of that."""

    def open_database() -> Database:
        return Database(folder / "aggregator.db")

    links = PictureLinks("key", "")
    fetcher = PictureFetcher(Fetcher("test"), Lanes({}))
    values: dict[str, Any] = {
        "sources": (),
        "outputs": (an_output("news"),),
        "feeds_dir": folder / "feeds",
        "versions_dir": folder / "versions",
        "private_dir": folder / "private",
        "archive_dir": folder / "archive",
        "public_url": "https://news.example",
        "open_database": open_database,
        "clock": lambda: NOW,
        "pictures": Pictures(links, fetcher, PictureCache(folder / "pictures")),
        "page_pictures": links,
        "watch": Watch(Metrics(), Recent(str)),
        "totals": Totals(open_database),
    }
    return Site(**(values | stated))
