"""Rules about the code: who may import whom, what core keeps out, how long a module may be."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "aggregator"

# A module imports from its own package and from lower floors. On floor 3 the packages are edges
# that never import each other; on floor 5 likewise.
FLOORS = {
    "errors": 1,
    "log": 1,
    "processes": 1,
    "core": 2,
    "config": 3,
    "ingest": 3,
    "store": 3,
    "syndicate": 3,
    "pipeline": 4,
    "daemon": 5,
    "web": 5,
    "demo": 5,
    "cli": 6,
    "__main__": 7,
}
LOWEST = ""  # the package itself: its name and version

# What core may not import: clocks, chance, input and output, processes.
IMPURE = frozenset(
    """asyncio concurrent fcntl ftplib glob http io logging mmap multiprocessing os pathlib
    random requests resource secrets select selectors shutil signal socket socketserver sqlite3
    sqlite_utils ssl subprocess sys tempfile threading time urllib3 uuid yaml feedparser feedgen
    starlette uvicorn apscheduler click rich""".split()
)
# Pure functions of what they are given; imported where they are used, for speed.
LAZILY = {
    ("core/frontmatter.py", "yaml"),
    ("core/polling.py", "apscheduler.triggers.cron"),
}
CLOCKS = frozenset(
    (
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("os", "urandom"),
    )
)
ACTING = frozenset(("open", "print", "input", "exec", "eval"))
MAX_LINES = 350

MODULES = sorted(ROOT.rglob("*.py"))
NAMES = {
    path: ".".join(("aggregator", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(
        ".__init__"
    )
    for path in MODULES
}
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
KNOWN = frozenset(NAMES.values())


def place(path: Path) -> str:
    """Name a module by its place in the package."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """List what a module imports anywhere in it, as whole names of modules."""
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = NAMES[path].split(".")
                up = node.level - (path.name == "__init__.py")
                base = ".".join((*package[: len(package) - up], *([base] if base else [])))
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in KNOWN else base


def room(name: str) -> str:
    """Give the package or module directly below the top that a name lies in."""
    return [*name.split("."), LOWEST][1]


def test_every_room_of_the_house_has_a_floor() -> None:
    assert {room(name) for name in KNOWN} - {LOWEST} <= set(FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_imports_point_downwards_only(path: Path) -> None:
    own = room(NAMES[path])
    inner = [name for name in imports(path) if name.split(".")[0] == "aggregator"]

    upwards = [
        name
        for name in inner
        if room(name) not in (own, LOWEST) and (own == LOWEST or FLOORS[room(name)] >= FLOORS[own])
    ]

    assert upwards == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    arrows = {
        name: {one for one in imports(path) if one in KNOWN and one != name}
        for path, name in NAMES.items()
    }

    # Take away what imports nothing that is left, again and again: what stays is in a circle.
    while free := {name for name, targets in arrows.items() if not targets & arrows.keys()}:
        arrows = {name: targets for name, targets in arrows.items() if name not in free}

    assert arrows == {}


@pytest.mark.parametrize(
    "path", [path for path in MODULES if room(NAMES[path]) in ("core", "errors")], ids=place
)
def test_core_has_no_clock_no_chance_and_no_input_or_output(path: Path) -> None:
    found = [
        name
        for name in imports(path)
        if name.split(".")[0] in IMPURE and (place(path), name) not in LAZILY
    ]
    for node in ast.walk(TREES[path]):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in CLOCKS:
                found.append(f"{owner}.{name}")
            case ast.Call(func=ast.Name(id=name)) if name in ACTING:
                found.append(name)

    assert found == []


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_module_is_not_too_long_and_says_what_it_is_for(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())

    assert lines <= MAX_LINES
    assert ast.get_docstring(TREES[path]) or not TREES[path].body


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_no_module_changes_variables_of_modules(path: Path) -> None:
    found = [node.lineno for node in ast.walk(TREES[path]) if isinstance(node, ast.Global)]

    assert found == []


# A class of characters in a regular expression, and a repeat of a group that gives nothing back.
CHARACTERS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
POSSESSIVE = re.compile(r"\)(?:[*+?]|\{\d*,?\d*\})\+")


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_no_group_repeats_possessively(path: Path) -> None:
    """Python before 3.11.5 misreads it (python/cpython#106052); an atomic group says the same."""
    calls = (node for node in ast.walk(TREES[path]) if isinstance(node, ast.Call))
    values = [
        getattr(one, "value", None)
        for call in calls
        if ast.unparse(call.func).startswith("re.")
        for one in ast.walk(call)
    ]
    texts = [one.decode("latin-1") if isinstance(one, bytes) else one for one in values]
    patterns = [one for one in texts if isinstance(one, str)]

    assert [one for one in patterns if POSSESSIVE.search(CHARACTERS.sub("x", one))] == []


@pytest.mark.parametrize(
    "path", [path for path in MODULES if room(NAMES[path]) == "store"], ids=place
)
def test_no_statement_numbers_its_parameters(path: Path) -> None:
    """Python 3.12.0 to 3.12.3 warns of `?1` where values are given in order."""
    texts = [node.value for node in ast.walk(TREES[path]) if isinstance(node, ast.Constant)]

    assert [one for one in texts if isinstance(one, str) and re.search(r"\?\d", one)] == []
