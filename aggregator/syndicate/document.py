"""A document in parts: what is around its entries, and each entry by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document of one format; `separator` stands between entries."""

    head: bytes
    entries: Sequence[bytes]
    separator: bytes
    tail: bytes

    @cached_property
    def content(self) -> bytes:
        """Give the whole."""
        return b"".join((self.head, self.separator.join(self.entries), self.tail))
