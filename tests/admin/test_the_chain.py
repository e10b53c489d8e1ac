"""From a payment to its promises, entries, events and audit rows and back, by the links of the pages alone."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from payments.lightning.events import PaymentClaimed
from payments.lightning.ids import format_scid
from payments.models import (
    AccountBalance,
    ApprovalRequest,
    AttemptRecord,
    AuditRecord,
    EngineEvent,
    IncomingInvoice,
    LedgerEntry,
    MerchantAccount,
)
from payments.queries.reconciliation import reconcile
from tests.unit.audit.damage import attack, change
from tests.unit.queries.small_world import build
from tests.unit.services.cafe import id_of
from tests.unit.services.four_eyes import FourEyes
from tests.unit.services.wallet import NEXT_SCID, hash_of, path_failed, path_successful, sent, started, tell
from tests.web.markup import parse

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(db: None) -> str:
    """A payment that two people agreed on, that came back once and was paid at the second try; its id."""
    build()
    eyes = FourEyes()
    eyes.ask(1)
    eyes.approve(1)
    payment_id = id_of(1)
    tell(started(payment_id), path_failed(payment_id), started(payment_id, 2), sent(payment_id), path_successful(payment_id, 2))
    return payment_id


class Walk:
    """A browser that follows links."""

    def __init__(self, browser: Client) -> None:
        self.browser = browser
        self.text = ""
        self.links: dict[str, str] = {}

    def go(self, place: str) -> Walk:
        answer = self.browser.get(place)
        assert 200 == answer.status_code, place
        page = answer.content.decode()
        self.text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
        found = re.findall(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
        self.links = {" ".join(unescape(re.sub(r"<[^>]+>", "", text)).split()): unescape(href) for href, text in found}
        return self

    def follow(self, text: str) -> Walk:
        wanted = [href for name, href in self.links.items() if text in name]
        assert wanted, (text, sorted(self.links))
        return self.go(wanted[0])


@pytest.fixture
def walk(auditor: Client) -> Walk:
    return Walk(auditor)


def payment_place(payment_id: str) -> str:
    return f"/admin/payments/paymentrecord/{payment_id}/change/"


def test_from_a_payment_to_its_promises(story: str, walk: Walk) -> None:
    walk.go(payment_place(story))
    assert "paid The payee has shown the proof of payment (the preimage)." in walk.text
    first = AttemptRecord.objects.get(payment_id=story, number=1)
    walk.go(f"/admin/payments/attemptrecord/{first.pk}/change/")
    assert "failed This part came back whole, its fees too. It cost nothing." in walk.text
    assert "A channel on the way could not carry this amount just now." in walk.text
    assert f"1 Relay {first.path[0]['short_channel_id']} (ours) 1,001.100 1.100" in walk.text
    assert f"2 Coffee {format_scid(NEXT_SCID)} 1,000 0 800," in walk.text
    assert "came back from here" in walk.text
    second = AttemptRecord.objects.get(payment_id=story, number=2)
    assert "taken" in walk.go(f"/admin/payments/attemptrecord/{second.pk}/change/").text
    assert story in walk.follow(f"Payment {story[:8]}").text


def test_from_a_payment_to_its_entries_with_debit_and_credit(story: str, walk: Walk) -> None:
    walk.go(payment_place(story)).follow("Ledger entries")
    assert "2 ledger entries" in walk.text
    settle = LedgerEntry.objects.get(payment_id=story, kind="settle")
    walk.go(f"/admin/payments/ledgerentry/{settle.pk}/change/")
    assert "settle A payment was paid: the hold ended" in walk.text
    assert "Debits 1,010 sat, credits 1,010 sat: they are equal." in walk.text
    assert "An account that gets money is debited" in walk.text
    assert "Café Blau held An asset: money in our channels that is set aside for payments under way. 1,010" in walk.text
    walk.follow(f"Event {settle.event_id}")
    assert "PaymentSent The payee showed the preimage: the payment is paid, for ever." in walk.text
    assert "amount 1,000 sat" in walk.text
    walk.follow("Ledger entry: settle").follow(f"Payment {story[:8]}")
    assert story in walk.text


def test_from_a_payment_to_all_its_events(story: str, walk: Walk) -> None:
    names = walk.go(payment_place(story)).links
    assert any("PaymentSent" in name for name in names)
    walk.follow("PaymentSent").follow(f"Payment {story[:8]}")


def test_from_a_payment_to_who_did_it(story: str, walk: Walk) -> None:
    walk.go(payment_place(story)).follow("Audit log")
    actions = ("approval asked for", "payment approved", "payment paid")
    assert [] == [action for action in actions if action not in walk.text]
    row = AuditRecord.objects.get(subject_id=story, action="payment approved")
    walk.go(f"/admin/payments/auditrecord/{row.pk}/change/")
    walk.follow(f"payment {story[:6]}")
    assert "paid The payee has shown" in walk.text


def test_from_an_approval_to_its_payment_and_back(story: str, walk: Walk) -> None:
    walk.go(f"/admin/payments/approvalrequest/{story}/change/")
    assert "approved Another person than the one who asked approved it" in walk.text
    walk.follow("that came of it").follow("The approval that it needed")
    assert "anna" in walk.text
    assert ApprovalRequest.objects.get().pk in walk.text


def test_from_an_invoice_to_its_entry_and_its_audit_rows(story: str, walk: Walk) -> None:
    preimage_hash, account = hash_of(b"in" * 16), MerchantAccount.objects.get(slug="cafe")
    invoice = IncomingInvoice.objects.create(
        request_id="cd" * 16, account=account, expiry_s=60, state="open", invoice="lnbc", payment_hash=preimage_hash.hex()
    )
    tell(PaymentClaimed(payment_hash=preimage_hash, amount_msat=7_000))
    place = f"/admin/payments/incominginvoice/{invoice.pk}/change/"
    assert "paid Somebody paid it, and the money is in the account's books." in walk.go(place).text
    walk.follow("Ledger entry: received")
    assert "received Income: what others paid." in walk.text
    walk.follow("Audit log of the invoice")
    assert "invoice paid" in walk.text
    walk.go(place).follow("Audit log")
    assert "invoice paid" in walk.text


def test_from_an_account_to_all_that_is_its(story: str, walk: Walk) -> None:
    account = MerchantAccount.objects.get(slug="cafe")
    place = f"/admin/payments/merchantaccount/{account.pk}/change/"
    walk.go(place)
    held = AccountBalance.objects.get(owner=account, account="payments_made")
    assert "payments_made 1,000 Spending: what payees got." in walk.text
    assert 1_000_000 == held.balance_msat
    assert "pia in Café Blau: payer" in walk.text
    for text, found in (("Lines in its books", "ledger postings"), ("Payments", "1 payment record"), ("Approvals", "1 approval request")):
        assert found in walk.go(place).follow(text).text


def test_a_damaged_event_is_said_to_be_unreadable(walk: Walk) -> None:
    event = EngineEvent.objects.create(kind="PaymentSent", body=b"\xff\xff")
    assert "This cannot be read." in walk.go(f"/admin/payments/engineevent/{event.pk}/change/").text


def test_the_reconciliation_is_a_click_away_and_says_when_it_was_computed(story: str, walk: Walk) -> None:
    walk.go("/admin/").follow("Reconciliation")
    assert re.search(r"Computed on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", walk.text)
    assert "Café Blau" in walk.text
    assert [] == [sentence for sentence in reconcile().differences if sentence not in walk.text]
    assert "The audit log is as it was written" not in walk.text, "that is read when somebody asks for it"


def test_the_audit_log_is_read_when_somebody_asks(story: str, walk: Walk) -> None:
    place = "/admin/payments/accountbalance/reconciliation/?audit_log=now"
    rows = AuditRecord.objects.count()
    assert f"The audit log is as it was written: {rows} rows" in walk.go(place).text
    attack(change(2, "after", "'{}'"))
    assert "Row 2 was altered" in walk.go(place).text


def test_differences_are_named_and_what_agrees_is_said(auditor: Client, walk: Walk) -> None:
    build()
    place = "/admin/payments/accountbalance/reconciliation/"
    assert "Everything agrees." in walk.go(place).text
    AccountBalance.objects.filter(account="available").update(balance_msat=7)
    assert "Account available of house is cached as 7 msat" in walk.go(place).text
    assert parse(auditor.get(place).content).all("div", class_="verdict--bad")
    assert 405 == auditor.post(place).status_code


def test_the_first_page_explains_how_to_read_these_records(walk: Walk) -> None:
    walk.go("/admin/")
    for words in ("How to read these records", "The hold", "debited", "payment preimage", "Where to find proof"):
        assert words.lower() in walk.text.lower()


def test_a_row_about_a_person_leads_to_what_they_may_do(story: str, walk: Walk) -> None:
    row = AuditRecord.objects.filter(subject="user").exclude(subject_id="").first()
    assert row is not None
    assert "membership" in walk.go(f"/admin/payments/auditrecord/{row.pk}/change/").follow("What this person may do").text
