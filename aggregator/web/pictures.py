"""Pictures through our server (`/img/…`): only those that an output of ours refers to."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from hashlib import blake2b

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from aggregator.core.picture_links import PictureLinks
from aggregator.errors import PollError
from aggregator.ingest.pictures import Picture, PictureFetcher
from aggregator.web.picture_cache import PictureCache

_AT_A_TIME = 32
_FAILED_SECONDS = 600  # before a picture that was not to be had is asked for again
_MOST_FAILED = 1000
_GONE = frozenset((404, 410))
_HEADERS = {
    "Cache-Control": "public, max-age=2592000",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}
_NONE, _NOT_TO_BE_HAD = 404, 502
_WORDS = {_NONE: "there is no such picture", _NOT_TO_BE_HAD: "the picture is not to be had"}


class Pictures:
    """Answers requests for pictures; each is fetched once, however many ask for it."""

    def __init__(
        self,
        links: PictureLinks,
        fetcher: PictureFetcher,
        cache: PictureCache,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._links = links
        self._fetcher = fetcher
        self._cache = cache
        self._seconds = seconds
        self._under_way: dict[str, Future[Picture | int]] = {}
        self._failed: dict[str, tuple[float, int]] = {}

    async def respond(self, request: Request) -> Response:
        """Answer GET and HEAD; 404 for what we did not sign or is gone, 502 for what fails."""
        coded = request.path_params["coded"]
        wanted = self._links.read(request.path_params["signature"], coded)
        if wanted is None:
            raise HTTPException(_NONE, _WORDS[_NONE])
        picture = await self._picture(*wanted)
        if isinstance(picture, int):
            raise HTTPException(picture, _WORDS[picture])
        tag = f'"{blake2b(picture.body, digest_size=12).hexdigest()}"'
        headers = {**_HEADERS, "ETag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(picture.body, headers=headers, media_type=picture.type)

    async def _picture(self, url: str, may_be_private: bool) -> Picture | int:
        """Give a picture, or the status that says why there is none."""
        key = blake2b(f"{may_be_private:d}{url}".encode(), digest_size=20).hexdigest()
        if known := await run_in_threadpool(self._cache.get, key):
            return known
        until, failure = self._failed.get(key, (0.0, _NONE))
        if self._seconds() < until:
            return failure
        return await asyncio.shield(asyncio.wrap_future(self._start(key, url, may_be_private)))

    def _start(self, key: str, url: str, may_be_private: bool) -> "Future[Picture | int]":
        if key in self._under_way:
            return self._under_way[key]
        if len(self._under_way) >= _AT_A_TIME:
            raise HTTPException(503, "too many pictures at a time", {"Retry-After": "10"})
        future: Future[Picture | int] = Future()
        self._under_way[key] = future
        # A daemon: one that hangs on a dead server must not keep the process alive.
        threading.Thread(
            target=self._fetch, args=(key, url, may_be_private, future), name="picture", daemon=True
        ).start()
        return future

    def _fetch(
        self, key: str, url: str, may_be_private: bool, future: "Future[Picture | int]"
    ) -> None:
        result: Picture | int = _NOT_TO_BE_HAD
        try:
            result = self._fetcher.fetch(url, may_be_private=may_be_private)
            self._cache.put(key, result)
        except PollError as error:
            result = _NONE if error.http_status in _GONE else _NOT_TO_BE_HAD
            self._note_failure(key, result)
        finally:
            self._under_way.pop(key, None)
            future.set_result(result)

    def _note_failure(self, key: str, status: int) -> None:
        if len(self._failed) >= _MOST_FAILED:
            self._failed.clear()
        self._failed[key] = (self._seconds() + _FAILED_SECONDS, status)
