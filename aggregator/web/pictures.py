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
_NONE = HTTPException(404, "there is no such picture")
_NOT_TO_BE_HAD = HTTPException(502, "the picture is not to be had")


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
        self._under_way: dict[str, Future[Picture]] = {}  # all on the server's one loop
        self._failed: dict[str, tuple[float, HTTPException]] = {}

    async def respond(self, request: Request) -> Response:
        """Answer GET and HEAD; 404 for what we did not sign or is gone, 502 for what fails."""
        coded = request.path_params["coded"]
        wanted = self._links.read(request.path_params["signature"], coded)
        if wanted is None:
            raise _NONE
        picture = await self._picture(*wanted)
        tag = f'"{blake2b(picture.body, digest_size=12).hexdigest()}"'
        headers = {**_HEADERS, "ETag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(picture.body, headers=headers, media_type=picture.type)

    async def _picture(self, url: str, may_be_private: bool) -> Picture:
        key = blake2b(f"{may_be_private:d}{url}".encode(), digest_size=20).hexdigest()
        if known := await run_in_threadpool(self._cache.get, key):
            return known
        until, failure = self._failed.get(key, (0.0, _NONE))
        if self._seconds() < until:
            raise failure
        return await asyncio.shield(asyncio.wrap_future(self._start(key, url, may_be_private)))

    def _start(self, key: str, url: str, may_be_private: bool) -> Future[Picture]:
        if key in self._under_way:
            return self._under_way[key]
        if len(self._under_way) >= _AT_A_TIME:
            raise HTTPException(503, "too many pictures at a time", {"Retry-After": "10"})
        future: Future[Picture] = Future()
        self._under_way[key] = future
        loop = asyncio.get_running_loop()
        future.add_done_callback(
            lambda _: loop.call_soon_threadsafe(self._under_way.pop, key, None)
        )
        # A daemon: one that hangs on a dead server must not keep the process alive.
        threading.Thread(
            target=self._fetch, args=(key, url, may_be_private, future), name="picture", daemon=True
        ).start()
        return future

    def _fetch(self, key: str, url: str, may_be_private: bool, future: Future[Picture]) -> None:
        try:
            picture = self._fetcher.fetch(url, may_be_private=may_be_private)
            self._cache.put(key, picture)
        except Exception as error:
            is_gone = isinstance(error, PollError) and error.http_status in _GONE
            failure = _NONE if is_gone else _NOT_TO_BE_HAD
            self._note_failure(key, failure)
            future.set_exception(failure)
        else:
            future.set_result(picture)

    def _note_failure(self, key: str, failure: HTTPException) -> None:
        if len(self._failed) >= _MOST_FAILED:
            self._failed.clear()
        self._failed[key] = (self._seconds() + _FAILED_SECONDS, failure)
