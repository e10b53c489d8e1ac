"""
A map that never changes: arrays with the questions of a search on them.

It answers what `NetworkGraph` answers, so that whoever reads one reads the other. What a compiled search wants it takes from the arrays
themselves; the values made here are for the readable search, for pages, and for tests.

BOLT 7, P2P Node and Channel Discovery
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct, structs

from payments.lightning.graph.arrays import (
    ASKS_UNKNOWN,
    DISABLED,
    POLICY_KNOWN,
    UNKNOWN,
    GraphArrays,
    Pieces,
    Places,
    link_halves,
)
from payments.lightning.graph.assembly import ChannelColumns, LeftOut, NodeColumns, PolicyColumns, assemble
from payments.lightning.graph.gossip import decode_alias
from payments.lightning.graph.network import ChannelHalf, ChannelInfo, DirectedPolicy, NetworkGraph, NodeInfo
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.units import MAX_MSAT
from payments.lightning.wire.features import Features


class PolicyPatch(Struct, frozen=True, kw_only=True):
    """A node's new figures for one of its channels: what a `channel_update` changes on a map."""

    short_channel_id: ShortChannelId
    source: NodeId
    policy: DirectedPolicy


class GraphSnapshot(GraphArrays, frozen=True, kw_only=True, eq=False):
    """All channels of a source at one moment."""

    @classmethod
    def of(cls, graph: NetworkGraph) -> GraphSnapshot:
        """A drawn map as arrays. Nothing is left out: what is on a drawn map may be."""
        channels = sorted(graph.channels(), key=lambda channel: channel.short_channel_id)
        snapshot, _nothing = cls.assembled(_node_columns(graph.nodes()), _channel_columns(channels), _policy_columns(channels, graph))
        return snapshot

    @classmethod
    def assembled(cls, nodes: NodeColumns, channels: ChannelColumns, policies: PolicyColumns) -> tuple[GraphSnapshot, LeftOut]:
        """The map of what a source says, and what had to be left out."""
        return assemble(nodes, channels, policies, kind=cls)

    def drawn(self) -> NetworkGraph:
        """The same as a map that can be changed and that networkx can measure; seconds and hundreds of megabytes at mainnet's size."""
        graph = NetworkGraph()
        for channel in self.channels():
            graph.add_channel(channel)
        for node in self.nodes():
            graph.set_node(node)
        for place in np.flatnonzero(self.flags & POLICY_KNOWN).tolist():
            half = self.half_at(place)
            graph.set_policy(half.channel.short_channel_id, source=half.source, policy=half.policy)
        return graph

    def patched(self, patches: Iterable[PolicyPatch]) -> GraphSnapshot:
        """
        The same map with these policies, in their order. Arrays that stay the same are shared.

        What is about a channel that is not on it, or no newer than what is known, changes nothing.
        """
        rows = {name: getattr(self, name).copy() for name in _POLICY_ROWS}
        for patch in patches:
            half = self.half_place(patch.short_channel_id, source=patch.source)
            if half is not None and _is_newer(rows, half, patch.policy):
                _write(rows, half, patch.policy)
        if np.array_equal(rows["flags"] & POLICY_KNOWN, self.flags & POLICY_KNOWN):
            return structs.replace(self, **rows)
        linked = link_halves(self.node1, self.node2, flags=rows["flags"], node_count=self.node_count)
        return structs.replace(self, **rows, **structs.asdict(linked))

    # -- places

    def node_place(self, node_id: NodeId) -> int | None:
        """Where a node stands in the arrays; None when it is not on the map."""
        low, high = 0, len(self.node_ids)
        while low < high:
            middle = (low + high) // 2
            if self.node_ids[middle].tobytes() < node_id:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self.node_ids) and self.node_ids[low].tobytes() == node_id else None

    def channel_place(self, short_channel_id: ShortChannelId) -> int | None:
        """Where a channel stands in the arrays; None when it is not on the map."""
        if not 0 <= short_channel_id < 1 << 63:
            return None
        place = int(np.searchsorted(self.short_channel_ids, short_channel_id))
        return place if place < self.channel_count and int(self.short_channel_ids[place]) == short_channel_id else None

    def half_place(self, short_channel_id: ShortChannelId, *, source: NodeId) -> int | None:
        """Where a direction stands in the arrays, known policy or not; None when there is no such channel, or it is not this node's."""
        channel = self.channel_place(short_channel_id)
        if channel is None:
            return None
        ends = (self.node_id_at(int(self.node1[channel])), self.node_id_at(int(self.node2[channel])))
        return 2 * channel + ends.index(source) if source in ends else None

    def channel_places_of(self, node: int) -> Places:
        """Where all channels of a node stand, those included that nobody said a policy for, rising."""
        return np.flatnonzero((self.node1 == node) | (self.node2 == node)).astype(np.int32)

    # -- values at places

    def node_id_at(self, node: int) -> NodeId:
        """The key of the node at a place."""
        return NodeId(self.node_ids[node].tobytes())

    def node_at(self, node: int) -> NodeInfo:
        """What is known of the node at a place."""
        return NodeInfo(
            node_id=self.node_id_at(node),
            alias=decode_alias(self.aliases[node]),
            color=f"#{self.colors[node].tobytes().hex()}",
            features=Features.decode(self.node_features[node]),
            last_update_s=int(self.node_timestamp_s[node]) or None,
        )

    def channel_at(self, channel: int) -> ChannelInfo:
        """The channel at a place."""
        capacity_sat = int(self.capacity_sat[channel])
        return ChannelInfo(
            short_channel_id=ShortChannelId(int(self.short_channel_ids[channel])),
            node_one=self.node_id_at(int(self.node1[channel])),
            node_two=self.node_id_at(int(self.node2[channel])),
            capacity_sat=None if capacity_sat == UNKNOWN else capacity_sat,
            features=Features.decode(self.channel_features[channel]),
        )

    def policy_at(self, half: int) -> DirectedPolicy | None:
        """What is asked for in the direction at a place; where no maximum was said it is all the money there is."""
        if not self.flags[half] & POLICY_KNOWN:
            return None
        maximum_msat = int(self.htlc_maximum_msat[half])
        return DirectedPolicy(
            fee_base_msat=int(self.fee_base_msat[half]),
            fee_proportional_millionths=int(self.fee_ppm[half]),
            cltv_expiry_delta=int(self.cltv_expiry_delta[half]),
            htlc_minimum_msat=int(self.htlc_minimum_msat[half]),
            htlc_maximum_msat=MAX_MSAT if maximum_msat == UNKNOWN else maximum_msat,
            is_disabled=bool(self.flags[half] & DISABLED),
            last_update_s=int(self.timestamp_s[half]),
        )

    def half_at(self, half: int) -> ChannelHalf:
        """The direction at a place; ValueError when its node has not said what it asks."""
        policy = self.policy_at(half)
        if policy is None:
            raise ValueError(f"half {half} has no policy")
        channel = self.channel_at(half // 2)
        source, target = (channel.node_two, channel.node_one) if half % 2 else (channel.node_one, channel.node_two)
        return ChannelHalf(source=source, target=target, channel=channel, policy=policy)

    # -- questions, as NetworkGraph answers them

    def node(self, node_id: NodeId) -> NodeInfo | None:
        """What is known of a node; None when it is not on the map."""
        place = self.node_place(node_id)
        return None if place is None else self.node_at(place)

    def nodes(self) -> tuple[NodeInfo, ...]:
        """Every node, by rising keys."""
        return tuple(map(self.node_at, range(self.node_count)))

    def channel(self, short_channel_id: ShortChannelId) -> ChannelInfo | None:
        """A channel by its id; None when it is not on the map."""
        place = self.channel_place(short_channel_id)
        return None if place is None else self.channel_at(place)

    def channels(self) -> tuple[ChannelInfo, ...]:
        """Every channel, by rising ids."""
        return tuple(map(self.channel_at, range(self.channel_count)))

    def channels_of(self, node_id: NodeId) -> tuple[ChannelInfo, ...]:
        """A node's channels; none when it is not on the map."""
        place = self.node_place(node_id)
        return () if place is None else tuple(map(self.channel_at, self.channel_places_of(place).tolist()))

    def half(self, short_channel_id: ShortChannelId, *, source: NodeId) -> ChannelHalf | None:
        """One direction of a channel; None when the channel is unknown or its node has not said what it asks."""
        place = self.half_place(short_channel_id, source=source)
        return None if place is None or not self.flags[place] & POLICY_KNOWN else self.half_at(place)

    def policy(self, short_channel_id: ShortChannelId, *, source: NodeId) -> DirectedPolicy | None:
        """What a node asks for forwarding over one of its channels, if it has said so."""
        place = self.half_place(short_channel_id, source=source)
        return None if place is None else self.policy_at(place)

    def incoming(self, node_id: NodeId) -> Iterator[ChannelHalf]:
        """Every direction with a known policy that leads to a node, by rising ids."""
        return self._halves_at(node_id, self.into_start, self.into_halves)

    def outgoing(self, node_id: NodeId) -> Iterator[ChannelHalf]:
        """Every direction with a known policy that leads away from a node, by rising ids."""
        return self._halves_at(node_id, self.out_start, self.out_halves)

    def _halves_at(self, node_id: NodeId, start: Places, halves: Places) -> Iterator[ChannelHalf]:
        place = self.node_place(node_id)
        if place is not None:
            yield from map(self.half_at, halves[start[place] : start[place + 1]].tolist())


_POLICY_ROWS = ("fee_base_msat", "fee_ppm", "htlc_minimum_msat", "htlc_maximum_msat", "cltv_expiry_delta", "flags", "timestamp_s")


def _is_newer(rows: dict[str, np.ndarray], half: int, policy: DirectedPolicy) -> bool:
    return not rows["flags"][half] & POLICY_KNOWN or policy.last_update_s > int(rows["timestamp_s"][half])


def _write(rows: dict[str, np.ndarray], half: int, policy: DirectedPolicy) -> None:
    rows["fee_base_msat"][half] = policy.fee_base_msat
    rows["fee_ppm"][half] = policy.fee_proportional_millionths
    rows["htlc_minimum_msat"][half] = min(policy.htlc_minimum_msat, MAX_MSAT)
    rows["htlc_maximum_msat"][half] = min(policy.htlc_maximum_msat, MAX_MSAT)
    rows["cltv_expiry_delta"][half] = policy.cltv_expiry_delta
    rows["timestamp_s"][half] = policy.last_update_s
    rows["flags"][half] = _flags_of(policy) | int(rows["flags"][half]) & ASKS_UNKNOWN


def _flags_of(policy: DirectedPolicy) -> int:
    return POLICY_KNOWN | (DISABLED if policy.is_disabled else 0)


def _keys(node_ids: Iterable[NodeId], *shape: int) -> np.ndarray:
    return np.frombuffer(b"".join(node_ids), np.uint8).reshape(*shape, 33)


def _node_columns(nodes: tuple[NodeInfo, ...]) -> NodeColumns:
    return NodeColumns(
        keys=_keys((node.node_id for node in nodes), len(nodes)),
        aliases=Pieces.of(node.alias.encode() for node in nodes),
        colors=np.frombuffer(bytes.fromhex("".join(node.color[1:] for node in nodes)), np.uint8).reshape(len(nodes), 3),
        features=Pieces.of(node.features.encode() for node in nodes),
        timestamp_s=np.array([node.last_update_s or 0 for node in nodes], np.uint32),
    )


def _channel_columns(channels: list[ChannelInfo]) -> ChannelColumns:
    return ChannelColumns(
        short_channel_ids=np.array([channel.short_channel_id for channel in channels], np.int64),
        capacity_sat=np.array([UNKNOWN if channel.capacity_sat is None else channel.capacity_sat for channel in channels], np.int64),
        keys=_keys((end for channel in channels for end in (channel.node_one, channel.node_two)), len(channels), 2),
        features=Pieces.of(channel.features.encode() for channel in channels),
    )


def _policy_columns(channels: list[ChannelInfo], graph: NetworkGraph) -> PolicyColumns:
    policies = [graph.policy(channel.short_channel_id, source=end) for channel in channels for end in (channel.node_one, channel.node_two)]
    nothing = DirectedPolicy(fee_base_msat=0, fee_proportional_millionths=0, cltv_expiry_delta=0, htlc_maximum_msat=0)
    said = [policy or nothing for policy in policies]
    return PolicyColumns(
        fee_base_msat=np.array([policy.fee_base_msat for policy in said], np.int64),
        fee_ppm=np.array([policy.fee_proportional_millionths for policy in said], np.int64),
        htlc_minimum_msat=np.array([min(policy.htlc_minimum_msat, MAX_MSAT) for policy in said], np.int64),
        htlc_maximum_msat=np.array([min(policy.htlc_maximum_msat, MAX_MSAT) for policy in said], np.int64),
        cltv_expiry_delta=np.array([policy.cltv_expiry_delta for policy in said], np.int64),
        flags=np.array([0 if policy is None else _flags_of(policy) for policy in policies], np.uint8),
        timestamp_s=np.array([policy.last_update_s for policy in said], np.uint32),
    )
