"""How every table of feeds.toml is read: values by their keys, problems with their lines."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from aggregator.config.elsewhere import opened
from aggregator.config.keys import TABLES, Key
from aggregator.config.locate import key_lines
from aggregator.config.values import BadValue
from aggregator.errors import Problem

ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}")


@dataclass
class Reader:
    """A text and its tree. Problems are collected, so that a person learns of all at once."""

    path: Path
    source: str
    tree: dict[str, object]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @cached_property
    def lines(self) -> Mapping[tuple[str, ...], int]:
        """Know each key's line; only problems need them, and a large file takes a while."""
        return key_lines(self.source)

    def problem(self, where: tuple[str, ...], text: str) -> None:
        """Note what is wrong with a key, or with a table."""
        self._note(self.problems, where, text)

    def warn(self, where: tuple[str, ...], text: str) -> None:
        """Note what can be used, and is hardly meant so."""
        self._note(self.warnings, where, text)

    def _note(self, noted: list[Problem], where: tuple[str, ...], text: str) -> None:
        line = next(
            (self.lines[where[:n]] for n in range(len(where), 0, -1) if where[:n] in self.lines), 0
        )
        problem = Problem(line=line, key=".".join(where), text=text)
        if problem not in noted:
            noted.append(problem)

    def has_problem(self, *where: str) -> bool:
        """Say whether something in a table is wrong."""
        return any(one.key.startswith(f"{'.'.join(where)}.") for one in self.problems)

    def table(self, *where: str) -> dict[str, object]:
        """Give a table, an empty one where there is none."""
        node: object = self.tree
        for key in where:
            node = node.get(key, {}) if isinstance(node, dict) else {}
        if isinstance(node, dict):
            return node
        self.problem(where, f"is a table: write [{'.'.join(where)}] on a line of its own")
        return {}

    def is_table(self, where: tuple[str, str]) -> bool:
        """Say whether what stands in a table under a name is a table as well."""
        return isinstance(self.table(where[0])[where[1]], dict)

    def check_names(
        self, names: Iterable[str], known: Iterable[str], where: tuple[str, ...]
    ) -> None:
        """Note the names that are not known."""
        for name in names:
            if name not in known:
                self.problem((*where, name), f"is not known{nearest(name, known)}")

    def check_id(self, where: tuple[str, ...]) -> None:
        """Note a name that cannot be a key of ours; it is a part of file names and addresses."""
        if not ID.fullmatch(where[-1]):
            self.problem(where, "may hold letters, digits, '.', '_' and '-' only, 64 at most")

    def check_sources(self, where: tuple[str, ...], names: Iterable[str]) -> None:
        """Note the names that no source has."""
        known = self.table("sources")
        for name in names:
            if name not in known:
                near = nearest(name, known)
                self.problem(where, f"names the source {name!r}, which is not there{near}")

    def values(
        self,
        where: tuple[str, ...],
        table: dict[str, object],
        keys: Mapping[str, Key] | None = None,
    ) -> dict[str, object]:
        """Read the keys of a table; what cannot be read becomes a problem and is left out."""
        known = keys or TABLES[where[0]]
        self.check_names(table, known, where)
        values = {}
        for name, value in table.items():
            if name not in known:
                continue
            try:
                values[name] = self._value(known[name], value)
            except BadValue as error:
                self.problem((*where, name), str(error))
        return values

    def _value(self, key: Key, value: object) -> object:
        if not key.is_secret:
            return key.read(value)
        found = opened(value, self.path.parent, os.environ)
        if found is value:
            return key.read(value)
        try:
            return key.read(found)
        except BadValue as error:
            said = str(error).replace(repr(found), "what is kept there")
            raise BadValue(said) from None


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name is meant, as the tail of a sentence; else list what there is."""
    from difflib import get_close_matches  # not at the top: most files have no mistake

    names = list(known)
    close = get_close_matches(name.lower(), [one.lower() for one in names], n=1, cutoff=0.6)
    if close:
        right = next(one for one in names if one.lower() == close[0])
        return f"; did you mean {right!r}?"
    if names and len(names) <= 12:
        return f"; known: {', '.join(sorted(names))}"
    return ""
