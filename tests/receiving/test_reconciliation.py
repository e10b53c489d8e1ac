"""The node beside the books, with the real engine, and every kind of difference by its name."""

from __future__ import annotations

import importlib

import pytest
from django.db import connection

from payments.models import AccountBalance, AttemptRecord, ChannelRecord, EngineState, InvoiceRequest, PaymentRecord
from payments.queries.reconciliation import reconcile
from payments.services.pay_invoice import Payer, pay_invoice
from payments.services.request_shop_invoice import request_shop_invoice
from payments.services.set_fault import set_fault
from tests.receiving.engine import build, merchant, until
from tests.unit.commands.running import run

pytestmark = pytest.mark.django_db(transaction=True)
ID = "a1" * 32


def shop_invoice() -> str:
    request_id = request_shop_invoice("beacon-books", amount_msat=1_000_000, description="A book")
    until(lambda: InvoiceRequest.objects.get(pk=request_id).state == "made")
    return InvoiceRequest.objects.get(pk=request_id).invoice


def test_node_and_books_agree_while_money_is_held_on_the_way_and_afterwards() -> None:
    build()
    shop = merchant("tea-house", funds_msat=5_000_000)
    set_fault("hold", node="beacon-books")
    pay_invoice(shop_invoice(), payment_id=ID, payer=Payer(account_id=shop.pk))
    until(lambda: AttemptRecord.objects.filter(state="sent").exists())

    seen = reconcile()
    (flight,) = seen.flights
    payment = PaymentRecord.objects.get(pk=ID)
    assert ((), 0, "tea-house") == (seen.differences, seen.waiting_events, flight.account)
    assert (
        flight.node_msat
        == flight.records_msat
        == sum(payment.attempts.values_list("amount_msat", flat=True)) + sum(payment.attempts.values_list("fee_msat", flat=True))
    )
    assert payment.amount_msat + payment.fee_limit_msat == flight.held_msat
    books = {line.slug: line for line in seen.accounts}
    assert 5_000_000 == books["tea-house"].total_msat
    assert seen.books_msat == seen.node_msat
    status, out, _ = run("reconcile")
    assert (0, True) == (status, "Everything agrees." in out)

    EngineState.objects.filter(namespace="payment").delete()
    assert any("the node has 0 msat out" in sentence for sentence in reconcile().differences)


@pytest.mark.parametrize(
    ("break_it", "named"),
    [
        (
            lambda: AccountBalance.objects.filter(owner__slug="tea-house", account="available").update(balance_msat=7),
            "of tea-house is cached as 7",
        ),
        (lambda: ChannelRecord.objects.filter(balance_msat__gt=0).update(balance_msat=1), "the channels say"),
        (lambda: _edit("UPDATE payments_ledgerposting SET amount_msat = amount_msat + 5 WHERE account = 'available'"), "sum to"),
    ],
)
def test_what_somebody_edits_at_the_database_is_named(break_it, named: str) -> None:
    build()
    merchant("tea-house", funds_msat=5_000_000)
    assert () == reconcile().differences

    break_it()
    found = reconcile().differences
    assert [sentence for sentence in found if named in sentence], found
    assert 1 == run("reconcile")[0]


def _edit(statement: str) -> None:
    """As somebody would who may drop triggers."""
    trigger = "payments_ledgerposting_no_update"
    create = importlib.import_module("payments.migrations.0002_append_only").create_statements
    tables = importlib.import_module("payments.migrations.0011_ledger_owners").TABLES
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger}" + (" ON payments_ledgerposting" if connection.vendor == "postgresql" else ""))
        cursor.execute(statement)
        cursor.execute(next(line for line in create(connection.vendor, tables) if trigger in line))
