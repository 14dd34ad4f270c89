"""The processes that parse: killed when a document takes too long, replaced when they grow old."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from aggregator.core.polling import Status
from aggregator.errors import ClosedError, FileError, LostError, ParseError

if TYPE_CHECKING:
    from aggregator.ingest.team import Process, Team

_P = ParamSpec("_P")
_R = TypeVar("_R")
_T = TypeVar("_T")
TASK_SECONDS = 30
# feedparser keeps memory over time (its issue 287).
TASKS_PER_PROCESS = 2000
_AHEAD = 4  # results that wait for the writer
_POISON = "the document brought the parser down"


class Workers:
    """A pool of parsing processes, started at the first task; tasks must be functions of modules.

    `preload` names the modules that all of them need: they are imported once and shared.
    """

    def __init__(
        self,
        count: int = 0,
        preload: tuple[str, ...] = (),
        task_seconds: float = TASK_SECONDS,
        tasks_per_process: int = TASKS_PER_PROCESS,
    ) -> None:
        self._count = count or os.cpu_count() or 1
        self._preload = preload
        self._task_seconds = task_seconds
        self._tasks_per_process = tasks_per_process
        self.room = threading.Semaphore(self.at_once)
        """For who keeps what a process gave until it is stored: `at_once` of them. More are much
        memory where the writer is slower than the processes."""
        self._changed = threading.Condition()
        self._team: Team | None = None
        self._teams: set[Team] = set()
        """Those of which somebody is left."""
        self._is_closed = False

    @property
    def count(self) -> int:
        """Tell how many tasks are done at a time."""
        return self._count

    @property
    def at_once(self) -> int:
        """Tell how many documents there may be at a time between fetching and the disk: one and the
        next for each process, and a few for the writer."""
        return 2 * self._count + _AHEAD

    def run(self, task: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Run a task in a process and wait; raises ParseError when it had to be killed or died."""
        try:
            result: _R = self._result(partial(task, *args, **kwargs), self._task_seconds)
        except LostError as error:
            what = error.what
            if error.was_slow:
                what = f"the document could not be parsed within {self._task_seconds:g} s"
            elif error.had_begun:
                what = _POISON
            raise ParseError(Status.BROKEN, what) from error
        except MemoryError as error:
            raise ParseError(Status.BROKEN, _POISON) from error
        return result

    def work(self, task: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Run a task of ours in a process, and wait as long as it takes; raises FileError when the
        process died."""
        try:
            result: _R = self._result(partial(task, *args, **kwargs), None)
        except (LostError, MemoryError) as error:
            why = error.what if isinstance(error, LostError) else "its memory did not suffice"
            hint = "it is tried again by the next run"
            raise FileError(f"{task.__name__}: {why}", hint) from error
        return result

    def each(self, do: Callable[[_T], _R], things: Iterable[_T]) -> Iterator[_R]:
        """Do something that waits for a process with each of some things, as many at a time as
        there are processes; give what came of each in their order.

        What came is not heaped up for who is slow to take it. Where one raises, those that have
        not begun are left.
        """
        threads = ThreadPoolExecutor(self._count)
        waiting: deque[Future[_R]] = deque()
        try:
            for one in things:
                waiting.append(threads.submit(do, one))
                if len(waiting) > self._count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)

    def _result(self, task: Callable[[], _R], seconds: float | None) -> _R:
        """Run a task; again where its process had died before it began, or was never there."""
        for _ in range(self._count):
            try:
                return self._attempt(task, seconds)
            except LostError as error:
                if error.had_begun:
                    raise
        return self._attempt(task, seconds)

    def _attempt(self, task: Callable[[], _R], seconds: float | None) -> _R:
        team, process = self._take()
        stays = False
        try:
            result, error = process.do(task, seconds)
            stays = process.tasks < self._tasks_per_process
        except LostError:
            if self._is_closed:
                raise _closed() from None
            raise
        finally:
            self._give_back(team, process, stays=stays)
        if error is None:
            return result  # type: ignore[no-any-return]
        try:
            raise error
        finally:
            del error  # or it holds this frame, which holds it, and the document

    def _take(self) -> "tuple[Team, Process]":
        """Wait for a process that has nothing to do."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._has_room())
            if self._is_closed:
                raise _closed()
            if self._team is None:
                self._team = self._start()
            self._team.busy += 1
            return self._team, self._team.idle.pop()

    def _has_room(self) -> bool:
        busy = sum(team.busy for team in self._teams)  # those that were replaced as well
        return busy < self._count and (self._team is None or bool(self._team.idle))

    def _give_back(self, team: "Team", process: "Process", *, stays: bool) -> None:
        """Have it wait for the next task, or replace its team: others of that do no new tasks, and
        end with the last that is under way. One that never started is only left out."""
        with self._changed:
            team.busy -= 1
            stays = stays and team is self._team
            if stays:
                team.idle.append(process)
            elif team is self._team and (process.has_started or not (team.idle or team.busy)):
                self._team = None
                team.let_go()
                self._changed.notify_all()
            is_over = team is not self._team and not team.busy
            self._changed.notify()
        if not stays:
            process.close()
        if is_over:
            self._end(team)

    def close(self) -> None:
        """Kill the processes; tasks under way are given up, and no others begin."""
        with self._changed:
            self._is_closed, self._team = True, None
            self._changed.notify_all()
            teams = list(self._teams)
        for team in teams:
            self._end(team)

    def _start(self) -> "Team":
        # Not at the top: where nothing changed there is nothing to parse, and this takes 5 ms.
        from aggregator.ingest.team import Team

        try:
            team = Team(self._count, self._preload)
        except OSError as error:
            raise LostError(had_begun=False) from error
        self._teams.add(team)
        return team

    def _end(self, team: "Team") -> None:
        if team.end():
            with self._changed:
                self._teams.discard(team)


def _closed() -> ClosedError:
    return ClosedError("the parsing processes are stopped: the program ends")
