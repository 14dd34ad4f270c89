"""What people do in the pages: search, choose, sort, read on, by mouse and by keys."""

import json
from pathlib import Path

from tests.browser.conftest import Visitor
from tests.web.library import Library


def titles(page: object) -> list[str]:
    return [one.inner_text() for one in page.query_selector_all(".river h2")]  # type: ignore[attr-defined]


def test_search_from_the_home_page_and_narrow_it(visit: Visitor) -> None:
    page = visit("/").page
    page.fill("[role=search] input", "互联互通")
    page.click("[role=search] button")
    page.wait_for_url("**/search?q=*")

    assert titles(page) == ["四种即时通讯协议互联互通"]
    assert page.input_value("[role=search] input") == "互联互通"

    page.fill("[role=search] input", "open")
    page.press("[role=search] input", "Enter")
    page.wait_for_selector("h1:has-text('with open')")
    page.select_option("select[name=source]", "wild")
    page.click(".choose button")
    page.wait_for_url("**source=wild**")

    assert len(titles(page)) == 2


def test_a_search_can_be_taken_along_as_an_output(visit: Visitor) -> None:
    page = visit('/search?q=open+"互联互通"').page
    page.click("summary:has-text('Make this search an output')")
    page.click("details button")
    page.wait_for_selector("text=Copied")

    assert page.evaluate("navigator.clipboard.readText()") == (
        '[outputs.my-search]\ntitle = "open \\"互联互通\\""\nall = ["open", "互联互通"]'
    )


def test_the_link_of_a_feed_can_be_copied(visit: Visitor) -> None:
    page = visit("/").page
    page.click(".card:first-child button")
    page.wait_for_selector("text=Copied")

    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "http://127.0.0.1:8642/feeds/news.rss"


def test_what_stands_behind_an_article_can_be_copied(visit: Visitor, library: Library) -> None:
    page = visit(f"/articles/{library.id('四种即时通讯协议互联互通')}").page
    copied = []
    for words in ("The entry, as it was read", "Front matter of its file"):
        page.click(f"summary:has-text('{words}')")
        page.click(f"details:has-text('{words}') button")
        page.wait_for_selector(f"details:has-text('{words}') >> text=Copied")
        copied.append(page.evaluate("navigator.clipboard.readText()"))

    assert json.loads(copied[0])["title"] == "四种即时通讯协议互联互通"
    assert copied[1].startswith("\n---\ntitle: '四种即时通讯协议互联互通'\n")


def test_read_on_to_the_end_and_back(visit: Visitor) -> None:
    page = visit("/outputs/news").page
    seen = titles(page)
    while (older := page.query_selector("a[rel=next]")) is not None:
        before = page.url
        older.click()
        page.wait_for_url(lambda url, before=before: url != before)
        seen += titles(page)

    assert len(seen) == len(set(seen)) == 73
    page.click("text=Newest")
    page.wait_for_url("**/outputs/news")
    assert titles(page) == seen[:30]


def test_a_day_is_chosen_in_the_calendar_or_by_its_date(visit: Visitor) -> None:
    page = visit("/outputs/all").page
    page.click('a[aria-label^="2026-02-27"]')
    page.wait_for_url("**day=2026-02-27")
    by_square = titles(page)
    page.fill("input[name=day]", "2026-02-26")
    page.click(".choose button")
    page.wait_for_url("**day=2026-02-26**")

    assert len(by_square) == 5
    assert len(titles(page)) == 5
    assert set(titles(page)).isdisjoint(by_square)
    page.click("text=show all")
    page.wait_for_url("**/outputs/all")


def test_the_list_is_walked_by_keys(visit: Visitor, library: Library) -> None:
    page = visit("/outputs/all").page
    second = titles(page)[1]
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)

    assert page.evaluate("document.activeElement.textContent") == second
    page.keyboard.press("o")
    page.wait_for_url("**/articles/*")
    assert page.inner_text("h1") == second


def test_keys_leave_fields_alone(visit: Visitor) -> None:
    page = visit("/outputs/all").page
    page.focus("[role=search] input")
    page.keyboard.type("jok")

    assert page.input_value("[role=search] input") == "jok"


def test_sources_are_sorted_by_their_columns(visit: Visitor) -> None:
    page = visit("/sources").page
    assert page.inner_text("tbody th") == "Down"
    page.click("thead >> text=Last 30 days")
    page.wait_for_url("**sort=articles")
    assert page.inner_text("tbody th") == "The Paper"
    page.click("thead >> text=Last 30 days")
    page.wait_for_url("**order=reversed")
    assert page.inner_text("tbody th") == "Down"
    page.click("tbody a >> text=The Paper")
    page.wait_for_url("**/sources/paper")


def test_the_first_tab_leads_past_the_way_around(visit: Visitor) -> None:
    page = visit("/").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_another_rule_is_tried_written_and_copied(visit: Visitor, feeds_toml: Path) -> None:
    page = visit("/outputs/news").page
    page.click("text=Try another rule")
    page.wait_for_url("**/workbench?output=news")
    rule = page.input_value("textarea")
    page.fill("textarea", rule.replace('"open*"', '"twice"'))
    page.click("text=Try it")
    page.wait_for_selector("text=fewer than its feed has")

    assert "Twice told" in page.inner_text("section")
    before = feeds_toml.read_text("utf-8")
    page.click("text=Write it into feeds.toml")
    page.wait_for_selector("[role=status]")
    assert feeds_toml.read_text("utf-8") == before.replace('"open*"', '"twice"')

    page.click("text=Copy")
    page.wait_for_selector("text=Copied")
    assert '"twice"' in page.evaluate("navigator.clipboard.readText()")
    feeds_toml.write_text(before, "utf-8")


def test_a_mistake_in_a_rule_is_told_beside_it(visit: Visitor) -> None:
    page = visit("/workbench?output=news").page
    page.fill("textarea", '[outputs.news]\nanyy = ["open"]')
    page.click("text=Try it")
    page.wait_for_selector("[role=alert]")

    assert "line 2: outputs.news.anyy: is not known" in page.inner_text("[role=alert]")
    assert page.input_value("textarea") == '[outputs.news]\nanyy = ["open"]'


def test_the_status_stays_current(visit: Visitor, library: Library) -> None:
    page = visit("/status").page
    page.evaluate("document.querySelector('[data-live=underway]').textContent = 'old'")

    page.wait_for_selector("[data-live=underway]:text('3')")


def test_a_source_is_polled_at_once(visit: Visitor) -> None:
    page = visit("/sources/chaoxi").page

    # It was polled a moment ago, by the clock of the library.
    assert page.is_disabled("text=Poll now")
    assert page.inner_text("#why-not") == "it was polled a moment ago"
