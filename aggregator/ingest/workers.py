"""The processes that parse: killed when a document takes too long, replaced when they grow old."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as PoolTimeout
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from aggregator.core.polling import Status
from aggregator.errors import ClosedError, FileError, ParseError
from aggregator.log import hear_no_others

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from pebble import ProcessFuture, ProcessPool

_P = ParamSpec("_P")
_R = TypeVar("_R")
_T = TypeVar("_T")
TASK_SECONDS = 30
# feedparser keeps memory over time (its issue 287).
TASKS_PER_PROCESS = 2000
# glibc gives documents and bodies from so many bytes on back to the system at once, and they leave
# no holes; other C libraries know no such name. The fork server runs as `python -c`: without the
# other, what it imports is looked for in the working folder.
_FOR_THE_SERVER = {"MALLOC_MMAP_THRESHOLD_": "65536", "PYTHONSAFEPATH": "1"}
_AHEAD = 4  # results that wait for the writer
_GONE_SECONDS = 3
_ADDRESS_SPACE = 2 << 30  # a document that needs more is poison


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
        self._lock = threading.Lock()
        self._pool: _Pool | None = None
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
        from pebble import ProcessExpired

        try:
            result: _R = self._result(task, args, kwargs, self._task_seconds)
        except PoolTimeout as error:
            raise ParseError(
                Status.BROKEN, f"the document could not be parsed within {self._task_seconds:g} s"
            ) from error
        except (ProcessExpired, BrokenExecutor, MemoryError) as error:
            raise ParseError(Status.BROKEN, "the document brought the parser down") from error
        return result

    def work(self, task: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Run a task of ours in a process, and wait as long as it takes; raises FileError when the
        process died."""
        from pebble import ProcessExpired

        try:
            result: _R = self._result(task, args, kwargs, None)
        except (ProcessExpired, BrokenExecutor, MemoryError) as error:
            raise FileError(
                f"{task.__name__}: the process died: {error}", "it is tried again by the next run"
            ) from error
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
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        seconds: float | None,
    ) -> _R:
        """Run a task; once more where it was lost with its pool.

        pebble gives a whole pool up when a process dies that has said of no task that it runs it:
        one that was idle, or that died at once.
        """
        try:
            return self._attempt(task, args, kwargs, seconds)
        except BrokenExecutor:
            return self._attempt(task, args, kwargs, seconds)

    def _attempt(
        self,
        task: Callable[..., _R],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        seconds: float | None,
    ) -> _R:
        pool = self._started()
        try:
            return self._schedule(pool.tasks, task, args, kwargs, seconds).result()
        except BrokenExecutor:
            self._give_up(pool)
            raise

    @staticmethod
    def _schedule(
        pool: "ProcessPool",
        task: Callable[..., _R],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        seconds: float | None,
    ) -> "ProcessFuture[_R]":
        try:
            return pool.schedule(task, args=list(args), kwargs=kwargs, timeout=seconds)
        except RuntimeError as error:  # it was given up already
            raise BrokenExecutor(str(error)) from error

    def _give_up(self, pool: "_Pool") -> None:
        with self._lock:
            if self._pool is not pool:
                return  # another thread did
            self._pool = None
        pool.kill()
        pool.tasks.join()

    def close(self, *, is_last: bool = False) -> None:
        """Stop the processes; tasks under way are given up, and no others begin.

        Where it is the last that the program does, pebble's threads are not waited for: they take
        up to 0.1 s to notice.
        """
        with self._lock:  # taken out: who finds its task lost with it would join it beside this
            self._is_closed, pool, self._pool = True, self._pool, None
        if pool is not None:
            are_all_gone = pool.kill()
            if not (is_last and are_all_gone):
                pool.tasks.join()

    def _started(self) -> "_Pool":
        with self._lock:
            if self._is_closed:
                raise ClosedError("the parsing processes are stopped: the program ends")
            if self._pool is None:
                self._pool = self._start()
            return self._pool

    def _start(self) -> "_Pool":
        # Not at the top: where nothing changed there is nothing to parse, and this takes 40 ms.
        from multiprocessing import forkserver, resource_tracker
        from multiprocessing.context import ForkServerContext

        from pebble import ProcessPool

        # Not fork: the parent has threads. The fork server imports once for all its children, and
        # what runs them as well.
        context = ForkServerContext()
        context.set_forkserver_preload([*self._preload, "pebble"])
        resource_tracker.ensure_running()  # by itself: it would lift the block
        with _environment(_FOR_THE_SERVER), _no_interrupt():
            forkserver.ensure_running()
        make, processes = context.Process, list["BaseProcess"]()

        def remembered(*args: Any, **kwargs: Any) -> "BaseProcess":
            process = make(*args, **kwargs)
            processes[:] = [*(one for one in processes if one.is_alive()), process]
            return process

        context.Process = remembered  # type: ignore[assignment, misc]
        tasks = ProcessPool(
            max_workers=self._count,
            max_tasks=self._tasks_per_process,
            initializer=_prepare,
            context=context,
        )
        return _Pool(tasks, processes)


@dataclass(frozen=True, slots=True, eq=False)
class _Pool:
    """A pool of pebble's, and the processes that it started."""

    tasks: "ProcessPool"
    processes: "list[BaseProcess]"

    def kill(self) -> bool:
        """Stop it, and kill the processes at once: one that is still starting would print that its
        queues are gone. Say whether none is left."""
        self.tasks.stop()  # type: ignore[no-untyped-call]
        begun = [process for process in self.processes if process.pid is not None]
        for process in begun:
            process.kill()
        for process in begun:
            process.join(_GONE_SECONDS)  # longer where the disk keeps it
        return len(begun) == len(self.processes)


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Have what is started meanwhile, and all that it starts, hear of no Ctrl+C: a process that
    this meets while it starts dies with the lock of all others' pipe."""
    import signal

    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Have what is started meanwhile find these in its environment, unless others are there."""
    added = [name for name in values if name not in os.environ]
    os.environ.update((name, values[name]) for name in added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _prepare() -> None:
    """Prepare a process: signals of the terminal are the parent's business, memory has a bound, and
    what libraries have to say about a document is not for the log."""
    import gc
    import resource
    import signal

    # What the fork server loaded stays shared until somebody writes to it, as the collector does.
    gc.freeze()
    hear_no_others()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
