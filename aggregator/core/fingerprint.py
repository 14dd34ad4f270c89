"""Fingerprints of texts: anchors, by which an index finds what may be the same article.

A unit is one Chinese character, or one word of another script, folded; a shingle is some units in
a row. Shingles of the beginning of a text are hashed, and of each window of them the smallest hash
is an anchor (Schleimer, Wilkerson, Aiken: Winnowing, 2003). So two texts that agree over as many
units as a window and a shingle have together share an anchor for certain. The very beginning has
narrow windows: of a copy that is cut short, little else is left.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from zlib import crc32

from aggregator.core import text

_LEAD = 128  # units of a body that have anchors: copies are cut at their end, not at their head
_HEAD = 40  # shingles with narrow windows
_NARROW, _WIDE = 8, 48  # shingles
_CJK_SHINGLE, _WORD_SHINGLE = 8, 6
_TITLE_UNITS = 40
_TITLE_SHINGLE = 3
_TITLE_ANCHORS = 2
_FIRST_CJK = "\u3000"


def anchors(title: str, body: str) -> tuple[int, ...]:
    """Give the anchors of an article by its folded title and body: 32-bit, each once, in order.

    Thirteen of an article of any length, two of them its title's.
    """
    hashes = _shingle_hashes(text.units(body, _LEAD))
    head = _minima(hashes[:_HEAD], _NARROW)
    return tuple(sorted({*head, *_minima(hashes, _WIDE), *_title_anchors(title)}))


def _minima(hashes: Sequence[int], width: int) -> Iterator[int]:
    """Give the smallest hash of every window; one smallest serves many windows."""
    width = min(width, len(hashes))
    place = -1
    for end in range(width, len(hashes) + 1) if hashes else ():
        if place < end - width:
            least = min(hashes[end - width : end])
            place = hashes.index(least, end - width)
        elif hashes[end - 1] < least:
            least, place = hashes[end - 1], end - 1
        else:
            continue
        yield least


def _shingle_hashes(units: Sequence[str]) -> list[int]:
    """Hash every shingle; its length goes by its first unit, so that a cut changes no other."""
    words = [unit.encode() for unit in units]
    line = b" ".join(words)
    starts = [0, *accumulate(len(word) + 1 for word in words)]
    lengths = [_CJK_SHINGLE if unit > _FIRST_CJK else _WORD_SHINGLE for unit in units]
    whole = [
        crc32(line[starts[n] : starts[n + length] - 1])
        for n, length in enumerate(lengths)
        if n + length < len(starts)
    ]
    return whole or ([crc32(line)] if line else [])


def _title_anchors(title: str) -> list[int]:
    """Take the smallest hashes of a title's shingles: most survive a word more or less."""
    units = text.units(title, _TITLE_UNITS)
    shingles = zip(*(units[skipped:] for skipped in range(_TITLE_SHINGLE)), strict=False)
    hashes = {crc32(f"title {' '.join(one)}".encode()) for one in shingles}
    return sorted(hashes)[:_TITLE_ANCHORS]
