"""Terms: what people write in rules, as patterns of folded text.

google-re2 scans a text once for all terms of all outputs, in linear time whatever the pattern.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

import re2

from aggregator.core import text

_AUTOMATON_BYTES = 64 << 20
_FULL_WIDTH_FORMS = re.compile("[\uff01-\uff5e\u3000]")
_WORD_CHAR = re.compile(r"[0-9A-Za-z_]")


def pattern_of(term: str) -> str:
    """Give the re2 pattern of a term as written in feeds.toml.

    A literal edge that is an ASCII word character gets a word boundary: "AI" matches "AI算法" and
    not "AIR". `stem*` leaves its right edge open, `re:` is a pattern of its own.
    """
    if term.startswith("re:"):
        return f"(?i:{_pattern(term)})"
    # A Traditional text is turned into the mainland's words, "影片" into "视频", so a term has to
    # match as it stands and as it would be in such a text.
    literal = literal_of(term)
    return _bounded(term, (literal, text.mainland_words(literal)))


def shown_pattern_of(term: str) -> str:
    """Give the pattern of a term in a text whose characters were simplified and whose words were
    not, which is what can be highlighted."""
    if term.startswith("re:"):
        return f"(?i:{_pattern(term)})"
    literal = literal_of(term)
    return _bounded(
        term, (literal, *(f(literal) for f in (text.mainland_words, text.island_words)))
    )


def literal_of(term: str) -> str:
    """Give a literal or a stem as it stands in folded text."""
    return text.one_line(text.fold(term.removesuffix("*")))


def _bounded(term: str, forms: Iterable[str]) -> str:
    literal = literal_of(term)
    left = r"\b" if _WORD_CHAR.match(literal[:1]) else ""
    right = r"\b" if not term.endswith("*") and _WORD_CHAR.match(literal[-1:]) else ""
    return f"{left}(?:{'|'.join(map(re2.escape, dict.fromkeys(forms)))}){right}"


def _pattern(term: str) -> str:
    """Give the pattern of a `re:` term in the characters that folded text has."""
    return text.simplify(_written(term))


def _written(term: str) -> str:
    return _FULL_WIDTH_FORMS.sub(_narrow, term.removeprefix("re:"))


def _narrow(match: re.Match[str]) -> str:
    return str(re2.escape(text.fold(match[0])))


def fault_of(term: str) -> str:
    """Say what is wrong with a term, in words; empty when nothing is."""
    if term.startswith("re:"):
        return _pattern_fault(term)
    # Its characters alone: to simplify leaves nothing empty, and its table takes 6 ms to make.
    if not text.fold_characters(term.removesuffix("*")).strip():
        return "is empty once folded, so it would match everything"
    return ""


def _pattern_fault(term: str) -> str:
    options = re2.Options()
    options.log_errors = False
    # Simplified only where other characters can make a fault, in the ranges of a class: the table
    # for that takes 8 ms to make.
    tried = _pattern(term) if "[" in term else _written(term)
    try:
        pattern = re2.compile(tried, options)  # alone: brackets must pair within it
    except re2.error as error:
        reason = error.args[0]
        words = reason.decode() if isinstance(reason, bytes) else str(reason)
        return f"is no pattern re2 can take ({words}); it has no look-around and no back-references"
    if pattern.search("") is not None:
        return "matches the empty text, so it would match everything"
    return ""


@lru_cache(maxsize=512)
def compiled(term: str) -> "re2._Regexp[str]":
    """Compile one term alone, to tell where in a folded text it is."""
    return re2.compile(pattern_of(term))


class Vocabulary:
    """All terms of all rules as one automaton."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms = sorted(set(terms))
        self._automaton = _automaton(self._terms)

    def find(self, texts: Mapping[str, str]) -> dict[str, frozenset[str]]:
        """Tell which terms are found, and in which of the texts; these are folded."""
        found: dict[str, set[str]] = {}
        for name, folded in texts.items():
            for term in self._in(folded):
                found.setdefault(term, set()).add(name)
        return {term: frozenset(names) for term, names in found.items()}

    def _in(self, folded: str) -> Iterable[str]:
        if self._automaton is None or not folded:
            return ()
        return (self._terms[index] for index in self._automaton.Match(folded) or ())


def _automaton(terms: list[str]) -> "re2.Set | None":
    if not terms:
        return None
    options = re2.Options()
    options.max_mem = _AUTOMATON_BYTES
    automaton = re2.Set.SearchSet(options)
    for term in terms:
        automaton.Add(pattern_of(term))
    automaton.Compile()
    return automaton
