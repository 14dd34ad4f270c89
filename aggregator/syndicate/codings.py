"""The content codings in which documents are served."""

# By their names in HTTP (RFC 9110 §8.4.1), the smallest first.
CODINGS = ("br", "gzip")
# Those that are made with each document, with the ending of their files. The server makes the other
# when somebody first asks for it: of most documents nobody does, and it takes longer than all else.
STORED = {"gzip": ".gz"}
# A higher quality takes 17 times as long for the same size, the highest 80 times for 10 % less.
_BROTLI_QUALITY = 5
_GZIP_LEVEL = 4  # of libdeflate: the sixth takes 1.4 times as long for 2 % less


def packed(coding: str, content: bytes) -> bytes:
    """Compress; the same content gives the same bytes."""
    # Not at the top: what publishes needs one of them, what serves the other.
    if coding == "gzip":
        import deflate

        return bytes(deflate.gzip_compress(content, _GZIP_LEVEL))
    import brotli

    return bytes(brotli.compress(content, quality=_BROTLI_QUALITY))
