"""An auditor walks from a payment to its attempts, entries, events and audit rows and to the reconciliation, and can change nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo, Visit

PASSWORD = "reads-everything"
_AUDITOR = f"""
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
user, is_new = get_user_model().objects.get_or_create(username="audra", defaults=dict(is_staff=True))
if is_new:
    user.set_password({PASSWORD!r})
    user.save()
    user.groups.add(Group.objects.get_or_create(name="auditor")[0])
"""
_CHANGES = (
    "input[name=_save], .addlink, .deletelink, select[name=action], input[type=checkbox], #content textarea, #content input[type=text]"
)


@pytest.fixture
def auditor(demo: Demo, chromium: Browser, width: int) -> Iterator[Visit]:
    """Signed in through the same door as everybody; the browser must have had nothing to complain about."""
    demo.manage("shell", "-c", _AUDITOR)
    context = chromium.new_context(viewport={"width": width, "height": 844})
    visitor = Visit(context, demo)
    page = visitor.go("/admin/")
    page.get_by_label("Username").fill("audra")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="How to read these records")).to_be_visible()
    yield visitor
    context.close()
    assert [] == visitor.complaints


def _look(page: Page) -> None:
    """There is nothing to change on this page, and it fits the screen."""
    expect(page.locator(_CHANGES).locator("visible=true")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def _pay(visit: Visit) -> None:
    invoice = visit.ask_a_shop(12_000, "For the auditor")
    page = visit.go("/")
    page.locator("#text").fill(invoice)
    page.locator("#pay-button").click()
    expect(page.locator(".status .pill--paid")).to_be_visible()


def test_an_auditor_follows_a_payment_to_its_proof_and_compares_node_and_books(visit: Visit, auditor: Visit) -> None:
    _pay(visit)
    page = auditor.page
    page.goto(f"{auditor.demo.address}/admin/payments/paymentrecord/?q=auditor")
    expect(page.locator("#result_list .state").first).to_have_text("paid")
    page.locator("#result_list tbody th a").first.click()
    payment = page.url
    expect(page.locator("#content")).to_contain_text("The payee has shown the proof of payment")
    _look(page)

    page.locator("#attempts-group a.inlineviewlink").first.click()
    expect(page.locator("#content")).to_contain_text("The payee took this part")
    expect(page.locator("table.within tbody tr").last).to_contain_text("taken")
    _look(page)

    page.goto(payment)
    page.get_by_role("link", name="Ledger entries").last.click()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    page.locator("#result_list tbody tr").filter(has_text="settle").locator("th a").click()
    expect(page.locator("#content")).to_contain_text("they are equal")
    _look(page)

    page.get_by_role("link", name="which caused it").click()
    expect(page.locator("#content")).to_contain_text("the payment is paid, for ever")
    _look(page)

    page.goto(payment)
    page.get_by_role("link", name="Audit log: what was done to it, and by whom").click()
    expect(page.locator("#result_list")).to_contain_text("payment begun")
    expect(page.locator("#result_list")).to_contain_text("payment paid")
    page.locator("#result_list tbody th a").first.click()
    _look(page)

    page.goto(f"{auditor.demo.address}/admin/")
    page.get_by_role("link", name="Reconciliation: does the node hold what the books say?").click()
    expect(page.locator(".verdict--good").first).to_have_text("Everything agrees.")
    page.get_by_role("button", name="Verify the audit log now").click()
    expect(page.locator("#content-main")).to_contain_text("The audit log is as it was written")
    _look(page)
