"""Files that a reader sees whole, old or new, whatever happens while they are written."""

import os
from pathlib import Path


def write_if_changed(path: Path, content: bytes) -> bool:
    """Put content in place of a file, durably; leave a file that says the same untouched.

    The order is temp file, fsync, rename, fsync of the folder. Returns whether it was written.
    """
    try:
        if path.read_bytes() == content:
            return False
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)
    sync_folder(path.parent)
    return True


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole; the rename is durable once its folder is synced.

    The temp file's name is the same for the next try, so that a crash leaves no litter to grow.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    try:
        with open(descriptor, "wb", buffering=0) as file:
            file.write(content)
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
