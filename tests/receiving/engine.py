"""The real engine for a moment: until something has come about in the database."""

from __future__ import annotations

from collections.abc import Callable

from payments.ledger.accounts import HOUSE_ID
from payments.ledger.entries import funded_entry
from payments.management.engine_loop import run_inline
from payments.models import IncomingInvoice, MerchantAccount
from payments.queries.audit import audit
from payments.queries.balances import balance
from payments.queries.network import forget_network_graph
from payments.services.book_entry import Booking, book_entry
from payments.services.incoming_invoices import request_invoice

PATIENCE_S = 60


def until(came_about: Callable[[], bool]) -> None:
    assert run_inline(until=came_about, timeout_s=PATIENCE_S), "it did not come about"


def build() -> None:
    """The sandbox, with the money of our channels booked."""
    forget_network_graph()
    until(lambda: balance(HOUSE_ID).available_msat > 0)


def merchant(slug: str, *, funds_msat: int = 0) -> MerchantAccount:
    """An account, with money of the house in it."""
    account = MerchantAccount.objects.create(slug=slug, name=slug.title())
    if funds_msat:
        from django.db import transaction

        with transaction.atomic():
            book_entry(Booking(entry=funded_entry(f"for {slug}", account_id=account.pk, amount_msat=funds_msat)))
    return account


def made(account: MerchantAccount, amount_msat: int | None = 1_000_000, *, expiry_s: int = 3_600) -> IncomingInvoice:
    """An invoice of the account that our node has made."""
    request_id = request_invoice(account.pk, amount_msat=amount_msat, description="A cup of tea", expiry_s=expiry_s)
    until(lambda: state_of(request_id) != "requested")
    return IncomingInvoice.objects.get(pk=request_id)


def state_of(request_id: str) -> str:
    return IncomingInvoice.objects.values_list("state", flat=True).get(pk=request_id)


def nothing_differs() -> None:
    """Ledger, payments, events and channels agree, and nothing waits to be handled."""
    found = audit()
    assert ((), 0) == (found.differences, found.unhandled_events)
