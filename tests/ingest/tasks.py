"""Tasks for the parsing processes of tests; they have to be functions of a module."""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from aggregator.errors import FetchError, ParseError
from tests.running import until


def double(number: int, *, plus: int = 0) -> int:
    """Do something that works."""
    return number * 2 + plus


def process_id() -> int:
    """Say which process does it."""
    return os.getpid()


def loop_for_ever() -> None:
    """Never end."""
    while True:
        pass


_HOARD: list[bytearray] = []


def hoard() -> None:
    """Keep memory for ever, as feedparser does with some of what it reads."""
    _HOARD.append(bytearray(os.urandom(1 << 20)))


def exit_at_once(code: int) -> None:
    """End the process without a word."""
    os._exit(code)


def kill_itself() -> None:
    """End the process as a crash of C code would."""
    os.kill(os.getpid(), signal.SIGSEGV)


def eat_memory() -> int:
    """Ask for more memory than a document can need."""
    return len(bytearray(8 << 30))


def fail(kind: str) -> None:
    """Fail on purpose."""
    if kind == "parse":
        raise ParseError("not_a_feed", "what", hint="hint")
    if kind == "fetch":
        wait = timedelta(seconds=9)
        raise FetchError("blocked", "what", hint="hint", http_status=429, retry_after=wait)
    raise ValueError("a mistake of the program")


class StubbornError(Exception):
    """Holds what cannot be sent to another process."""

    def __init__(self) -> None:
        super().__init__(lambda: None)


class ParticularError(Exception):
    """Can be sent to another process, and is not understood there."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")


def fail_stubbornly() -> None:
    """Fail with what cannot be sent."""
    raise StubbornError


def fail_particularly() -> None:
    """Fail with what cannot be received."""
    raise ParticularError("this", "that")


def fail_at_length(document: object) -> None:
    """Fail as code does that waited for something."""
    raise TimeoutError(f"waited for {document}")


class Hungry:
    """Takes more memory than a document can need, when it arrives in a process."""

    def __reduce__(self) -> tuple[type[bytearray], tuple[int]]:
        return bytearray, (8 << 30,)


def wait_for(path: str) -> int:
    """Wait until a file is there; say which process did."""
    Path(f"{path}.waits").touch()
    until(Path(path).exists, path)
    return os.getpid()


def loaded_modules() -> list[str]:
    """Name the modules that the process has."""
    return sorted(sys.modules)


def add_to(one: str, known: list[str]) -> list[str]:
    """Add to what is known, and return all of it."""
    known.append(one)
    return list(known)
