"""Memory that is free, given back to the system."""

from functools import cache
from typing import Any


def give_back() -> None:
    """Give back what the C library keeps between pieces that are in use. Documents come and go on
    many threads and leave half of it empty; the library gives back only what is empty at its end.
    """
    _trim()(0)


@cache
def _trim() -> Any:
    import ctypes  # not at the top: polls that bring nothing do without

    return getattr(ctypes.CDLL(None), "malloc_trim", lambda _: None)  # glibc's alone
