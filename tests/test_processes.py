"""Whether a process is at work."""

import os
import subprocess

import pytest

from aggregator.processes import is_alive


def test_this_process_and_its_parent_are_alive() -> None:
    assert is_alive(os.getpid())
    assert is_alive(os.getppid())


def test_one_that_has_ended_is_not_noticed_by_its_parent_or_not() -> None:
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # a zombie until it is waited for

        assert not is_alive(process.pid)

    assert not is_alive(process.pid)


@pytest.mark.parametrize("number", [999_999_999, 20261128123456])
def test_a_number_that_no_process_can_have_is_of_none(number: int) -> None:
    assert not is_alive(number)
