"""The table of an output as it stands in feeds.toml, and another in its place."""

import tomllib
from dataclasses import dataclass

from aggregator.config.locate import Table, tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A text with another block in it, which begins at a line, counted from 1."""

    text: str
    first: int


def output_block(text: str, name: str) -> str:
    """Give the lines of an output's table, comments in it included; empty where it has none of its
    own."""
    place = _place(text, name)
    return "".join(text.splitlines(keepends=True)[place[0] - 1 : place[1]]) if place else ""


def name_in(block: str) -> str:
    """Tell which output a block is about; raises ValueError where it is no table of one."""
    try:
        tree = tomllib.loads(block)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not TOML: {error}") from None
    outputs = tree.get("outputs")
    if list(tree) != ["outputs"] or not isinstance(outputs, dict) or len(outputs) != 1:
        raise ValueError("it has to be one table of an output, such as [outputs.news]")
    return str(next(iter(outputs)))


def with_output(text: str, block: str) -> Edited:
    """Put a block in place of the one of the same output, or behind everything.

    The rest of the text stays as it is. Raises ValueError where the result would say something
    else besides.
    """
    name = name_in(block)
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    block = ending.join(block.strip().splitlines()) + ending
    place = _place(text, name)
    if place:
        before, after = lines[: place[0] - 1], lines[place[1] :]
    else:
        if lines and not lines[-1].endswith(("\n", "\r")):
            lines[-1] += ending
        before, after = [*lines, ending] if lines else [], []
    result = "".join((*before, block, *after))
    if _tree(result) != _expected(text, block):
        raise ValueError(f"the output {name} is laid out in a way that cannot be replaced")
    return Edited(text=result, first=len(before) + 1)


def _place(text: str, name: str) -> tuple[int, int] | None:
    """Find the first and the last line of an output's tables, which have to stand together."""
    found = tables(text)
    mine = [index for index, table in enumerate(found) if table.path[:2] == ("outputs", name)]
    if not mine or mine != list(range(mine[0], mine[-1] + 1)) or found[mine[0]].path[2:]:
        return None
    return found[mine[0]].first, max(_last(found[index]) for index in mine)


def _last(table: Table) -> int:
    return max(table.first, table.last)


def _tree(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        return None


def _expected(text: str, block: str) -> dict[str, object]:
    tree = tomllib.loads(text.removeprefix("\ufeff"))
    return tree | {"outputs": tree.get("outputs", {}) | tomllib.loads(block)["outputs"]}
