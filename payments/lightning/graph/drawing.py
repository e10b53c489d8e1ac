"""A map from stored messages, which were verified before they were stored."""

from __future__ import annotations

from collections.abc import Iterable

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement, decode_message


def draw_map(messages: Iterable[tuple[bytes | memoryview, int | None]]) -> NetworkGraph:
    """
    The map that these messages make, each with its channel's capacity in sat where one is known.

    The order is kept: where two routes are equally good, it decides. Give them as their subjects were first heard of, for a map on which
    news replaced what was known has that order too.
    """
    graph = NetworkGraph()
    for data, capacity_sat in messages:
        message = decode_message(bytes(data))
        assert isinstance(message, ChannelAnnouncement | ChannelUpdate | NodeAnnouncement)
        graph.apply(message, capacity_sat=capacity_sat)
    return graph
