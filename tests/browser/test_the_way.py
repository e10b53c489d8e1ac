"""
A person's whole way, in a real browser against the real pair of processes: from a shop's invoice to the proof of payment.

What is asserted is what a person could check: words on the screen, and that the proof hashes to what the invoice promised.
"""

from __future__ import annotations

import hashlib
import re

import bolt11
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Visit

BALANCE = "#balance .figure"


def _pay(page: Page) -> None:
    page.locator("#pay-button").click()
    page.wait_for_url(re.compile(r"/payments/[0-9a-f]{64}/$"))


def _prove(page: Page, invoice: str) -> None:
    """The proof on the screen is the preimage of the hash in the invoice, which another decoder reads."""
    expect(page.locator(".status .pill--paid")).to_be_visible(timeout=30_000)
    preimage = page.locator("#preimage").inner_text()
    assert hashlib.sha256(bytes.fromhex(preimage)).hexdigest() == bolt11.decode(invoice).payment_hash


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_from_a_shop_to_the_proof(visit: Visit, width: int) -> None:
    page = visit.page
    before_sat = _sat(page)
    invoice = visit.ask_a_shop(description=f"One flat white, {width} px")
    _fits(page)
    page.get_by_role("button", name="Copy the invoice").click()

    page.get_by_role("link", name="Pay", exact=True).click()
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.press("Control+v")
    expect(page.locator("#pay-button")).to_have_text("Pay 2,500 sat")  # first action: nothing else was pressed
    expect(page.locator(".words")).to_contain_text(f"One flat white, {width} px")
    expect(page.locator(".picture:visible").first).to_be_visible()
    _fits(page)

    page.locator("#text").press("Enter")
    assert page.url == visit.demo.address + "/"
    _pay(page)  # second action
    address = page.url
    _prove(page, invoice)
    _fits(page)
    expect(page.locator(BALANCE).first).not_to_have_text(f"{before_sat:,}")
    assert _sat(page) <= before_sat - 2_500

    page.reload()
    _prove(page, invoice)
    visit.go("/payments/")
    line = page.locator("tbody tr").first
    expect(line.locator(".pill--paid")).to_be_visible()
    _fits(page)
    line.get_by_role("link").click()
    assert page.url == address


def test_an_invoice_is_paid_once_however_often_it_is_asked_for(visit: Visit) -> None:
    page = visit.page
    invoice = visit.ask_a_shop()
    visit.go("/").locator("#text").fill(invoice)
    page.locator("#pay-button").dblclick()
    page.wait_for_url(re.compile(r"/payments/[0-9a-f]{64}/$"))
    address = page.url
    _prove(page, invoice)
    after_sat = _sat(page)
    visit.go("/").locator("#text").fill(invoice)
    page.get_by_role("link", name="See that payment").click()
    assert page.url == address
    assert _sat(page) == after_sat


def test_the_payer_chooses_the_amount(visit: Visit) -> None:
    page = visit.page
    invoice = visit.ask_a_shop(None)
    visit.go("/").locator("#text").fill(invoice)
    amount = page.get_by_label("Amount to pay")
    amount.press_sequentially("1234", delay=120)
    expect(page.locator("#pay-button")).to_have_text("Pay 1,234 sat")
    expect(amount).to_be_focused()
    amount.press("Enter")
    expect(page.locator("#pay-button")).to_be_enabled()
    assert page.url == visit.demo.address + "/"
    _pay(page)
    _prove(page, invoice)


@pytest.mark.parametrize("change", ["cut", "letter"])
def test_a_damaged_invoice_is_refused_in_words_and_stays_in_the_box(visit: Visit, change: str) -> None:
    invoice = visit.ask_a_shop()
    damaged = invoice[:-20] if change == "cut" else invoice[:30] + ("q" if invoice[30] != "q" else "p") + invoice[31:]
    page = visit.go("/")
    page.locator("#text").fill(damaged)
    expect(page.locator("#preview .refusal")).to_be_visible()
    expect(page.locator("#text")).to_have_value(damaged)
    expect(page.locator("#pay-button")).to_have_count(0)


def test_without_a_socket_the_page_polls(visit: Visit) -> None:
    page = visit.page
    refused: list[str] = []

    def refuse(socket: WebSocketRoute) -> None:
        refused.append(socket.url)
        socket.close(code=1013, reason="try again later")

    page.route_web_socket(re.compile(r"/ws/"), refuse)
    invoice = visit.ask_a_shop()
    visit.go("/").locator("#text").fill(invoice)
    _pay(page)
    _prove(page, invoice)
    assert refused != []
    visit.complaints = [complaint for complaint in visit.complaints if "WebSocket" not in complaint]


def test_without_scripts_every_step_is_a_reload(plain_visit: Visit) -> None:
    page = plain_visit.page
    invoice = plain_visit.ask_a_shop()
    page.get_by_role("button", name="Pay this invoice").click()
    expect(page.locator("#text")).to_have_value(invoice)
    page.locator("#text").fill(f"lightning:{invoice}")
    page.get_by_role("button", name="Read").click()
    _pay(page)
    _prove(page, invoice)


def test_no_page_is_complained_about(visit: Visit) -> None:
    for path in ("/", "/payments/", "/payments/?page=2", "/shops/", "/accounts/logout/"):
        page = visit.go(path)
        expect(page.locator("main h1")).to_be_visible()
        _fits(page)


def _sat(page: Page) -> int:
    """What the top bar calls available, in whole satoshi."""
    return int(page.locator(BALANCE).first.inner_text().split(".")[0].replace(",", ""))
