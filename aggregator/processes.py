"""Whether a process that left something on the disk is still at work."""

import os
from pathlib import Path


def is_alive(process: int) -> bool:
    """Say whether there is a process of this number that has not ended."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):  # the number may be read from a file's name
        return False
    except PermissionError:
        return True  # somebody else's
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Say whether a process has ended and its parent has not taken note of it yet: for seconds,
    where that is a slow init."""
    try:
        state = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return False
    return state[:1] == [b"Z"]
