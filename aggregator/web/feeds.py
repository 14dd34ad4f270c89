"""Generated feeds over HTTP: validators, 304, compressed when the client accepts it."""

import gzip
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from hashlib import blake2b
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
_GZIP_LEVEL = 6
_IS_ZERO = re.compile(r"\s*q\s*=\s*0(?:\.0*)?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A feed file as it goes over the wire, plain and compressed; `modified` in whole seconds."""

    stamp: tuple[int, int]
    plain: bytes
    packed: bytes
    tag: str
    modified: int

    @classmethod
    def read(cls, path: Path) -> "Served":
        """Read a file once for many requests."""
        status = path.stat()
        plain = path.read_bytes()
        return cls(
            stamp=(status.st_mtime_ns, status.st_size),
            plain=plain,
            packed=gzip.compress(plain, _GZIP_LEVEL, mtime=0),
            tag=blake2b(plain, digest_size=12).hexdigest(),
            modified=int(status.st_mtime),
        )


def no_links(_file: str) -> str:
    """Say that a feed has no Link header."""
    return ""


class Feeds:
    """Serves `<output>.<format>` from the folder of public feeds, and nothing else in it."""

    def __init__(
        self,
        folder: Path,
        outputs: Iterable[str],
        link_header: Callable[[str], str] = no_links,
    ) -> None:
        self._link_header = link_header
        self._paths = {
            f"{name}.{kind}": folder / f"{name}.{kind}" for name in outputs for kind in _TYPES
        }
        self._cache: dict[str, Served] = {}

    def respond(self, request: Request) -> Response:
        """Answer GET and HEAD (RFC 9110 §13: If-None-Match decides before If-Modified-Since)."""
        name = request.path_params["file"]
        served = self._served(name)
        packed = _accepts_gzip(request.headers.get("accept-encoding", ""))
        tag = f'"{served.tag}-gzip"' if packed else f'"{served.tag}"'
        headers = {
            "ETag": tag,
            "Last-Modified": formatdate(served.modified, usegmt=True),
            "Cache-Control": "public, max-age=300",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if links := self._link_header(name):
            headers["Link"] = links
        if _is_current(request, tag, served.modified):
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        body = served.packed if packed else served.plain
        return Response(body, headers=headers, media_type=_TYPES[name.rpartition(".")[2]])

    def _served(self, name: str) -> Served:
        path = self._paths.get(name)
        if path is None:
            raise HTTPException(404, f"there is no feed {name}")
        try:
            status = path.stat()
            known = self._cache.get(name)
            if known is None or known.stamp != (status.st_mtime_ns, status.st_size):
                self._cache[name] = known = Served.read(path)
        except FileNotFoundError:
            raise HTTPException(404, f"{name} has not been published yet") from None
        return known


def _accepts_gzip(accepted: str) -> bool:
    """Say whether gzip is welcome (RFC 9110 §12.5.3): by its own name, else by "*"."""
    welcome = {}
    for one in accepted.lower().split(","):
        coding, _, weight = one.partition(";")
        welcome[coding.strip()] = not _IS_ZERO.fullmatch(weight)
    return welcome.get("gzip", welcome.get("*", False))


def _is_current(request: Request, tag: str, modified: int) -> bool:
    if stated := request.headers.get("if-none-match"):
        known = {one.strip().removeprefix("W/") for one in stated.split(",")}
        return "*" in known or tag in known
    if since := request.headers.get("if-modified-since"):
        try:
            return parsedate_to_datetime(since).timestamp() >= modified
        except ValueError:
            return False
    return False
