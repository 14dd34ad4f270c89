"""What in feeds.toml can be used as it is, and is hardly meant so."""

from collections.abc import Iterator, Sequence

from aggregator.config.reader import Reader
from aggregator.config.values import texts
from aggregator.core.output import Output
from aggregator.core.shadows import Shadows

_Where = tuple[str, ...]


def note_warnings(reader: Reader, outputs: Sequence[Output]) -> None:
    """Note tables that are missing, and terms that another of their list makes needless; the file
    has no problems."""
    if not reader.table("sources"):
        reader.warn(("sources",), "there are none, so nothing is polled")
    if not outputs:
        reader.warn(("outputs",), "there are none, so no feed is made")
    lists = {name: texts(value) for name, value in reader.table("terms").items()}
    stated = [(where, terms) for one in outputs for where, terms in _stated(one)]
    shadows = Shadows(term for terms in (*lists.values(), *(some for _, some in stated))
                      for term in terms)  # fmt: skip
    for name, terms in lists.items():
        for term, other in shadows.among(terms):
            reader.warn(("terms", name), _needless(term, other))
    for where, terms in stated:
        for term, other in shadows.among(terms):
            # What one list of [terms] has by itself is told there.
            if not any(term in one and other in one for one in lists.values()):
                reader.warn(where, _needless(term, other))


def _needless(term: str, other: str) -> str:
    return f"the term {term!r} is needless: {other!r} is found wherever it is"


def _stated(output: Output) -> Iterator[tuple[_Where, tuple[str, ...]]]:
    """Give the lists of a rule in which one term that is found is enough.

    Not those of `near`: a longer term may reach nearer to another than the one within it.
    """
    yield ("outputs", output.id, "none"), output.rule.none
    yield ("outputs", output.id, "any"), output.rule.any
    yield from ((("outputs", output.id, "all"), one) for one in output.rule.all)
