"""
What a node says about its channels: that they exist, and what it asks of those who route through them, as of now.

Asking and telling are two things: an HTLC is judged by what the channel asks now, payers reckon with what they were told last, and for a
while after every change the two differ on every node of the network.

BOLT 7, The `channel_update` Message
"""

from __future__ import annotations

from payments.lightning.channel.channel import Channel, Phase
from payments.lightning.graph.gossip import DIRECTION_BIT, DISABLE_BIT, MUST_BE_ONE, UNSIGNED, sign_channel_update
from payments.lightning.manager.node_state import NodeState
from payments.lightning.units import MSAT_PER_SAT
from payments.lightning.wire.features import CHANNEL_FEATURES
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate


def signed_policy(state: NodeState, channel: Channel, *, chain_hash: bytes, after_s: int = 0) -> ChannelUpdate:
    """
    What we ask for carrying HTLCs out over this channel, signed, as of now.

    after_s    when we spoke last: an update counts only if it is newer, and time is told in whole seconds
    """
    ours, terms, policy = state.node_id, channel.terms, channel.forwarding
    direction = 0 if ours < terms.counterparty_node_id else DIRECTION_BIT
    is_over = channel.phase not in {Phase.OPENING, Phase.NORMAL}
    update = ChannelUpdate(
        signature=UNSIGNED,
        chain_hash=chain_hash,
        short_channel_id=terms.short_channel_id,
        timestamp=max(state.clock.now_ms() // 1_000, after_s + 1),
        message_flags=MUST_BE_ONE,
        channel_flags=direction | (DISABLE_BIT if policy.is_disabled or is_over else 0),
        cltv_expiry_delta=policy.cltv_expiry_delta,
        htlc_minimum_msat=max(policy.htlc_minimum_msat, terms.remote.htlc_minimum_msat),
        fee_base_msat=policy.fee_base_msat,
        fee_proportional_millionths=policy.fee_proportional_millionths,
        htlc_maximum_msat=_largest_msat(channel),
    )
    return sign_channel_update(update, node_key=state.identity.private_key)


def _largest_msat(channel: Channel) -> int:
    """What one HTLC can be worth at most: never more than the channel holds without the reserve, less by its owner's wish."""
    terms, wish_msat = channel.terms, channel.forwarding.htlc_maximum_msat
    capable_msat = (terms.capacity_sat - terms.local.channel_reserve_sat) * MSAT_PER_SAT
    return capable_msat if wish_msat is None else min(wish_msat, capable_msat)


def unsigned_announcement(state: NodeState, channel: Channel, *, chain_hash: bytes) -> ChannelAnnouncement:
    """
    The announcement of a channel that both sides must sign, without signatures.

    BOLT 7, The `channel_announcement` Message
    """
    terms = channel.terms
    ends = sorted(
        [
            (state.node_id, terms.local.basepoints.funding_pubkey),
            (terms.counterparty_node_id, terms.remote.basepoints.funding_pubkey),
        ]
    )
    return ChannelAnnouncement(
        node_signature_1=UNSIGNED,
        node_signature_2=UNSIGNED,
        bitcoin_signature_1=UNSIGNED,
        bitcoin_signature_2=UNSIGNED,
        features=CHANNEL_FEATURES.encode(),
        chain_hash=chain_hash,
        short_channel_id=terms.short_channel_id,
        node_id_1=ends[0][0],
        node_id_2=ends[1][0],
        bitcoin_key_1=ends[0][1],
        bitcoin_key_2=ends[1][1],
    )
