"""Cut a feed document at its entries, so that entries known from the last poll need no parsing.

Any doubt means that the document is not cut: another encoding than the ASCII-compatible ones whose
bytes cannot look like markup, a DOCTYPE, prefixed or nested entries, tags that do not pair.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from aggregator.core.entry import SLICE_HASH_BYTES
from aggregator.ingest import charset

# Every way a token can begin has `<` in front, so that the search runs from one to the next.
_TOKEN = re.compile(
    rb"<(?:(?P<opened>!\[CDATA\[|!--|\?)|(?P<declared>!DOCTYPE|!ENTITY)"
    rb"|(?P<close>/?)(?P<prefix>[A-Za-z_][\w.-]*:)?(?:item|entry)(?=[\s/>])"
    rb"""(?>(?:[^<>"']|"[^"<]*"|'[^'<]*')*)>)"""
)
_ENDS = {b"![CDATA[": b"]]>", b"!--": b"-->", b"?": b"?>"}
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


def cut(settled: charset.Settled) -> Cut | None:
    """Cut a document at its entries; None where there are none, or any doubt."""
    document = settled.document
    if b"\0" in document or not all(map(_CUTTABLE.fullmatch, settled.named)):
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
    context = settled.content_type.encode() + b"".join(_CONTEXT.findall(gaps[0]))
    hashes = tuple(_names(context, slices))
    return Cut(tuple(gaps), tuple(slices), hashes, settled.is_utf8)


def _names(context: bytes, slices: Iterable[bytes]) -> Iterator[bytes]:
    """Hash slices, each behind the context; by SHA-256, which processors have a circuit for."""
    before = sha256(sha256(context).digest())
    for piece in slices:
        name = before.copy()
        name.update(piece)
        yield name.digest()[:SLICE_HASH_BYTES]


def _bounds(document: bytes) -> list[tuple[int, int]] | None:
    """Find where each entry starts and stops; None when tags do not pair one by one."""
    bounds: list[tuple[int, int]] = []
    start: int | None = None
    for match in _tokens(document):
        if match is None or match["declared"] or match["prefix"] or match[0].endswith(b"/>"):
            return None
        if bool(match["close"]) == (start is None):
            return None
        if start is None:
            start = match.start()
        else:
            bounds.append((start, match.end()))
            start = None
    return bounds if start is None else None


def _tokens(document: bytes) -> Iterator[re.Match[bytes] | None]:
    """Find declarations and the tags of entries outside of CDATA, comments and instructions; give
    None and stop where one of those has no end."""
    place = 0
    while match := _TOKEN.search(document, place):
        place = match.end()
        if not match["opened"]:
            yield match
        elif (end := document.find(_ENDS[match["opened"]], place)) >= 0:
            place = end
        else:
            yield None
            return
