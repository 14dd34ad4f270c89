"""Cut a feed document at its entries, so that entries known from the last poll need no parsing.

Any doubt means that the document is not cut: another encoding than the ASCII-compatible ones whose
bytes cannot look like markup, a DOCTYPE, prefixed or nested entries, tags that do not pair.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import blake2b

from aggregator.core.entry import SLICE_HASH_BYTES
from aggregator.ingest import charset

_TOKEN = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>|(?P<endless><!\[CDATA\[|<!--|<\?)"
    rb"|<(?P<close>/?)(?P<prefix>[A-Za-z_][\w.-]*:)?(?:item|entry)(?=[\s/>])"
    rb"""(?:[^<>"']|"[^"<]*"|'[^'<]*')*+>""",
    re.DOTALL,
)
_CUTTABLE = re.compile(rb"utf-?8|us-ascii|iso-8859-\d+|windows-125\d", re.IGNORECASE)
_CONTEXT = re.compile(rb"<\?xml.*?\?>|<(?:rss|rdf:RDF|feed|channel)\b[^<>]*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cut:
    """A document in pieces: `slices[i]`, an entry's bytes, stands between `gaps[i]` and the next.

    `hashes` name the slices together with what surrounds them (namespaces, base, encoding).
    `is_utf8` says that the document is read as UTF-8 and is valid as such.
    """

    gaps: tuple[bytes, ...]
    slices: tuple[bytes, ...]
    hashes: tuple[bytes, ...]
    is_utf8: bool

    def without(self, known: Collection[bytes], change: Callable[[bytes], bytes]) -> bytes:
        """Give the document with the known slices left out and the others changed."""
        pieces = [self.gaps[0]]
        for piece, name, gap in zip(self.slices, self.hashes, self.gaps[1:], strict=True):
            if name not in known:
                pieces.append(change(piece))
            pieces.append(gap)
        return b"".join(pieces)


def cut(document: bytes, content_type: str) -> Cut | None:
    """Cut a document at its entries; None where there are none, or any doubt."""
    encodings = charset.encodings(document, content_type)
    if not _is_cuttable(document, encodings):
        return None
    bounds = _bounds(document)
    if not bounds:
        return None
    gaps, slices, end = [], [], 0
    for start, stop in bounds:
        gaps.append(document[end:start])
        slices.append(document[start:stop])
        end = stop
    gaps.append(document[end:])
    context = content_type.encode() + b"".join(_CONTEXT.findall(gaps[0]))
    hashes = tuple(_name(context, piece) for piece in slices)
    return Cut(tuple(gaps), tuple(slices), hashes, charset.is_utf8(document, encodings))


def _name(context: bytes, piece: bytes) -> bytes:
    return blake2b(
        piece, digest_size=SLICE_HASH_BYTES, key=blake2b(context, digest_size=32).digest()
    ).digest()


def _is_cuttable(document: bytes, encodings: list[bytes]) -> bool:
    return (
        all(_CUTTABLE.fullmatch(name) for name in encodings)
        and b"\0" not in document
        and b"<!DOCTYPE" not in document[:4096]
        and b"<!ENTITY" not in document
    )


def _bounds(document: bytes) -> list[tuple[int, int]] | None:
    """Find where each entry starts and stops; None when tags do not pair one by one."""
    bounds: list[tuple[int, int]] = []
    start: int | None = None
    for match in _TOKEN.finditer(document):
        if match["endless"]:
            return None
        closes = match["close"]
        if closes is None:  # CDATA, a comment or a processing instruction
            continue
        if match["prefix"] or match[0].endswith(b"/>") or bool(closes) == (start is None):
            return None
        if start is None:
            start = match.start()
        else:
            bounds.append((start, match.end()))
            start = None
    return bounds if start is None else None
