"""Who there is in the sandbox."""

from __future__ import annotations

from payments.models import NodeRecord
from payments.queries.shapes import NodeShape


def sandbox_nodes() -> tuple[NodeShape, ...]:
    """All nodes by role and name. One statement."""
    return tuple(
        NodeShape(name=node.name, slug=node.slug, node_id=node.node_id, role=node.role, sells=node.sells, color=node.color)
        for node in NodeRecord.objects.order_by("role", "name")
    )
