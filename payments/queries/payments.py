"""
A payment on its page.

What is shown is computed from the rows and the clock: money that is out and unanswered for long is "held", though no row says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from payments.lightning.invoice.bolt11 import decode
from payments.lightning.payment.status import PaymentStatus, shown_status
from payments.models import AttemptRecord, PaymentRecord
from payments.queries.facts import lacks_parts
from payments.queries.invoices import invoice_shape
from payments.queries.network import height, names_of
from payments.queries.paths import attempt_shape
from payments.queries.rate_shapes import rate_shape
from payments.queries.shapes import PaymentShape
from payments.queries.wording import Words, words_for, words_for_incomplete

_MINUTES_A_BLOCK = 10
_MINUTES_AN_HOUR = 60
_LONG_MINUTES = 120


def payment_page(payment_id: str, account_ids: Collection[int] | None) -> PaymentShape | None:
    """
    One payment with all its attempts; None when none of these accounts has it. Four statements.

    account_ids    None: whatever account it is of, for whoever sits at the command line
    """
    payment = PaymentRecord.objects.select_related("rate").filter(pk=payment_id).first()
    if payment is None or (account_ids is not None and payment.account_id not in account_ids):
        return None
    attempts = list(AttemptRecord.objects.filter(payment_id=payment_id).order_by("number"))
    invoice = decode(payment.invoice)
    hinted = {hop.node_id.hex() for hint in invoice.route_hints for hop in hint.hops}
    names = names_of({payment.payee} | hinted | {hop["node_id"] for attempt in attempts for hop in attempt.path})
    out = [attempt for attempt in attempts if attempt.state == AttemptRecord.State.SENT]
    status = shown_as(payment.status, min((attempt.sent_at for attempt in out), default=None))
    words = _words(payment, status, attempts)
    return PaymentShape(
        payment_id=payment.payment_id,
        account_id=payment.account_id,
        status=status,
        reason=payment.reason,
        headline=words.headline,
        explanation=words.explanation,
        invoice=invoice_shape(invoice, names=names),
        amount_msat=payment.amount_msat,
        fee_limit_msat=payment.fee_limit_msat,
        fee_paid_msat=payment.fee_paid_msat,
        payment_preimage=payment.payment_preimage,
        attempts=tuple(attempt_shape(attempt, names=names, is_paid=status is PaymentStatus.PAID) for attempt in attempts),
        created_at=payment.created_at,
        resolved_at=payment.resolved_at,
        latest_resolution="" if status.is_final else _latest_resolution(out),
        rate=None if payment.rate is None else rate_shape(payment.rate),
        can_stop=PaymentStatus(payment.status) in {PaymentStatus.CHECKING, PaymentStatus.SENDING} and payment.stop_requested_at is None,
    )


def payment_status_of(payment_id: str) -> PaymentStatus:
    """The stored status of a payment. PaymentRecord.DoesNotExist when there is none."""
    return PaymentStatus(PaymentRecord.objects.values_list("status", flat=True).get(pk=payment_id))


def shown_as(stored: str, oldest_out: datetime | None) -> PaymentStatus:
    """
    How a payment of this stored status looks now.

    oldest_out    when the oldest part that has not come back was sent; None: nothing is out
    """
    waiting_s = 0 if oldest_out is None else int((timezone.now() - oldest_out).total_seconds())
    return shown_status(PaymentStatus(stored), waiting_s=waiting_s, held_after_s=settings.LIGHTNING.payment.held_after_s)


def _words(payment: PaymentRecord, status: PaymentStatus, attempts: Sequence[AttemptRecord]) -> Words:
    """What the page says, and more exactly while a payee waits for parts that will not come."""
    out = [attempt for attempt in attempts if attempt.state == AttemptRecord.State.SENT]
    is_short = lacks_parts(payment, [(attempt.state, attempt.amount_msat) for attempt in attempts])
    if status.is_final or not out or not is_short:
        return words_for(status, reason=payment.reason, is_tried=bool(attempts), is_stopped=payment.stop_requested_at is not None)
    waiting_s = int((timezone.now() - max(attempt.sent_at for attempt in out)).total_seconds())
    return words_for_incomplete(
        len(out),
        amount_msat=sum(attempt.amount_msat for attempt in out),
        waiting_s=waiting_s,
        is_stopped=payment.stop_requested_at is not None,
    )


def _latest_resolution(out: Sequence[AttemptRecord]) -> str:
    """By when the chain itself settles what is out, whatever the nodes do."""
    expiry_height = max((attempt.expiry_height or 0 for attempt in out), default=0)
    now_height = height()
    if not expiry_height or now_height is None:
        return ""
    minutes = max(expiry_height - now_height, 0) * _MINUTES_A_BLOCK
    in_words = f"{minutes // _MINUTES_AN_HOUR} hours" if minutes >= _LONG_MINUTES else f"{minutes} minutes"
    return f"At the latest it is settled at block {expiry_height:,}, in about {in_words}: paid, or back with you."
