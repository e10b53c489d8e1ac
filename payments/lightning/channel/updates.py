"""
Adding, settling and failing HTLCs, and new feerates: ours and the peer's.

Our own update is written into the log and sent at once when the peer hears us; it counts from the peer's next commitment on. A peer's
update counts from our next commitment on, and is forgotten when the line is cut before the peer has signed it.

BOLT 2, Adding an HTLC: `update_add_htlc`; Removing an HTLC: `update_fulfill_htlc`, `update_fail_htlc`, and `update_fail_malformed_htlc`
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel.actions import OfferRefused, OutgoingFulfilled, SendMessage, Step, Surroundings
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.errors import (
    BadFailureCode,
    FeerateOutOfRange,
    HtlcIdOutOfOrder,
    NotTheOpener,
    PreimageMismatch,
    UnknownHtlc,
)
from payments.lightning.channel.htlc import Failed, FeeUpdate, Fulfilled, Htlc, Malformed, Origin, Outcome, Side, holds
from payments.lightning.channel.limits import (
    can_afford_feerate,
    check_dust_at_feerate,
    check_offer_of_peer,
    check_peer_can_afford,
    refusal_to_offer,
)
from payments.lightning.crypto.hashes import sha256
from payments.lightning.ids import PaymentHash
from payments.lightning.wire.messages import (
    Message,
    UpdateAddHtlc,
    UpdateFailHtlc,
    UpdateFailMalformedHtlc,
    UpdateFee,
    UpdateFulfillHtlc,
    encode_message,
)

FEERATE_FLOOR_PER_KW = 253
"""Below this nodes relay nothing: a commitment could not be published. Bitcoin Core's minimum of 1 sat/vB, rounded up."""
FEERATE_CEILING_PER_KW = 250_000
"""1,000 sat/vB, above any fee ever paid for long: a peer that asks for more burns its channel."""
BADONION = 0x8000


def offer_htlc(channel: Channel, htlc: Htlc, surroundings: Surroundings) -> Step:
    """
    Offer an HTLC to the peer, or say why not.

    htlc    built by `new_offer`
    """
    refusal = refusal_to_offer(channel, htlc.amount_msat, surroundings.config)
    if refusal is not None:
        return Step(channel=channel, actions=(OfferRefused(refusal=refusal),))
    message = UpdateAddHtlc(
        channel_id=channel.id,
        id=htlc.id,
        amount_msat=htlc.amount_msat,
        payment_hash=htlc.payment_hash,
        cltv_expiry=htlc.cltv_expiry,
        onion_routing_packet=htlc.onion_routing_packet,
    )
    next_ids = (htlc.id + 1, channel.next_htlc_id[Side.REMOTE])
    return _send_update(replace(channel, htlcs=(*channel.htlcs, htlc), next_htlc_id=next_ids), message)


def new_offer(
    channel: Channel, *, amount_msat: int, payment_hash: PaymentHash, cltv_expiry: int, onion_routing_packet: bytes, origin: Origin
) -> Htlc:
    """The HTLC that would be offered next on this channel."""
    return Htlc(
        owner=Side.LOCAL,
        id=channel.next_htlc_id[Side.LOCAL],
        amount_msat=amount_msat,
        payment_hash=payment_hash,
        cltv_expiry=cltv_expiry,
        onion_routing_packet=onion_routing_packet,
        added=(None, channel.latest(Side.REMOTE) + 1),
        origin=origin,
    )


def fulfill_htlc(channel: Channel, htlc_id: int, outcome: Fulfilled) -> Step:
    """Claim an HTLC of the peer with its preimage. Nothing happens when it is already settled, failed or gone."""
    message = UpdateFulfillHtlc(
        channel_id=channel.id, id=htlc_id, payment_preimage=outcome.payment_preimage, attribution_data=outcome.attribution_data
    )
    return _remove(channel, htlc_id, outcome, message)


def fail_htlc(channel: Channel, htlc_id: int, outcome: Failed) -> Step:
    """Give an HTLC back to the peer with an encrypted reason. Nothing happens when it is already settled, failed or gone."""
    message = UpdateFailHtlc(channel_id=channel.id, id=htlc_id, reason=outcome.reason, attribution_data=outcome.attribution_data)
    return _remove(channel, htlc_id, outcome, message)


def fail_malformed_htlc(channel: Channel, htlc_id: int, outcome: Malformed) -> Step:
    """Give an HTLC back because its onion cannot be read. Nothing happens when it is already settled, failed or gone."""
    message = UpdateFailMalformedHtlc(
        channel_id=channel.id, id=htlc_id, sha256_of_onion=outcome.sha256_of_onion, failure_code=outcome.failure_code
    )
    return _remove(channel, htlc_id, outcome, message)


def send_fee_update(channel: Channel, feerate_per_kw: int) -> Step:
    """Set a new feerate. ValueError when we are not the opener or could not pay it: the peer would close the channel."""
    if channel.opener is not Side.LOCAL:
        raise ValueError("only the opener sets the feerate")
    if not can_afford_feerate(channel, feerate_per_kw):
        raise ValueError(f"we cannot pay for a commitment at {feerate_per_kw} sat/kw")
    update = FeeUpdate(feerate_per_kw=feerate_per_kw, added=(None, channel.latest(Side.REMOTE) + 1))
    message = UpdateFee(channel_id=channel.id, feerate_per_kw=feerate_per_kw)
    return _send_update(replace(channel, fee_updates=(*channel.fee_updates, update)), message)


