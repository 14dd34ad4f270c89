"""Fixtures of the tests that open the pages in a real browser.

`visit` opens a page of the library and collects what went wrong there: errors of scripts, and
requests for anything that is not the server's own.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aggregator.ingest.workers import Workers
from aggregator.pipeline.preview import PRELOAD
from tests.browser.shelves import fill, library_in
from tests.web.library import Library

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (1440, 390)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here: `make test` has no browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


def lacking(what: str) -> None:
    """Skip, or fail where all that is needed was to be installed."""
    words = f"needs {what}; `make test-browser` says how to get it"
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


@pytest.fixture(scope="session")
def chromium_path() -> str | None:
    """Say where Chromium is, which playwright is to drive."""
    pytest.importorskip("playwright.sync_api", reason="needs playwright")
    path = shutil.which("chromium")
    if path is None:
        lacking("Debian's chromium")
    return path


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Any]:
    """Give a browser, the same for all tests of a process."""
    from playwright import sync_api

    with sync_api.sync_playwright() as player:
        # As root, as in containers, Chromium has no sandbox; it opens loopback only.
        browser = player.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Give axe-core, a checker of accessibility that runs in the page."""
    if not AXE.exists():
        lacking("axe-core")
    return AXE.read_text("utf-8")


@pytest.fixture(scope="session")
def feeds_toml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the library's feeds.toml, which a test leaves as it was."""
    return tmp_path_factory.mktemp("library") / "feeds.toml"


@pytest.fixture(scope="session")
def library(feeds_toml: Path) -> Iterator[Library]:
    """Give a site with articles of all kinds, which no test changes."""
    workers = Workers(1, preload=PRELOAD)
    library = library_in(feeds_toml.parent, workers)
    fill(library)
    library.server.start()
    yield library
    library.server.stop()
    workers.close()


@dataclass(slots=True)
class Visit:
    """An open page, and what went wrong in it."""

    page: Any
    problems: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Give what people read."""
        return str(self.page.inner_text("body"))


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Any, library: Library) -> Iterator[Visitor]:
    """Give what opens a page: `visit(path, width=1440, scheme="light", scripts=True)`."""
    with ExitStack() as stack:

        def opened(
            path: str, width: int = 1440, scheme: str = "light", *, scripts: bool = True
        ) -> Visit:
            context = chromium.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                java_script_enabled=scripts,
                permissions=["clipboard-read", "clipboard-write"],
            )
            stack.callback(context.close)
            visited = Visit(context.new_page())
            _watch(visited, library.url)
            visited.page.goto(library.url + path, wait_until="load")
            return visited

        yield opened


def _watch(visited: Visit, own: str) -> None:
    def asked(request: Any) -> None:
        if not request.url.startswith(f"{own}/"):
            visited.problems.append(f"asked for {request.url}")

    def said(message: Any) -> None:
        # That a picture is not to be had is no fault of the page, nor that there is no such page.
        url = message.location.get("url", "")
        if message.type == "error" and "/img/" not in url and url != visited.page.url:
            visited.problems.append(message.text)

    visited.page.on("request", asked)
    visited.page.on("console", said)
    visited.page.on("pageerror", lambda error: visited.problems.append(str(error)))
    visited.page.on("dialog", lambda dialog: visited.problems.append(dialog.message))
