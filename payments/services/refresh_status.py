"""Bring a payment's cached status up to its facts, by compare-and-swap: who comes second looks again."""

from __future__ import annotations

from payments.models import AttemptRecord, PaymentRecord
from payments.queries.facts import status_by_facts


def refresh_status(payment_id: str) -> None:
    """Write the status that the facts amount to, unless it is there already. Only inside the transaction that changed the facts."""
    while True:
        payment = PaymentRecord.objects.get(pk=payment_id)
        attempts = list(AttemptRecord.objects.filter(payment_id=payment_id).values_list("state", "amount_msat"))
        status = status_by_facts(payment, attempts)
        if payment.status == status or PaymentRecord.objects.filter(pk=payment_id, status=payment.status).update(status=status):
            return
