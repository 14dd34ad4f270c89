"""Every page in Chromium: accessible, of one origin, within the window, still, in both schemes."""

from typing import Any

import pytest

from aggregator.core.in_force import InForce
from tests.browser.conftest import WIDTHS, Visitor
from tests.browser.shelves import HOSTILE
from tests.store.records import NOW
from tests.web.library import Library

PAGES = {
    "home": "/",
    "output": "/outputs/news",
    "output of a day": "/outputs/all?day=2026-03-01",
    "empty output": "/outputs/empty",
    "sources": "/sources",
    "source": "/sources/paper",
    "broken source": "/sources/down",
    "search": "/search?q=open",
    "search for nothing": "/search?q=zzzz",
    "workbench": "/workbench?output=news",
    "status": "/status",
    "missing": "/outputs/none",
}
ARTICLES = {
    "article": "四种即时通讯协议互联互通",
    "article with changes": "Told twice",
    "hostile article": "Hostile open body",
}


def path_of(name: str, library: Library) -> str:
    return PAGES[name] if name in PAGES else f"/articles/{library.id(ARTICLES[name])}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [*PAGES, *ARTICLES])
def test_a_page_is_well_made(
    visit: Visitor, library: Library, axe: str, name: str, width: int, scheme: str
) -> None:
    visited = visit(path_of(name, library), width, scheme)
    for fold in visited.page.query_selector_all("details:not([open]) > summary"):
        fold.click()

    assert violations(visited.page, axe) == []
    assert visited.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visited.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_what_a_rule_comes_to_is_well_made(
    visit: Visitor, axe: str, width: int, scheme: str
) -> None:
    visited = visit("/workbench?output=news", width, scheme)
    visited.page.fill(
        "textarea", '[outputs.news]\nany = ["told", "body", "networks*"]\nlang = ["en"]'
    )
    visited.page.click("text=Try it")
    visited.page.wait_for_selector("text=Nearest misses")

    assert violations(visited.page, axe) == []
    assert visited.page.evaluate("document.documentElement.scrollWidth") <= width


IN_FORCE = {
    "mistakes": InForce(
        since=NOW,
        problems=(
            "line 231: outputs.everything.limt: is not known; did you mean 'limit'?",
            *(f"line {n}: sources.{'long-' * 12}: has no url" for n in range(7)),
        ),
    ),
    "later": InForce(since=NOW, later=("service.data_dir", "service.fetch_threads")),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", IN_FORCE)
def test_what_is_said_of_feeds_toml_is_well_made(
    visit: Visitor, library: Library, axe: str, name: str, width: int, scheme: str
) -> None:
    library.watch.tell(IN_FORCE[name])
    try:
        visited = visit("/", width, scheme)
    finally:
        library.watch.in_force = None

    assert "feeds.toml cannot be used" in visited.text() or "at the next start" in visited.text()
    assert violations(visited.page, axe) == []
    assert visited.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visited.problems == []


def violations(page: Any, axe: str) -> list[str]:
    """Have the page checked by all of axe's rules; say what is wrong and where."""
    # Not by a tag, which the page's policy would forbid.
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["home", "output", "article", "sources"])
def test_nothing_moves_while_a_page_loads(
    visit: Visitor, library: Library, name: str, width: int
) -> None:
    page = visit(path_of(name, library), width).page

    moved = page.evaluate(
        """() => new Promise((done) => {
            let moved = 0;
            const watch = new PerformanceObserver((list) => {
                for (const one of list.getEntries()) moved += one.value;
            });
            watch.observe({ type: "layout-shift", buffered: true });
            requestAnimationFrame(() => requestAnimationFrame(() => done(moved)));
        })"""
    )

    assert moved < 0.01


@pytest.mark.parametrize("name", ["hostile article", "home", "output"])
def test_what_publishers_write_does_nothing(visit: Visitor, library: Library, name: str) -> None:
    visited = visit(path_of(name, library))
    for link in visited.page.query_selector_all(".body a, .body p"):
        link.hover()
    words = visited.text()

    assert visited.page.evaluate("window.hacked") is None
    assert visited.problems == []
    if name == "hostile article":
        assert "Hover" in words
        assert "after" in words
        assert visited.page.query_selector_all(".body form, .body input, .body iframe") == []
        hrefs = [one.get_attribute("href") for one in visited.page.query_selector_all(".body a")]
        assert hrefs == [None, None, "https://evil.example/"]
        # Where the text ends, our page goes on.
        assert visited.page.is_visible("aside >> text=Where it came from")


def test_even_without_our_cleaning_the_policy_lets_nothing_act(
    visit: Visitor, library: Library
) -> None:

    visited = visit("/")
    visited.page.evaluate(
        "markup => { document.querySelector('main').innerHTML = markup }", HOSTILE
    )
    visited.page.wait_for_load_state("networkidle")

    assert visited.page.evaluate("window.hacked") is None


@pytest.mark.parametrize("name", ["home", "output", "sources", "search", "article"])
def test_pages_work_without_script(visit: Visitor, library: Library, name: str) -> None:
    with_scripts = visit(path_of(name, library)).text()
    without = visit(path_of(name, library), scripts=False).text()

    for only_with in ("Copy link", "Keys:"):
        assert only_with not in without
    assert set(without.split()) <= set(with_scripts.split())
    assert "Open network" in without or name in ("sources", "article")
