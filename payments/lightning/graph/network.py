"""
The map: nodes, channels, and what each node asks for carrying HTLCs over each of its channels.

A networkx MultiDiGraph with one edge a direction, keyed by short channel id, so that measures, drawings and other people's algorithms
work on it as it is. Values on it are frozen: a change replaces them and counts `version` up. It believes what it is given; strangers'
messages go through `graph.gossip` first.

BOLT 7, P2P Node and Channel Discovery
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import networkx as nx

from payments.lightning.graph.gossip import DIRECTION_BIT, DISABLE_BIT, decode_alias
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.units import MSAT_PER_SAT, proportional_fee_msat
from payments.lightning.wire.features import Features
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement


class NodeInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a node says about itself. `alias` is hostile text; `color` is '#rrggbb'; last_update_s None: it has said nothing yet."""

    node_id: NodeId
    alias: str = ""
    color: str = "#000000"
    features: Features = Features()
    last_update_s: int | None = None


class ChannelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A channel between two nodes, the one with the lesser id first. capacity_sat None: the chain was not asked."""

    short_channel_id: ShortChannelId
    node_one: NodeId
    node_two: NodeId
    capacity_sat: int | None = None
    features: Features = Features()

    @property
    def capacity_msat(self) -> int | None:
        """All that is in it, in msat."""
        return None if self.capacity_sat is None else self.capacity_sat * MSAT_PER_SAT

    def other(self, node_id: NodeId) -> NodeId:
        """The node at the other end."""
        return self.node_two if node_id == self.node_one else self.node_one


class DirectedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What one node asks for forwarding over one of its channels. BOLT 7, The `channel_update` Message"""

    fee_base_msat: int
    fee_proportional_millionths: int
    cltv_expiry_delta: int
    htlc_minimum_msat: int = 0
    htlc_maximum_msat: int
    is_disabled: bool = False
    last_update_s: int = 0

    def fee_msat(self, amount_msat: int) -> int:
        """What forwarding this amount (as it leaves the node) costs."""
        return proportional_fee_msat(amount_msat, fee_base_msat=self.fee_base_msat, fee_ppm=self.fee_proportional_millionths)


class ChannelHalf(msgspec.Struct, frozen=True, kw_only=True):
    """One direction of a channel: from `source`, whose policy it is, to `target`."""

    source: NodeId
    target: NodeId
    channel: ChannelInfo
    policy: DirectedPolicy


Gossip = ChannelAnnouncement | NodeAnnouncement | ChannelUpdate


