"""
Write down that something which open pages show has changed, in the transaction that changed it.

Call it last: it takes the lock of the one change counter, which is held until the commit and makes the numbers appear in their order.
"""

from __future__ import annotations

from django.db.models import F

from payments.models import ChangeCounter, ChangeRecord
from payments.services.bells import ring_web

BALANCE = "balance"
FAULTS = "faults"
"""What goes wrong in the sandbox on purpose, or that it is being put right."""


def payment_group(payment_id: str) -> str:
    """The name under which pages follow a payment."""
    return f"payment.{payment_id}"


def invoice_group(request_id: str) -> str:
    """The name under which pages follow an invoice that a shop was asked for."""
    return f"invoice.{request_id}"


def probe_group(request_id: str) -> str:
    """The name under which pages follow a test of a route."""
    return f"probe.{request_id}"


def note_change(*groups: str) -> None:
    """These things have changed. Only inside a transaction."""
    if not _count():
        ChangeCounter.objects.bulk_create([ChangeCounter()], ignore_conflicts=True)
        _count()
    sequence = ChangeCounter.objects.values_list("value", flat=True).get()
    ChangeRecord.objects.bulk_create(
        [ChangeRecord(group=group, sequence=sequence) for group in groups],
        update_conflicts=True,
        unique_fields=["group"],
        update_fields=["sequence"],
    )
    ring_web()


def _count() -> int:
    return ChangeCounter.objects.update(value=F("value") + 1)
