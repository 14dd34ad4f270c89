"""What a source said: a feed document and its entries, as read and before any judgement."""

from dataclasses import dataclass, field
from datetime import datetime

SLICE_HASH_BYTES = 8
KNOWN_SLICE_BYTES = 2 * SLICE_HASH_BYTES  # the hash of a slice, and of the guid that it holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that comes with an entry; `length` in bytes, 0 when not stated."""

    url: str
    type: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item as the source states it; an empty string where it states nothing.

    `title` and `tags` are plain text, `summary` and `content` are safe HTML with absolute links,
    `link` and `image` are absolute. Dates are aware UTC.
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
    published: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document, entries in document order.

    `kind` is the format ("rss20", "atom10", "json11" …). `partial` says that entries known from
    an earlier poll were left out. `known` are the slices this document consists of, by
    `KNOWN_SLICE_BYTES` each; empty where it may not be cut next time.
    """

    kind: str
    title: str = ""
    link: str = ""
    language: str = ""
    entries: tuple[Entry, ...] = ()
    partial: bool = False
    known: frozenset[bytes] = field(default=frozenset(), repr=False)
