"""What makes two things the same: article ids, content hashes, identity keys."""

from base64 import b32encode
from dataclasses import dataclass
from hashlib import blake2b

from aggregator.core import text
from aggregator.core.urls import UrlBook

BODY_UNITS = 40  # a shorter text ("Comments", "详见原文") says nothing about what it belongs to


def article_id(source: str, guid: str) -> str:
    """Name an article for ever: 16 characters a-z2-7 (80 bits) of its source and guid."""
    digest = blake2b(f"{source}\0{guid}".encode(errors="surrogatepass"), digest_size=10).digest()
    return b32encode(digest).decode().lower()


def content_hash(*fields: str) -> bytes:
    """Hash what a reader would notice when it changes: 16 bytes."""
    return blake2b("\0".join(fields).encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Signed 64-bit identity keys of an article, None where it has none of that kind."""

    url: int | None
    body: int | None


def identity_keys(link: str, folded_body: str, urls: UrlBook) -> Keys:
    """Derive the keys that can tell the same article under another guid or source."""
    canonical = urls.canonical(link)
    return Keys(
        url=key(canonical) if canonical else None,
        body=key(folded_body) if text.has_units(folded_body, BODY_UNITS) else None,
    )


def key(value: str) -> int:
    """Hash a text to a signed 64-bit key."""
    return int.from_bytes(blake2b(value.encode(), digest_size=8).digest(), "big", signed=True)
