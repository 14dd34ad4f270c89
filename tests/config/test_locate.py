"""Which line each key stands on."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aggregator.config.locate import key_lines

DOCUMENT = '''\
# [no.table]
title = "a # b"

[sources."a.b"]
url = "x" # [c]
categories = [
    "[d]",  # ]
    'e]',
]
text = """
[not.a.table]
key = "no"
"""
raw = \'\'\'
k = 1
\'\'\'
inline = { one = 1, two = [2] }
dotted.key.here = 1
'quoted key' = 2

  [outputs . x ]
any=["a"]
[[list]]
name = 1
[[list]]
name = 2
'''


def test_tables_keys_and_values_of_several_lines_are_found_on_their_lines() -> None:
    assert key_lines(DOCUMENT) == {
        ("title",): 2,
        ("sources",): 4,
        ("sources", "a.b"): 4,
        ("sources", "a.b", "url"): 5,
        ("sources", "a.b", "categories"): 6,
        ("sources", "a.b", "text"): 10,
        ("sources", "a.b", "raw"): 14,
        ("sources", "a.b", "inline"): 17,
        ("sources", "a.b", "dotted"): 18,
        ("sources", "a.b", "dotted", "key"): 18,
        ("sources", "a.b", "dotted", "key", "here"): 18,
        ("sources", "a.b", "quoted key"): 19,
        ("outputs",): 21,
        ("outputs", "x"): 21,
        ("outputs", "x", "any"): 22,
        ("list",): 23,
        ("list", "name"): 24,
    }


def test_windows_line_ends_count_once() -> None:
    assert key_lines("a = 1\r\n[b]\r\nc = '''\r\nd\r\n'''\r\ne = 2\r\n") == {
        ("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "e"): 6,
    }  # fmt: skip


NAMES = st.sampled_from(["a", "b-1", '"a.b"', "'[c]'", '"d # e"', '"f\\"g"', "互".join('""')])
VALUES = st.sampled_from(
    ["1", '"# [x]"', "'= y'", "[]", '[\n  "a", # ]\n  [ "b" ],\n]', '"""\n[t]\nk = 1\n"""',
     "'''\n]]\n'''", '"""a""""', "{ a = 1 }", "2026-03-02", '"\\"\\\\"', '[{ a = "}" }]',
     "true # [no]"]
)  # fmt: skip
FILLERS = st.sampled_from(["", "# [x]\n", "\n", "  # a = [\n\n"])
STATEMENTS = st.lists(st.tuples(FILLERS, NAMES, VALUES), max_size=5)
TABLES = st.lists(
    st.tuples(FILLERS, st.lists(NAMES, min_size=1, max_size=3), STATEMENTS), max_size=4
)


def paths(node: dict[str, Any]) -> set[tuple[str, ...]]:
    """List the paths of all tables and keys."""
    return {
        (name, *rest)
        for name, value in node.items()
        for rest in ((), *(paths(value) if isinstance(value, dict) else ()))
    }


@given(STATEMENTS, TABLES)
def test_every_key_that_tomllib_reads_has_the_line_it_was_written_on(
    top: list[tuple[str, str, str]], tables: list[tuple[str, list[str], list[tuple[str, str, str]]]]
) -> None:
    text = ""
    lines: dict[tuple[str, ...], int] = {}

    def write(filler: str, statement: str, path: tuple[str, ...]) -> None:
        nonlocal text
        text += filler
        for length in range(1, len(path) + 1):
            lines.setdefault(path[:length], text.count("\n") + 1)
        text += f"{statement}\n"

    for filler, name, value in top:
        if (bare(name),) not in lines:
            write(filler, f"{name} = {value}", (bare(name),))
    for filler, names, statements in tables:
        table = tuple(map(bare, names))
        if any(table[:length] in lines for length in range(1, len(table) + 1)):
            continue
        write(filler, f"[{'.'.join(names)}]", table)
        for gap, name, value in statements:
            if (*table, bare(name)) not in lines:
                write(gap, f"{name} = {value}", (*table, bare(name)))

    found = key_lines(text)

    assert found == lines
    assert {path for path in paths(tomllib.loads(text)) if path in lines} == set(lines)


def bare(name: str) -> str:
    """Read a key the way TOML does."""
    return next(iter(tomllib.loads(f"{name} = 0")))
