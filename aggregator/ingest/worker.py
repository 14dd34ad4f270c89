"""What runs in a parsing process: tasks come over a socket and their results go back, until its
other end is closed."""

import gc
import importlib
import os
import pickle
import resource
import signal
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from aggregator.errors import AggregatorError
from aggregator.log import hear_no_others

_ADDRESS_SPACE = 2 << 30  # a document that needs more is poison
# Who asked kills a task that takes too long; where that one was killed itself, the kernel does it
# so much later.
_GRACE_SECONDS = 10


def main(preload: Sequence[str], ends: Sequence[int]) -> None:
    """Import modules, then be as many processes as there are ends of sockets; never return.

    The copies share the memory of what was imported.
    """
    for name in preload:
        importlib.import_module(name)
    _prepare()
    *others, mine = ends
    with suppress(OSError):  # there may be no more processes; whose end nobody has notices that
        for end in others:
            if os.fork() == 0:
                mine = end
                break
    for end in ends:
        if end != mine:  # or nobody would notice that the process of that one has gone
            os.close(end)
    try:
        _serve(mine)
    except BrokenPipeError:  # the other end did not wait for the result
        pass
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    # Without what Python does at the end: the copies would do that again.
    os._exit(0)


def _prepare() -> None:
    """Bound the memory, and keep what libraries have to say about a document from the log."""
    # What was imported stays shared until somebody writes to it, as the collector does.
    gc.freeze()
    hear_no_others()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    bound = _ADDRESS_SPACE if most == resource.RLIM_INFINITY else min(most, _ADDRESS_SPACE)
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def _serve(end: int) -> None:
    with open(end, "rb", closefd=False) as tasks, open(end, "wb", closefd=False) as results:
        pickle.dump(os.getpid(), results)
        results.flush()
        while True:
            try:
                # From the process that started this one.
                seconds, task = pickle.load(tasks)  # noqa: S301
            except (EOFError, ConnectionResetError, pickle.UnpicklingError):
                return  # perhaps in the middle of it
            signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE_SECONDS if seconds else 0)
            outcome = _outcome(task)
            # Who takes it may be stopped for as long as a terminal likes.
            signal.setitimer(signal.ITIMER_REAL, 0)
            results.write(outcome)
            results.flush()
            del task, outcome  # and their memory, before the next comes


def _outcome(task: Callable[[], Any]) -> bytes:
    """Do a task; give what came of it and what it raised, pickled."""
    try:
        return pickle.dumps((task(), None), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        if not isinstance(error, AggregatorError):
            error.add_note(f"In a parsing process:\n{traceback.format_exc()}")
        return _as_bytes(error)


def _as_bytes(error: Exception) -> bytes:
    try:
        sent = pickle.dumps((None, error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(sent)  # noqa: S301 - not each that can be sent can be received
        return sent
    except Exception:
        return pickle.dumps((None, RuntimeError(traceback.format_exc())))
