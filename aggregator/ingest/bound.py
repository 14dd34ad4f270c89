"""Tasks of which some arguments stay the same: they are put into bytes once, and read once in each
process.

With many sources or outputs that is a good part of the time of a task.
"""

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar

_R = TypeVar("_R")
_TASKS = 2  # as many as one configuration has: what a reload replaced is not to stay


class Bound(Generic[_R]):
    """A task, which must be a function of a module, and those of its arguments that stay the same.

    Who receives one several times receives the same object, and must not change what it holds.
    """

    def __init__(self, task: Callable[..., _R], **same: Any) -> None:
        self._task = task
        self._same = same
        self.__name__ = task.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> _R:
        """Run the task with the arguments that are missing."""
        return self._task(*args, **self._same, **kwargs)

    def __reduce__(self) -> tuple[Callable[[bytes], "Bound[Any]"], tuple[bytes]]:
        return _received, (self._as_bytes,)

    @cached_property
    def _as_bytes(self) -> bytes:
        import pickle  # not at the top: a poll that brings nothing has no tasks

        return pickle.dumps((self._task, self._same), pickle.HIGHEST_PROTOCOL)


@lru_cache(maxsize=_TASKS)
def _received(sent: bytes) -> Bound[Any]:
    import pickle

    task, same = pickle.loads(sent)  # noqa: S301 - from the process that started this one
    return Bound(task, **same)
