"""Putting another text in place of feeds.toml, as a whole or not at all."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from aggregator.config.load import load


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    """Put what `change` makes of the text in place of it at once, if it can be loaded.

    A link stays a link, a mode stays a mode. Raises what `change` raises, OSError, and ConfigError
    where the new text has mistakes; the file is as it was then.
    """
    target = path.resolve()
    new = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        if not os.access(target, os.W_OK):  # to replace it needs no leave of its own
            raise PermissionError(errno.EACCES, "it is read-only")
        with target.open(encoding="utf-8", newline="") as file:
            written = change(file.read())
        with new.open("w", encoding="utf-8", newline="") as file:
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(target, new)
        load(new)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
