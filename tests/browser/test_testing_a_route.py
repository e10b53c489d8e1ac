"""Before paying, a person lets a route be tested and sees how far it got; meanwhile faults come and go on pages that are open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo, Visit

_AT_ONCE_MS = 5_000
"""It is a second; a busy machine may take a few."""


@pytest.fixture
def second_page(visit: Visit, chromium: Browser, demo: Demo) -> Iterator[Page]:
    """Another browser of the same operator, on a page that shows no fault yet."""
    context = chromium.new_context()
    other = Visit(context, demo)
    other.sign_in()
    expect(other.page.locator(".faults")).to_have_count(0)
    yield other.page
    context.close()


def _preview(visit: Visit, invoice: str) -> Page:
    page = visit.go("/")
    page.locator("#text").fill(invoice)
    expect(page.locator("#test-button")).to_be_visible()
    return page


def test_it_reaches_the_shop_and_paying_is_still_one_click(visit: Visit) -> None:
    page = _preview(visit, visit.ask_a_shop(25_000))
    before = page.locator("#balance").inner_text()
    page.locator("#test-button").click()
    expect(page.locator(".test--reached")).to_contain_text("this route would carry 25,000 sat now")
    assert before == page.locator("#balance").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator("#pay-button").click()
    expect(page.locator(".status .pill--paid")).to_be_visible()


def test_what_goes_wrong_on_purpose_shows_and_goes_on_pages_that_are_open(visit: Visit, second_page: Page) -> None:
    page = visit.go("/scenarios/")
    page.get_by_role("button", name="Try it: Pays at the second try").click()
    expect(second_page.locator(".faults")).to_contain_text("Harbour has nothing left", timeout=_AT_ONCE_MS)
    page.locator("#test-button").click()
    expect(page.locator(".test--stopped")).to_contain_text("It stopped at Harbour.")
    second_page.get_by_role("button", name="Put everything right").click()
    expect(page.locator(".faults")).to_have_count(0, timeout=_AT_ONCE_MS)


def test_without_scripts_the_answer_is_a_page_with_a_way_back(plain_visit: Visit) -> None:
    page = plain_visit.page
    invoice = plain_visit.ask_a_shop()
    page.get_by_role("button", name="Pay this invoice").click()
    page.locator("#test-button").click()
    expect(page.locator(".test--reached")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Back to the invoice").click()
    expect(page.locator("#text")).to_have_value(invoice)
