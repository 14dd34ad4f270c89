"""The one thread that writes: jobs of many threads, grouped into transactions."""

import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aggregator.errors import StoreError
from aggregator.store.database import Database

_T = TypeVar("_T")
_Job = tuple[Callable[[Database], Any], "Future[Any]"]
# Jobs that wait at the same moment share a commit, each in a savepoint of its own: every one is
# still stored as a whole or not at all, and 1,000 polls wait for some 60 syncs of the disk.
_ANOTHER = "it is tried again; with --debug the log says more"
_GROUP = 16


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
        if self._is_closed:
            raise StoreError("the database is closed already")
        future: Future[_T] = Future()
        self._jobs.put((job, future))
        return future

    def call(self, job: Callable[[Database], _T]) -> _T:
        """Run a job like `submit` and wait for it."""
        return self.submit(job).result()

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
        """Run a job and those that wait behind it; say whether the end was among them."""
        group, is_last = [first], False
        while len(group) < _GROUP and not self._jobs.empty():
            job = self._jobs.get()
            if job is None:
                is_last = True
                break
            group.append(job)
        jobs = [job for job, _ in group]
        results = _together(database, jobs) or [_alone(database, job) for job in jobs]
        for (_, future), result in zip(group, results, strict=True):
            if result.failure is None:
                future.set_result(result.value)
            else:
                future.set_exception(result.failure)
        return is_last


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    value: Any = None
    failure: Exception | None = None


def _together(database: Database, jobs: Sequence[Callable[[Database], Any]]) -> list[_Result]:
    """Run jobs in one transaction; nothing when it was lost, and all of them are to run alone.

    SQLite ends the whole transaction by itself on a full disk, for whichever job it was.
    """
    results = []
    try:
        with database.transaction():
            for job in jobs:
                results.append(_alone(database, job))
                if not database.connection.in_transaction:
                    return []
    except sqlite3.Error:
        return []
    return results


def _alone(database: Database, job: Callable[[Database], Any]) -> _Result:
    """Run a job as a whole or not at all, in a savepoint where a transaction is open."""
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
