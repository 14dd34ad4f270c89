"""Where a page says that its feeds are, and where feeds usually are when it says nothing."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

_FEED_TYPES = frozenset(
    """application/rss+xml application/atom+xml application/feed+json application/json
    application/rdf+xml application/xml text/xml""".split()
)
_COMMON_PATHS = "feed rss atom.xml feed.xml rss.xml index.xml feed.json".split()
_HINTS = ("rss", "atom", "feed", "订阅", "訂閱")
_MOST_LINKS = 12
_MOST_CHARACTERS = 2 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A place where a feed may be; `title` is what the page calls it."""

    url: str
    title: str = ""


def stated_feeds(page: bytes, url: str) -> list[FeedLink]:
    """List the feeds that a page names: `link rel=alternate` first, then links that look so."""
    reader = _Reader(url)
    reader.feed(_text(page)[:_MOST_CHARACTERS])
    found = {link.url: link for link in (*reader.alternates, *reader.anchors)}
    return list(found.values())[:_MOST_LINKS]


def usual_feeds(url: str) -> list[FeedLink]:
    """List where the feed of a page usually is: below the page, then below its host."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}/"
    below = urljoin(url, parts.path if parts.path.endswith("/") else f"{parts.path}/")
    places = [urljoin(base, path) for base in (below, root) for path in _COMMON_PATHS]
    return [FeedLink(url=place) for place in dict.fromkeys(places)]


def _text(page: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return page.decode(encoding)
        except UnicodeDecodeError:
            continue
    return page.decode("latin-1")


class _Reader(HTMLParser):
    """Collects links of a page that may lead to feeds."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._base = url
        self._has_base = False
        self.alternates: list[FeedLink] = []
        self.anchors: list[FeedLink] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = {name: (value or "").strip() for name, value in attrs}
        href = stated.get("href", "")
        if tag == "base" and href and not self._has_base:
            self._base, self._has_base = urljoin(self._base, href), True
        elif tag == "link" and href:
            kind = stated.get("type", "").partition(";")[0].strip().lower()
            if "alternate" in stated.get("rel", "").lower().split() and kind in _FEED_TYPES:
                self._add(self.alternates, href, stated.get("title", ""))
        elif tag == "a" and href:
            said = f"{urlsplit(href).path} {stated.get('title', '')} {stated.get('class', '')}"
            if any(hint in said.lower() for hint in _HINTS):
                self._add(self.anchors, href, stated.get("title", ""))

    def _add(self, links: list[FeedLink], href: str, title: str) -> None:
        try:
            url = urljoin(self._base, href)
        except ValueError:
            return
        if urlsplit(url).scheme in ("http", "https"):
            links.append(FeedLink(url=url, title=title))
