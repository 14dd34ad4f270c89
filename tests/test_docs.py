"""The documentation says what the code does: commands, keys, statuses, examples, links."""

import ast
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import click
import pytest

from aggregator.cli import main
from aggregator.config.change import AT_THE_NEXT_START
from aggregator.config.keys import TABLES
from aggregator.config.load import Backups, Config, Service, Web, load
from aggregator.config.urls import URL_HOST
from aggregator.config.values import PATH_FIELDS, span
from aggregator.core import frontmatter
from aggregator.core.health import Health
from aggregator.core.output import Output, Rule
from aggregator.core.pace import HostPace
from aggregator.core.polling import Status
from aggregator.core.rotation import Rotation
from aggregator.core.source import Access, Source
from aggregator.core.urls import UrlRules

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "bench" / "README.md", *DOCS.glob("*.md")]
)
SECTIONS = {
    "service": "[service]",
    "backup": "[backup]",
    "sources": "[sources.NAME]",
    "hosts": '[hosts."NAME"]',
    "web": "[web]",
    "urls": "[urls]",
    "outputs": "[outputs.NAME]",
}
MINIMAL_SOURCE = '[sources.minimal]\nurl = "https://minimal.example/feed.xml"\n'


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def section(text: str, heading: str) -> str:
    """Give what stands below a heading of the second level, up to the next of that level."""
    return next(part for part in re.split(r"(?m)^## ", text) if part.startswith(f"{heading}\n"))


def rows(text: str) -> dict[str, list[str]]:
    """Give the cells of each table row whose first cell is `code`, by that code."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `") and (name := re.fullmatch(r"`([^`]+)`", cells[0])):
            found[name[1]] = cells[1:]
    return found


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", path.read_text("utf-8"))


def prose(path: Path) -> str:
    """Give a page without its code, in which brackets mean something else."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"(?ms)^```.*?^```$", "", path.read_text("utf-8")))


def anchors(path: Path) -> list[str]:
    """Give the anchors that a page's headings get when it is shown."""
    headings = re.findall(r"(?m)^#+ (.+)$", path.read_text("utf-8"))
    return [re.sub(r"[^\w\- ]", "", one.strip().lower()).replace(" ", "-") for one in headings]


# Commands


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        yield name, command


def test_every_command_has_a_section_that_names_its_options_and_arguments() -> None:
    text = page("commands.md")
    missing = []
    for name, command in commands():
        described = section(text, f"aggregator {name}")
        for parameter in command.params:
            is_argument = isinstance(parameter, click.Argument)
            words = [(parameter.name or "").upper()] if is_argument else parameter.opts
            if parameter.name == "names":
                words = ["SOURCE"]
            missing += [f"{name}: {word}" for word in words if word not in described]

    assert missing == []


def test_the_table_of_commands_lists_each_in_order() -> None:
    links = re.findall(r"(?m)^\| \[`(\w+)`\]\(#aggregator-\w+\)", page("commands.md"))

    assert links == [name for name, _ in commands()]


def test_every_global_option_is_explained() -> None:
    options = {option for one in main.params for option in one.opts}
    explained = set(re.findall(r"--[a-z-]+", page("commands.md").partition("## aggregator")[0]))

    assert options - explained == set()


def test_no_section_is_about_a_command_that_is_not_there() -> None:
    described = re.findall(r"(?m)^## aggregator (\S+)$", page("commands.md"))

    assert described == [name for name, _ in commands()]


def test_no_option_is_explained_that_a_command_does_not_have() -> None:
    text = page("commands.md")
    foreign = {}
    for name, command in commands():
        written = {
            one.partition(" ")[0]
            for one in rows(section(text, f"aggregator {name}"))
            if one[0] == "-"
        }
        foreign[name] = written - {option for one in command.params for option in one.opts}

    assert {name: options for name, options in foreign.items() if options} == {}


# Configuration


@pytest.mark.parametrize("table", SECTIONS)
def test_every_key_has_a_row_in_its_section(table: str) -> None:
    explained = rows(section(page("configuration.md"), SECTIONS[table]))

    assert set(TABLES[table]) - set(explained) == set()


