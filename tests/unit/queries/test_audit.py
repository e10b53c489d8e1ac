from __future__ import annotations

import pytest
from django.db import connection

from payments.ledger.accounts import Account
from payments.models import AccountBalance, AttemptRecord, ChannelRecord, EngineEvent, LedgerEntry, LedgerPosting, PaymentRecord
from payments.queries.audit import audit
from payments.services.pay_invoice import pay_invoice
from tests.unit.queries.small_world import BALANCE_MSAT, build
from tests.unit.services.wallet import FEE_MSAT, ID, OTHER_ID, make_invoice, sent, started, store, tell

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_payment_paid_and_one_under_way():
    build()
    pay_invoice(make_invoice(1_000_000), payment_id=ID)
    tell(started(), sent())
    pay_invoice(make_invoice(2_000_000, preimage=b"x" * 32), payment_id=OTHER_ID)
    ChannelRecord.objects.update(balance_msat=BALANCE_MSAT - 1_000_000 - FEE_MSAT)


def test_when_all_is_well_nothing_differs() -> None:
    result = audit()
    assert ((), 0, 4, 2) == (result.differences, result.unhandled_events, result.entries, result.payments)


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (
            lambda: AccountBalance.objects.filter(account=Account.AVAILABLE).update(balance_msat=7),
            "Account available of house is cached as 7 msat, and its postings sum to 6928900 msat.",
        ),
        (
            lambda: PaymentRecord.objects.filter(pk=OTHER_ID).update(status="sending"),
            f"Payment {OTHER_ID} is stored as sending, and the facts say checking.",
        ),
        (
            lambda: PaymentRecord.objects.filter(pk=OTHER_ID).update(fee_limit_msat=0),
            f"Payment {OTHER_ID} is checking with 2070000 msat held instead of 2000000.",
        ),
        (
            lambda: PaymentRecord.objects.filter(pk=ID).update(payment_preimage="00" * 32),
            f"Payment {ID} has a preimage that does not hash to its payment hash.",
        ),
        (
            lambda: ChannelRecord.objects.update(balance_msat=1),
            f"The ledger says that our channels hold {BALANCE_MSAT - 1_000_000 - FEE_MSAT} msat, and the channels say 1 msat.",
        ),
        (
            lambda: AttemptRecord.objects.create(payment_id=OTHER_ID, number=1, path=[], amount_msat=2_000_000, fee_msat=0),
            f"Payment {OTHER_ID} is stored as checking, and the facts say sending.",
        ),
        (
            lambda: LedgerEntry.objects.create(key="alone", kind="opening"),
            "Entry alone has 0 postings that sum to 0 msat.",
        ),
        (
            lambda: LedgerPosting.objects.create(
                entry=LedgerEntry.objects.get(kind="opening"), owner_id=1, account=Account.FEES_PAID, amount_msat=3
            ),
            "The postings in the books of house sum to 3 msat together.",
        ),
        (
            lambda: LedgerEntry.objects.create(key=f"release:{OTHER_ID}", kind="release", payment_id=OTHER_ID),
            f"Payment {OTHER_ID} is checking with the entries hold, release.",
        ),
    ],
)
def test_it_names_what_differs(break_it, sentence: str) -> None:
    break_it()
    assert sentence in audit().differences


def test_an_event_that_was_marked_and_not_booked_is_named() -> None:
    store(sent(OTHER_ID))
    event = EngineEvent.objects.order_by("id").last()
    EngineEvent.objects.filter(pk=event.pk).update(handled_at=event.created_at)
    assert f"Event {event.pk} was handled without its entry settle:{OTHER_ID}." in audit().differences


def test_channels_are_not_compared_while_events_wait() -> None:
    ChannelRecord.objects.update(balance_msat=1)
    store(started(OTHER_ID))
    assert ((), 1) == (audit().differences, audit().unhandled_events)


@pytest.mark.django_db(transaction=True)
def test_it_reads_all_as_of_one_moment() -> None:
    assert () == audit().differences
    assert not connection.in_atomic_block
