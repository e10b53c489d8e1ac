"""The map of the network from its stored, signed messages."""

from __future__ import annotations

from django.db.models import Max

from payments.lightning.graph.drawing import draw_map
from payments.lightning.graph.network import NetworkGraph
from payments.models import GossipRecord


def read_graph() -> NetworkGraph:
    """Every stored message, and the count of changes where the stored messages left it."""
    graph = draw_map(GossipRecord.objects.order_by("kind", "id").values_list("message", "capacity_sat").iterator(chunk_size=2_000))
    graph.version = GossipRecord.objects.aggregate(last=Max("sequence"))["last"] or 0
    return graph
