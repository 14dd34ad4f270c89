"""The outputs of feeds.toml, and the lists of terms that they use."""

from collections.abc import Iterable, Mapping

from aggregator.config.keys import BadValue, texts
from aggregator.config.reader import Reader, nearest
from aggregator.core import rules
from aggregator.core.output import Output, Rule

_TERM_CLAUSES = ("any", "none")


def read_outputs(reader: Reader) -> tuple[Output, ...]:
    """Read the outputs, with the lists of terms opened where they use them."""
    lists = _term_lists(reader)
    return tuple(_outputs(reader, lists))


def _term_lists(reader: Reader) -> dict[str, tuple[str, ...]]:
    lists = {}
    for name, value in reader.table("terms").items():
        try:
            lists[name] = texts(value)
        except BadValue as error:
            reader.problem(("terms", name), str(error))
            lists[name] = ()
            continue
        _check_terms(reader, ("terms", name), lists[name])
    return lists


def _outputs(reader: Reader, lists: Mapping[str, tuple[str, ...]]) -> Iterable[Output]:
    folded: dict[str, str] = {}
    for output_id in reader.table("outputs"):
        where = ("outputs", output_id)
        reader.check_id(where)
        # Its files must not fall together where file names ignore case.
        if (twin := folded.setdefault(output_id.lower(), output_id)) != output_id:
            reader.problem(where, f"differs from outputs.{twin} by case only")
        yield _output(reader, where, lists)


def _output(reader: Reader, where: tuple[str, ...], lists: Mapping[str, tuple[str, ...]]) -> Output:
    values = reader.values(where, reader.table(*where))
    title = str(values.pop("title", where[-1]))
    description = str(values.pop("description", title))
    shown = {key: values.pop(key) for key in ("max_age", "limit") if key in values}
    for clause in ("sources", "not_sources"):
        names = texts(list(values.get(clause, ())))  # type: ignore[call-overload]
        _check_sources(reader, (*where, clause), names)
        values[clause] = frozenset(names)
    for clause in _TERM_CLAUSES:
        if clause in values:
            values[clause] = _opened(reader, (*where, clause), values[clause], lists)  # type: ignore[arg-type]
    if "all" in values:
        members = values["all"]
        values["all"] = tuple(
            _opened(reader, (*where, "all"), member, lists)
            for member in members  # type: ignore[attr-defined]
        )
    rule = Rule(**values)  # type: ignore[arg-type]
    return Output(
        id=where[-1],
        title=title,
        description=description,
        rule=rule,
        **shown,  # type: ignore[arg-type]
    )


def _check_sources(reader: Reader, where: tuple[str, ...], names: Iterable[str]) -> None:
    known = reader.table("sources")
    for name in names:
        if name not in known:
            reader.problem(
                where, f"names the source {name!r}, which is not there{nearest(name, known)}"
            )


def _opened(
    reader: Reader,
    where: tuple[str, ...],
    terms: tuple[str, ...],
    lists: Mapping[str, tuple[str, ...]],
) -> tuple[str, ...]:
    """Replace each `@list` by its terms, and check the terms that are written here."""
    opened: list[str] = []
    for term in terms:
        if not term.startswith("@"):
            _check_terms(reader, where, (term,))
            opened.append(term)
        elif term[1:] in lists:
            opened.extend(lists[term[1:]])
        else:
            near = nearest(term[1:], lists)
            reader.problem(where, f"uses the list {term!r}, which [terms] does not have{near}")
    return tuple(dict.fromkeys(opened))


def _check_terms(reader: Reader, where: tuple[str, ...], terms: Iterable[str]) -> None:
    for term in terms:
        if where[0] == "terms" and term.startswith("@"):
            reader.problem(where, f"holds {term!r}: a list cannot hold another list")
        elif fault := rules.fault_of(term):
            reader.problem(where, f"the term {term!r} {fault}")
