"""
What the scorer is told, and from which events. LDK's update_scorer.

Only what was seen to happen is taught. What a failure encloses (a channel's new policy) is not believed here or anywhere: it would show the
node that wrote it who the payer is.
"""

from __future__ import annotations

from payments.lightning.events import Event, PaymentPathFailed, PaymentPathSuccessful, ProbeFailed, ProbeSuccessful
from payments.lightning.ids import NodeId
from payments.lightning.routing.inflight import directions
from payments.lightning.routing.route import Path
from payments.lightning.scoring.scorer import ScoredHop, ScoredPath, ScoreUpdate
from payments.lightning.wire.failures import FailureCode


def teach(scorer: ScoreUpdate, event: Event, *, payer: NodeId, now_s: int) -> None:
    """
    Tell the scorer what an event teaches; most teach nothing.

    payer    our node: every path begins there
    """
    match event:
        case PaymentPathSuccessful():
            scorer.payment_path_successful(scored(event.path, payer=payer), now_s=now_s)
        case PaymentPathFailed(short_channel_id=None):
            # The payee refused, or missed the other parts: this one was there.
            if event.failing_hop == len(event.path.hops) - 1:
                scorer.probe_successful(scored(event.path, payer=payer), now_s=now_s)
        case PaymentPathFailed(short_channel_id=int(blamed)):
            scorer.payment_path_failed(scored(event.path, payer=payer), blamed, now_s=now_s, lacks_balance=_lacks_balance(event))
        case ProbeSuccessful():
            scorer.probe_successful(scored(event.path, payer=payer), now_s=now_s)
        case ProbeFailed(short_channel_id=int(blamed)):
            scorer.probe_failed(scored(event.path, payer=payer), blamed, now_s=now_s, lacks_balance=_lacks_balance(event))
        case _:
            pass


def _lacks_balance(event: PaymentPathFailed | ProbeFailed) -> bool:
    return event.failure_code == FailureCode.TEMPORARY_CHANNEL_FAILURE


def scored(path: Path, *, payer: NodeId) -> ScoredPath:
    """A path as the scorer reads it."""
    return tuple(
        ScoredHop(short_channel_id=short_channel_id, source=source, target=hop.node_id, amount_msat=amount_msat)
        for ((short_channel_id, source), amount_msat), hop in zip(directions(path, payer=payer), path.hops, strict=True)
    )
