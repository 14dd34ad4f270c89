"""Processes that were started together: one that imported what all need, and its copies."""

import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
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

    def do(
        self,
        task: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        seconds: float | None,
    ) -> tuple[Any, Exception | None]:
        """Have a task done; give what came of it and what it raised.

        Raises LostError, and TimeoutError when it took more than `seconds`: then the process is
        killed. After an error it is of no more use.
        """
        self.tasks += 1
        self._wait_for_its_start()
        self._socket.settimeout(seconds)
        try:
            self._send((seconds, task, args, kwargs))
            outcome: tuple[Any, Exception | None] = self._receive()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.kill(self._number, signal.SIGKILL)
            raise
        return outcome

    def close(self) -> None:
        """Let go of it; it ends when it has nothing to do."""
        self._results.close()
        self._socket.close()

    def _wait_for_its_start(self) -> None:
        if self._number:
            return
        self._socket.settimeout(_START_SECONDS)
        try:
            self._number = self._receive()
        except (TimeoutError, LostError) as error:
            raise LostError(had_begun=False) from error

    def _send(self, request: Any) -> None:
        # As it is written, without a copy of all of it before.
        into = SimpleNamespace(write=self._socket.sendall)
        try:
            pickle.dump(request, into, pickle.HIGHEST_PROTOCOL)
        except ConnectionError as error:
            raise LostError(had_begun=False) from error

    def _receive(self) -> Any:
        try:
            return pickle.load(self._results)  # noqa: S301 - from a process of ours
        except (EOFError, ConnectionError, pickle.UnpicklingError) as error:
            raise LostError(had_begun=True) from error


class Team:
    """So many processes, started together and ended together.

    One of them is a child of this process, and the others are copies of it from before its first
    task: they share the memory of what it imported.
    """

    def __init__(self, count: int, preload: Sequence[str]) -> None:
        """Raises OSError where no process can be started."""
        self._ending = threading.Lock()
        pairs = [socket.socketpair() for _ in range(count)]
        self.idle = [Process(ours) for ours, _ in pairs]
        self.busy = 0
        # All processes hold the other end of this, which is closed when the last of them has gone.
        self._life, held = os.pipe()
        with ExitStack() as theirs:
            theirs.callback(os.close, held)
            ends = [theirs.enter_context(end).fileno() for _, end in pairs]
            try:
                self._first = _start(preload, ends, held)
            except OSError:
                os.close(self._life)
                self._let_go()
                raise

    def end(self) -> None:
        """Kill all processes; when this returns none is left, unless the disk keeps one."""
        self._let_go()
        with self._ending:
            if self._first.returncode is not None:
                return
            # Its number is nobody else's before `wait`.
            with suppress(OSError):
                os.killpg(self._first.pid, signal.SIGKILL)
            are_gone = select.poll()
            are_gone.register(self._life, select.POLLIN)
            if not are_gone.poll(_GONE_SECONDS * 1000):
                return
            self._first.wait()
            os.close(self._life)
        # Of copies that lost their parent, who is this program where it is the first of all.
        with suppress(ChildProcessError):
            while True:
                os.waitpid(-self._first.pid, 0)

    def _let_go(self) -> None:
        while self.idle:
            self.idle.pop().close()


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
        env=_ENVIRONMENT | os.environ,
        pass_fds=(*ends, life),
        # One of their own, to which the terminal sends neither Ctrl+C nor Ctrl+Z.
        process_group=0,
    )
