"""Whether an invoice has a payment already, and what the facts about a payment amount to."""

from __future__ import annotations

from payments.lightning.payment.status import PaymentStatus, payment_status
from payments.models import AttemptRecord, PaymentRecord


def living_payment_id(payment_hash: str) -> str | None:
    """The payment of this hash that is under way or paid; one that failed does not count."""
    living = PaymentRecord.objects.filter(payment_hash=payment_hash).exclude(status=PaymentStatus.FAILED)
    return living.values_list("payment_id", flat=True).first()


def status_by_facts(payment: PaymentRecord, attempt_states: list[str]) -> PaymentStatus:
    """
    The status that a payment's columns and attempts amount to; its `status` column is a cache of this.

    Somebody's wish to stop counts as given up only while HTLCs are out: with nothing out, a payment has failed when the engine says so and
    not before, for until then a new attempt may be on its way.
    """
    in_flight = AttemptRecord.State.SENT in attempt_states
    return payment_status(
        settled=payment.payment_preimage is not None,
        in_flight=in_flight,
        given_up=bool(payment.reason) or (in_flight and payment.stop_requested_at is not None),
        tried=bool(attempt_states),
    )
