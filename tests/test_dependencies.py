"""What the project depends on: declared, used, explained, and its licence known."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# Used without being imported: by zoneinfo, by trafilatura's lxml, by pytest, make and mypy.
UNSEEN = frozenset(
    """tzdata lxml-html-clean pytest-randomly pytest-timeout pytest-xdist setuptools mypy ruff
    types-pyyaml types-psutil types-requests""".split()
)
FAMILIES = {
    "MIT": r"\bMIT\b",
    "BSD": r"BSD",
    "Apache": r"Apache",
    "LGPL": r"LGPL",
    "MPL": r"\bMPL|Mozilla",
    "PSF": r"PSF|Python Software Foundation",
    "public domain": r"(?i)public domain",
    "GPL": r"\bGPL",
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: Iterable[str]) -> set[str]:
    return {normal(re.split(r"[ <>=!~;\[(]", one)[0]) for one in requirements}


DECLARED: dict[str, set[str]] = {"": names(PROJECT["dependencies"])} | {
    extra: names(stated) for extra, stated in PROJECT["optional-dependencies"].items()
}
INSTALLED = {normal(one.metadata["Name"]): one for one in metadata.distributions()}
SHIPPED: set[str] = DECLARED[""] | DECLARED["fulltext"]


def imported(folder: str) -> Iterator[str]:
    """Name the packages that the modules of a folder import."""
    providers = metadata.packages_distributions()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            for top in {one.partition(".")[0] for one in modules} - sys.stdlib_module_names:
                if not (ROOT / top).is_dir():
                    yield from map(normal, providers.get(top, [top]))


def brought_along() -> set[str]:
    """Name what is installed because something that the program needs requires it."""
    found: set[str] = set()
    waiting = set(SHIPPED)
    while waiting:
        found |= waiting
        here = waiting & INSTALLED.keys()
        stated = [one for name in here for one in INSTALLED[name].requires or ()]
        required = names(one for one in stated if "extra ==" not in one)
        waiting = {one for one in required if one in INSTALLED} - found
    return found - SHIPPED


def licence(name: str) -> str:
    """Give what an installed package says of its licence, in whichever of the three ways."""
    stated = INSTALLED[name].metadata
    classified = [one for one in stated.get_all("Classifier") or () if one.startswith("License")]
    fields = [
        value for name in ("License-Expression", "License") for value in stated.get_all(name) or ()
    ]
    return " ".join((*fields, *classified))


def families(text: str) -> set[str]:
    return {family for family, pattern in FAMILIES.items() if re.search(pattern, text)}


def listed() -> dict[str, str]:
    """Give the licence of each package in the tables of the page."""
    rows = re.findall(
        r"(?m)^\| ([\w-]+) \| ([^|]+) \|", (ROOT / "docs" / "licences.md").read_text("utf-8")
    )
    return {normal(name): stated.strip() for name, stated in rows if name != "package"}


def test_all_that_the_program_imports_is_declared() -> None:
    assert set(imported("aggregator")) - SHIPPED == set()


def test_all_that_is_declared_is_used() -> None:
    assert SHIPPED - set(imported("aggregator")) - UNSEEN == set()
    others = set().union(*DECLARED.values()) - SHIPPED
    assert others - set(imported("tests")) - set(imported("bench")) - UNSEEN == set()


def test_what_is_used_without_being_imported_is_declared() -> None:
    assert set().union(*DECLARED.values()) >= UNSEEN


def test_the_licence_of_each_package_is_listed() -> None:
    assert (set().union(*DECLARED.values()) | brought_along()) - set(listed()) == set()


@pytest.mark.parametrize("name", sorted(listed().keys() & INSTALLED.keys()))
def test_the_licence_that_is_listed_is_the_one_that_the_package_states(name: str) -> None:
    assert families(listed()[name]) == families(licence(name)) != set()
