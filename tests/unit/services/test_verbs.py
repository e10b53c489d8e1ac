"""Stopping, asking a shop, finished commands, the demo's account."""

from __future__ import annotations

import stat

import msgspec
import pytest
from django.contrib.auth import authenticate, get_user_model

from payments.ledger.accounts import Account
from payments.lightning.errors import LightningError
from payments.lightning.invoice.errors import AmountZero, DescriptionTooLong
from payments.models import AccountBalance, EngineCommand, InvoiceRequest, NodeRecord, PaymentRecord
from payments.nodes.commands import AbandonPayment, CommandRefused, CreateInvoice, InvoiceCreated, decode_command
from payments.queries.changes import changes_since
from payments.services.clear_faults import clear_faults
from payments.services.errors import ExpiryOutOfRange, UnknownPayment, UnknownShop
from payments.services.pay_invoice import pay_invoice
from payments.services.record_event import handle_pending_events
from payments.services.request_shop_invoice import request_shop_invoice
from payments.services.seed_demo import seed_demo
from payments.services.set_fault import set_fault
from payments.services.stop_payment import stop_payment
from tests.unit.services.wallet import ID, SHOP, failed, fund, make_invoice, refused, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def coffee_shop():
    return NodeRecord.objects.create(node_id=SHOP.hex(), name="Coffee", slug="coffee", role=NodeRecord.Role.SHOP)


def finish(state: EngineCommand.State, result: object = None) -> None:
    EngineCommand.objects.update(state=state, result=msgspec.to_builtins(result))


def test_stopping_asks_the_engine_once() -> None:
    fund()
    pay_invoice(make_invoice(), payment_id=ID)
    assert [True, False] == [stop_payment(ID), stop_payment(ID)]
    commands = EngineCommand.objects.filter(kind="AbandonPayment")
    assert [AbandonPayment(payment_id=bytes.fromhex(ID))] == [decode_command(command.arguments) for command in commands]


def test_a_payment_that_has_ended_cannot_be_stopped() -> None:
    fund()
    pay_invoice(make_invoice(), payment_id=ID)
    tell(failed())
    assert not stop_payment(ID)


def test_open_pages_hear_of_a_fault_when_it_is_there_and_of_its_end_when_it_is_asked_for_and_when_it_comes() -> None:
    def told(cursor: int) -> bool:
        return "faults" in changes_since(cursor)[1]

    cursor, _ = changes_since(None)
    set_fault("offline", node="canal")
    assert not told(cursor)
    finish(EngineCommand.State.DONE)
    handle_pending_events()
    assert told(cursor)
    cursor, _ = changes_since(cursor)
    clear_faults()
    assert told(cursor)
    cursor, _ = changes_since(cursor)
    finish(EngineCommand.State.DONE)
    handle_pending_events()
    assert told(cursor)


def test_stopping_what_is_not_there_is_refused() -> None:
    assert ID == refused(UnknownPayment, stop_payment, ID).payment_id


def test_a_shop_is_asked_through_a_row_and_a_command(coffee_shop) -> None:
    request_id = request_shop_invoice("coffee", amount_msat=2_000, description="Tea", expiry_s=60)
    wish = CreateInvoice(request_id=request_id, node_slug="coffee", amount_msat=2_000, description="Tea", expiry_s=60)
    assert wish == decode_command(EngineCommand.objects.get().arguments)
    assert "requested" == InvoiceRequest.objects.get(pk=request_id).state


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (UnknownShop, {"slug": "no-such-shop"}),
        (AmountZero, {"amount_msat": 0}),
        (DescriptionTooLong, {"description": "é" * 320}),
        (ExpiryOutOfRange, {"expiry_s": 0}),
    ],
)
def test_what_no_shop_can_do_is_refused_before_it_is_asked(coffee_shop, kind: type[LightningError], options: dict) -> None:
    wish = {"slug": "coffee", "amount_msat": 1, "description": "", "expiry_s": 60} | options
    refused(kind, request_shop_invoice, wish.pop("slug"), **wish)
    assert (0, 0) == (InvoiceRequest.objects.count(), EngineCommand.objects.count())


def test_the_shops_invoice_arrives_with_the_finished_command(coffee_shop) -> None:
    request_id = request_shop_invoice("coffee", amount_msat=1_000_000, description="Tea")
    assert 0 == handle_pending_events()
    finish(EngineCommand.State.DONE, InvoiceCreated(invoice=make_invoice(), payment_hash="ab" * 32))
    assert [1, 0] == [handle_pending_events(), handle_pending_events()]
    request = InvoiceRequest.objects.get(pk=request_id)
    assert ("made", make_invoice()[:20], "ab" * 32) == (request.state, request.invoice[:20], request.payment_hash)


def test_a_refused_request_says_why(coffee_shop) -> None:
    request_shop_invoice("coffee", amount_msat=1, description="")
    finish(EngineCommand.State.REFUSED, CommandRefused(error="unknown_shop"))
    handle_pending_events()
    assert ("refused", "unknown_shop") == InvoiceRequest.objects.values_list("state", "refusal").get()


def test_a_payment_that_the_engine_refuses_to_begin_has_failed_and_its_money_is_back() -> None:
    fund(10_000_000)
    pay_invoice(make_invoice(), payment_id=ID)
    finish(EngineCommand.State.REFUSED, CommandRefused(error="duplicate_payment"))
    assert [1, 0] == [handle_pending_events(), handle_pending_events()]
    assert ("failed", "unexpected_error") == PaymentRecord.objects.values_list("status", "reason").get()
    assert 10_000_000 == AccountBalance.objects.get(account=Account.AVAILABLE).balance_msat


def test_the_demo_account_is_made_once_and_can_sign_in(settings, tmp_path) -> None:
    settings.LNWEB_STATE_DIR = tmp_path
    name, password = seed_demo()
    assert (name, password) == seed_demo()
    assert authenticate(username=name, password=password) is not None
    assert 0o600 == stat.S_IMODE((tmp_path / "demo_password").stat().st_mode)


def test_the_demo_account_keeps_a_password_that_somebody_gave_it(settings, tmp_path) -> None:
    settings.LNWEB_STATE_DIR = tmp_path
    name, _ = seed_demo()
    user = get_user_model().objects.get(username=name)
    user.set_password("a better one")
    user.save()
    seed_demo()
    assert authenticate(username=name, password="a better one") is not None
