"""One HTLC of ours over one path: how it is offered, and how what comes back is read. Payments and probes do this alike."""

from __future__ import annotations

from payments.lightning.channel.actions import OfferRefused, Step
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.htlc import Failed, Malformed, Origin, TimedOut
from payments.lightning.channel.updates import new_offer, offer_htlc
from payments.lightning.events import LocalFailure
from payments.lightning.manager.node_state import NodeState
from payments.lightning.onion.packet import shared_secrets
from payments.lightning.payment.packet import PaymentOnion, build_packet
from payments.lightning.payment.verdict import Verdict, failed_on_our_side, judge_failure, judge_malformed
from payments.lightning.routing.route import Path


def offer_path(state: NodeState, path: Path, onion: PaymentOnion, *, session_key: bytes, origin: Origin) -> OfferRefused | None:
    """
    Offer an HTLC on the first channel of a path; None when it is in the outbox.

    session_key    32 bytes, fresh for every HTLC
    """
    channel = state.channel_by_scid(path.hops[0].short_channel_id)
    assert channel is not None, "routes begin with a channel of ours"
    packet = build_packet(path, onion, session_key=session_key)

    def offer(current: Channel) -> Step:
        htlc = new_offer(
            current,
            amount_msat=packet.amount_msat,
            payment_hash=onion.payment_hash,
            cltv_expiry=packet.cltv_expiry,
            onion_routing_packet=packet.onion_routing_packet,
            origin=origin,
        )
        return offer_htlc(current, htlc, state.surroundings(current))

    return state.act(channel.id, offer)


def judge(path: Path, outcome: Failed | Malformed | TimedOut, *, session_key: bytes) -> Verdict:
    """What it means that an HTLC over this path came back. One that the chain gave back blames our own channel: nobody else spoke."""
    if isinstance(outcome, TimedOut):
        return failed_on_our_side(path, LocalFailure.ON_CHAIN)
    if isinstance(outcome, Malformed):
        return judge_malformed(path, failure_code=outcome.failure_code, sha256_of_onion=outcome.sha256_of_onion)
    return judge_failure(path, secrets_of(path, session_key), reason=outcome.reason, attribution_data=outcome.attribution_data)


def secrets_of(path: Path, session_key: bytes) -> tuple[bytes, ...]:
    """What we share with each node of the path, 32 bytes each."""
    return shared_secrets([hop.node_id for hop in path.hops], session_key)
