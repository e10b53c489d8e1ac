"""The map of the network from its stored, signed messages."""

from __future__ import annotations

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement, decode_message
from payments.models import GossipRecord


def read_graph() -> NetworkGraph:
    """Every stored message in the order of its sequence. They were verified before they were stored."""
    graph = NetworkGraph()
    for row in GossipRecord.objects.order_by("sequence").iterator(chunk_size=2_000):
        message = decode_message(bytes(row.message))
        assert isinstance(message, ChannelAnnouncement | ChannelUpdate | NodeAnnouncement)
        graph.apply(message, capacity_sat=row.capacity_sat)
    return graph