def test_the_section_on_defaults_names_every_key_that_may_stand_there() -> None:
    named = set(re.findall(r"`([a-z_]+)`", section(page("configuration.md"), "[defaults]")))

    assert set(TABLES["defaults"]) - named == set()


def defaults_of(table: str) -> dict[str, Any]:
    """Give the value of each key where it is not set, as the code has it."""
    folder = Path("/here")
    if table == "service":
        records: list[Any] = [Service(data_dir=folder / "data")]
    elif table == "sources":
        records = [Source(id="x", url="", name=""), Access()]
    elif table == "hosts":
        records = [HostPace()]
    elif table == "urls":
        records = [UrlRules()]
    elif table == "backup":
        records = [Rotation(), Backups(folder=folder / "backups")]
    elif table == "web":
        records = [Web()]
    else:
        records = [Rule(), Output(id="x", title="", description="", rule=Rule())]
    return {
        name: getattr(one, name) for one in records for name in TABLES[table] if hasattr(one, name)
    }


def is_same(stated: object, actual: object) -> bool:
    if isinstance(actual, Path):
        return stated == actual.name
    if isinstance(actual, (tuple, frozenset)):
        return stated == list(actual)
    return type(stated) is type(actual) and bool(stated == actual)


@pytest.mark.parametrize("table", SECTIONS)
def test_the_defaults_that_are_stated_are_those_of_the_code(table: str) -> None:
    actual = defaults_of(table)
    wrong = {}
    explained = rows(section(page("configuration.md"), SECTIONS[table]))
    for name, key in TABLES[table].items():
        if literal := re.fullmatch(r"`(.+)`", explained[name][1]):
            stated = tomllib.loads(f"value = {literal[1]}")["value"]
            if isinstance(actual[name], (timedelta, StrEnum)):
                stated = key.read(stated)
            if table == "hosts" and name == "delay":
                stated = span(stated).total_seconds()
            if not is_same(stated, actual[name]):
                wrong[name] = (stated, actual[name])

    assert wrong == {}


@pytest.mark.parametrize("table", SECTIONS)
def test_every_example_of_a_key_is_accepted(table: str) -> None:
    explained = rows(section(page("configuration.md"), SECTIONS[table]))

    for name, key in TABLES[table].items():
        literal = explained[name][2].strip("`")
        key.read(tomllib.loads(f"value = {literal}")["value"])


def test_the_keys_that_wait_for_the_next_start_are_those_of_the_code() -> None:
    told = section(page("configuration.md"), "When a change takes effect")
    waiting = told.partition("| key of `[service]` |")[2]

    assert tuple(rows(waiting)) == AT_THE_NEXT_START
    assert not set(AT_THE_NEXT_START) & set(
        re.findall(r"`([a-z_]+)`", told.partition("A few keys")[0])
    )


def test_every_key_has_a_word_on_when_its_change_takes_effect() -> None:
    told = section(page("configuration.md"), "When a change takes effect")
    named = set(re.findall(r"`\[?([a-z_]+)\]?`", told))

    assert set(TABLES["service"]) - named == set()
    assert set(TABLES["sources"]) - named == set()
    assert {"hosts", "urls", "backup", "web"} - named == set()


def test_every_key_of_a_hosts_urls_has_a_row_whose_example_is_accepted() -> None:
    explained = rows(section(page("configuration.md"), '[urls.hosts."NAME"]'))

    for name, key in URL_HOST.items():
        key.read(tomllib.loads(f"value = {explained[name][-1].strip('`')}")["value"])


def test_the_fields_of_archive_path_and_the_optional_keys_are_all_named() -> None:
    configuration, article_format = page("configuration.md"), page("article-format.md")

    assert [one for one in PATH_FIELDS if f"`{{{one}}}`" not in configuration] == []
    assert [one for one in frontmatter.OPTIONAL_KEYS if one not in rows(article_format)] == []


def toml_examples() -> list[Any]:
    found = [(path, text) for path in PAGES for text in blocks(path, "toml")]
    return [pytest.param(text, id=f"{path.name}-{n}") for n, (path, text) in enumerate(found)]


def load_text(folder: Path, text: str) -> Config:
    path = folder / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize("text", toml_examples())
