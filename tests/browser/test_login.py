"""Logging in from elsewhere, in the browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import WIDTHS
from tests.browser.test_pages import violations
from tests.web.test_login import PASSWORD, Door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    # Not https: the cookie would be for that only, and the browser comes over http.
    door = Door(tmp_path, public_url="http://news.example")
    yield door
    door.library.server.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_wrong_password_is_told_the_right_one_leads_on_and_one_can_leave(
    chromium: Any, door: Door, axe: str, width: int, scheme: str
) -> None:
    viewport = {"width": width, "height": 800}
    context = chromium.new_context(viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{door.library.url}/sources")
    page.fill("#password", "wrong")
    page.click("button.main")
    page.wait_for_selector("[role=alert]")
    assert violations(page, axe) == []

    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/sources")
    assert "The Paper" in page.inner_text("table")

    page.click("text=Log out")
    page.wait_for_selector("text=Log in")
    page.goto(f"{door.library.url}/sources")
    assert page.url.endswith("/login?to=%2Fsources")
    context.close()
