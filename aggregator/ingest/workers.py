"""The processes that parse: killed when a document takes too long, replaced when they grow old."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

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
            result: _R = self._result(task, args, kwargs, self._task_seconds)
        except TimeoutError as error:
            raise ParseError(
                Status.BROKEN, f"the document could not be parsed within {self._task_seconds:g} s"
            ) from error
        except LostError as error:
            raise ParseError(Status.BROKEN, _POISON if error.had_begun else error.what) from error
        except MemoryError as error:
            raise ParseError(Status.BROKEN, _POISON) from error
        return result

    def work(self, task: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Run a task of ours in a process, and wait as long as it takes; raises FileError when the
        process died."""
        try:
            result: _R = self._result(task, args, kwargs, None)
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

    def _result(
        self,
        task: Callable[..., _R],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        seconds: float | None,
    ) -> _R:
        """Run a task; once more where its process had died before it began."""
        try:
            return self._attempt(task, args, kwargs, seconds)
        except LostError as error:
            if error.had_begun:
                raise
            return self._attempt(task, args, kwargs, seconds)

    def _attempt(
        self,
        task: Callable[..., _R],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        seconds: float | None,
    ) -> _R:
        team, process = self._take()
        stays = False
        try:
            result, error = process.do(task, args, kwargs, seconds)
            stays = process.tasks < self._tasks_per_process
        except LostError:
            if self._is_closed:
                raise _closed() from None
            raise
        finally:
            self._give_back(team, process, stays=stays)
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]

    def _take(self) -> "tuple[Team, Process]":
        """Wait for a process that has nothing to do."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._team is None or self._team.idle)
            if self._is_closed:
                raise _closed()
            if self._team is None:
                self._team = self._start()
            self._team.busy += 1
            return self._team, self._team.idle.pop()

    def _give_back(self, team: "Team", process: "Process", *, stays: bool) -> None:
        """Have it wait for the next task, or replace all of its team: others of that do no new
        tasks, and end when the last of them is done."""
        with self._changed:
            team.busy -= 1
            if stays and team is self._team:
                team.idle.append(process)
                self._changed.notify()
                return
            if team is self._team:
                self._team = None
                self._changed.notify_all()
            is_over = not team.busy
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
        team.end()
        self._teams.discard(team)


def _closed() -> ClosedError:
    return ClosedError("the parsing processes are stopped: the program ends")