def test_every_toml_example_loads(text: str, tmp_path: Path) -> None:
    whole = text if "[sources." in text else f"{text}\n{MINIMAL_SOURCE}"

    assert load_text(tmp_path, whole).sources


def test_the_shipped_feeds_toml_has_sources_and_the_four_outputs() -> None:
    config = load(ROOT / "feeds.toml")

    assert 12 <= len(config.sources) <= 20
    assert [one.id for one in config.outputs] == [
        "interconnection-news",
        "ai-chips",
        "open-source",
        "everything",
    ]


# The rest


def test_the_example_of_an_article_file_is_one_to_the_byte() -> None:
    text = page("article-format.md").partition("### An example\n")[2]
    shown = text.partition("```\n")[2].partition("\n```")[0]
    file = shown.replace("⏎", "").replace("␠", " ")

    assert frontmatter.render(frontmatter.read(file)) == file
    assert frontmatter.read(file).title == "Why one app shop's refund form got shorter"


def test_every_status_is_in_the_troubleshooting() -> None:
    explained = rows(section(page("troubleshooting.md"), "Statuses of a source"))

    assert sorted(explained) == sorted(Status)


def test_every_health_is_in_the_troubleshooting() -> None:
    explained = rows(section(page("troubleshooting.md"), "Health of a source"))

    assert sorted(explained) == sorted(Health)


def named_events() -> set[str]:
    """Find the names of events that the code logs, by itself or for a chore that fails."""
    found = {"fault"}
    for path in (ROOT / "aggregator").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr="event"),
                    args=[_, ast.Constant(value=str(name))],
                ):
                    found.add(name)
                case ast.Call(func=ast.Name(id="Chore"), keywords=keywords):
                    values = [one.value for one in keywords if one.arg == "name"]
                    found |= {str(one.value) for one in values if isinstance(one, ast.Constant)}
    return found


def test_every_event_of_the_log_is_explained() -> None:
    table = section(page("service.md"), "Logs").partition("| event |")[2].partition("\n\n")[0]
    explained = re.findall(r"`([^`]+)`", "".join(re.findall(r"(?m)^\| (.*?) \|", table)))

    assert named_events() - set(explained) == set()


def test_every_dependency_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [re.split(r"[<>=~!;\[ ]", one)[0] for one in project["dependencies"]]
    explained = re.findall(
        r"(?m)^\| ([a-z0-9-]+) \| \S", section(page("decisions.md"), "Dependencies")
    )

    assert sorted(names) == sorted(set(explained) - {"package"})


def test_every_module_is_in_the_map_of_the_house() -> None:
    package = ROOT / "aggregator"
    modules = {
        str(path.relative_to(package).with_suffix(""))
        for path in package.rglob("*.py")
        if not path.name.startswith("__")
    }
    named = set(re.findall(r"`([a-z_/]+)`", section(page("architecture.md"), "The house")))

    assert {one for one in modules if not one.startswith("cli/")} - named == set()


ROOMS = "|".join(sorted(path.stem for path in (ROOT / "aggregator").iterdir()))


@pytest.mark.parametrize("name", ["architecture.md", "decisions.md"])
def test_every_function_and_module_that_is_named_is_there(name: str) -> None:
    text = page(name)
    dotted = re.findall(rf"(?<![\w./-])(?:{ROOMS})(?:\.\w+)+(?![\w/])", text)
    slashed = re.findall(rf"`((?:{ROOMS})/\w+)(?:\.py)?`", text)

    missing = [one for one in dotted if not is_there(one)]
    missing += [one for one in slashed if not (ROOT / "aggregator" / f"{one}.py").exists()]

    assert missing == []


def is_there(name: str) -> bool:
    """Say whether a name within the package leads to a module, or to something in one."""
    try:
        pkgutil.resolve_name(f"aggregator.{name}")
    except (AttributeError, ImportError):
        return False
    return True


def test_every_page_of_the_docs_is_in_the_index() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", page("index.md")))

    assert {path.name for path in DOCS.glob("*.md")} - {"index.md"} == linked


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, place = target.partition("#")
        file = path.parent / name if name else path
        if not file.exists() or (place and place not in anchors(file)):
            dead.append(target)

    assert dead == []
