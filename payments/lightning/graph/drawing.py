"""A map from stored messages, which were verified before they were stored."""

from __future__ import annotations

from collections.abc import Iterable

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement, decode_message


def draw_map(messages: Iterable[tuple[bytes | memoryview, int | None]]) -> NetworkGraph:
    """
    The map that these messages make, each with its channel's capacity in sat where one is known.

    Give announcements of channels before all that is said about them. An empty message says that its subject was forgotten.
    """
    graph = NetworkGraph()
    for data, capacity_sat in messages:
        if not data:
            continue
        message = decode_message(bytes(data))
        assert isinstance(message, ChannelAnnouncement | ChannelUpdate | NodeAnnouncement)
        graph.apply(message, capacity_sat=capacity_sat)
    return graph
