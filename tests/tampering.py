"""Ends or fails one system call of a real process, by strace: nothing is built into the product.

with home.start("poll", under=killed_before("rename", 3)) as polling: ...

strace counts for each thread by itself. `-D` lets the command keep the place of a direct child.
"""

import shutil

from tests.clock import needed

# Names differ between processors: rename or renameat2. Each name is counted by itself.
_CALLS = {
    "pwrite": "pwrite64",
    "fdatasync": "fdatasync",
    "fsync": "fsync",
    "rename": "/^rename",
    "unlink": "/^unlink",
    "write": "write",
    "open": "openat",
    "truncate": "ftruncate",
}


def killed_before(call: str, turn: int) -> tuple[str, ...]:
    """Send SIGKILL to the process of which a thread is about to do a call for the n-th time."""
    return _strace(call, f"signal=KILL:when={turn}")


def failed(call: str, turn: int, error: str, *paths: str) -> tuple[str, ...]:
    """Fail the n-th call of each thread, with an error such as EIO; only calls on these paths."""
    return _strace(call, f"error={error}:when={turn}", *paths)


def _strace(call: str, what: str, *paths: str) -> tuple[str, ...]:
    if shutil.which("strace") is None:
        needed("strace")
    named = _CALLS[call]
    only = [part for path in paths for part in ("-P", path)]
    return (
        *("strace", "-D", "-f", "-qq", "-o", "/dev/null", *only),
        *("-e", f"trace={named}", "-e", f"inject={named}:{what}"),
    )
