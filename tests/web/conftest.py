"""Fixtures of the tests that ask a web server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.stand import Stand


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    """Give a web server with nothing published yet."""
    stand = Stand(tmp_path)
    yield stand
    stand.server.stop()
