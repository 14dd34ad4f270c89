"""Fixtures of the tests that run the real command, or its parts on a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.ingest.workers import Workers
from tests.running import Home
from tests.visits import Visits


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give a folder to run the command in."""
    return Home(tmp_path)


@pytest.fixture(scope="package")
def workers() -> Iterator[Workers]:
    """Give parsing processes, the same for all tests."""
    workers = Workers(1, preload=("aggregator.pipeline.digest", "aggregator.ingest.parse"))
    yield workers
    workers.close()


@pytest.fixture
def visits(tmp_path: Path, workers: Workers) -> Iterator[Visits]:
    """Give the parts that poll, with an empty database and a clock that stands still."""
    visits = Visits(tmp_path, workers)
    yield visits
    visits.close()
