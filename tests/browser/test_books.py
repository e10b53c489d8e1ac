"""Keeping books in a browser: an amount in the account's currency, a search that is kept, a file, a statement, and a receipt on paper."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def _choose_euro(visit: Visit) -> None:
    page = visit.go("/operator/rates/")
    page.get_by_role("textbox", name="Currency").fill("EUR")
    page.get_by_label("Price of one bitcoin").fill("58000.12")
    page.get_by_role("button", name="Add the rate").click()
    expect(page.locator("tbody tr").first).to_contain_text("58,000.12 EUR")
    _fits(page)
    page = visit.go("/account/currency/")
    page.get_by_label("Three letters").fill("EUR")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice")).to_contain_text("58,000.12 EUR")


def _pay(visit: Visit, description: str) -> str:
    invoice = visit.ask_a_shop(description=description)
    page = visit.go("/")
    page.locator("#text").fill(invoice)
    expect(page.locator(".preview .fiat").first).to_have_text("≈ 1.45 EUR")
    page.locator("#pay-button").click()
    page.wait_for_url(re.compile(r"/payments/[0-9a-f]{64}/$"))
    expect(page.locator(".status .pill--paid")).to_be_visible(timeout=30_000)
    expect(page.locator("h1 .fiat")).to_have_text("≈ 1.45 EUR")
    return page.url


def test_what_was_paid_is_found_kept_exported_and_receipted(visit: Visit, width: int, tmp_path: Path) -> None:
    _choose_euro(visit)
    description = f"=Beans, {width} px"
    address, page = _pay(visit, description), visit.page

    visit.go("/payments/")
    page.get_by_label("Payee, description, hash or id").fill("payment of nothing")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing fits.")).to_be_visible()
    page.get_by_label("Payee, description, hash or id").fill(description.lower())
    page.get_by_label("Status", exact=True).select_option("paid")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    _fits(page)
    page.get_by_label("Name of this search").fill(f"Beans {width}")
    page.get_by_role("button", name="Keep it").click()
    visit.go("/payments/")
    page.get_by_role("link", name=f"Beans {width}").click()
    expect(page.locator("tbody tr")).to_have_count(1)

    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").click()
    file = tmp_path / "history.csv"
    download.value.save_as(file)
    with file.open(newline="", encoding="utf-8") as lines:
        [row] = csv.DictReader(lines)
    assert (f"'{description}", "2500000", "EUR", "1.45") == (row["description"], row["amount msat"], row["currency"], row["worth"])
    page.get_by_role("button", name=f"Forget Beans {width}").click()
    expect(page.get_by_role("link", name=f"Beans {width}")).to_have_count(0)

    page.get_by_role("link", name="Statement of a month").click()
    expect(page.locator("tfoot")).to_contain_text("Closing")
    expect(page.get_by_text(description).first).to_be_visible()
    _fits(page)
    _receipt(visit, address, tmp_path)


def _receipt(visit: Visit, address: str, folder: Path) -> None:
    """On the screen, on paper, and as a file that a command believes."""
    page = visit.page
    page.goto(address)
    page.get_by_role("link", name="Receipt").click()
    expect(page.get_by_text("they are the same")).to_be_visible()
    _fits(page)
    page.emulate_media(media="print")
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator("#preimage")).to_be_visible()
    page.emulate_media(media="screen")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a file").click()
    file = folder / "receipt.json"
    download.value.save_as(file)
    assert visit.demo.manage("verify_receipt", str(file)).startswith("The receipt holds.")