def receive_add(channel: Channel, message: UpdateAddHtlc) -> Step:
    """
    The peer offers an HTLC.

    raises    HtlcIdOutOfOrder, and what `check_offer_of_peer` raises
    """
    expected = channel.next_htlc_id[Side.REMOTE]
    if message.id != expected:
        raise HtlcIdOutOfOrder(expected=expected, found=message.id)
    htlc = Htlc(
        owner=Side.REMOTE,
        id=message.id,
        amount_msat=message.amount_msat,
        payment_hash=message.payment_hash,
        cltv_expiry=message.cltv_expiry,
        onion_routing_packet=message.onion_routing_packet,
        added=(channel.latest(Side.LOCAL) + 1, None),
    )
    grown = replace(channel, htlcs=(*channel.htlcs, htlc), next_htlc_id=(channel.next_htlc_id[Side.LOCAL], expected + 1))
    check_offer_of_peer(grown, htlc)
    return Step(channel=grown)


def receive_fulfill(channel: Channel, message: UpdateFulfillHtlc) -> Step:
    """
    The peer claims an HTLC of ours: the preimage counts at once, its removal only when irrevocable.

    raises    UnknownHtlc, PreimageMismatch
    """
    htlc = _removable(channel, message.id)
    if sha256(message.payment_preimage) != htlc.payment_hash:
        raise PreimageMismatch(htlc_id=message.id)
    outcome = Fulfilled(payment_preimage=message.payment_preimage, attribution_data=message.attribution_data)
    removed = htlc.remove(outcome, side=Side.LOCAL, number=channel.latest(Side.LOCAL) + 1)
    return Step(channel=with_htlc(channel, removed), actions=(OutgoingFulfilled(htlc=removed),))


def receive_fail(channel: Channel, message: UpdateFailHtlc | UpdateFailMalformedHtlc) -> Step:
    """
    The peer gives an HTLC of ours back. Nothing follows until the removal is irrevocable.

    raises    UnknownHtlc, BadFailureCode
    """
    htlc = _removable(channel, message.id)
    outcome: Failed | Malformed
    if isinstance(message, UpdateFailMalformedHtlc):
        if not message.failure_code & BADONION:
            raise BadFailureCode(failure_code=message.failure_code)
        outcome = Malformed(sha256_of_onion=message.sha256_of_onion, failure_code=message.failure_code)
    else:
        outcome = Failed(reason=message.reason, attribution_data=message.attribution_data)
    removed = htlc.remove(outcome, side=Side.LOCAL, number=channel.latest(Side.LOCAL) + 1)
    return Step(channel=with_htlc(channel, removed))


def receive_fee_update(channel: Channel, message: UpdateFee, surroundings: Surroundings) -> Step:
    """
    The opener sets a new feerate.

    raises    NotTheOpener, FeerateOutOfRange, PeerOverdrawn, TooMuchDust

    BOLT 2, Updating Fees: `update_fee`
    """
    if channel.opener is not Side.REMOTE:
        raise NotTheOpener
    if not FEERATE_FLOOR_PER_KW <= message.feerate_per_kw <= FEERATE_CEILING_PER_KW:
        raise FeerateOutOfRange(feerate_per_kw=message.feerate_per_kw)
    update = FeeUpdate(feerate_per_kw=message.feerate_per_kw, added=(channel.latest(Side.LOCAL) + 1, None))
    changed = replace(channel, fee_updates=(*channel.fee_updates, update))
    check_peer_can_afford(changed)
    check_dust_at_feerate(channel, message.feerate_per_kw, surroundings.config)
    return Step(channel=changed)


def with_htlc(channel: Channel, changed: Htlc) -> Channel:
    """The channel with one of its HTLCs replaced."""
    return replace(
        channel,
        htlcs=tuple(changed if htlc.id == changed.id and htlc.owner is changed.owner else htlc for htlc in channel.htlcs),
    )


def is_locked_in(channel: Channel, htlc: Htlc) -> bool:
    """Whether an HTLC is irrevocably in both transactions: neither side can publish a state without it."""
    return all(holds(htlc.added, side, channel.irrevocable(side)) for side in Side)


def _removable(channel: Channel, htlc_id: int) -> Htlc:
    """Our HTLC that the peer may settle or fail now; UnknownHtlc when there is none."""
    htlc = channel.htlc(Side.LOCAL, htlc_id)
    if htlc is None or htlc.removed != (None, None) or not is_locked_in(channel, htlc):
        raise UnknownHtlc(htlc_id=htlc_id)
    return htlc


def _remove(channel: Channel, htlc_id: int, outcome: Outcome, message: Message) -> Step:
    htlc = channel.htlc(Side.REMOTE, htlc_id)
    if htlc is None or htlc.outcome is not None:
        return Step(channel=channel)
    assert is_locked_in(channel, htlc), "nobody may act on an HTLC that can still disappear"
    removed = htlc.remove(outcome, side=Side.REMOTE, number=channel.latest(Side.REMOTE) + 1)
    return _send_update(with_htlc(channel, removed), message)


def _send_update(channel: Channel, message: Message) -> Step:
    data = encode_message(message)
    logged = replace(channel, unsigned_updates=(*channel.unsigned_updates, data))
    return Step(channel=logged, actions=(SendMessage(data=data),) if channel.carries_updates else ())
