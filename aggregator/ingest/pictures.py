"""Pictures from elsewhere, for the proxy: fetched like pages, and told by their first bytes."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from aggregator.core.polling import Status
from aggregator.core.source import Access, Source, Validators
from aggregator.errors import FetchError
from aggregator.ingest.answer import Fetched
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.inflate import inflate
from aggregator.ingest.links import host_of
from aggregator.ingest.pace import Lanes, Turn
from aggregator.ingest.response import Wanted

MOST_BYTES = 10 << 20
_PICTURE = Wanted("image/avif, image/webp, image/png, image/jpeg, image/gif, */*;q=0.1", MOST_BYTES)
_TIMEOUT = timedelta(seconds=15)
_TURN_SECONDS = 10
_WANTS_REFERER = frozenset((401, 403))
# SVG is left out: it is a document that can hold scripts.
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"ftypavif", 4, "image/avif"),
    (b"ftypavis", 4, "image/avif"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and its media type."""

    type: str
    body: bytes


def told(body: bytes) -> Picture | None:
    """Tell what picture some bytes are; None where they are none that browsers only look at."""
    for magic, place, kind in _MAGIC:
        if body.startswith(magic, place):
            return Picture(kind, body)
    return None


class PictureFetcher:
    """Fetches pictures at the pace of their hosts; any number of threads may share one."""

    def __init__(self, fetcher: Fetcher, lanes: "Lanes[None]") -> None:
        self._fetcher = fetcher
        self._lanes = lanes

    def fetch(self, url: str, *, may_be_private: bool) -> Picture:
        """Get a picture; raises PollError where there is none to be had.

        No Referer is sent, which most servers take for a reader that opened the picture itself. To
        one that forbids that its own page is named.
        """
        try:
            return self._get(url, Access(), may_be_private=may_be_private)
        except FetchError as error:
            if error.http_status not in _WANTS_REFERER:
                raise
        parts = urlsplit(url)
        own = Access(headers=(("Referer", f"{parts.scheme}://{parts.netloc}/"),))
        return self._get(url, own, may_be_private=may_be_private)

    def _get(self, url: str, access: Access, *, may_be_private: bool) -> Picture:
        source = Source(
            id="picture",
            url=url,
            name="picture",
            timeout=_TIMEOUT,
            allow_private=may_be_private,
            access=access,
        )
        answer = self._fetcher.fetch(source, Validators(), turn=self._turn(url), wanted=_PICTURE)
        if isinstance(answer, Fetched):
            picture = told(inflate(answer.body, answer.content_encoding))
            if picture:
                return picture
        raise FetchError(Status.NOT_A_FEED, "no picture of a known kind", http_status=404)

    def _turn(self, url: str) -> Turn:
        host = host_of(url)
        if not self._lanes.enter(host, _TURN_SECONDS):
            raise FetchError(Status.TIMEOUT, f"no turn with {host}")
        return Turn(self._lanes, host)
