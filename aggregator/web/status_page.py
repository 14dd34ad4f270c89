"""The status page: what the daemon is at, live."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from aggregator.core.condition import level
from aggregator.core.words import size
from aggregator.web.charts import bars
from aggregator.web.frame import Frame
from aggregator.web.gauges import Snapshot
from aggregator.web.monitoring import Monitor
from aggregator.web.recent import Minute

_SECONDS = 2.0  # between two events
_STEPS = 10
_MOST_LISTENERS = 20


class StatusPage:
    """Answers `/status`, and `/status/events` with what changes in it."""

    def __init__(self, frame: Frame, monitor: Monitor) -> None:
        self._frame = frame
        self._monitor = monitor
        self._listeners = 0

    def respond(self, request: Request) -> Response:
        """Answer with the page."""
        snapshot, minutes = self._monitor.read(), self._minutes()
        return self._frame.page(
            request,
            "status.html",
            figures=_figures(snapshot, minutes),
            reasons=snapshot.reasons,
            level=level(snapshot.reasons).value,
            chart=bars(
                [one.polls for one in minutes],
                f"{sum(one.polls for one in minutes)} polls in the last hour",
            ),
            lines=self._monitor.watch.recent.lines(),
        )

    def _minutes(self) -> list[Minute]:
        return self._monitor.watch.recent.minutes(self._frame.site.clock())

    async def events(self, request: Request) -> Response:
        """Send the figures again and again (server-sent events)."""
        if not self._frame.is_trusted(request):
            raise HTTPException(403, "this is not for everybody")
        if self._listeners >= _MOST_LISTENERS:
            raise HTTPException(503, "too many are listening", {"Retry-After": "30"})
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(
            self._stream(request), headers=headers, media_type="text/event-stream"
        )

    async def _stream(self, request: Request) -> AsyncIterator[str]:
        self._listeners += 1
        began_with = self._monitor.watch.holds_since
        try:
            while not (self._is_over(began_with) or await request.is_disconnected()):
                snapshot = await run_in_threadpool(self._monitor.read)
                figures = {
                    key: shown for key, (_, shown) in _figures(snapshot, self._minutes()).items()
                }
                yield f"data: {json.dumps(figures)}\n\n"
                await self._pause(began_with)
        finally:
            self._listeners -= 1

    def _is_over(self, began_with: datetime | None) -> bool:
        """Say whether a listener is to go: the server is about to stop, or there is another
        feeds.toml, of which the browser learns when it comes back by itself."""
        watch = self._monitor.watch
        return watch.ending.is_set() or watch.holds_since != began_with

    async def _pause(self, began_with: datetime | None) -> None:
        """Wait for the next event; not to the end where there will be none."""
        for _ in range(_STEPS):
            if self._is_over(began_with):
                return
            await asyncio.sleep(_SECONDS / _STEPS)


def _figures(snapshot: Snapshot, minutes: list[Minute]) -> dict[str, tuple[str, str]]:
    """Give what the page says in figures: by their keys a name, and the value as it is shown."""
    found: dict[str, tuple[str, Any]] = {
        "level": ("The daemon is", level(snapshot.reasons).value),
        "polls": ("Polls in the last minute", minutes[-1].polls + minutes[-2].polls),
        "failed": ("Failed in the last hour", sum(one.failed for one in minutes)),
        "new": ("New articles in the last hour", sum(one.new for one in minutes)),
    }
    if snapshot.pulse:
        found["underway"] = ("Polls under way or in line", snapshot.pulse.polls)
        found["tick"] = ("Scheduler ticked", f"{snapshot.pulse.since_tick:.0f} s ago")
    found["overdue"] = ("Latest poll is late by", f"{snapshot.overdue:.0f} s")
    if snapshot.counts:
        found["articles"] = ("Articles", f"{snapshot.counts.articles:,}")
        for queue, count in snapshot.counts.pending.items():
            found[f"queue-{queue}"] = (f"Waiting for {queue.replace('_', ' ')}", f"{count:,}")
    for file, taken in snapshot.file_sizes.items():
        found[f"file-{file}"] = (f"Database, {file}", size(taken))
    if snapshot.free_bytes is not None:
        found["free"] = ("Free on the disk", size(snapshot.free_bytes))
    return {key: (name, str(value)) for key, (name, value) in found.items()}
