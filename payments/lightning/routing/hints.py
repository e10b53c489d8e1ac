"""
The ways into a payee that only its invoice knows, as channels of a map.

A stranger wrote them. What nodes signed for all to see outweighs what he says about them, and what cannot be a channel is passed over; that
a hint names a node says nothing about whether there is one.

BOLT 11, Tagged Fields
"""

from __future__ import annotations

from collections.abc import Iterator

from payments.lightning.crypto import secp256k1
from payments.lightning.graph.network import ChannelHalf, ChannelInfo, DirectedPolicy
from payments.lightning.graph.view import GraphView
from payments.lightning.ids import NodeId
from payments.lightning.invoice.invoice import HintHop, RouteHint
from payments.lightning.units import MAX_MSAT


def hinted_halves(hints: tuple[RouteHint, ...], *, payee: NodeId, graph: GraphView) -> Iterator[ChannelHalf]:
    """Each hop of each hint that is no public channel, in its direction."""
    for hint in hints:
        targets = [hop.node_id for hop in hint.hops[1:]] + [payee]
        for hop, target in zip(hint.hops, targets, strict=True):
            is_public = graph.half(hop.short_channel_id, source=hop.node_id) is not None
            if not is_public and hop.node_id != target and secp256k1.is_point(hop.node_id):
                yield _half_of(hop, target)


def _half_of(hop: HintHop, target: NodeId) -> ChannelHalf:
    node_one, node_two = sorted((hop.node_id, target))
    return ChannelHalf(
        source=hop.node_id,
        target=target,
        channel=ChannelInfo(short_channel_id=hop.short_channel_id, node_one=node_one, node_two=node_two),
        policy=DirectedPolicy(
            fee_base_msat=hop.fee_base_msat,
            fee_proportional_millionths=hop.fee_proportional_millionths,
            cltv_expiry_delta=hop.cltv_expiry_delta,
            htlc_maximum_msat=MAX_MSAT,
        ),
    )
