"""Content encodings → the document's bytes, with a cap that a bomb cannot pass."""

import zlib

from aggregator.core.polling import Status
from aggregator.errors import ParseError

MAX_DOCUMENT_BYTES = 15 << 20
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_GZIP_MAGIC = b"\x1f\x8b"
_DEFLATED = b"\x08"  # the only method there is
_GZIP_SIZE = 4  # bytes at the end: the size of what was packed (RFC 1952 §2.3.1)
_MOST_TIMES = 1032  # as large as it was packed is what deflate can give, at most


def inflate(body: bytes, content_encoding: str) -> bytes:
    """Undo gzip or deflate; raises ParseError for a bomb, a cut-short or a foreign encoding."""
    encoding = content_encoding or "identity"
    if body.startswith(_GZIP_MAGIC):  # also where a server forgets to say so, or serves a .gz file
        whole = _unpack(body)
        return _inflate(body, _GZIP_OR_ZLIB) if whole is None else whole
    if encoding in ("identity", "gzip", "x-gzip"):
        return body
    if encoding == "deflate":
        return _deflate(body)
    raise ParseError(
        Status.BROKEN, f"the server sent the encoding {encoding}, which was not asked for"
    )


def _unpack(body: bytes) -> bytes | None:
    """Undo gzip by libdeflate, in a quarter of zlib's time; None where the body is not plainly one
    member, whole and as large as it says: zlib reads the others, and has words for what is wrong.
    """
    size = int.from_bytes(body[-_GZIP_SIZE:], "little")
    most = min(MAX_DOCUMENT_BYTES, _MOST_TIMES * len(body))
    # Room is made for what the size says. libdeflate stops after the first member.
    if not 0 < size <= most or body.find(_GZIP_MAGIC + _DEFLATED, 1) > 0:
        return None
    # Not at the top: who only names what unpacks does not need it.
    import deflate

    try:
        unpacked = deflate.gzip_decompress(body)
    except (deflate.DeflateError, ValueError):
        return None
    return bytes(unpacked) if len(unpacked) == size else None


def _deflate(body: bytes) -> bytes:
    """Undo deflate in both of its readings: with a zlib header (RFC 9110 §8.4.1.2) and without."""
    try:
        return _inflate(body, _GZIP_OR_ZLIB)
    except ParseError as error:
        if error.status == Status.TOO_LARGE:
            raise
        return _inflate(body, -zlib.MAX_WBITS)


def _inflate(body: bytes, wbits: int) -> bytes:
    parts: list[bytes] = []
    room, rest = MAX_DOCUMENT_BYTES + 1, body
    while rest:
        decoder = zlib.decompressobj(wbits)
        try:
            part = decoder.decompress(rest, room)
        except zlib.error as error:
            if parts:  # bytes after the end of the stream: padding, not content
                break
            raise ParseError(Status.BROKEN, f"the compressed body is broken: {error}") from error
        room -= len(part)
        if room <= 0:
            raise ParseError(
                Status.TOO_LARGE, f"the document is larger than {MAX_DOCUMENT_BYTES >> 20} MiB"
            )
        if not decoder.eof:
            raise ParseError(
                Status.BROKEN,
                "the compressed body is cut short",
                hint="it is tried again, less often",
            )
        parts.append(part)
        rest = decoder.unused_data
    return b"".join(parts)
