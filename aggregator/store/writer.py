"""The one thread that writes: jobs of many threads, grouped into transactions."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aggregator.errors import DamagedError, StoreError
from aggregator.store import failures, integrity
from aggregator.store.database import Database

_T = TypeVar("_T")
# Jobs that come close together share a commit; where one fails each gets its own, so that every one
# is stored as a whole or not at all. 1,000 polls wait for some 60 syncs of the disk.
_GROUP = 16
_LINGER_SECONDS = 0.005
# Four times SQLite's own: with half of it a poll with articles takes 4 to 6 % longer to write. Who
# reads meets most pages once.
_CACHE_KIB = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    run: Callable[[Database], Any]
    future: "Future[Any]"
    is_awaited: bool


class Writer:
    """Owns the writing connection; `call` may be used from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._line = _Line()
        self._damage: DamagedError | None = None
        self._opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="writer")
        self._thread.start()
        self._opened.result()

    def submit(self, job: Callable[[Database], _T]) -> "Future[_T]":
        """Run a job with the database inside a transaction; the future is done when it is on disk.

        It raises what the job raises, and StoreError when the database cannot be written.
        """
        return self._put(job, is_awaited=False)

    def call(self, job: Callable[[Database], _T]) -> _T:
        """Run a job like `submit` and wait for it."""
        return self._put(job, is_awaited=True).result()

    def _put(self, job: Callable[[Database], _T], *, is_awaited: bool) -> "Future[_T]":
        future: Future[_T] = Future()
        if not self._line.put(_Job(run=job, future=future, is_awaited=is_awaited)):
            raise StoreError("the database is closed already")
        return future

    def shut(self, damage: BaseException) -> None:
        """Refuse all jobs from now on: somebody met damage of the database."""
        if not isinstance(damage, DamagedError):
            damage = integrity.damaged(self._path, damage)
        self._damage = self._damage or damage

    def close(self) -> None:
        """Finish the jobs that wait, then close the database."""
        self._line.close()
        self._thread.join()

    def _run(self) -> None:
        try:
            database = Database(self._path)
            database.db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        except BaseException as error:
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        while group := self._line.take():
            if self._damage is None:
                damage = _run_group(database, group)
                self._damage = self._damage or damage
            else:
                _refuse(group, self._damage)
        database.close()


class _Line:
    """Jobs that wait for the writer. It is woken for a group and not for each job: a switch between
    threads costs more than the job of a source that has nothing new.
    """

    def __init__(self) -> None:
        self._jobs: deque[_Job] = deque()
        self._is_urgent = False
        self._is_closed = False
        lock = threading.Lock()
        self._work = threading.Condition(lock)
        self._room = threading.Condition(lock)

    def put(self, job: _Job) -> bool:
        """Line a job up; wait while the line is full, since what waits here is kept in memory.

        False when the line is closed.
        """
        with self._room:
            self._room.wait_for(lambda: len(self._jobs) < _GROUP or self._is_closed)
            if self._is_closed:
                return False
            self._jobs.append(job)
            self._is_urgent |= job.is_awaited or len(self._jobs) == _GROUP
            if self._is_urgent or len(self._jobs) == 1:
                self._work.notify()
        return True

    def take(self) -> list[_Job]:
        """Wait for a job and a little longer for those right behind it; nothing at the end."""
        with self._work:
            self._work.wait_for(lambda: self._jobs or self._is_closed)
            self._work.wait_for(lambda: self._is_urgent or self._is_closed, _LINGER_SECONDS)
            group = list(self._jobs)
            self._jobs.clear()
            self._is_urgent = False
            self._room.notify_all()
        return group

    def close(self) -> None:
        """Take no more jobs."""
        with self._work:
            self._is_closed = True
            self._work.notify()
            self._room.notify_all()


def _run_group(database: Database, group: Sequence[_Job]) -> DamagedError | None:
    """Run jobs; give the damage that one of them met, after which nothing may be written."""
    jobs = [job.run for job in group]
    results = _together(database, jobs) or [_alone(database, job) for job in jobs]
    for job, result in zip(group, results, strict=True):
        if result.failure is None:
            job.future.set_result(result.value)
        else:
            job.future.set_exception(result.failure)
    failures = (one.failure for one in results)
    return next((one for one in failures if isinstance(one, DamagedError)), None)


def _refuse(group: Sequence[_Job], damage: DamagedError) -> None:
    for job in group:
        job.future.set_exception(damage)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    value: Any = None
    failure: Exception | None = None


def _together(database: Database, jobs: Sequence[Callable[[Database], Any]]) -> list[_Result]:
    """Run jobs in one transaction; nothing when one failed, and all of them are to run alone.

    Without savepoints: SQLite ends the whole transaction by itself on a full disk, so jobs have to
    stand being run again anyway, and a failure is rare.
    """
    try:
        with database.transaction():
            return [_Result(value=job(database)) for job in jobs]
    except Exception:
        return []


def _alone(database: Database, job: Callable[[Database], Any]) -> _Result:
    """Run a job as a whole or not at all."""
    try:
        with database.transaction():
            value = job(database)
    except sqlite3.Error as error:
        return _Result(failure=failures.in_words(database.path, error))
    except Exception as error:
        return _Result(failure=error)
    return _Result(value=value)
