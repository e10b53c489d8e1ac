"""
What a node says about its channels: to everybody about announced ones, to the peer alone about the others.

A channel that is not announced can only be found through a hint in an invoice, and the hint needs what the peer asks for carrying HTLCs to
us: the peer says so in a channel_update of its own, which is kept here for as long as the connection lasts.

BOLT 7, P2P Node and Channel Discovery
"""

from __future__ import annotations

from payments.lightning.channel.channel import Channel
from payments.lightning.errors import LightningError
from payments.lightning.graph.gossip import (
    DIRECTION_BIT,
    MUST_BE_ONE,
    UNSIGNED,
    sign_channel_announcement,
    sign_channel_update,
    verify_channel_update,
)
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.invoice.invoice import HintHop, RouteHint
from payments.lightning.manager.node_state import NodeState
from payments.lightning.units import MSAT_PER_SAT
from payments.lightning.wire.features import CHANNEL_FEATURES
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate, encode_message


class Announcer:
    """Signs what we say about our channels and keeps what peers say to us alone."""

    def __init__(self, state: NodeState, chain_hash: bytes) -> None:
        self._state = state
        self._chain_hash = chain_hash
        self._peer_policies: dict[ShortChannelId, ChannelUpdate] = {}

    def channel_update(self, channel: Channel) -> ChannelUpdate:
        """What we ask for carrying HTLCs out over this channel, signed, as of now."""
        ours, terms, policy = self._state.node_id, channel.terms, channel.forwarding
        update = ChannelUpdate(
            signature=UNSIGNED,
            chain_hash=self._chain_hash,
            short_channel_id=terms.short_channel_id,
            timestamp=self._state.clock.now_ms() // 1_000,
            message_flags=MUST_BE_ONE,
            channel_flags=0 if ours < terms.counterparty_node_id else DIRECTION_BIT,
            cltv_expiry_delta=policy.cltv_expiry_delta,
            htlc_minimum_msat=max(policy.htlc_minimum_msat, terms.remote.htlc_minimum_msat),
            fee_base_msat=policy.fee_base_msat,
            fee_proportional_millionths=policy.fee_proportional_millionths,
            htlc_maximum_msat=(terms.capacity_sat - terms.local.channel_reserve_sat) * MSAT_PER_SAT,
        )
        return sign_channel_update(update, node_key=self._state.identity.private_key)

    def unsigned_announcement(self, channel: Channel) -> ChannelAnnouncement:
        """The announcement of a channel that both sides must sign, without signatures."""
        terms = channel.terms
        ends = sorted(
            [
                (self._state.node_id, terms.local.basepoints.funding_pubkey),
                (terms.counterparty_node_id, terms.remote.basepoints.funding_pubkey),
            ]
        )
        return ChannelAnnouncement(
            node_signature_1=UNSIGNED,
            node_signature_2=UNSIGNED,
            bitcoin_signature_1=UNSIGNED,
            bitcoin_signature_2=UNSIGNED,
            features=CHANNEL_FEATURES.encode(),
            chain_hash=self._chain_hash,
            short_channel_id=terms.short_channel_id,
            node_id_1=ends[0][0],
            node_id_2=ends[1][0],
            bitcoin_key_1=ends[0][1],
            bitcoin_key_2=ends[1][1],
        )

    def announcement_signatures(self, channel: Channel) -> tuple[bytes, bytes]:
        """Our half of the proof that the channel exists: (node signature[64], bitcoin signature[64])."""
        return sign_channel_announcement(
            self.unsigned_announcement(channel),
            node_key=self._state.identity.private_key,
            bitcoin_key=self._state.secrets(channel.terms.key_index).funding_private_key,
        )

    def tell_peer(self, channel: Channel) -> None:
        """A channel that nobody else hears of is online: the peer must know our policy for it."""
        if not channel.terms.is_announced:
            self._state.send(channel.terms.counterparty_node_id, encode_message(self.channel_update(channel)))

    def receive_update(self, peer: NodeId, update: ChannelUpdate) -> None:
        """A peer's policy for a channel with us; anything else, or a wrong signature, is passed over."""
        channel = self._state.channel_by_scid(update.short_channel_id)
        if channel is None or channel.terms.counterparty_node_id != peer:
            return
        try:
            verify_channel_update(update, node_id=peer, chain_hash=self._chain_hash, now_s=self._state.clock.now_ms() // 1_000)
        except LightningError:
            return
        self._peer_policies[update.short_channel_id] = update

    def route_hints(self) -> tuple[RouteHint, ...]:
        """The ways to us that nobody can know: one hint for each usable channel that is not announced."""
        hidden = [channel for channel in self._state.channels if channel.is_usable and not channel.terms.is_announced]
        return tuple(
            RouteHint(
                hops=(
                    HintHop(
                        node_id=channel.terms.counterparty_node_id,
                        short_channel_id=channel.terms.short_channel_id,
                        fee_base_msat=update.fee_base_msat,
                        fee_proportional_millionths=update.fee_proportional_millionths,
                        cltv_expiry_delta=update.cltv_expiry_delta,
                    ),
                )
            )
            for channel in hidden
            if (update := self._peer_policies.get(channel.terms.short_channel_id)) is not None
        )
