"""
What a node says about its channels: to everybody about announced ones, to the peer alone about the others.

A channel that is not announced can only be found through a hint in an invoice, and the hint needs what the peer asks for carrying HTLCs to
us: the peer says so in a channel_update of its own, which is kept here for as long as the connection lasts.

BOLT 7, P2P Node and Channel Discovery
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.channel import Channel, Connection, Phase
from payments.lightning.channel.readiness import confirmations
from payments.lightning.errors import LightningError
from payments.lightning.graph.gossip import (
    UNSIGNED,
    encode_alias,
    sign_channel_announcement,
    sign_node_announcement,
    verify_channel_announcement,
    verify_channel_update,
    verify_node_announcement,
)
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.graph.pruning import Forgotten, forget, is_stale
from payments.lightning.ids import ChannelId, NodeId, ShortChannelId
from payments.lightning.invoice.invoice import HintHop, RouteHint
from payments.lightning.manager.node_state import NodeState
from payments.lightning.manager.policies import signed_policy, unsigned_announcement
from payments.lightning.wire.features import NODE_FEATURES
from payments.lightning.wire.messages import AnnouncementSignatures, ChannelAnnouncement, ChannelUpdate, NodeAnnouncement, encode_message

ANNOUNCEMENT_DEPTH_BLOCKS = 6
"""How deep a funding must be before it is announced. BOLT 7, The `announcement_signatures` Message"""


class GossipItem(Struct, frozen=True, kw_only=True):
    """A signed message of the network, and for an announcement what the chain says about the channel's size."""

    message: ChannelAnnouncement | ChannelUpdate | NodeAnnouncement
    capacity_sat: int | None = None


MapChange = GossipItem | Forgotten
"""What changes a map: something that was said, or that nobody said anything for too long."""


