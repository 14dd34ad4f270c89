"""The threads that work jobs off, each host at its pace."""

from concurrent.futures import Future

import pytest

from aggregator.core.pace import HostPace
from aggregator.ingest.pace import Turn
from aggregator.pipeline.crew import work_off

ONCE_A_MINUTE = {"*": HostPace(delay=60)}
IN_A_HURRY = {"*": HostPace(connections=8, delay=0)}


def shout(job: str, _turn: Turn) -> "Future[str]":
    done: Future[str] = Future()
    done.set_result(job.upper())
    return done


def fail(_job: str, _turn: Turn) -> "Future[str]":
    raise ValueError("a fault")


def test_every_job_is_done_and_gives_its_result() -> None:
    jobs = [("a.example", "one"), ("a.example", "two"), ("b.example", "three")]

    assert sorted(work_off(jobs, IN_A_HURRY, 4, shout)) == ["ONE", "THREE", "TWO"]


def test_no_job_begins_after_the_time_that_was_given() -> None:
    jobs = [("a.example", "one"), ("a.example", "two"), ("b.example", "three")]

    assert sorted(work_off(jobs, ONCE_A_MINUTE, 4, shout, seconds=0.3)) == ["ONE", "THREE"]


def test_a_job_that_fails_says_so_to_who_waits() -> None:
    with pytest.raises(ValueError, match="a fault"):
        list(work_off([("a.example", "one")], IN_A_HURRY, 4, fail))
