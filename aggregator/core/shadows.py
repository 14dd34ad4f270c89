"""Terms that another term of the same list makes needless."""

from collections.abc import Iterable, Iterator, Sequence
from string import ascii_lowercase, digits

from aggregator.core import text
from aggregator.core.terms import Vocabulary, literal_of

Shadow = tuple[str, str]  # a term, and the one that is found wherever it is


class Shadows:
    """All terms of a configuration, each looked for in all others at once."""

    def __init__(self, terms: Iterable[str]) -> None:
        plain = {term for term in terms if not term.startswith("re:")}
        vocabulary, rest = Vocabulary(plain), _foreign(plain)
        self._wider = {term: _wider(term, vocabulary, rest) for term in plain}

    def among(self, terms: Sequence[str]) -> Iterator[Shadow]:
        """List the needless terms of a list in which one of the terms has to be found. Patterns are
        left alone: what they match cannot be told from how they are written."""
        order = {term: n for n, term in enumerate(terms)}
        for term in terms:
            for other in self._wider.get(term, ()):
                is_twin = term in self._wider.get(other, ())
                if other in order and (not is_twin or order[other] < order[term]):
                    yield term, other
                    break


def _wider(term: str, vocabulary: Vocabulary, rest: str) -> tuple[str, ...]:
    """Name the terms that are found wherever this one is, whatever stands around it."""
    texts = {str(n): shown for n, shown in enumerate(_shortest(term, rest))}
    found = vocabulary.find(texts)
    return tuple(
        sorted(one for one, places in found.items() if len(places) == len(texts) and one != term)
    )


def _shortest(term: str, rest: str) -> Iterator[str]:
    """Give the shortest texts that a term is found in, in each of its forms. A stem may be the
    beginning of a longer word."""
    literal = literal_of(term)
    for form in dict.fromkeys((literal, text.mainland_words(literal))):
        yield form + rest if term.endswith("*") else form


def _foreign(terms: Iterable[str]) -> str:
    """Give a letter that no term has, for the rest of a word."""
    used = set().union(*map(literal_of, terms))
    return next((letter for letter in f"_{digits}{ascii_lowercase}" if letter not in used), "_")
