"""
The one door: a question in, a route or the reason why there is none out.

A pure function of its arguments: the same map, scorer, first hops, question and seed give the same route, so a decision can be repeated
and explained later. It returns one path for now; `Route` can hold several.
"""

from __future__ import annotations

import msgspec

from payments.lightning.graph.network import ChannelHalf, NetworkGraph
from payments.lightning.ids import NodeId
from payments.lightning.routing.diagnosis import explain
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.parameters import FirstHop, RouteParameters
from payments.lightning.routing.route import Path, Route, RouteHop
from payments.lightning.routing.search import Label, Limits, Terrain, Weigh, find_label, largest_htlc_msat
from payments.lightning.routing.shadow import shadow_cltv_expiry_delta
from payments.lightning.scoring.scorer import ChannelUsage, ScoreLookUp


def find_route(
    our_node_id: NodeId,
    *,
    params: RouteParameters,
    graph: NetworkGraph,
    first_hops: tuple[FirstHop, ...],
    scorer: ScoreLookUp,
    shadow_seed: bytes | None = None,
) -> Route | NoRoute:
    """
    How to pay: the route with the least fees and penalties within every limit, or why there is none.

    our_node_id   channels that the map shows as ours are ignored; `first_hops` takes their place
    shadow_seed   hides the payee behind a few blocks more of final delta, as far as the CLTV limit allows; None: adds nothing

    ValueError when the amount is not positive.
    """
    if params.final_value_msat <= 0:
        raise ValueError(f"nothing to pay: {params.final_value_msat} msat")
    payment = params.payment_params
    terrain = Terrain(graph, our_node_id=our_node_id, params=payment, first_hops=first_hops)
    if payment.payee == our_node_id:
        return explain(terrain, params)
    label = find_label(
        terrain,
        amount_msat=params.final_value_msat,
        final_cltv_expiry_delta=payment.final_cltv_expiry_delta,
        limits=Limits.of(params),
        weigh=_fee_and_penalty(scorer),
    )
    if label is None:
        return explain(terrain, params)
    path = path_of(label)
    return Route(paths=(path if shadow_seed is None else _shadowed(path, graph, shadow_seed, payment.max_total_cltv_expiry_delta),))


def path_of(label: Label) -> Path:
    """The path that a label at our node stands for, with the final delta as it was asked for."""
    hops = []
    while label.parent is not None:
        here = label.parent
        onward_msat, onward_delta = (0, 0) if here.parent is None else (here.parent.amount_msat, here.parent.cltv_expiry_delta)
        hops.append(
            RouteHop(
                node_id=here.node,
                short_channel_id=label.short_channel_id,
                fee_msat=here.amount_msat - onward_msat,
                cltv_expiry_delta=here.cltv_expiry_delta - onward_delta,
            )
        )
        label = here
    return Path(hops=tuple(hops))


def _fee_and_penalty(scorer: ScoreLookUp) -> Weigh:
    def weigh(half: ChannelHalf, amount_msat: int, fee_msat: int) -> int:
        usage = ChannelUsage(amount_msat=amount_msat, effective_capacity_msat=largest_htlc_msat(half))
        scid = half.channel.short_channel_id
        return fee_msat + scorer.channel_penalty_msat(scid, source=half.source, target=half.target, usage=usage)

    return weigh


def _shadowed(path: Path, graph: NetworkGraph, seed: bytes, max_total_cltv_expiry_delta: int) -> Path:
    room = max_total_cltv_expiry_delta - path.total_cltv_expiry_delta
    extra = min(room, shadow_cltv_expiry_delta(path, graph=graph, seed=seed))
    last = path.hops[-1]
    return Path(hops=(*path.hops[:-1], msgspec.structs.replace(last, cltv_expiry_delta=last.cltv_expiry_delta + extra)))
