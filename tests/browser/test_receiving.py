"""Money comes in: the till and the customer's page, both open, both told at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Demo, Visit

pytestmark = pytest.mark.timeout(180)
_AT_ONCE_MS = 15_000
"""It is a second; a busy machine may take a few."""


def _make(visit: Visit, amount_sat: str, description: str) -> str:
    """An invoice of the account; the address of the page for its customer."""
    page = visit.go("/receive/")
    page.get_by_label("Amount", exact=True).fill(amount_sat)
    page.get_by_label("What it is for").fill(description)
    page.get_by_role("button", name="Make the invoice").click()
    expect(page.locator("#incoming svg.qr")).to_be_visible(timeout=_AT_ONCE_MS)
    expect(page.locator("#incoming .pill")).to_have_text("Waiting to be paid")
    return str(page.locator("a[href*='/i/']").get_attribute("href"))


def test_till_and_customer_see_it_paid_at_once(visit: Visit, demo: Demo, chromium: Browser, width: int) -> None:
    address = _make(visit, "2100", "Two teas <script>alert(1)</script>")
    before = visit.page.locator("#balance .figure").first.inner_text()

    context = chromium.new_context(viewport={"width": width, "height": 844})
    customer = Visit(context, demo)
    customer.page.goto(address)
    expect(customer.page.get_by_role("heading", level=1)).to_contain_text("asks for 2,100 sat")
    expect(customer.page.locator("#pay-me svg.qr")).to_be_visible()
    assert customer.page.locator("#invoice-text").inner_text() == visit.page.locator("#invoice-text").inner_text()

    visit.page.get_by_role("button", name="Let a customer of the sandbox pay").click()

    expect(visit.page.locator("#incoming .pill")).to_have_text("Paid", timeout=_AT_ONCE_MS)
    expect(visit.page.locator("#incoming")).to_contain_text("2,100 sat")
    expect(customer.page.locator("#pay-me .pill")).to_have_text("Paid", timeout=_AT_ONCE_MS)
    assert _sat(visit.page.locator("#balance .figure").first.inner_text()) == _sat(before) + 2_100
    context.close()
    assert [] == customer.complaints


def test_a_cancelled_invoice_says_so_to_both(visit: Visit, demo: Demo, chromium: Browser, width: int) -> None:
    address = _make(visit, "5", "Nobody pays this")
    context = chromium.new_context(viewport={"width": width, "height": 844})
    customer = Visit(context, demo)
    customer.page.goto(address)

    visit.page.get_by_role("button", name="Cancel the invoice").click()

    expect(visit.page.locator("#incoming .pill")).to_have_text("Cancelled", timeout=_AT_ONCE_MS)
    expect(customer.page.locator("#pay-me")).to_contain_text("cannot be paid any more", timeout=_AT_ONCE_MS)
    context.close()
    assert [] == customer.complaints


def test_an_invoice_of_one_account_is_paid_by_the_other_after_switching(visit: Visit) -> None:
    """The demo's person owns a shop and the house: what the shop asks for, the house pays, inside the node and without a fee."""
    _make(visit, "1234", "From the house")
    text = visit.page.locator("#invoice-text").inner_text()
    page = visit.page

    page.locator("details.menu--account summary").click()
    page.get_by_role("button", name="Change to The node").click()
    expect(page.locator(".account-name").first).to_have_text("The node")
    visit.go("/").locator("#text").fill(text)
    page.locator("#pay-button").click()

    expect(page.locator("#payment .pill").first).to_have_text("Paid", timeout=_AT_ONCE_MS)


def _sat(text: str) -> int:
    return int(text.replace(",", "").split(".")[0])
