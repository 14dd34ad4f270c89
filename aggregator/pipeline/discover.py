"""From an address that a person typed to the feed behind it, as it would be read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator.core.polling import Status
from aggregator.core.source import Source, Validators
from aggregator.errors import FetchError, ParseError, PollError
from aggregator.ingest.answer import Fetched
from aggregator.ingest.discover import FeedLink, stated_feeds, usual_feeds
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.hints import feed_hints
from aggregator.ingest.inflate import inflate
from aggregator.ingest.links import host_of
from aggregator.ingest.pace import Lanes, Turn
from aggregator.ingest.workers import Workers

_TURN_SECONDS = 60.0
_PAGE_SCHEMES = ("feed:https://", "feed:http://", "feed://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed as it would be read; `newest` is None where no entry has a date."""

    url: str
    kind: str
    title: str
    entries: int
    newest: datetime | None
    titles: tuple[str, ...]
    every: timedelta


def read_feed(fetched: Fetched) -> Found:
    """Read a document in a parsing process; raises ParseError where there is no feed in it."""
    # Not at the top: the parent process only names this function and never needs feedparser.
    from aggregator.ingest.parse import parse

    document = inflate(fetched.body, fetched.content_encoding)
    parsed = parse(document, url=fetched.url, content_type=fetched.content_type)
    dates = [one for entry in parsed.entries for one in (entry.published or entry.updated,) if one]
    return Found(
        url=fetched.moved_to or fetched.url,
        kind=parsed.kind,
        title=parsed.title,
        entries=len(parsed.entries),
        newest=max(dates, default=None),
        titles=tuple(entry.title for entry in parsed.entries[:3]),
        every=feed_hints(document).every,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """Looks for feeds, politely; `source` says how to ask (timeout, access, private addresses)."""

    fetcher: Fetcher
    workers: Workers
    lanes: "Lanes[None]"
    source: Source

    def find(self, address: str, tell: Callable[[str], None]) -> list[Found]:
        """List the feeds at or behind an address, the likeliest first.

        `tell` is called with each URL before it is asked. Raises PollError where there is none.
        """
        url = full_url(address)
        tell(url)
        fetched = self._fetch(url)
        try:
            return [self._read(fetched, url)]
        except ParseError as error:
            if error.status != Status.NOT_A_FEED:
                raise
        page = inflate(fetched.body, fetched.content_encoding)
        found = self._read_all(stated_feeds(page, fetched.url), tell)
        found = found or self._read_all(usual_feeds(fetched.url), tell, most=1)
        if not found:
            raise FetchError(
                Status.NOT_A_FEED,
                f"no feed was found at {url}: the page names none, and none is at the usual places",
                hint="look for the word RSS in the page, and give that address",
            )
        return found

    def _read_all(
        self, links: Iterable[FeedLink], tell: Callable[[str], None], most: int = 5
    ) -> list[Found]:
        found: dict[str, Found] = {}
        for link in links:
            if len(found) == most:
                break
            tell(link.url)
            try:
                feed = self._read(self._fetch(link.url), link.url)
            except PollError:
                continue
            found.setdefault(feed.url, replace(feed, title=feed.title or link.title))
        return list(found.values())

    def _fetch(self, url: str) -> Fetched:
        host = host_of(url)
        if not self.lanes.enter(host, _TURN_SECONDS):
            raise FetchError(Status.TIMEOUT, f"no turn with {host}")
        turn = Turn(self.lanes, host)
        try:
            answer = self.fetcher.fetch(replace(self.source, url=url), Validators(), turn=turn)
        finally:
            turn.release()
        if not isinstance(answer, Fetched):
            raise FetchError(Status.HTTP_ERROR, "the server said that nothing changed")
        return answer

    def _read(self, fetched: Fetched, asked: str) -> Found:
        """Read a feed; its url is the one to write down, so no temporary redirect counts."""
        found = self.workers.run(read_feed, fetched)
        return replace(found, url=fetched.moved_to or asked)


def full_url(address: str) -> str:
    """Complete what people type or copy: `example.org`, `feed://example.org/rss`."""
    address = address.strip()
    for scheme in _PAGE_SCHEMES:
        if address.startswith(scheme):
            address = address.removeprefix("feed:").removeprefix("//")
    return address if "://" in address else f"https://{address}"
