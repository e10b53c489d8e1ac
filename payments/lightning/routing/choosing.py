"""
Which search a map gets, and whether it is a fast one: the only place that knows that there are two.

The compiled search needs numba and a map in arrays. Without either the readable search answers the same, and on a map of the whole network
it takes seconds: pages say so where `IS_COMPILED` is false.
"""

from __future__ import annotations

from msgspec import structs

from payments.lightning.graph.network import ChannelInfo, DirectedPolicy, NetworkGraph
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.graph.view import GraphView
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing.compiled.beliefs import Prices
from payments.lightning.routing.compiled.finder import CompiledFinder
from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.routing.finder import Aim, Finder, ReadableFinder, Task
from payments.lightning.routing.parameters import FirstHop, PaymentParameters, RouteParameters
from payments.lightning.routing.search import Limits, Terrain
from payments.lightning.scoring.scorer import FixedPenaltyScorer, ScoreLookUp


def finder_for(graph: GraphView, scorer: ScoreLookUp) -> Finder:
    """
    The fastest search for this map and scorer, for `DefaultRouter(graph, scorer, finder=...)`.

    Made once and kept as long as both: for the whole network that takes a few tenths of a second. Threads may share it.
    """
    if IS_COMPILED and isinstance(graph, GraphSnapshot) and Prices.of(scorer) is not None:
        return CompiledFinder(graph, scorer)
    return ReadableFinder(scorer)


def warm_up() -> None:
    """
    Have everything compiled, or read from where it was kept: seconds the first time, tenths of a second later.

    For a thread of its own when a process starts, so that nobody's first question waits. Without numba there is nothing to do.
    """
    if not IS_COMPILED:
        return
    us, peer, middle, payee = (NodeId(b"\x02" + bytes([byte]) * 32) for byte in (1, 2, 3, 4))
    graph = NetworkGraph()
    for number, source, target, fee_msat, delta in ((1, peer, middle, 0, 20), (3, middle, payee, 1_000, 40), (5, middle, payee, 2_000, 20)):
        graph.add_channel(ChannelInfo(short_channel_id=ShortChannelId(number), node_one=source, node_two=target, capacity_sat=1_000))
        policy = DirectedPolicy(fee_base_msat=fee_msat, fee_proportional_millionths=0, cltv_expiry_delta=delta, htlc_maximum_msat=10**6)
        graph.set_policy(ShortChannelId(number), source=source, policy=policy)
    ours = FirstHop(
        short_channel_id=ShortChannelId(7),
        counterparty_node_id=peer,
        outbound_capacity_msat=1_000_000,
        next_outbound_htlc_limit_msat=1_000_000,
        capacity_sat=1_000,
    )
    params = PaymentParameters(payee=payee, final_cltv_expiry_delta=18)
    terrain = Terrain(graph, our_node_id=us, params=params, first_hops=(ours,))
    finder = CompiledFinder(GraphSnapshot.of(graph), FixedPenaltyScorer())
    # The second is hopeless for its fee limit; the third turns back at the limit on the delay, and a closer look finds the other channel.
    for fee_msat, delta in ((2_000, 100), (999, 100), (2_000, 70)):
        limits = Limits(fee_msat=fee_msat, cltv_expiry_delta=delta, hops=3)
        finder.cheapest(terrain, Task(amount_msat=1_000, final_cltv_expiry_delta=18, limits=limits), aim=Aim.PRICE)
    # What takes only large amounts settles nothing quickly, so that all is looked at.
    fussy = structs.replace(ours, next_outbound_htlc_minimum_msat=1_000_000)
    finder.widest(Terrain(graph, our_node_id=us, params=params, first_hops=(fussy,)), final_cltv_expiry_delta=18)
    asked = RouteParameters(payment_params=params, final_value_msat=1_000, max_total_routing_fee_msat=2_000)
    finder.spread(terrain, Task.of(asked), aim=Aim.PRICE, units=2)
    finder.brim(terrain, Task.of(asked), parts=2)
