"""`aggregator password`: what it prints can stand in feeds.toml and lets in who knows it."""

import subprocess
import tomllib

import pytest

from aggregator.config.values import password_hash
from aggregator.web.sessions import Sessions
from tests.running import COMMAND


def hashed(typed: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, "password"], input=typed, capture_output=True, text=True, check=False
    )


def test_the_line_it_prints_is_accepted_and_lets_one_in() -> None:
    done = hashed("correct horse 电池\n")
    stated = tomllib.loads(done.stdout)["password"]

    assert (done.returncode, done.stderr) == (0, "")
    assert password_hash(stated) == stated
    assert Sessions(stated, "key").log_in("correct horse 电池", "")
    assert not Sessions(stated, "key").log_in("correct horse", "")


@pytest.mark.parametrize("typed", ["", "\n", "short\n"])
def test_a_password_that_is_guessed_easily_is_refused(typed: str) -> None:
    done = hashed(typed)

    assert (done.returncode, done.stdout) == (2, "")
    assert "8 characters at least" in done.stderr
