"""How many articles there are, and how many each output keeps, told without counting them anew."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass

from aggregator.core.output import Output
from aggregator.errors import StoreError
from aggregator.store import listings
from aggregator.store.database import Database

_FRESH_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """All articles, and those that each output shows, by its id."""

    articles: int
    kept: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """What was counted up to the n-th article, at a moment of the clock that only goes on; of what
    each output keeps, how many are copies."""

    at: float
    last: int
    articles: int
    kept: Mapping[str, listings.Kept]


class Totals:
    """Counts over all history, which takes some 100 ms for 200,000 articles, and seconds where the
    disk has to be read for it: so once, and then again on the side when somebody asks. What arrived
    since is added at once; what was purged, or judged by another rule, is told by the next count.
    """

    def __init__(
        self,
        open_database: Callable[[], Database],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_database = open_database
        self._seconds = seconds
        self._counting = threading.Lock()
        self._counted: _Counted | None = None

    def begin(self) -> None:
        """Count on a thread, unless that is done already."""
        if self._counting.acquire(blocking=False):
            threading.Thread(target=self._count_aside, name="totals", daemon=True).start()

    def now(self, database: Database, outputs: Iterable[Output]) -> Total:
        """Tell how many there are; who asks first waits for the count."""
        counted = self._counted
        if counted is None:
            with self._counting:
                counted = self._counted or self._count(database)
        elif self._seconds() - counted.at >= _FRESH_SECONDS:
            self.begin()
        since = database.last_number() - counted.last
        return Total(
            articles=counted.articles + since,
            kept={
                one.id: _shown(counted.kept.get(one.id), one)
                + (listings.count_after(database, one.id, counted.last, one.dedupe) if since else 0)
                for one in outputs
            },
        )

    def _count_aside(self) -> None:
        try:
            with closing(self._open_database()) as database:
                self._count(database)
        except (sqlite3.Error, StoreError):
            pass  # pages say that the database cannot be read, and the next of them counts
        finally:
            self._counting.release()

    def _count(self, database: Database) -> _Counted:
        with database.moment():
            self._counted = counted = _Counted(
                at=self._seconds(),
                last=database.last_number(),
                articles=database.count_articles(),
                kept=listings.kept(database),
            )
        return counted


def _shown(kept: listings.Kept | None, output: Output) -> int:
    if kept is None:
        return 0
    return kept.articles - kept.copies if output.dedupe else kept.articles