class NetworkGraph:
    """
    All public channels that we know of.

    `version` counts changes, so that whoever derived something from it knows when it is stale. Whoever draws a map from stored messages
    sets it to the number of the last one; each message that is news, and each thing that is forgotten, adds one.
    """

    def __init__(self) -> None:
        self.graph: nx.MultiDiGraph[NodeId] = nx.MultiDiGraph()
        self.version = 0
        self._channels: dict[ShortChannelId, ChannelInfo] = {}
        self._nodes: dict[NodeId, NodeInfo] = {}
        self._scids_of: dict[NodeId, dict[ShortChannelId, None]] = {}  # a dict as an ordered set

    # -- from gossip

    def apply(self, message: Gossip, *, capacity_sat: int | None = None) -> bool:
        """
        Take in a verified message; whether that changed anything.

        What is older than what we have, or is about a channel or node that nobody announced, changes nothing. `capacity_sat` is the value
        of the funding output, when the chain was asked.
        """
        match message:
            case ChannelAnnouncement():
                return self.add_channel(_channel_of(message, capacity_sat))
            case ChannelUpdate():
                return self._apply_update(message)
            case NodeAnnouncement():
                return self._apply_node(message)

    def signer_of(self, update: ChannelUpdate) -> NodeId | None:
        """Whose signature an update must carry; None when the channel is unknown."""
        channel = self._channels.get(update.short_channel_id)
        if channel is None:
            return None
        return channel.node_two if update.channel_flags & DIRECTION_BIT else channel.node_one

    def _apply_update(self, update: ChannelUpdate) -> bool:
        source = self.signer_of(update)
        if source is None:
            return False
        known = self.policy(update.short_channel_id, source=source)
        if known is not None and update.timestamp <= known.last_update_s:
            return False
        self.set_policy(update.short_channel_id, source=source, policy=policy_of(update))
        return True

    def _apply_node(self, announcement: NodeAnnouncement) -> bool:
        known = self._nodes.get(announcement.node_id)
        if known is None or (known.last_update_s is not None and announcement.timestamp <= known.last_update_s):
            return False
        self.set_node(
            NodeInfo(
                node_id=announcement.node_id,
                alias=decode_alias(announcement.alias),
                color=f"#{announcement.rgb_color.hex()}",
                features=Features.decode(announcement.features),
                last_update_s=announcement.timestamp,
            )
        )
        return True

    # -- from ourselves

    def add_channel(self, channel: ChannelInfo) -> bool:
        """Put a channel on the map, or add the capacity that was missing; False when it was there or other nodes have its id."""
        known = self._channels.get(channel.short_channel_id)
        if known is not None:
            same_ends = (known.node_one, known.node_two) == (channel.node_one, channel.node_two)
            if not same_ends or channel.capacity_sat is None or known.capacity_sat == channel.capacity_sat:
                return False
        self._channels[channel.short_channel_id] = channel
        for node_id in (channel.node_one, channel.node_two):
            self._nodes.setdefault(node_id, NodeInfo(node_id=node_id))
            self._scids_of.setdefault(node_id, {})[channel.short_channel_id] = None
            self.graph.add_node(node_id)
            policy = self.policy(channel.short_channel_id, source=node_id)
            if policy is not None:
                self._set_half(channel, node_id, policy)
        self.version += 1
        return True

    def set_policy(self, short_channel_id: ShortChannelId, *, source: NodeId, policy: DirectedPolicy) -> None:
        """Replace what a node asks for a channel of its; KeyError when the channel is not on the map."""
        self._set_half(self._channels[short_channel_id], source, policy)
        self.version += 1

    def forget_policy(self, short_channel_id: ShortChannelId, *, source: NodeId) -> bool:
        """Forget what a node asked for a channel of its; False when nothing was known."""
        if self.policy(short_channel_id, source=source) is None:
            return False
        self.graph.remove_edge(source, self._channels[short_channel_id].other(source), key=short_channel_id)
        self.version += 1
        return True

    def set_node(self, node: NodeInfo) -> None:
        """Replace what is known of a node that has channels; KeyError when it has none."""
        if node.node_id not in self._nodes:
            raise KeyError(node.node_id)
        self._nodes[node.node_id] = node
        self.version += 1

    def remove_channel(self, short_channel_id: ShortChannelId) -> bool:
        """Take a closed channel off the map, and nodes that it leaves without one; False when it was not there."""
        channel = self._channels.pop(short_channel_id, None)
        if channel is None:
            return False
        ends = (channel.node_one, channel.node_two)
        for source, target in (ends, ends[::-1]):
            if self.graph.has_edge(source, target, key=short_channel_id):
                self.graph.remove_edge(source, target, key=short_channel_id)
        for node_id in ends:
            del self._scids_of[node_id][short_channel_id]
            if not self._scids_of[node_id]:
                self.graph.remove_node(node_id)
                del self._nodes[node_id], self._scids_of[node_id]
        self.version += 1
        return True

    def _set_half(self, channel: ChannelInfo, source: NodeId, policy: DirectedPolicy) -> None:
        target = channel.other(source)
        half = ChannelHalf(source=source, target=target, channel=channel, policy=policy)
        self.graph.add_edge(source, target, key=channel.short_channel_id, half=half)

    # -- questions

    def node(self, node_id: NodeId) -> NodeInfo | None:
        """What is known of a node; None when it is not on the map."""
        return self._nodes.get(node_id)

    def nodes(self) -> tuple[NodeInfo, ...]:
        """Every node, in the order in which it was first heard of."""
        return tuple(self._nodes.values())

    def channel(self, short_channel_id: ShortChannelId) -> ChannelInfo | None:
        """A channel by its id; None when it is not on the map."""
        return self._channels.get(short_channel_id)

    def channels(self) -> tuple[ChannelInfo, ...]:
        """Every channel, in the order in which it was announced."""
        return tuple(self._channels.values())

    def channels_of(self, node_id: NodeId) -> tuple[ChannelInfo, ...]:
        """A node's channels; none when it is not on the map."""
        return tuple(self._channels[scid] for scid in self._scids_of.get(node_id, ()))

    def half(self, short_channel_id: ShortChannelId, *, source: NodeId) -> ChannelHalf | None:
        """One direction of a channel; None when the channel is unknown or its node has not said what it asks."""
        channel = self._channels.get(short_channel_id)
        if channel is None:
            return None
        data = self.graph.get_edge_data(source, channel.other(source), key=short_channel_id)
        half: ChannelHalf | None = None if data is None else data["half"]
        return half

    def policy(self, short_channel_id: ShortChannelId, *, source: NodeId) -> DirectedPolicy | None:
        """What a node asks for forwarding over one of its channels, if it has said so."""
        half = self.half(short_channel_id, source=source)
        return None if half is None else half.policy

    def incoming(self, node_id: NodeId) -> Iterator[ChannelHalf]:
        """Every direction that leads to a node, in the order in which they were set: the steps of a search from the payee."""
        if node_id in self.graph:
            for parallel in self.graph.pred[node_id].values():
                for data in parallel.values():
                    yield data["half"]

    def outgoing(self, node_id: NodeId) -> Iterator[ChannelHalf]:
        """Every direction that leads away from a node, in the order in which they were set."""
        if node_id in self.graph:
            for parallel in self.graph.succ[node_id].values():
                for data in parallel.values():
                    yield data["half"]

    @property
    def node_count(self) -> int:
        """How many nodes have a channel."""
        return len(self._nodes)

    @property
    def channel_count(self) -> int:
        """How many channels were announced."""
        return len(self._channels)


def policy_of(update: ChannelUpdate) -> DirectedPolicy:
    """An update's figures as they stand on the map."""
    return DirectedPolicy(
        fee_base_msat=update.fee_base_msat,
        fee_proportional_millionths=update.fee_proportional_millionths,
        cltv_expiry_delta=update.cltv_expiry_delta,
        htlc_minimum_msat=update.htlc_minimum_msat,
        htlc_maximum_msat=update.htlc_maximum_msat,
        is_disabled=bool(update.channel_flags & DISABLE_BIT),
        last_update_s=update.timestamp,
    )


def _channel_of(announcement: ChannelAnnouncement, capacity_sat: int | None) -> ChannelInfo:
    return ChannelInfo(
        short_channel_id=announcement.short_channel_id,
        node_one=announcement.node_id_1,
        node_two=announcement.node_id_2,
        capacity_sat=capacity_sat,
        features=Features.decode(announcement.features),
    )
