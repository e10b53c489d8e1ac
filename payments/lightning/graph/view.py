"""
What a search may ask of a map, whether it is drawn from gossip (`NetworkGraph`) or lies in arrays (`GraphSnapshot`).

Only questions: who changes a map knows which one it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from payments.lightning.graph.network import ChannelHalf, ChannelInfo, DirectedPolicy, NodeInfo
from payments.lightning.ids import NodeId, ShortChannelId


class GraphView(Protocol):
    """All public channels that somebody knows of."""

    def node(self, node_id: NodeId) -> NodeInfo | None:
        """What is known of a node; None when it is not on the map."""
        ...

    def nodes(self) -> tuple[NodeInfo, ...]:
        """Every node."""
        ...

    def channel(self, short_channel_id: ShortChannelId) -> ChannelInfo | None:
        """A channel by its id; None when it is not on the map."""
        ...

    def channels(self) -> tuple[ChannelInfo, ...]:
        """Every channel."""
        ...

    def channels_of(self, node_id: NodeId) -> tuple[ChannelInfo, ...]:
        """A node's channels; none when it is not on the map."""
        ...

    def half(self, short_channel_id: ShortChannelId, *, source: NodeId) -> ChannelHalf | None:
        """One direction of a channel; None when the channel is unknown or its node has not said what it asks."""
        ...

    def policy(self, short_channel_id: ShortChannelId, *, source: NodeId) -> DirectedPolicy | None:
        """What a node asks for forwarding over one of its channels, if it has said so."""
        ...

    def incoming(self, node_id: NodeId) -> Iterator[ChannelHalf]:
        """Every direction with a known policy that leads to a node."""
        ...

    def outgoing(self, node_id: NodeId) -> Iterator[ChannelHalf]:
        """Every direction with a known policy that leads away from a node."""
        ...

    @property
    def node_count(self) -> int:
        """How many nodes have a channel."""
        ...

    @property
    def channel_count(self) -> int:
        """How many channels there are."""
        ...
