"""Where in an article's own words a term was found.

Matching is on folded text, whose places are not those of the text that people see. Here the text
is folded piece by piece, and each piece remembers where it came from. Taiwan's words are not turned
into the mainland's, which would change lengths; instead a term is looked for in both.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import re2

from aggregator.core import text
from aggregator.core.terms import shown_pattern_of

Span = tuple[int, int]  # a beginning and an end, in characters of the text that people see

# A character with what combines with it, which has to be folded in one piece.
_PIECE = re.compile(
    r"[^\W_]?[\u0300-\u036f\u0e31\u0e34-\u0e3a\u1160-\u11ff\u3099\u309a\uff9e\uff9f]+|.", re.DOTALL
)

_LONG_WORD = 25
# Of scripts that part words by spaces.
_LETTER = re.compile("[0-9A-Za-z\u00aa-\u052f'’]")
_LETTERS = re.compile(rf"{_LETTER.pattern}{{0,{_LONG_WORD}}}(?!{_LETTER.pattern})\s*")


def spans(term: str, shown: str) -> list[Span]:
    """List where a term is found in a text, from left to right and without overlaps.

    Empty where the text holds it only in words that were converted as a phrase.
    """
    folded, places = _folded(shown)
    found = (match.span() for match in _compiled(term).finditer(folded))
    return [(places[start][0], places[end - 1][1]) for start, end in found if end > start]


def marked(shown: str, found: list[Span], around: int) -> Iterator[tuple[str, bool]]:
    """Give an excerpt of a text as pieces, each with whether it is highlighted: the first spans
    that lie close together, with so many characters around them, and no word cut in two."""
    if not found:
        yield shown[: _end_of_words(shown, 1, 2 * around)], False
        return
    begin = _start_of_words(shown, max(found[0][0] - around, 0), found[0][0])
    at, last = begin, found[0][1] + around
    for start, end in sorted(found):
        if start > last or start < at:
            continue
        yield shown[at:start], False
        yield shown[start:end], True
        at, last = end, max(last, end + around)
    yield shown[at : _end_of_words(shown, at, last)], False


def _start_of_words(shown: str, at: int, most: int) -> int:
    """Move where a text is cut behind the word that it would be cut in; not where that is long, or
    goes on to what is to be seen."""
    if at and _LETTER.match(shown[at - 1]) and (rest := _LETTERS.match(shown, at)):
        return rest.end() if rest.end() <= most else at
    return at


def _end_of_words(shown: str, least: int, at: int) -> int:
    """Move where a text is cut before the word that it would be cut in, likewise."""
    if at < len(shown) and _LETTER.match(shown[at]):
        rest = _LETTERS.match(shown[max(at - 2 * _LONG_WORD, 0) : at][::-1])
        if rest and at - rest.end() >= least:
            return at - rest.end()
    return at


@lru_cache(maxsize=512)
def _compiled(term: str) -> "re2._Regexp[str]":
    return re2.compile(shown_pattern_of(term))


@lru_cache(maxsize=4)  # several terms are looked for in one text
def _folded(shown: str) -> tuple[str, Sequence[Span]]:
    """Fold a text character by character, with the place that each character came from."""
    characters: list[str] = []
    places: list[Span] = []
    for piece in _PIECE.finditer(shown):
        folded = _folded_piece(piece[0])
        characters.append(folded)
        places += [piece.span()] * len(folded)
    return text.simplify_characters("".join(characters)), places


@lru_cache(maxsize=8192)
def _folded_piece(piece: str) -> str:
    return text.fold_characters(piece)
