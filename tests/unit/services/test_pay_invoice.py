from __future__ import annotations

import threading

import pytest
from django.db import connection, connections

from payments.ledger.accounts import Account
from payments.lightning.errors import LightningError
from payments.lightning.invoice.errors import AmountZero, ChecksumMismatch, InvoiceExpired, WrongNetwork
from payments.lightning.invoice.network import Network
from payments.models import AccountBalance, EngineCommand, LedgerEntry, PaymentRecord
from payments.nodes.commands import PayInvoice, decode_command
from payments.queries.errors import AmountDiffers, AmountMissing, FeeLimitNegative
from payments.services.errors import BalanceTooSmall, PaymentIdMalformed
from payments.services.pay_invoice import pay_invoice
from tests.unit.services.wallet import ID, OTHER_ID, fund, make_invoice, refused, tell
from tests.unit.services.wallet import failed as failed_event

pytestmark = pytest.mark.django_db


def balances() -> dict[str, int]:
    return dict(AccountBalance.objects.values_list("account", "balance_msat"))


def test_it_writes_the_payment_its_hold_and_the_command_together() -> None:
    fund(10_000_000)
    invoice = make_invoice(1_000_000)

    assert ID == pay_invoice(invoice, payment_id=ID, fee_limit_msat=20_000)

    payment = PaymentRecord.objects.get()
    assert (ID, "checking", 1_000_000, 20_000, "One coffee") == (
        payment.payment_id,
        payment.status,
        payment.amount_msat,
        payment.fee_limit_msat,
        payment.description,
    )
    assert {Account.AVAILABLE: 8_980_000, Account.HELD: 1_020_000, Account.OPENING: -10_000_000} == balances()
    command = EngineCommand.objects.get()
    expected = PayInvoice(payment_id=bytes.fromhex(ID), invoice=invoice, amount_msat=1_000_000, fee_limit_msat=20_000)
    assert expected == decode_command(command.arguments)
    assert (f"pay:{ID}", "queued") == (command.idempotency_key, command.state)


def test_the_fee_limit_is_one_percent_and_fifty_sat_when_nobody_names_one() -> None:
    fund()
    pay_invoice(make_invoice(1_000_000), payment_id=ID)
    assert 60_000 == PaymentRecord.objects.get().fee_limit_msat


def test_the_same_id_again_is_the_first_payment() -> None:
    fund()
    pay_invoice(make_invoice(), payment_id=ID)
    assert ID == pay_invoice(make_invoice(), payment_id=ID)
    assert ID == pay_invoice("anything at all", payment_id=ID)
    assert (1, 1) == (PaymentRecord.objects.count(), EngineCommand.objects.count())


def test_an_invoice_under_way_is_not_begun_again_under_another_id() -> None:
    fund()
    pay_invoice(make_invoice(), payment_id=ID)
    assert ID == pay_invoice(make_invoice(), payment_id=OTHER_ID)
    assert 1 == PaymentRecord.objects.count()


def test_an_invoice_that_failed_may_be_tried_again_under_another_id() -> None:
    fund()
    pay_invoice(make_invoice(), payment_id=ID)
    tell(failed_event())
    assert OTHER_ID == pay_invoice(make_invoice(), payment_id=OTHER_ID)
    assert {ID: "failed", OTHER_ID: "checking"} == dict(PaymentRecord.objects.values_list("payment_id", "status"))


def mistyped(text: str) -> str:
    """With another last character, whatever it was."""
    return text[:-1] + ("p" if text[-1] == "q" else "q")


@pytest.mark.parametrize(
    ("kind", "text", "options"),
    [
        (ChecksumMismatch, mistyped(make_invoice()), {}),
        (WrongNetwork, make_invoice(network=Network.MAINNET), {}),
        (InvoiceExpired, make_invoice(created_at_s=1_700_000_000), {}),
        (AmountMissing, make_invoice(None), {}),
        (AmountZero, make_invoice(None), {"amount_msat": 0}),
        (AmountZero, make_invoice(None), {"amount_msat": -5}),
        (AmountDiffers, make_invoice(1_000_000), {"amount_msat": 999_999}),
        (FeeLimitNegative, make_invoice(), {"fee_limit_msat": -1}),
        (PaymentIdMalformed, make_invoice(), {"payment_id": "a1"}),
        (BalanceTooSmall, make_invoice(9_000_001), {"fee_limit_msat": 1_000_000}),
    ],
)
def test_a_refusal_changes_nothing(kind: type[LightningError], text: str, options: dict) -> None:
    fund(10_000_000)
    refused(kind, pay_invoice, text, **{"payment_id": ID} | options)
    assert (0, 0, 1) == (PaymentRecord.objects.count(), EngineCommand.objects.count(), LedgerEntry.objects.count())
    assert {Account.AVAILABLE: 10_000_000, Account.OPENING: -10_000_000} == {name: msat for name, msat in balances().items() if msat}


def test_the_last_msat_may_be_promised() -> None:
    fund(10_000_000)
    pay_invoice(make_invoice(9_000_000), payment_id=ID, fee_limit_msat=1_000_000)
    assert 0 == balances()[Account.AVAILABLE]


def test_a_refused_balance_says_what_is_there_and_what_is_needed() -> None:
    fund(500_000)
    refusal = refused(BalanceTooSmall, pay_invoice, make_invoice(1_000_000), payment_id=ID, fee_limit_msat=0)
    assert (500_000, 1_000_000) == (refusal.balance_msat, refusal.needed_msat)


def race(calls: int, run: object) -> list[object]:
    """Let the calls begin at one moment, each in a thread and connection of its own; what each returned or raised."""
    barrier, answers = threading.Barrier(calls), [None] * calls

    def body(index: int) -> None:
        barrier.wait()
        try:
            answers[index] = run(index)
        except LightningError as refusal:
            answers[index] = refusal.code
        finally:
            connections.close_all()

    threads = [threading.Thread(target=body, args=(index,)) for index in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_parallel_payments_never_promise_more_than_there_is() -> None:
    fund(3_500_000)
    invoices = [make_invoice(1_000_000, preimage=bytes([number]) * 32) for number in range(8)]
    answers = race(8, lambda index: pay_invoice(invoices[index], payment_id=f"{index:02x}" * 32, fee_limit_msat=0))
    assert 5 == answers.count("balance_too_small")
    assert 3 == PaymentRecord.objects.count() == EngineCommand.objects.count()
    assert (500_000, 3_000_000) == (balances()[Account.AVAILABLE], balances()[Account.HELD])


@pytest.mark.django_db(transaction=True)
def test_one_invoice_paid_from_many_windows_at_once_is_one_payment() -> None:
    fund(1_000_000)
    invoice = make_invoice(1_000_000)
    answers = race(6, lambda index: pay_invoice(invoice, payment_id=f"{index:02x}" * 32, fee_limit_msat=0))
    assert {PaymentRecord.objects.get().payment_id} == set(answers)
    assert (1, 1_000_000) == (EngineCommand.objects.count(), balances()[Account.HELD])
    assert connection.vendor in {"sqlite", "postgresql"}
