"""Which line of a TOML text each key stands on; tomllib does not tell."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace

Path = tuple[str, ...]

# Strings and comments are tokens of their own, so that what looks like a bracket or a line end
# inside them is not taken for one.
_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|.''',
    re.DOTALL,
)
_PART = r"""(?:"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_NAME = rf"({_PART}(?:\s*\.\s*{_PART})*)"
_HEADER = re.compile(rf"\s*\[\[?\s*{_NAME}")
_KEY = re.compile(rf"\s*{_NAME}\s*=")


def key_lines(source: str) -> dict[Path, int]:
    """Map the path of each table and key to its line, counted from 1; the first one wins.

    `source` must be valid TOML. Keys inside inline tables are not listed: they share a line.
    """
    lines: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(source):
        if header := _HEADER.match(statement):
            path = table = _parts(header[1])
        elif key := _KEY.match(statement):
            path = table + _parts(key[1])
        else:
            continue
        for length in range(1, len(path) + 1):
            lines.setdefault(path[:length], line)
    return lines


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands in a text, from the line of its header to that of its last key, counted
    from 1."""

    path: Path
    first: int
    last: int


def tables(source: str) -> list[Table]:
    """List the tables in the order of their headers; the first is the one before any header."""
    found = [Table((), 1, 0)]
    for line, statement in _statements(source):
        last = line + statement.count("\n")
        if header := _HEADER.match(statement):
            found.append(Table(_parts(header[1]), line, last))
        elif _KEY.match(statement):
            found[-1] = replace(found[-1], last=last)
    return found


def _statements(source: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number; a value that spans lines stays with its key."""
    line, depth, start = 1, 0, 0
    first = line
    for match in _TOKEN.finditer(source):
        token = match[0]
        depth += (token in "[{") - (token in "]}")
        line += token.count("\n")
        if token == "\n" and not depth:
            yield first, source[start : match.start()]
            start, first = match.end(), line
    yield first, source[start:]


def _parts(name: str) -> Path:
    """Split a dotted key the way TOML does, by letting TOML do it."""
    keys = []
    node: object = tomllib.loads(f"{name} = 0")
    while isinstance(node, dict):
        key, node = next(iter(node.items()))
        keys.append(key)
    return tuple(keys)
