"""The pages of sources: how each is doing, and what it brought."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from aggregator.core.health import Health, next_step
from aggregator.core.source import Source, SourceState
from aggregator.core.words import span
from aggregator.store import health, overview
from aggregator.web.frame import Frame
from aggregator.web.home import DAYS

_EVENTS = 500
_ARTICLES = 30
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ORDER = {one: rank for rank, one in enumerate(reversed(Health))}


def _last(moment: datetime | None) -> float:
    return -(moment or _NEVER).timestamp()


_Row = dict[str, Any]
# By which column the table can be sorted: the first of each is what one wants to see first.
SORTS: dict[str, Callable[[_Row], Any]] = {
    "name": lambda row: row["source"].name.casefold(),
    "health": lambda row: (
        not row["is_broken"],
        -_ORDER.get(row["state"].health, 0),
        row["source"].name.casefold(),
    ),
    "articles": lambda row: -sum(row["days"].values()),
    "newest": lambda row: _last(row["state"].newest_at),
    "polled": lambda row: _last(row["state"].last_poll_at),
    "next": lambda row: (row["state"].next_poll_at or _NEVER).timestamp(),
    "answers": lambda row: -row["state"].answers_in,
}


class SourcePages:
    """Answers requests for the table of sources, and for each of them."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._sources = {source.id: source for source in frame.site.sources}

    def table(self, request: Request) -> Response:
        """Answer `/sources`, with `sort` and `order` in the query."""
        query = request.query_params
        sort = query.get("sort", "health")
        sort = sort if sort in SORTS else "health"
        is_reversed = query.get("order") == "reversed"
        site = self._frame.site
        since = site.clock() - timedelta(days=DAYS)
        with closing(site.open_database()) as database:
            states = database.states()
            rows = [
                _row(one, states, overview.days_of_source(database, one.id, since))
                for one in site.sources
            ]
        rows.sort(key=SORTS[sort], reverse=is_reversed)
        return self._frame.page(
            request, "sources.html", rows=rows, sort=sort, is_reversed=is_reversed,
            health_feed=health.FEED, now=site.clock(),
        )  # fmt: skip

    def one(self, request: Request) -> Response:
        """Answer `/sources/NAME`."""
        source = self._sources.get(request.path_params["source"])
        if source is None:
            return self._frame.not_found(request, "There is no such source.")
        site = self._frame.site
        since = site.clock() - timedelta(days=DAYS)
        with closing(site.open_database()) as database:
            states = database.states()
            row = _row(source, states, overview.days_of_source(database, source.id, since))
            events = [one for one in health.events(database, _EVENTS) if one.source == source.id]
            articles = overview.newest_of_source(database, source.id, _ARTICLES)
        return self._frame.page(
            request, "source.html", row=row, events=events, articles=articles,
            now=site.clock(), waits=_waits(source, row["state"]),
        )  # fmt: skip


def _row(source: Source, states: dict[str, SourceState], days: overview.Days) -> _Row:
    state = states.get(source.id) or SourceState(id=source.id, url=source.url)
    what, hint = next_step(state)
    return {
        "source": source,
        "state": state,
        "days": days,
        "what": what,
        "hint": hint,
        "is_broken": bool(state.health) and Health(state.health).is_broken,
        "cadence": span(state.cadence) if state.cadence else "",
    }


def _waits(source: Source, state: SourceState) -> str:
    """Say how often a source is asked, and what its server says about that."""
    said = []
    if source.cron:
        said.append(f"by its cron line {source.cron}")
    elif source.interval:
        said.append(f"every {span(source.interval)}")
    if state.hints.every:
        said.append(f"it asks for every {span(state.hints.every)}")
    if state.hints.skip_hours or state.hints.skip_days:
        said.append("it names hours or days to skip")
    return "; ".join(said) or "as often as it brings something new"
