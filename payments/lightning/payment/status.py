"""
Is this payment done? Computed from four facts, never assigned: a stored status is only a cache of this function.

The rules behind the table: a preimage makes Paid and nothing undoes it; as long as one HTLC may still be claimed nobody is told Failed;
giving up means that nothing new is tried, not that nothing can happen.
"""

from __future__ import annotations

from enum import StrEnum


class PaymentStatus(StrEnum):
    """What a person is told about the money."""

    CHECKING = "checking"
    """Nothing has left; a route is being looked for."""
    SENDING = "sending"
    """HTLCs are out, or the next try is about to go out."""
    STOPPING = "stopping"
    """Nothing new is tried, but HTLCs are still out."""
    HELD = "held"
    """HTLCs are out and nobody has answered for long: the outcome is not known."""
    PAID = "paid"
    """The preimage is in hand."""
    FAILED = "failed"
    """Given up, and nothing is out."""

    @property
    def is_final(self) -> bool:
        """Whether this can never change again."""
        return self in (PaymentStatus.PAID, PaymentStatus.FAILED)


def payment_status(*, settled: bool, in_flight: bool, given_up: bool, tried: bool) -> PaymentStatus:
    """
    The status of a payment.

    settled    a preimage is in hand that hashes to the payment hash
    in_flight  at least one HTLC of ours could still be claimed
    given_up   the engine has said why it will try no more
    tried      at least one attempt has been made

    ======= ========= ======== ===== ========
    settled in_flight given_up tried status
    ======= ========= ======== ===== ========
    yes     any       any      any   paid
    no      yes       no       any   sending
    no      yes       yes      any   stopping
    no      no        yes      any   failed
    no      no        no       yes   sending
    no      no        no       no    checking
    ======= ========= ======== ===== ========
    """
    if settled:
        return PaymentStatus.PAID
    if in_flight:
        return PaymentStatus.STOPPING if given_up else PaymentStatus.SENDING
    if given_up:
        return PaymentStatus.FAILED
    return PaymentStatus.SENDING if tried else PaymentStatus.CHECKING


def shown_status(status: PaymentStatus, *, waiting_s: int, held_after_s: int) -> PaymentStatus:
    """
    The status as of now: money that is out and unanswered for longer than `held_after_s` is held, whatever was hoped for.

    waiting_s  seconds since the oldest unanswered HTLC was sent
    """
    if status in (PaymentStatus.SENDING, PaymentStatus.STOPPING) and waiting_s >= held_after_s:
        return PaymentStatus.HELD
    return status