class Announcer:
    """Signs what we say about our channels and keeps what peers say to us alone."""

    def __init__(self, state: NodeState, chain_hash: bytes) -> None:
        self._state = state
        self._chain_hash = chain_hash
        self._peer_policies: dict[ShortChannelId, ChannelUpdate] = {}
        self._gossip: list[MapChange] = []
        self._answered: set[ChannelId] = set()
        """Channels for which our half of the proof was sent on this connection."""

    def channel_update(self, channel: Channel, *, after_s: int = 0) -> ChannelUpdate:
        """What we ask for carrying HTLCs out over this channel, signed, as of now and later than `after_s`."""
        return signed_policy(self._state, channel, chain_hash=self._chain_hash, after_s=after_s)

    def policy_changed(self, channel: Channel, graph: NetworkGraph) -> None:
        """Tell what we ask from now on: everybody when the channel is on the map, the peer in any case when it hears us."""
        known = graph.policy(channel.terms.short_channel_id, source=self._state.node_id)
        update = self.channel_update(channel, after_s=0 if known is None else known.last_update_s)
        if known is not None:
            self._gossip.append(GossipItem(message=update))
        if channel.is_usable:
            self._state.send(channel.terms.counterparty_node_id, encode_message(update))

    def announcement_signatures(self, channel: Channel) -> tuple[bytes, bytes]:
        """Our half of the proof that the channel exists: (node signature[64], bitcoin signature[64])."""
        return sign_channel_announcement(
            unsigned_announcement(self._state, channel, chain_hash=self._chain_hash),
            node_key=self._state.identity.private_key,
            bitcoin_key=self._state.secrets(channel.terms.key_index).funding_private_key,
        )

    def node_announcement(self, alias: str, *, rgb_color: bytes) -> NodeAnnouncement:
        """What we say about ourselves, signed, as of now."""
        announcement = NodeAnnouncement(
            signature=UNSIGNED,
            features=NODE_FEATURES.encode(),
            timestamp=self._state.clock.now_ms() // 1_000,
            node_id=self._state.node_id,
            rgb_color=rgb_color,
            alias=encode_alias(alias),
            addresses=b"",
        )
        return sign_node_announcement(announcement, node_key=self._state.identity.private_key)

    def went_online(self, channel: Channel) -> None:
        """The line to the peer is back: it must know our policy, and may lack our half of the proof."""
        if channel.phase is not Phase.NORMAL:
            return
        self._answered.discard(channel.id)
        if not channel.terms.is_announced:
            self._tell_policy(channel)
        elif channel.announcement.remote_signatures is None and channel.announcement.is_sent:
            self._send_signatures(channel)

    def became_ready(self, channel: Channel) -> None:
        """A channel is in use from now on: the peer must know what we ask for, whoever else hears of it later."""
        self._tell_policy(channel)
        self.buried(channel)

    def buried(self, channel: Channel) -> None:
        """The chain grew: say our half of the proof once the funding is deep enough that it will not move. BOLT 7"""
        if channel.phase is not Phase.NORMAL or not channel.terms.is_announced or channel.announcement.is_sent:
            return
        if confirmations(channel, self._state.height) >= ANNOUNCEMENT_DEPTH_BLOCKS and channel.connection is Connection.ONLINE:
            self._send_signatures(channel)
            sent = replace(channel, announcement=replace(channel.announcement, is_sent=True))
            self._state.channels.put(channel.id, sent)
            self._publish_if_proved(sent)

    def receive_signatures(self, channel: Channel, message: AnnouncementSignatures) -> None:
        """
        The peer's half of the proof. A wrong one is passed over: the channel works without being announced.

        Said again, the peer may lack our half: it gets it, once a connection.
        """
        halves = (message.node_signature, message.bitcoin_signature)
        if channel.announcement.remote_signatures is not None:
            if channel.announcement.is_sent and channel.id not in self._answered:
                self._send_signatures(channel)
            return
        proof = self._proof(channel, halves)
        if proof is None or message.short_channel_id != channel.terms.short_channel_id:
            return
        heard = replace(channel, announcement=replace(channel.announcement, remote_signatures=halves))
        self._state.channels.put(channel.id, heard)
        self._publish_if_proved(heard)

    def forgets(self, what: Forgotten) -> None:
        """Our map is to forget this."""
        self._gossip.append(what)

    def say_again(self, channel: Channel, graph: NetworkGraph) -> None:
        """Tell everybody about a channel of ours in use: what we ask, and all about it where the map has forgotten it."""
        if graph.policy(channel.terms.short_channel_id, source=self._state.node_id) is not None:
            self.policy_changed(channel, graph)
        else:
            self._publish_if_proved(channel)

    def take_gossip(self) -> list[MapChange]:
        """What is to be told to everybody: our newly proved channels, each with our policy; and what our map is to forget."""
        gossip, self._gossip = self._gossip, []
        return gossip

    def _publish_if_proved(self, channel: Channel) -> None:
        announcement = channel.announcement
        if not announcement.is_sent or announcement.remote_signatures is None:
            return
        proof = self._proof(channel, announcement.remote_signatures)
        assert proof is not None, "halves are checked before they are kept"
        update = self.channel_update(channel)
        self._gossip += [GossipItem(message=proof, capacity_sat=channel.terms.capacity_sat), GossipItem(message=update)]
        self._state.send(channel.terms.counterparty_node_id, encode_message(update))

    def _proof(self, channel: Channel, halves: tuple[bytes, bytes]) -> ChannelAnnouncement | None:
        """The announcement with all four signatures; None when the peer's two are not right."""
        ours, theirs = self.announcement_signatures(channel), halves
        first, second = (ours, theirs) if self._state.node_id < channel.terms.counterparty_node_id else (theirs, ours)
        announcement = replace(
            unsigned_announcement(self._state, channel, chain_hash=self._chain_hash),
            node_signature_1=first[0],
            node_signature_2=second[0],
            bitcoin_signature_1=first[1],
            bitcoin_signature_2=second[1],
        )
        try:
            verify_channel_announcement(announcement, chain_hash=self._chain_hash)
        except LightningError:
            return None
        return announcement

    def _send_signatures(self, channel: Channel) -> None:
        self._answered.add(channel.id)
        node_signature, bitcoin_signature = self.announcement_signatures(channel)
        message = AnnouncementSignatures(
            channel_id=channel.id,
            short_channel_id=channel.terms.short_channel_id,
            node_signature=node_signature,
            bitcoin_signature=bitcoin_signature,
        )
        self._state.send(channel.terms.counterparty_node_id, encode_message(message))

    def _tell_policy(self, channel: Channel) -> None:
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

    def hear(self, item: MapChange, graph: NetworkGraph) -> bool:
        """
        Put somebody's news on a map when it proves what it says; whether it changed anything.

        What is older than what everybody forgets is no news, or whoever kept it could bring it back for ever.

        raises    GossipOfAnotherChain, GossipFromTheFuture, GossipSignatureInvalid, NodeIdsOutOfOrder
        """
        if not isinstance(item, GossipItem):
            return forget(graph, item)
        now_s = self._state.clock.now_ms() // 1_000
        match item.message:
            case ChannelAnnouncement():
                verify_channel_announcement(item.message, chain_hash=self._chain_hash)
            case ChannelUpdate():
                signer = graph.signer_of(item.message)
                if signer is None or is_stale(item.message.timestamp, now_s=now_s):
                    return False
                verify_channel_update(item.message, node_id=signer, chain_hash=self._chain_hash, now_s=now_s)
            case NodeAnnouncement():
                verify_node_announcement(item.message, now_s=now_s)
        return graph.apply(item.message, capacity_sat=item.capacity_sat)

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
