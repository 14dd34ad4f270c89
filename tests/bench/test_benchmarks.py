"""The bench in one run: contenders that fail alone, the page, a run of all of it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.contenders import everybody
from bench.measure import BenchError, measure
from bench.page import TEMPLATE, number, write
from bench.plan import FULL, QUICK, Size, read_options
from bench.session import JOB_NAMES, Outcome, Task, run_jobs

ROOT = Path(__file__).parents[2]

# Whole processes


def test_a_command_without_an_end_is_ended(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"^sleep: no end within 0 s$"):
        measure(("sleep", "600"), tmp_path / "log", patience=0.1)


@pytest.mark.slow
def test_a_command_that_leaves_a_process_behind_is_told_and_the_process_ended(
    tmp_path: Path,
) -> None:
    # Long enough to be seen: the tree is read ten times a second.
    with pytest.raises(BenchError, match="still running after the command ended"):
        measure(("sh", "-c", "sleep 600 & echo $!; sleep 1"), tmp_path / "log")

    pid = (tmp_path / "log").read_text().strip()
    assert not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_text()


# Contenders

ASKING = """
import sys, urllib.request
base, sources, store = sys.argv[1:]
for n in range(1, int(sources) + 1):
    document = urllib.request.urlopen(f"{base}{n}.xml").read()
    entries = document.split(b"<guid")[1:] or document.split(b"<entry>")[1:]
    with open(store, "a") as file:
        file.writelines(f"{n} {hash(one)}\\n" for one in entries)
