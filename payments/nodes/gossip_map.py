"""The map of the network from its stored, signed messages."""

from __future__ import annotations

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement, decode_message
from payments.models import GossipRecord


def read_graph() -> NetworkGraph:
    """
    Every stored message. They were verified before they were stored.

    In the order in which their subjects were first heard of: a map on which news replaced what was known has that order too, and where two
    routes are equally good it decides.
    """
    graph, last = NetworkGraph(), 0
    for row in GossipRecord.objects.order_by("id").iterator(chunk_size=2_000):
        message = decode_message(bytes(row.message))
        assert isinstance(message, ChannelAnnouncement | ChannelUpdate | NodeAnnouncement)
        graph.apply(message, capacity_sat=row.capacity_sat)
        last = max(last, row.sequence)
    graph.version = last
    return graph
