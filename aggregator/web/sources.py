"""The pages of sources: how each is doing, and what it brought."""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aggregator.core.health import Health, is_broken, next_step
from aggregator.core.source import Source, SourceState
from aggregator.core.words import span
from aggregator.store import health, overview, poll_log
from aggregator.store.poll_log import PastPoll
from aggregator.web.charts import DAYS, bars
from aggregator.web.forms import own_form
from aggregator.web.frame import Frame

_PAUSE = timedelta(minutes=1)
_MOST_BYTES = 1000
_EVENTS = 500
_ARTICLES = 30
_POLLS = 15  # that are not folded
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
            polls = poll_log.last(database, source.id)
        chart, said = _answers(polls)
        return self._frame.page(
            request, "source.html", row=row, events=events, articles=articles,
            now=site.clock(), waits=_waits(source, row["state"]),
            polls=polls, polls_shown=_POLLS, answers=chart, answers_said=said,
            is_asked="asked" in request.query_params, why_not=_why_not(row["state"], site.clock()),
        )  # fmt: skip

    async def poll(self, request: Request) -> Response:
        """Have a source polled at once; `/sources/NAME/poll`."""
        if not self._frame.is_trusted(request):
            return self._frame.closed(request)
        await own_form(request, _MOST_BYTES)
        source = self._sources.get(request.path_params["source"])
        if source is None:
            return self._frame.not_found(request, "There is no such source.")
        await run_in_threadpool(self._hasten, source)
        return RedirectResponse(f"/sources/{source.id}?asked=1", 303)

    def _hasten(self, source: Source) -> None:
        site = self._frame.site
        with closing(site.open_database()) as database:
            state = database.states().get(source.id)
            if state and not _why_not(state, site.clock()):
                database.hasten(source.id)


def _why_not(state: SourceState, now: datetime) -> str:
    """Say why a source cannot be polled at once; empty where it can."""
    if state.health == Health.GONE:
        return "its server said that it is gone for good"
    if state.next_poll_at is None or state.next_poll_at <= now:
        return "its poll is due already"
    if state.last_poll_at and now - state.last_poll_at < _PAUSE:
        return "it was polled a moment ago"
    return ""


def _row(source: Source, states: dict[str, SourceState], days: overview.Days) -> _Row:
    state = states.get(source.id) or SourceState(id=source.id, url=source.url)
    what, hint = next_step(state)
    return {
        "source": source,
        "state": state,
        "days": days,
        "what": what,
        "hint": hint,
        "is_broken": is_broken(state.health),
        "cadence": span(state.cadence) if state.cadence else "",
    }


def _answers(polls: Sequence[PastPoll]) -> tuple[Markup, str]:
    """Draw how long the server took to answer the last polls, and say it; nothing where it never
    answered."""
    times = [one.answered_in for one in reversed(polls)]
    answered = [one for one in times if one]
    if not answered:
        return Markup(""), ""
    label = f"how long it took to answer {len(answered)} of {len(times)} polls"
    chart = bars([round(one * 1000) for one in times], label)
    return chart, f"answered in {median(answered):.2f} s usually, {max(answered):.2f} s at most"


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
