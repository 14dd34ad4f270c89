"""Fixtures that all tests share."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from tests.servers import FeedServer

# No deadline: the first example pays for tables that are built once. No database: a run leaves
# nothing behind and depends on none before it.
settings.register_profile("project", deadline=None, database=None)
settings.load_profile("project")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    """Give a loopback feed server that is closed after the test."""
    with FeedServer() as server:
        yield server


@pytest.fixture
def now() -> datetime:
    """Give the time that tests call now: 2026-03-02 12:00 UTC, a Monday."""
    return datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real feeds and articles beside the repository, or skip the test."""
    folder = Path(__file__).parents[1].parent / "shared"
    if not (folder / "corpus" / "MANIFEST.tsv").is_file():
        pytest.skip("needs the folder ../shared: real documents, which belong to their publishers")
    return folder


_ROW = re.compile(r"tests/behaviours/test_(\w+)\.py::test_([a-z]\d\d)_(\w+)")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the behaviours that have a number, a line each, so that they can be counted."""
    rows: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            if match := _ROW.match(report.nodeid):
                rows[match[1], match[2], match[3]].add(outcome)
    for table in sorted({table for table, _, _ in rows}):
        mine = {key: outcomes for key, outcomes in rows.items() if key[0] == table}
        good = sum(outcomes == {"passed"} for outcomes in mine.values())
        terminalreporter.section(f"{table}: {good} of {len(mine)} rows passed", sep="-")
        for (_, number, words), outcomes in sorted(mine.items()):
            terminalreporter.line(
                f"{number} {'/'.join(sorted(outcomes))}: {words.replace('_', ' ')}"
            )
