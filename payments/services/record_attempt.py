"""
One attempt as its events tell it: begun, then fulfilled or come back.

An attempt that has ended stays as it ended, so that an event that comes again, or late, undoes nothing.
"""

from __future__ import annotations

from datetime import datetime

from payments.lightning.events import PaymentPathFailed, PaymentPathStarted, PaymentPathSuccessful
from payments.lightning.ids import format_scid
from payments.lightning.routing.route import Path
from payments.models import AttemptRecord

PathEvent = PaymentPathStarted | PaymentPathSuccessful | PaymentPathFailed
ENDING = (
    "state",
    "failing_hop",
    "failure_code",
    "failure_data",
    "local_failure",
    "blamed_short_channel_id",
    "hold_times_ms",
    "resolved_at",
)
"""What the end of an attempt changes of it."""


def begin_attempt(event: PathEvent, told_at: datetime, *, height: int | None) -> AttemptRecord:
    """The attempt of which an event is the first that is heard; `height` is the newest block's, if there is one."""
    return AttemptRecord(
        payment_id=event.payment_id.hex(),
        number=event.attempt_number,
        path=path_rows(event.path),
        amount_msat=event.path.final_value_msat,
        fee_msat=event.path.fee_msat,
        expiry_height=None if height is None else height + event.path.total_cltv_expiry_delta,
        sent_at=told_at,
    )


def end_attempt(attempt: AttemptRecord, event: PaymentPathSuccessful | PaymentPathFailed, told_at: datetime) -> bool:
    """Let an attempt end as an event says; whether it was still out."""
    state = AttemptRecord.State.FAILED if isinstance(event, PaymentPathFailed) else AttemptRecord.State.SUCCEEDED
    if not _end(attempt, state, told_at):
        return False
    attempt.hold_times_ms = list(event.hold_times_ms)
    if isinstance(event, PaymentPathFailed):
        blamed = event.short_channel_id
        attempt.failing_hop, attempt.failure_code, attempt.failure_data = event.failing_hop, event.failure_code, event.failure_data
        attempt.local_failure = event.local_failure or ""
        attempt.blamed_short_channel_id = "" if blamed is None else format_scid(blamed)
    return True


def close_attempt(attempt: AttemptRecord, told_at: datetime) -> bool:
    """Its payment has failed for good, without a word of this attempt; whether it was still out."""
    return _end(attempt, AttemptRecord.State.FAILED, told_at)


def _end(attempt: AttemptRecord, state: AttemptRecord.State, told_at: datetime) -> bool:
    if attempt.state != AttemptRecord.State.SENT:
        return False
    attempt.state, attempt.resolved_at = state, told_at
    return True


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
