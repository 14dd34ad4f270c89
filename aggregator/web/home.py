"""The home page: what is collected, what is broken, what each feed holds, where to subscribe."""

from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from aggregator.core.health import CUT_OFF, is_broken, is_cut_off, next_step
from aggregator.core.output import Output
from aggregator.store import health, listings, overview
from aggregator.store.database import Database
from aggregator.web.charts import DAYS
from aggregator.web.frame import Frame
from aggregator.web.phrases import phrases

HEADLINES = 5
_MOST_BROKEN = 8


class Home:
    """Answers requests for the home page."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def respond(self, request: Request) -> Response:
        """Answer with the page."""
        site = self._frame.site
        with closing(site.open_database()) as database:
            values = {
                "total": site.totals.now(database, site.public),
                "outputs": [self._card(database, output) for output in site.public],
                **self._health(database),
            }
        return self._frame.page(
            request, "home.html", health_feed=health.FEED, sources=len(site.sources),
            now=site.clock(), **values,
        )  # fmt: skip

    def _card(self, database: Database, output: Output) -> dict[str, Any]:
        site = self._frame.site
        since = site.clock() - timedelta(days=DAYS)
        articles = listings.listed(
            database, output.id, HEADLINES, prefer=site.prefer, order=output.order,
            dedupe=output.dedupe,
        )[:HEADLINES]  # fmt: skip
        return {
            "output": output,
            "phrases": phrases(output, site.names),
            "days": overview.days_of_output(database, output.id, since),
            "articles": articles,
            "feed": f"{site.public_url}/feeds/{output.id}",
        }

    def _health(self, database: Database) -> dict[str, Any]:
        """Tell how the sources are doing: how many are well, and which of them need somebody."""
        states = database.states()
        found = [(source, states.get(source.id)) for source in self._frame.site.sources]
        broken = [(source, state) for source, state in found if state and is_broken(state.health)]
        broken.sort(key=lambda one: str(one[1].health_since), reverse=True)
        states_in_use = [state for _, state in found if state]
        last = max((one.last_poll_at for one in states_in_use if one.last_poll_at), default=None)
        return {
            "healths": Counter(state.health if state else "" for _, state in found),
            "broken": [
                {"source": source, "state": state, "step": next_step(state)}
                for source, state in broken[:_MOST_BROKEN]
            ],
            "broken_count": len(broken),
            "cut_off": CUT_OFF if is_cut_off(one.status for one in states_in_use) else "",
            "last_poll": last,
        }
