"""Jobs that are done every so many seconds, whatever happens to the clock meanwhile."""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from aggregator import log

_logger = logging.getLogger(__name__)
_SLACK = timedelta(seconds=1)


class _Every(BaseTrigger):  # type: ignore[misc]
    """Fires so long after it fired last.

    APScheduler's own interval lists every time that was missed: 31 million of them for one job when
    the clock jumps a year ahead, which takes a minute and two gigabytes.
    """

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + self.wait


class Ticks:
    """A scheduler on threads of its own; a job that still runs is not started beside itself."""

    def __init__(self, jobs: Iterable[tuple[Callable[[], None], int]]) -> None:
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job, seconds in jobs:
            every = _Every(timedelta(seconds=seconds))
            self._scheduler.add_job(job, every, next_run_time=datetime.now(UTC))

    def start(self) -> None:
        """Begin, with every job at once."""
        self._scheduler.start()

    def keep_going(self) -> bool:
        """Start jobs whose moment is further away than they wait: the clock was set back, and
        APScheduler, which goes by it, would sleep until it has caught up. Say whether it was."""
        now = datetime.now(UTC)
        late = [
            job
            for job in self._scheduler.get_jobs()
            if job.next_run_time - now > job.trigger.wait + _SLACK
        ]
        for job in late:
            job.modify(next_run_time=now)
        if late:
            log.event(_logger, "clock set back", level=logging.WARNING, now=now)
        return bool(late)

    def stop(self, seconds: float) -> bool:
        """Start nothing more, and wait so long for what is under way; say whether it ended."""
        ending = threading.Thread(target=self._scheduler.shutdown, name="ticks end", daemon=True)
        ending.start()
        ending.join(seconds)
        return not ending.is_alive()
