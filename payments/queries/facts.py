"""Whether an invoice has a payment already, and what the facts about a payment amount to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from payments.lightning.payment.status import PaymentStatus, payment_status
from payments.models import AttemptRecord, PaymentRecord


class LivingPayment(NamedTuple):
    """A payment that is under way or paid, and whose it is."""

    payment_id: str
    account_id: int


def living_payment(payment_hash: str) -> LivingPayment | None:
    """The payment of this hash that is under way or paid, whichever account's; one that failed does not count."""
    living = PaymentRecord.objects.filter(payment_hash=payment_hash).exclude(status=PaymentStatus.FAILED)
    found = living.values_list("payment_id", "account_id").first()
    return None if found is None else LivingPayment(*found)


def living_payment_id(payment_hash: str) -> str | None:
    """The id of the same."""
    living = living_payment(payment_hash)
    return None if living is None else living.payment_id


AttemptFacts = Sequence[tuple[str, int]]
"""Of each attempt its state and what it carries in msat."""


def status_by_facts(payment: PaymentRecord, attempts: AttemptFacts) -> PaymentStatus:
    """
    The status that a payment's columns and attempts amount to; its `status` column is a cache of this.

    Somebody's wish to stop counts as given up only while HTLCs are out: with nothing out, a payment has failed when the engine says so and
    not before, for until then a new attempt may be on its way. While some are out, the engine replaces what came back in the very turn
    in which it came back, so an amount that is out and not whole says that the engine has given up, which no event tells before the end.
    """
    in_flight = any(state == AttemptRecord.State.SENT for state, _ in attempts)
    return payment_status(
        settled=payment.payment_preimage is not None,
        in_flight=in_flight,
        given_up=bool(payment.reason) or (in_flight and (payment.stop_requested_at is not None or lacks_parts(payment, attempts))),
        tried=bool(attempts),
    )


def lacks_parts(payment: PaymentRecord, attempts: AttemptFacts) -> bool:
    """Whether the attempts that have not failed carry less than the payee asks for: it waits for the rest and then gives all back."""
    return sum(amount_msat for state, amount_msat in attempts if state != AttemptRecord.State.FAILED) < payment.amount_msat
