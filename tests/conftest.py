"""Fixtures that all tests share."""

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
