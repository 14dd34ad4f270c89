"""Tasks of which some arguments stay the same."""

import pickle
from collections.abc import Iterator

import pytest

from aggregator.ingest.bound import Bound
from aggregator.ingest.workers import Workers
from tests.ingest import tasks


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Give one process."""
    pool = Workers(1)
    yield pool
    pool.close()


def test_a_process_reads_what_stays_the_same_once(workers: Workers) -> None:
    ours: list[str] = []
    task = Bound(tasks.add_to, known=ours)
    assert workers.run(task, "a") == ["a"]
    # The process still has the list of the task before.
    assert workers.work(task, "b") == ["a", "b"]
    assert workers.run(tasks.add_to, "c", known=ours) == ["c"]
    assert ours == []


def test_what_is_another_is_read_anew(workers: Workers) -> None:
    assert workers.run(Bound(tasks.add_to, known=["x"]), "a") == ["x", "a"]
    assert workers.run(Bound(tasks.add_to, known=["y"]), "b") == ["y", "b"]


def test_it_is_put_into_bytes_once() -> None:
    known = ["x"]
    task = Bound(tasks.add_to, known=known)
    sent = pickle.dumps(task)
    known.append("y")
    assert pickle.dumps(task) == sent
    assert pickle.loads(sent)("a") == ["x", "a"]


def test_in_the_same_process_it_is_the_function_itself() -> None:
    task = Bound(tasks.double, plus=1)
    assert (task(3), task.__name__) == (7, "double")
