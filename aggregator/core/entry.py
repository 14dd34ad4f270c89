"""What a source said: a feed document and its entries, as read and before any judgement."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

SLICE_HASH_BYTES = 8
KNOWN_SLICE_BYTES = 2 * SLICE_HASH_BYTES  # the hash of a slice, and of the guid that it holds


def join_slices(known: Collection[bytes]) -> bytes:
    """Put known slices into one value, which takes far less memory; equal ones are equal."""
    return b"".join(sorted(known))


def split_slices(joined: bytes) -> frozenset[bytes]:
    """Give back what was joined."""
    starts = range(0, len(joined), KNOWN_SLICE_BYTES)
    return frozenset(joined[start : start + KNOWN_SLICE_BYTES] for start in starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that comes with an entry; `length` in bytes and `duration` in seconds, 0 when not
    stated; `type` is a media type, stated or told by the URL's ending."""

    url: str
    type: str = ""
    length: int = 0
    duration: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The feed that an entry was taken over from, as its `source` element names it.

    `url` is the feed's, `link` the page's; at least one of the three is there.
    """

    title: str = ""
    url: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item as the source states it; an empty string, or 0, where it states nothing.

    `title` and `tags` are plain text, `summary` and `content` are safe HTML with absolute links,
    `link` and `image` are absolute. `language` is a tag (BCP 47) that the entry itself states.
    `season` and `episode` are a podcast's. Dates are aware UTC.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    image: str = ""
    language: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    origin: Origin | None = None
    season: int = 0
    episode: int = 0
    published: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document, entries in document order.

    `kind` is the format ("rss20", "atom10", "json11" …). `language` is a tag (BCP 47). `partial`
    says that entries known from an earlier poll were left out. `known` are the slices this document
    consists of, by `KNOWN_SLICE_BYTES` each; empty where it may not be cut next time.
    """

    kind: str
    title: str = ""
    link: str = ""
    language: str = ""
    entries: tuple[Entry, ...] = ()
    partial: bool = False
    known: frozenset[bytes] = field(default=frozenset(), repr=False)
