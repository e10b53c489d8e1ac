"""
A route that somebody has chosen: whether it can still be sent as it is.

Between the look at a route and the wish to send it the network may have changed. What was chosen is then sent exactly or not at all: it is
never mended behind the back of who chose it. Checked is every demand that the search respects, in whole numbers and with the same figures.
"""

from __future__ import annotations

from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Path, Route
from payments.lightning.routing.search import Terrain
from payments.lightning.routing.way import Way


def can_be_sent(route: Route, params: RouteParameters, terrain: Terrain) -> bool:
    """
    Whether a route is still within every limit and asks no node for more than it offers, its paths beside each other included.

    params    what it was found for: amount, fee limit and all
    terrain   how the network is now

    The shadow of its last hops is left to it: a payee takes a longer delay than it asked for.
    """
    if not route.paths or not all(path.hops for path in route.paths) or len(route.paths) > params.payment_params.max_path_count:
        return False
    if route.total_amount_msat != params.final_value_msat or route.total_fees_msat > params.max_total_routing_fee_msat:
        return False
    for path in route.paths:
        way = Way.along(path, terrain)
        if way is None or not (_is_within(path, params) and _is_carried(path, way, terrain)):
            return False
        terrain = terrain.carrying(path, first_hop=way.first_hop)
    return True


def _is_within(path: Path, params: RouteParameters) -> bool:
    payment, last = params.payment_params, path.hops[-1]
    nodes = [hop.node_id for hop in path.hops]
    return (
        len(path.hops) <= payment.max_path_length
        and path.total_cltv_expiry_delta <= payment.max_total_cltv_expiry_delta
        and last.node_id == payment.payee
        and last.cltv_expiry_delta >= payment.final_cltv_expiry_delta
        and len(nodes) == len(set(nodes))
        and all(hop.fee_msat >= 0 and hop.cltv_expiry_delta >= 0 for hop in path.hops)
        and last.fee_msat > 0
    )


def _is_carried(path: Path, way: Way, terrain: Terrain) -> bool:
    """Whether every channel of a path takes its amount and every node's fee and delay are what it asks for, or more."""
    first_hop = way.first_hop
    if not first_hop.next_outbound_htlc_minimum_msat <= path.amount_at(0) <= terrain.first_hop_limit_msat(first_hop):
        return False
    for index, (hop, half) in enumerate(zip(path.hops[:-1], way.halves, strict=True), start=1):
        amount_msat, policy = path.amount_at(index), half.policy
        if not terrain.may_use(half) or not policy.htlc_minimum_msat <= amount_msat <= terrain.largest_htlc_msat(half):
            return False
        if hop.fee_msat < policy.fee_msat(amount_msat) or hop.cltv_expiry_delta < policy.cltv_expiry_delta:
            return False
    return True
