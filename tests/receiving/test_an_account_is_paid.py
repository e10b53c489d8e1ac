"""Invoices of merchant accounts with the real engine: paid over the network, paid inside the node, cancelled, and never twice."""

from __future__ import annotations

import hashlib

import pytest

from payments.models import EngineCommand, IncomingInvoice, LedgerEntry, PaymentRecord
from payments.queries.balances import balance
from payments.queries.preview import preview_payment
from payments.services.errors import InvoiceNotOpen, PaidByAnotherAccount, PaysItself
from payments.services.incoming_invoices import cancel_invoice
from payments.services.pay_invoice import Payer, pay_invoice
from payments.services.sandbox_customer import send_customer
from tests.receiving.engine import build, made, merchant, nothing_differs, state_of, until

pytestmark = pytest.mark.django_db(transaction=True)
ID, OTHER_ID = "a1" * 32, "b2" * 32


def pay(invoice: IncomingInvoice, account_id: int, payment_id: str = ID, amount_msat: int | None = None) -> str:
    return pay_invoice(invoice.invoice, payment_id=payment_id, amount_msat=amount_msat, payer=Payer(account_id=account_id))


def status_of(payment_id: str) -> str:
    return PaymentRecord.objects.values_list("status", flat=True).get(pk=payment_id)


def test_a_customer_pays_over_the_network_and_the_account_is_credited_once() -> None:
    build()
    shop = merchant("tea-house")
    invoice = made(shop)

    send_customer(invoice.pk, account_id=shop.pk)
    until(lambda: state_of(invoice.pk) == "paid")

    invoice.refresh_from_db()
    assert (1_000_000, None) == (invoice.received_msat, invoice.paid_inside_id)
    assert (1_000_000, 0) == (balance(shop.pk).available_msat, balance(shop.pk).held_msat)
    assert 1 == LedgerEntry.objects.filter(key=f"received:{invoice.payment_hash}").count()
    nothing_differs()


def test_another_account_of_the_node_pays_without_a_fee_and_without_a_channel() -> None:
    build()
    shop, bakery = merchant("tea-house"), merchant("bakery", funds_msat=5_000_000)
    invoice = made(shop)

    pay(invoice, bakery.pk)
    limit_msat = PaymentRecord.objects.get(pk=ID).fee_limit_msat
    assert (4_000_000 - limit_msat, 1_000_000 + limit_msat) == (balance(bakery.pk).available_msat, balance(bakery.pk).held_msat)
    until(lambda: status_of(ID) == "paid")

    payment = PaymentRecord.objects.get(pk=ID)
    assert payment.payment_preimage is not None
    assert payment.payment_hash == hashlib.sha256(bytes.fromhex(payment.payment_preimage)).hexdigest()
    assert (0, 0) == (payment.fee_paid_msat, payment.attempts.count())
    assert ("paid", 1_000_000, ID) == IncomingInvoice.objects.values_list("state", "received_msat", "paid_inside_id").get(pk=invoice.pk)
    assert (4_000_000, 0) == (balance(bakery.pk).available_msat, balance(bakery.pk).held_msat)
    assert 1_000_000 == balance(shop.pk).available_msat
    nothing_differs()


def test_what_was_paid_inside_cannot_be_paid_again_by_either_way() -> None:
    build()
    shop, bakery, florist = merchant("tea-house"), merchant("bakery", funds_msat=5_000_000), merchant("florist", funds_msat=5_000_000)
    invoice = made(shop)
    pay(invoice, bakery.pk)
    with pytest.raises(PaidByAnotherAccount):
        pay(invoice, florist.pk, OTHER_ID)
    until(lambda: status_of(ID) == "paid")

    assert ID == pay(invoice, bakery.pk, OTHER_ID)
    with pytest.raises(PaidByAnotherAccount):
        pay(invoice, florist.pk, OTHER_ID)
    with pytest.raises(InvoiceNotOpen):
        send_customer(invoice.pk, account_id=shop.pk)
    IncomingInvoice.objects.filter(pk=invoice.pk).update(state="open")  # as a customer sees it who was asked a moment before
    send_customer(invoice.pk, account_id=shop.pk)
    IncomingInvoice.objects.filter(pk=invoice.pk).update(state="paid")
    until(lambda: not EngineCommand.objects.filter(handled_at=None).exists())
    until_idle()
    assert (4_000_000, 1_000_000) == (balance(bakery.pk).available_msat, balance(shop.pk).available_msat)
    nothing_differs()


