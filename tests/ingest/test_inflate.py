"""Content encodings."""

import gzip
import os
import tracemalloc
import zlib

import pytest

from aggregator.errors import ParseError
from aggregator.ingest.inflate import MAX_DOCUMENT_BYTES, inflate

TEXT = b"<rss>" + os.urandom(5001) + b"</rss>"


def raw_deflate(body: bytes) -> bytes:
    """Compress without any header."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, ""), (TEXT, "identity"), (gzip.compress(TEXT), "gzip"), (gzip.compress(TEXT),
        "x-gzip"),
        (gzip.compress(TEXT), ""), (gzip.compress(TEXT), "identity"), (TEXT, "gzip"),
        (zlib.compress(TEXT), "deflate"), (raw_deflate(TEXT), "deflate"),
        (gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:]), "gzip"),
        (gzip.compress(TEXT[:2506]) + gzip.compress(TEXT[2506:]), "gzip"),
        (gzip.compress(TEXT) + b"12345678", "gzip"),
        (gzip.compress(TEXT) + gzip.compress(b""), "gzip"),
        (gzip.compress(TEXT) + b"\0" * 512, "gzip"),
    ],
    ids=["none", "identity", "gzip", "x-gzip", "gzip unannounced", "gzip denied",
    "gzip in name only",
         "zlib", "raw deflate", "two members", "two of one size", "a foreign end",
         "an empty member", "padding"],
)  # fmt: skip
def test_a_body_is_read_in_each_encoding(body: bytes, encoding: str) -> None:
    assert inflate(body, encoding) == TEXT


def test_an_empty_body_stays_empty() -> None:
    assert [inflate(b"", one) for one in ("", "gzip", "deflate")] == [b"", b"", b""]


@pytest.mark.parametrize(
    ("body", "encoding", "what"),
    [
        (gzip.compress(TEXT)[:-1], "gzip", "the compressed body is cut short"),
        (gzip.compress(TEXT)[:-8], "gzip", "the compressed body is cut short"),
        (gzip.compress(TEXT)[:100], "", "the compressed body is cut short"),
        (gzip.compress(TEXT)[:12], "gzip", "the compressed body is cut short"),
        (zlib.compress(TEXT)[:-1], "deflate", "the compressed body is "),
        (raw_deflate(TEXT)[:-5], "deflate", "the compressed body is cut short"),
        (gzip.compress(TEXT)[:-8] + b"12345678", "gzip", "the compressed body is broken: "),
        (b"\x1f\x8b" + TEXT, "gzip", "the compressed body is broken: "),
        (gzip.compress(TEXT)[:-4] + bytes((1, 0, 0, 0)), "gzip", "the compressed body is broken: "),
        (gzip.compress(TEXT)[:-4] + bytes((0, 0, 9, 0)), "gzip", "the compressed body is broken: "),
        (TEXT, "br", "the server sent the encoding br, which was not asked for"),
        (gzip.compress(TEXT) + gzip.compress(TEXT)[:50], "gzip",
        "the compressed body is cut short"),
    ],
    ids=["no last byte", "no trailer", "a beginning", "a header", "zlib", "raw deflate",
         "a wrong checksum", "no gzip at all", "a size too small", "a size too large",
         "br", "half a second member"],
)  # fmt: skip
def test_a_body_that_cannot_be_read_whole_is_broken(body: bytes, encoding: str, what: str) -> None:
    with pytest.raises(ParseError) as caught:
        inflate(body, encoding)

    assert caught.value.status == "broken"
    assert caught.value.what.startswith(what)


def a_bomb(wbits: int, gibibytes: int = 1) -> bytes:
    """Pack so many GiB of zeros, by repeating the code of 16 MiB of them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    head = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (64 * gibibytes) + packer.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (a_bomb(31), "gzip"), (a_bomb(31), ""), (a_bomb(15), "deflate"), (a_bomb(-15), "deflate"),
        (gzip.compress(bytes(1 << 20), mtime=0) * 1024, "gzip"),
        (gzip.compress(TEXT) + a_bomb(31), "gzip"),
    ],
    ids=["gzip", "unannounced", "zlib", "raw", "many members", "behind a text"],
)  # fmt: skip
def test_a_bomb_of_a_gibibyte_is_cut_at_the_cap_and_takes_little_memory(
    body: bytes, encoding: str
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ParseError) as caught:
            inflate(body, encoding)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(body) < 3 << 20
    assert (caught.value.status, caught.value.what) == (
        "too_large",
        "the document is larger than 15 MiB",
    )
    assert peak < 3 * MAX_DOCUMENT_BYTES


@pytest.mark.parametrize(("extra", "fits"), [(0, True), (1, False)])
def test_the_cap_is_exact(extra: int, fits: bool) -> None:
    body = gzip.compress(bytes(MAX_DOCUMENT_BYTES + extra))

    try:
        size = len(inflate(body, "gzip"))
    except ParseError:
        size = None

    assert size == (MAX_DOCUMENT_BYTES if fits else None)
