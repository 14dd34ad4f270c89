"""Fixtures of the tests that run the real command."""

from pathlib import Path

import pytest

from tests.running import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give a folder to run the command in."""
    return Home(tmp_path)
