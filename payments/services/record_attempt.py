"""
One attempt as its events tell it: begun, then fulfilled or come back.

Each step is written over `sent` only, so that an event that comes again, or late, undoes nothing.
"""

from __future__ import annotations

from datetime import datetime

from payments.lightning.events import PaymentPathFailed, PaymentPathStarted, PaymentPathSuccessful
from payments.lightning.ids import format_scid
from payments.lightning.routing.route import Path
from payments.models import AttemptRecord, ChainRecord, PaymentRecord


def record_attempt(event: PaymentPathStarted | PaymentPathSuccessful | PaymentPathFailed, told_at: datetime) -> None:
    """Bring in what an event says about its attempt, which is made when this is the first that is heard of it."""
    attempt = _attempt(event, told_at)
    sent = AttemptRecord.objects.filter(pk=attempt.pk, state=AttemptRecord.State.SENT)
    match event:
        case PaymentPathStarted():
            PaymentRecord.objects.filter(pk=attempt.payment_id, first_sent_at__isnull=True).update(first_sent_at=told_at)
        case PaymentPathSuccessful():
            sent.update(state=AttemptRecord.State.SUCCEEDED, hold_times_ms=list(event.hold_times_ms), resolved_at=told_at)
        case PaymentPathFailed():
            blamed = event.short_channel_id
            sent.update(
                state=AttemptRecord.State.FAILED,
                failing_hop=event.failing_hop,
                failure_code=event.failure_code,
                failure_data=event.failure_data,
                local_failure=event.local_failure or "",
                blamed_short_channel_id="" if blamed is None else format_scid(blamed),
                hold_times_ms=list(event.hold_times_ms),
                resolved_at=told_at,
            )


def close_attempts(payment_id: str, told_at: datetime) -> None:
    """The payment has failed for good, which says that nothing of it is out any more."""
    sent = AttemptRecord.objects.filter(payment_id=payment_id, state=AttemptRecord.State.SENT)
    sent.update(state=AttemptRecord.State.FAILED, resolved_at=told_at)


def _attempt(event: PaymentPathStarted | PaymentPathSuccessful | PaymentPathFailed, told_at: datetime) -> AttemptRecord:
    height = ChainRecord.objects.values_list("height", flat=True).first()
    attempt, _ = AttemptRecord.objects.get_or_create(
        payment_id=event.payment_id.hex(),
        number=event.attempt_number,
        defaults={
            "path": path_rows(event.path),
            "amount_msat": event.path.final_value_msat,
            "fee_msat": event.path.fee_msat,
            "expiry_height": None if height is None else height + event.path.total_cltv_expiry_delta,
            "sent_at": told_at,
        },
    )
    return attempt


def path_rows(path: Path) -> list[dict[str, str | int]]:
    """A path as rows carry it."""
    return [
        {
            "node_id": hop.node_id.hex(),
            "short_channel_id": format_scid(hop.short_channel_id),
            "amount_msat": hop.amount_msat,
            "fee_msat": hop.fee_msat,
            "cltv_expiry_delta": hop.cltv_expiry_delta,
            "total_cltv_expiry_delta": hop.total_cltv_expiry_delta,
        }
        for hop in path.figures()
    ]
