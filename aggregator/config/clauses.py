"""How the clauses of rules are read, and what an output shows of what it keeps."""

from datetime import UTC, date, datetime
from math import isfinite

from aggregator.config.values import BadValue, count, positive, text, texts
from aggregator.core.output import FIELDS, AtLeast, Near, Order, Score
from aggregator.core.titles import TITLE_NAMES, names_in

_TITLE = '"{source}: {title}"'


def near(value: object) -> tuple[Near, ...]:
    """Read a list of tables with `a`, `b` and `within`."""
    example = '[{ a = ["OpenAI"], b = ["lawsuit", "court"], within = 12 }]'
    if not isinstance(value, list) or not value:
        raise BadValue(f"takes a list such as {example}, not {value!r}")
    return tuple(_near(one, example) for one in value)


def _near(value: object, example: str) -> Near:
    if not isinstance(value, dict) or sorted(value) != ["a", "b", "within"]:
        raise BadValue(f"takes {example}, not {value!r}")
    return Near(a=_some(value["a"]), b=_some(value["b"]), within=count(value["within"]))


def at_least(value: object) -> AtLeast:
    """Read a table with `n` and `of`."""
    if not isinstance(value, dict) or sorted(value) != ["n", "of"]:
        raise BadValue(f'takes {{ n = 2, of = ["a", "b", "c"] }}, not {value!r}')
    return AtLeast(n=positive(value["n"]), of=_some(value["of"]))


def _some(value: object) -> tuple[str, ...]:
    if not texts(value):
        raise BadValue("has an empty list of terms, which can never match")
    return texts(value)


def number(value: object) -> float:
    """Read a number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise BadValue(f"takes a number such as 2 or -0.5, not {value!r}")
    return float(value)


def weights(value: object) -> tuple[tuple[str, float], ...]:
    """Read a table of terms and numbers."""
    if not isinstance(value, dict) or not value:
        raise BadValue(f'takes a table such as {{ "GPU" = 2, "收盘" = -3 }}, not {value!r}')
    return tuple((term, number(weight)) for term, weight in value.items())


def score(value: object) -> Score:
    """Read a threshold, and factors of fields."""
    if not isinstance(value, dict) or "threshold" not in value:
        raise BadValue(f"takes a table such as {{ threshold = 4, title = 2.0 }}, not {value!r}")
    factors = {name: number(factor) for name, factor in value.items() if name != "threshold"}
    fields(list(factors))
    return Score(threshold=number(value["threshold"]), factors=tuple(factors.items()))


def fields(value: object) -> tuple[str, ...]:
    """Read names of fields."""
    for name in texts(value):
        if name not in FIELDS:
            raise BadValue(f"knows {', '.join(FIELDS)}, not {name!r}")
    return texts(value)


def moment(value: object) -> datetime:
    """Read a date, which begins at midnight in UTC, or a time with its zone."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise BadValue(f"has no zone: write {value.isoformat()}Z for UTC")
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise BadValue(f"takes a date without quotes such as 2026-11-23, not {value!r}")


def alternatives(value: object) -> tuple[tuple[str, ...], ...]:
    """Read the members of `all`: a text stands for itself, a list of texts is an OR."""
    if not isinstance(value, list):
        raise BadValue(f'takes a list such as ["a", ["b", "c"]], not {value!r}')
    members = tuple((one,) if isinstance(one, str) else texts(one) for one in value)
    if () in members:
        raise BadValue("has an empty list of alternatives, which can never match")
    return members


def order(value: object) -> Order:
    """Read what an output shows first."""
    try:
        return Order(text(value))
    except ValueError:
        raise BadValue(f"knows {', '.join(Order)}, not {value!r}") from None


def title_template(value: object) -> str:
    """Read a template of titles: one line with names in braces; a brace itself is doubled."""
    template = text(value)
    if not template.strip() or not template.isprintable():
        raise BadValue(f"takes one line of text such as {_TITLE}, not {value!r}")
    try:
        names = names_in(template)
    except ValueError:
        raise BadValue(
            f"takes names in braces such as {_TITLE}, and a brace itself twice, not {value!r}"
        ) from None
    for name in names:
        if name not in TITLE_NAMES:
            from difflib import get_close_matches  # most files have no mistake

            near = get_close_matches(name, TITLE_NAMES, n=1)
            meant = f"did you mean {{{near[0]}}}?" if near else f"known: {', '.join(TITLE_NAMES)}"
            raise BadValue(f"does not know {{{name}}}; {meant}")
    return template
