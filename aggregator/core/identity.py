"""What makes two things the same: canonical URLs, article ids, content hashes, identity keys."""

import re
from base64 import b32encode
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import parse_qsl, urlencode, urlsplit

from aggregator.core import text
from aggregator.core.tracking import is_tracking

_WECHAT_KEEPS = ("__biz", "mid", "idx", "sn")
_WWW = re.compile(r"^(?:www\.)+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
BODY_UNITS = 40  # a shorter text ("Comments", "详见原文") says nothing about what it belongs to


def canonical_url(url: str) -> str:
    """Give the form under which one page is known: without scheme, `www.`, fragment and tracking.

    Empty for what is no http(s) URL and for a bare home page, which identifies no article.
    Idempotent on its own result with a scheme put back.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = _WWW.sub("", parts.hostname or ""), parts.port
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    place = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    query = _canonical_query(host, parts.query)
    path = parts.path.rstrip("/ ")
    if not path and not query:
        return ""
    return f"{place}{path}{'?' if query else ''}{query}"


def _canonical_query(host: str, query: str) -> str:
    if not query:
        return ""
    pairs = parse_qsl(query, keep_blank_values=True)
    if host == "mp.weixin.qq.com":
        kept = [pair for pair in pairs if pair[0] in _WECHAT_KEEPS]
        pairs = kept or pairs
    else:
        pairs = [(key, value) for key, value in pairs if not is_tracking(key)]
    return urlencode(sorted(pairs))


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


def identity_keys(link: str, folded_body: str) -> Keys:
    """Derive the keys that can tell the same article under another guid or source."""
    canonical = canonical_url(link)
    return Keys(
        url=key(canonical) if canonical else None,
        body=key(folded_body) if text.has_units(folded_body, BODY_UNITS) else None,
    )


def key(value: str) -> int:
    """Hash a text to a signed 64-bit key."""
    return int.from_bytes(blake2b(value.encode(), digest_size=8).digest(), "big", signed=True)
