"""Fixtures of the tests of the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a place for a database."""
    return tmp_path / "data" / "aggregator.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """Give a new database in a file."""
    database = Database(path)
    yield database
    database.close()