def until_idle() -> None:
    """Long enough for an HTLC to arrive and to go back: our node is asked for something else meanwhile."""
    made(merchant("bookkeeper"))


def test_what_was_paid_over_the_network_cannot_be_paid_inside() -> None:
    build()
    shop, bakery = merchant("tea-house"), merchant("bakery", funds_msat=5_000_000)
    invoice = made(shop)
    send_customer(invoice.pk, account_id=shop.pk)
    until(lambda: state_of(invoice.pk) == "paid")

    pay(invoice, bakery.pk)
    until(lambda: status_of(ID) == "failed")

    assert "recipient_rejected" == PaymentRecord.objects.get(pk=ID).reason
    assert (5_000_000, 0) == (balance(bakery.pk).available_msat, balance(bakery.pk).held_msat)
    assert 1_000_000 == balance(shop.pk).available_msat
    nothing_differs()


def test_a_cancelled_invoice_takes_no_money() -> None:
    build()
    shop, bakery = merchant("tea-house"), merchant("bakery", funds_msat=5_000_000)
    invoice = made(shop)

    cancel_invoice(invoice.pk, account_id=shop.pk)
    cancel_invoice(invoice.pk, account_id=shop.pk)
    until(lambda: state_of(invoice.pk) == "cancelled")
    with pytest.raises(InvoiceNotOpen):
        cancel_invoice(invoice.pk, account_id=shop.pk)
    pay(invoice, bakery.pk)
    until(lambda: status_of(ID) == "failed")

    assert 5_000_000 == balance(bakery.pk).available_msat
    nothing_differs()


def test_money_that_is_faster_than_the_cancellation_stays() -> None:
    build()
    shop, bakery = merchant("tea-house"), merchant("bakery", funds_msat=5_000_000)
    invoice = made(shop)

    pay(invoice, bakery.pk)
    cancel_invoice(invoice.pk, account_id=shop.pk)
    until(lambda: status_of(ID) == "paid")
    until(lambda: not EngineCommand.objects.filter(handled_at=None).exists())

    assert "paid" == state_of(invoice.pk)
    assert 1_000_000 == balance(shop.pk).available_msat
    nothing_differs()


def test_an_open_amount_is_what_the_payer_chose() -> None:
    build()
    shop, bakery = merchant("tea-house"), merchant("bakery", funds_msat=5_000_000)
    invoice = made(shop, None)

    pay(invoice, bakery.pk, amount_msat=1_234_567)
    until(lambda: status_of(ID) == "paid")

    assert 1_234_567 == balance(shop.pk).available_msat
    nothing_differs()


def test_an_account_cannot_pay_itself() -> None:
    build()
    shop = merchant("tea-house", funds_msat=5_000_000)
    invoice = made(shop)

    with pytest.raises(PaysItself):
        pay(invoice, shop.pk)

    assert (5_000_000, "open") == (balance(shop.pk).available_msat, state_of(invoice.pk))


def test_a_preview_says_that_it_stays_inside_and_shows_nothing_of_others() -> None:
    build()
    shop, bakery, florist = merchant("tea-house"), merchant("bakery", funds_msat=5_000_000), merchant("florist")
    invoice = made(shop)

    before = preview_payment(invoice.invoice, account_id=bakery.pk)
    assert (True, "Tea-House", "", ()) == (before.stays_inside, before.invoice.payee_name, before.no_route, before.routes)
    own = preview_payment(invoice.invoice, account_id=shop.pk)
    assert (False, True) == (own.stays_inside, "this very account" in own.no_route)
    pay(invoice, bakery.pk)
    assert ID == preview_payment(invoice.invoice, account_id=bakery.pk).existing_payment_id
    foreign = preview_payment(invoice.invoice, account_id=florist.pk)
    assert (None, False, True) == (foreign.existing_payment_id, foreign.stays_inside, "by another account" in foreign.no_route)