"""


class Plain:
    """A contender that only counts what it is given, and asks without validators."""

    does = "counts"
    sends_validators = False
    knows_validators_late = False

    def __init__(self, name: str, fails_in_run: int = 0) -> None:
        self.name = name
        self.fails_in_run = fails_in_run
        self.runs = 0

    def version(self) -> str:
        return "1"

    def prepare(self, home: Path, base: str, sources: int) -> None:
        self.store = home / "store"
        self.asked = (base, str(sources), str(self.store))

    def command(self) -> tuple[str, ...]:
        self.runs += 1
        if self.runs == self.fails_in_run:
            return (sys.executable, "-c", "raise SystemExit('out of order')")
        self.store.unlink(missing_ok=True)
        return (sys.executable, "-c", ASKING, *self.asked)

    def stored(self) -> int:
        return len(self.store.read_text().splitlines())

    def own_wall(self, _: Path) -> float | None:
        return None


def ran(outcome: Outcome) -> list[tuple[str, str]]:
    return [(run.job, run.contender) for run in outcome.runs]


TASK = Task(sources=4, entries=2, repeat=1, jobs=("304", "same"))


def test_a_contender_that_fails_loses_its_own_rows_only(tmp_path: Path) -> None:
    outcome = run_jobs(TASK, [Plain("sound"), Plain("broken", fails_in_run=2)], tmp_path)

    assert ran(outcome) == [
        ("cold", "sound"), ("cold", "broken"), ("304", "sound"), ("same", "sound"),
    ]  # fmt: skip
    assert list(outcome.failed) == ["broken"]
    assert "out of order" in outcome.failed["broken"]
    assert set(outcome.stored) == {"sound", "broken"}


def test_a_contender_that_stores_another_number_of_articles_is_out(tmp_path: Path) -> None:
    liar = Plain("liar")
    liar.stored = lambda: 7  # type: ignore[method-assign]

    outcome = run_jobs(TASK, [liar], tmp_path)

    assert outcome.failed == {"liar": "cold: 7 articles are stored, expected 8"}
    assert ran(outcome) == []


def test_a_contender_that_is_answered_otherwise_than_the_job_calls_for_is_out(
    tmp_path: Path,
) -> None:
    boaster = Plain("boaster")
    boaster.sends_validators = True

    outcome = run_jobs(TASK, [boaster], tmp_path)

    assert outcome.failed == {"boaster": "304: was answered {'200': 4}, expected {'304': 4}"}


def test_ours_is_the_first_of_all_contenders() -> None:
    assert [one.name for one in everybody()] == ["ours", "reader", "sfeed", "newsboat"]
    assert everybody()[0].version()


# Options


def test_without_options_the_plan_is_the_full_one() -> None:
    assert read_options([]).plan == FULL


def test_an_option_changes_its_own_part_of_the_short_plan() -> None:
    plan = read_options(["--quick", "--sizes", "7x3x1,20x3x2", "--pages", "0"]).plan

    sizes = (Size(sources=7, entries=3, repeat=1), Size(sources=20, entries=3, repeat=2))
    assert plan == replace(QUICK, sizes=sizes, pages=0)


# The page

ROW = {"wall s": 2.0, "own wall s": 2.0, "CPU s": 1.0, "peak PSS MB": 140.0, "peak RSS MB": 230.0,
       "server CPU s": 0.01}  # fmt: skip
NAMES = ("ours", "reader", "sfeed", "newsboat")


def a_load(sources: int) -> dict[str, Any]:
    rows = [
        {"job": job, "contender": name} | ROW | {"CPU s": sources * (place + 1) / 1000}
        for job in JOB_NAMES
        for place, name in enumerate(NAMES)
    ]
    load = {"sources": sources, "entries": 3, "repeat": 3, "rows": rows, "absent": {}}
    return load | {"bytes": {"ours": 50_000.0}, "raw": 10_000.0}


def an_answer(server: str, what: str) -> dict[str, Any]:
    return {"server": server, "what": what, "path": "/", "size": 1_170_471, "per_second": 5558.0,
            "p50": 0.75, "p99": 12.3, "cpu": 47.5}  # fmt: skip


@pytest.fixture
def figures() -> dict[str, Any]:
    """Give the figures of a run in which everything went well."""
    return {
        "taken": "2026-11-27",
        "minutes": 38.2,
        "is_full": True,
        "numpy": False,
        "connections": 8,
        "plan": {"pages": 50_000},
        "machine": {"cores": "2", "processor": "A", "memory": "24 GiB", "system": "Debian"},
        "versions": {"ours": "0.1", "sfeed": "1.7-1", "nginx": ""},
        "does": dict.fromkeys(NAMES, "polls"),
        "jobs": [a_load(1000), a_load(10_000)],
        "disk": {"articles": 9000, "entry": 11_000.0, "database": {"articles": 11_100.0},
                 "files": 10_400.0, "files_in_blocks": 12_500.0, "feeds": 13_000_000,
                 "later": 0.0114},
        "rules": [{"outputs": 6, "terms": 48, "ours": 47.0, "by_in": 143.0, "by_re": 595.0}],
        "serving": [
            an_answer("ours", "gzip"), an_answer("nginx", "gzip"), an_answer("ours", "home"),
        ],
        "pages": [{"page": "/search?q=芯片", "first": 48.2, "median": 36.0, "slowest": 73.8,
                   "size": 21_000}],
    }  # fmt: skip


def test_every_figure_has_its_place(figures: dict[str, Any]) -> None:
    page = write(figures)

    for line in (
        "| aggregator | 0.1 |",
        "| nginx | not installed |",
        "| cold | 2.00 | 3.00 | 4.00 |",  # CPU time of the others, ours being 1
        "| cold | aggregator | 2.00 | 1.00 | 1.00 | 140 | 230 | 0.01 |",
        "| tenth | newsboat | 4.00 | 4.00 | 1.00 |",  # a source on the small and on the large load
        "| **database in all** | 11,100 | 1.01 |",
        "| aggregator | 50,000 | 5.00 |",
        "| 6 | 48 | 47.0 | 143 | 595 |",
        "| gzip | nginx | 1,170,471 | 5,558 | 0.75 | 12.3 | 47.5 |",
        "| home | aggregator | 1,170,471 | 5,558 | 0.75 | 12.3 | 47.5 |",
        "| `/search?q=芯片` | 48.2 | 36.0 | 73.8 | 21.0 |",
    ):
        assert line in page.splitlines()
    assert "{{" not in page
    assert "<!--" not in page
    assert "short run" not in page


def test_a_run_of_small_loads_says_so_at_the_top(figures: dict[str, Any]) -> None:
    page = write(figures | {"is_full": False})

    assert "**A short run" in page.splitlines()[2]


def broken(figures: dict[str, Any], place: str) -> dict[str, Any]:
    return figures | {place: {"failed": "the disk is full"}}


def with_a_failed_load(figures: dict[str, Any]) -> dict[str, Any]:
    return figures | {"jobs": [{"failed": "the disk is full"}, *figures["jobs"][1:]]}


def with_a_failed_contender(figures: dict[str, Any]) -> dict[str, Any]:
    changed = deepcopy(figures)
    changed["jobs"][0]["absent"] = {"sfeed": "failed: the disk is full"}
    changed["jobs"][0]["rows"] = [
        row for row in changed["jobs"][0]["rows"] if row["contender"] != "sfeed"
    ]
    return changed


def with_a_failed_answer(figures: dict[str, Any]) -> dict[str, Any]:
    failed = {"server": "ours", "what": "304", "failed": "the disk is full"}
    return figures | {"serving": [*figures["serving"], failed]}


FAILURES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "disk": lambda figures: broken(figures, "disk"),
    "serving": lambda figures: broken(figures, "serving"),
    "rules": lambda figures: broken(figures, "rules"),
    "pages": lambda figures: broken(figures, "pages"),
    "a load": with_a_failed_load,
    "a contender": with_a_failed_contender,
    "an answer": with_a_failed_answer,
}


@pytest.mark.parametrize("failure", FAILURES)
def test_what_failed_says_why_and_the_rest_is_there(failure: str, figures: dict[str, Any]) -> None:
    page = write(FAILURES[failure](figures))

    told = [line for line in page.splitlines() if "the disk is full" in line]
    assert len(told) == 1
    lost = set(write(figures).splitlines()) - set(page.splitlines())
    assert len(lost) < len(page.splitlines()) / 2


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.0114, "0.01"), (1.2345, "1.23"), (12.34, "12.3"), (123.4, "123"), (1e6, "1,000,000"),
     (None, "–")],
)  # fmt: skip
def test_a_number_has_three_digits_that_count(value: float | None, written: str) -> None:
    assert number(value) == written


def test_the_committed_page_has_the_prose_of_the_template() -> None:
    prose = re.sub(r"(?s)<!--.*?-->", "", TEMPLATE.read_text("utf-8"))
    page = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    pieces = [piece for part in re.split(r"\{\{\w+\}\}", prose) if (piece := part.strip())]

    assert [piece for piece in pieces if piece not in page] == []


# All of it


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_of_all_parts_writes_figures_and_page(tmp_path: Path) -> None:
    figures, page = tmp_path / "build" / "bench.json", tmp_path / "page.md"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench", "--sizes", "3x2x1", "--home", "20x3x1"),
            *("--seconds", "1", "--pages", "0", "--rules", "2"),
            *("--json", str(figures), "--page", str(page)),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    told = json.loads(figures.read_text("utf-8"))
    assert page.read_text("utf-8") == write(told)
    for load in told["jobs"]:
        ours = [row["job"] for row in load["rows"] if row["contender"] == "ours"]
        assert ours == list(JOB_NAMES)
        assert not [why for why in load["absent"].values() if why != "not installed"]
    assert told["disk"]["articles"] == 60
    assert [one["outputs"] for one in told["rules"]] == [6, 50, 200]
    if told["versions"]["wrk"] == "unknown":
        assert told["serving"] == {"failed": "wrk is not installed"}
    else:
        assert [one for one in told["serving"] if "failed" in one] == []
