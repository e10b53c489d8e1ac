"""
What happens to an account's payments and invoices, written down for its programs: the one log that the API reads and webhooks deliver.

Each end is told once, whoever brings it in and however often. Only `note_change` calls this, which holds the lock of the change counter
until the commit: so numbers become visible in their own order, and a program that has read up to one never misses a smaller one.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from payments.models import AccountEvent
from payments.models.write_rows import insert_rows
from payments.queries.account_objects import ended_payments, invoice_object, made_invoices, payment_object
from payments.services.bells import ring_couriers

_PAYMENT, _INVOICE = "payment.", "incoming."
"""How the names begin under which pages follow them."""


def tell_accounts(groups: Collection[str]) -> None:
    """Of what pages show differently now, tell accounts what has come to an end or been made. Only inside a transaction."""
    payments = [group.removeprefix(_PAYMENT) for group in groups if group.startswith(_PAYMENT)]
    invoices = [group.removeprefix(_INVOICE) for group in groups if group.startswith(_INVOICE)]
    told = []
    if payments:
        told += [_event(row.account_id, f"payment.{row.status}", row.pk, payment_object(row)) for row in ended_payments(payments)]
    if invoices:
        told += [_event(row.account_id, f"invoice.{row.state}", row.pk, invoice_object(row)) for row in made_invoices(invoices)]
    insert_rows(told, unique_fields=("account", "kind", "subject_id"))
    if told:
        ring_couriers()


def _event(account_id: int, kind: str, subject_id: str, about: msgspec.Struct) -> AccountEvent:
    return AccountEvent(account_id=account_id, kind=kind, subject_id=subject_id, body=msgspec.to_builtins(about))
