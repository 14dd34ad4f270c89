"""Pictures on disk, up to a bound: those that nobody looked at for longest go first."""

import os
import threading
from contextlib import suppress
from pathlib import Path

from aggregator.ingest.pictures import Picture, told

MOST_BYTES = 256 << 20
_SHARE_LEFT = 0.9  # of the bound, after making room


class PictureCache:
    """A folder of pictures by keys that may be file names; any number of threads may share it."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most = most_bytes
        self._lock = threading.Lock()
        self._size: int | None = None  # not counted yet

    def get(self, key: str) -> Picture | None:
        """Read a picture, and note that somebody looked at it."""
        path = self._path(key)
        try:
            body = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return told(body)

    def put(self, key: str, picture: Picture) -> None:
        """Keep a picture; one that cannot be written is fetched again the next time."""
        path = self._path(key)
        new = path.with_name(f".{path.name}.{threading.get_ident()}.new")
        with suppress(OSError), self._lock:
            path.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(picture.body)
            new.replace(path)
            more = len(picture.body)
            self._size = self._count() if self._size is None else self._size + more
            if self._size > self._most:
                self._make_room()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key

    def _files(self) -> list[Path]:
        return [path for path in self._folder.glob("*/*") if path.is_file()]

    def _count(self) -> int:
        return sum(path.stat().st_size for path in self._files())

    def _make_room(self) -> None:
        found = sorted(
            (path.stat().st_mtime_ns, path.stat().st_size, path) for path in self._files()
        )
        size = sum(length for _, length, _ in found)
        for _, length, path in found:
            if size <= self._most * _SHARE_LEFT:
                break
            path.unlink(missing_ok=True)
            size -= length
        self._size = size
