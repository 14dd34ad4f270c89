"""The one thread that writes: jobs of many threads, grouped into transactions."""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aggregator.errors import StoreError
from aggregator.store.database import Database

_T = TypeVar("_T")
_ANOTHER = "it is tried again; with --debug the log says more"
# Jobs that come close together share a commit; where one fails each gets its own, so that every one
# is stored as a whole or not at all. 1,000 polls wait for some 60 syncs of the disk.
_GROUP = 16
_LINGER_SECONDS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    run: Callable[[Database], Any]
    future: "Future[Any]"
    is_awaited: bool


class Writer:
    """Owns the writing connection; `call` may be used from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_closed = False
        # A full queue makes those wait who bring more: what waits here is kept in memory.
        self._jobs: queue.Queue[_Job | None] = queue.Queue(maxsize=_GROUP)
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
        if self._is_closed:
            raise StoreError("the database is closed already")
        future: Future[_T] = Future()
        self._jobs.put(_Job(run=job, future=future, is_awaited=is_awaited))
        return future

    def close(self) -> None:
        """Finish the jobs that wait, then close the database."""
        self._is_closed = True
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            database = Database(self._path)
        except BaseException as error:
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        while (job := self._jobs.get()) is not None:
            is_last = self._run_group(database, job)
            if is_last:
                break
        database.close()

    def _run_group(self, database: Database, first: _Job) -> bool:
        """Run a job and those that come right behind it; say whether the end was among them."""
        group, is_last = [first], False
        patience = time.monotonic() + _LINGER_SECONDS
        while len(group) < _GROUP:
            wait = 0.0 if group[-1].is_awaited else max(patience - time.monotonic(), 0.0)
            try:
                job = self._jobs.get(block=wait > 0, timeout=wait)
            except queue.Empty:
                break
            if job is None:
                is_last = True
                break
            group.append(job)
        jobs = [job.run for job in group]
        results = _together(database, jobs) or [_alone(database, job) for job in jobs]
        for job, result in zip(group, results, strict=True):
            if result.failure is None:
                job.future.set_result(result.value)
            else:
                job.future.set_exception(result.failure)
        return is_last


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
        return _Result(failure=_store_error(error))
    except Exception as error:
        return _Result(failure=error)
    return _Result(value=value)


def _store_error(error: sqlite3.Error) -> StoreError:
    hint = "make room on the disk; it goes on by itself" if "full" in str(error) else _ANOTHER
    failure = StoreError(f"the database cannot be written: {error}", hint)
    failure.__cause__ = error
    return failure
