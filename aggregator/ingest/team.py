"""Processes that were started together: one that imported what all need, and its copies."""

import fcntl
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aggregator.errors import LostError

_START_SECONDS = 60
_GONE_SECONDS = 3
# glibc gives documents and bodies from so many bytes on back to the system at once, and they leave
# no holes; other C libraries know no such name.
_ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "65536"}
_PROGRAM = (
    "import sys; sys.path[:] = {path}; from aggregator.ingest.worker import main;"
    " main({preload}, {ends})"
)


class Process:
    """One process, which does one task at a time."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._results = end.makefile("rb")
        self._number = 0  # told by the process itself
        self.tasks = 0
        """How many it was given."""

    def do(self, task: Callable[[], Any], seconds: float | None) -> tuple[Any, Exception | None]:
        """Have a task done; give what came of it and what it raised.

        Raises LostError; when it took more than `seconds`, the process is killed. After an error
        it is of no more use.
        """
        self.tasks += 1
        if not self.has_started:
            self._wait_for_its_start()
        self._socket.settimeout(seconds)
        try:
            self._send((seconds, task))
            outcome: tuple[Any, Exception | None] = self._receive()
        except TimeoutError as error:
            with suppress(ProcessLookupError):
                os.kill(self._number, signal.SIGKILL)
            raise LostError(had_begun=True, was_slow=True) from error
        return outcome

    @property
    def has_started(self) -> bool:
        """Say whether it was ever heard of."""
        return self._number != 0

    def close(self) -> None:
        """Let go of it; it ends when it has nothing to do."""
        self._results.close()
        self._socket.close()

    def _wait_for_its_start(self) -> None:
        self._socket.settimeout(_START_SECONDS)
        try:
            self._number = self._receive()
        except (TimeoutError, LostError) as error:
            raise LostError(had_begun=False) from error

    def _send(self, request: Any) -> None:
        # As it is written, without a copy of all of it before.
        had_begun = False

        def write(part: bytes) -> None:
            nonlocal had_begun
            self._socket.sendall(part)
            had_begun = True

        try:
            pickle.dump(request, SimpleNamespace(write=write), pickle.HIGHEST_PROTOCOL)
        except TimeoutError:
            raise
        except OSError as error:
            raise LostError(had_begun=had_begun) from error

    def _receive(self) -> Any:
        try:
            return pickle.load(self._results)  # noqa: S301 - from a process of ours
        except TimeoutError:
            raise
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise LostError(had_begun=True) from error


class Team:
    """So many processes, started together and ended together.

    One of them is a child of this process, and the others are copies of it from before its first
    task: they share the memory of what it imported.
    """

    def __init__(self, count: int, preload: Sequence[str]) -> None:
        """Raises OSError where no process can be started."""
        self._ending = threading.Lock()
        self._is_over = False
        self.busy = 0
        with ExitStack() as theirs, ExitStack() as ours:
            pairs = [socket.socketpair() for _ in range(count)]
            self.idle = [Process(end) for end, _ in pairs]  # the first process is the last
            ours.callback(self.let_go)
            ends = [_lifted(theirs, end.detach()) for _, end in pairs]
            # All processes hold the other end of this, which is closed when the last has gone.
            self._life, held = os.pipe()
            ours.callback(os.close, self._life)
            self._first = _start(preload, ends, _lifted(theirs, held))
            ours.pop_all()

    def let_go(self) -> None:
        """Have those end that have nothing to do."""
        while self.idle:
            self.idle.pop().close()

    def end(self) -> bool:
        """Kill all processes; say whether none is left. A disk may keep one, for longer than this
        waits: try again."""
        with self._ending:
            if self._is_over:
                return True
            self.let_go()
            # Its number is nobody else's before `wait`.
            with suppress(OSError):
                os.killpg(self._first.pid, signal.SIGKILL)
            are_gone = select.poll()
            are_gone.register(self._life, select.POLLIN)
            if not are_gone.poll(_GONE_SECONDS * 1000):
                return False
            self._first.wait()
            os.close(self._life)
            self._is_over = True
            # The copies, which lost their parent: to this program, where it is the first of all.
            with suppress(ChildProcessError):
                while True:
                    os.waitpid(-self._first.pid, 0)
        return True


def _lifted(owner: ExitStack, end: int) -> int:
    """Move what is passed to processes out of the way of the standard streams, whose numbers it has
    in a program that was started without those."""
    try:
        lifted = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        os.close(end)
    owner.callback(os.close, lifted)
    return lifted


def _start(preload: Sequence[str], ends: Sequence[int], life: int) -> "subprocess.Popen[bytes]":
    program = _PROGRAM.format(
        path=[place or str(Path.cwd()) for place in sys.path],
        preload=list(preload),
        ends=list(ends),
    )
    # Not by fork: this process has threads. -P: the working folder has no modules for it.
    return subprocess.Popen(  # noqa: S603 - the interpreter that runs this
        (sys.executable, "-P", "-c", program),
        stdin=subprocess.DEVNULL,
        # What the program says is the program's; errors of a start are told.
        stdout=subprocess.DEVNULL,
        env=_ENVIRONMENT | os.environ,
        pass_fds=(*ends, life),
        # One of their own, to which the terminal sends neither Ctrl+C nor Ctrl+Z.
        process_group=0,
    )
