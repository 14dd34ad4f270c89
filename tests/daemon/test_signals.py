"""What the daemon does at a signal, wherever it was started."""

import fcntl
import os
import pty
import signal
import subprocess
import termios

import pytest

from tests.running import COMMAND, Home, ask, until

pytestmark = pytest.mark.slow


def test_many_hangups_and_an_end_at_a_time_end_it_in_order(home: Home) -> None:
    home.configure(sources={})
    with home.start("run") as daemon:
        daemon.answers()
        for _ in range(50):
            daemon.send(signal.SIGHUP)
        daemon.send(signal.SIGTERM)

        assert daemon.ended() == 0
    assert "Traceback" not in daemon.errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_end_that_is_asked_for_twice_is_one(home: Home, number: signal.Signals) -> None:
    home.configure(sources={})
    with home.start("run") as daemon:
        daemon.answers()
        daemon.send(number)
        daemon.send(number)

        assert daemon.ended() == 0


def test_a_terminal_that_goes_away_ends_what_was_started_in_it(home: Home) -> None:
    home.configure(sources={})
    ours, theirs = pty.openpty()

    def take_terminal() -> None:
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [*COMMAND, "--config", str(home.config), "run"],
        cwd=home.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=take_terminal,
    )
    try:
        os.close(theirs)
        until(lambda: _answers(home), "it answers")
        os.close(ours)

        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def _answers(home: Home) -> bool:
    try:
        return ask(home.port, "/").status == 200
    except OSError:
        return False
