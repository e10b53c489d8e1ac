"""
A few blocks more than needed, so that the expiry an HTLC carries does not tell the last nodes of a path who the payee is.

The extra is what some nodes beyond the payee would have asked for: a walk away from it over the map, steered by a seed. The same seed and
path give the same extra, so that a previewed route is the route that is sent.

BOLT 7, Recommendations for Routing
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from payments.lightning.graph.network import ChannelHalf
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.graph.view import GraphView
from payments.lightning.ids import NodeId
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Path, Route

SHADOW_HOPS = 3
"""How many nodes we pretend the path goes on for. LDK's figure: as long as a usual path."""
UNKNOWN_HOP_CLTV_EXPIRY_DELTA = 40
"""Asked for by a pretended node of which the map knows nothing: LDK's median."""
MAX_SHADOW_CLTV_EXPIRY_DELTA = 3 * 144
"""Blocks that privacy may cost at most: three of the slowest usual hops, as in LDK."""


def shadow_cltv_expiry_delta(path: Path, *, graph: GraphView, seed: bytes) -> int:
    """Blocks to add to the final delta of this path, before any limit on the total."""
    node_id = path.hops[-1].node_id
    chain = b"".join(hop.short_channel_id.to_bytes(8, "big") for hop in path.hops)
    total = 0
    for step in range(SHADOW_HOPS):
        chosen = _chosen(graph, node_id, int.from_bytes(sha256(seed + bytes([step]) + chain).digest(), "big"))
        if chosen is not None:
            total += chosen.policy.cltv_expiry_delta
            node_id = chosen.source
        else:
            total += UNKNOWN_HOP_CLTV_EXPIRY_DELTA
    return min(total, MAX_SHADOW_CLTV_EXPIRY_DELTA)


def _chosen(graph: GraphView, node_id: NodeId, number: int) -> ChannelHalf | None:
    """The direction to a node that a number picks among all by their channels' ids; None when none leads there."""
    if isinstance(graph, GraphSnapshot):  # where all are numbered already, only that one is made
        place = graph.node_place(node_id)
        into = graph.into_halves[graph.into_start[place] : graph.into_start[place + 1]] if place is not None else ()
        return graph.half_at(int(into[number % len(into)])) if len(into) else None
    halves = sorted(graph.incoming(node_id), key=lambda half: half.channel.short_channel_id)
    return halves[number % len(halves)] if halves else None


def shadowed(route: Route, question: Question, *, graph: GraphView) -> Route:
    """A route with its payee hidden, as far as the question wants it and its limit on the delay allows."""
    if question.shadow_seed is None:
        return route
    most = question.params.payment_params.max_total_cltv_expiry_delta
    return Route(paths=tuple(_shadowed(path, graph, question.shadow_seed, most) for path in route.paths))


def _shadowed(path: Path, graph: GraphView, seed: bytes, max_total_cltv_expiry_delta: int) -> Path:
    room = max_total_cltv_expiry_delta - path.total_cltv_expiry_delta
    extra = min(room, shadow_cltv_expiry_delta(path, graph=graph, seed=seed))
    last = path.hops[-1]
    return Path(hops=(*path.hops[:-1], msgspec.structs.replace(last, cltv_expiry_delta=last.cltv_expiry_delta + extra)))
