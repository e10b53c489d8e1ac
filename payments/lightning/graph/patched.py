"""
A drawn map with newer policies on top of it: what a map becomes by `channel_update`s, without drawing it anew.

A map of the whole network takes seconds to draw, and nine of ten changes are a price. Neither the map below nor this one ever changes: a
change makes another one, which shares the map below, so whoever is still reading the old one reads it to its end.

BOLT 7, P2P Node and Channel Discovery
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from payments.lightning.graph.network import ChannelHalf, ChannelInfo, DirectedPolicy, NetworkGraph, NodeInfo
from payments.lightning.graph.snapshot import PolicyPatch
from payments.lightning.ids import NodeId, ShortChannelId

Newer = Mapping[tuple[ShortChannelId, NodeId], ChannelHalf]
"""By channel and the node whose policy it is."""


class PatchedGraph:
    """See GraphView. `drawn` must not change any more."""

    def __init__(self, drawn: NetworkGraph, newer: Newer | None = None) -> None:
        self.drawn = drawn
        self.newer: Newer = newer or {}

    def patched(self, patches: Iterable[PolicyPatch]) -> PatchedGraph | None:
        """The same map with these policies too; None when one is of a direction of which nothing was known: then draw it anew."""
        newer = dict(self.newer)
        for patch in patches:
            direction = (patch.short_channel_id, patch.source)
            known = newer.get(direction) or self.drawn.half(patch.short_channel_id, source=patch.source)
            if known is None:
                return None
            newer[direction] = replace(known, policy=patch.policy)
        return PatchedGraph(self.drawn, newer)

    def patches(self) -> list[PolicyPatch]:
        """What is newer than the map below."""
        return [PolicyPatch(short_channel_id=scid, source=source, policy=half.policy) for (scid, source), half in self.newer.items()]

    def node(self, node_id: NodeId) -> NodeInfo | None:
        """What is known of a node; None when it is not on the map."""
        return self.drawn.node(node_id)

    def nodes(self) -> tuple[NodeInfo, ...]:
        """Every node, in the order in which it was first heard of."""
        return self.drawn.nodes()

    def channel(self, short_channel_id: ShortChannelId) -> ChannelInfo | None:
        """A channel by its id; None when it is not on the map."""
        return self.drawn.channel(short_channel_id)

    def channels(self) -> tuple[ChannelInfo, ...]:
        """Every channel, in the order in which it was announced."""
        return self.drawn.channels()

    def channels_of(self, node_id: NodeId) -> tuple[ChannelInfo, ...]:
        """A node's channels; none when it is not on the map."""
        return self.drawn.channels_of(node_id)

    def half(self, short_channel_id: ShortChannelId, *, source: NodeId) -> ChannelHalf | None:
        """One direction of a channel; None when the channel is unknown or its node has not said what it asks."""
        return self.newer.get((short_channel_id, source)) or self.drawn.half(short_channel_id, source=source)

    def policy(self, short_channel_id: ShortChannelId, *, source: NodeId) -> DirectedPolicy | None:
        """What a node asks for forwarding over one of its channels, if it has said so."""
        half = self.half(short_channel_id, source=source)
        return None if half is None else half.policy

    def incoming(self, node_id: NodeId) -> Iterator[ChannelHalf]:
        """Every direction that leads to a node, in the order in which they were set."""
        return map(self._newest, self.drawn.incoming(node_id)) if self.newer else self.drawn.incoming(node_id)

    def outgoing(self, node_id: NodeId) -> Iterator[ChannelHalf]:
        """Every direction that leads away from a node, in the order in which they were set."""
        return map(self._newest, self.drawn.outgoing(node_id)) if self.newer else self.drawn.outgoing(node_id)

    @property
    def node_count(self) -> int:
        """How many nodes have a channel."""
        return self.drawn.node_count

    @property
    def channel_count(self) -> int:
        """How many channels were announced."""
        return self.drawn.channel_count

    def _newest(self, half: ChannelHalf) -> ChannelHalf:
        return self.newer.get((half.channel.short_channel_id, half.source), half)
