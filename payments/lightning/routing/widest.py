"""
The way that carries most, whatever it costs, takes or counts: Dijkstra from our side, with the bottleneck for a distance.

What is found is a fact about the channels alone. It says when it is no use to look on, and it is the last hope of a payment in parts.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from payments.lightning.graph.network import ChannelHalf
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing.amounts import passed_on_msat
from payments.lightning.routing.parameters import FirstHop
from payments.lightning.routing.search import Terrain
from payments.lightning.routing.way import Way

_Reached = tuple[int, int, ShortChannelId, NodeId]
"""(less the amount, how many steps were taken, channel, node): the order in which nodes are left."""


def widest_way(terrain: Terrain, *, final_cltv_expiry_delta: int) -> Way | None:
    """A way that carries that much; None when nothing can reach the payee."""
    amount_msat, arrivals = _explore(terrain)
    if not amount_msat:
        return None
    halves: list[ChannelHalf] = []
    here = arrivals[terrain.payee]
    while not isinstance(here, FirstHop):
        halves.append(here)
        here = arrivals[here.source]
    return Way(first_hop=here, halves=tuple(reversed(halves)), final_cltv_expiry_delta=final_cltv_expiry_delta)


def _explore(terrain: Terrain) -> tuple[int, dict[NodeId, ChannelHalf | FirstHop]]:
    """What can reach the payee, and by which channel every node on the way is reached best."""
    best_msat: dict[NodeId, int] = {}
    arrivals: dict[NodeId, ChannelHalf | FirstHop] = {}
    heap: list[_Reached] = []
    for peer in terrain.peers():
        for hop in terrain.ours_to(peer):
            limit_msat = terrain.first_hop_limit_msat(hop)
            if limit_msat > best_msat.get(peer, 0):
                best_msat[peer], arrivals[peer] = limit_msat, hop
                heap.append((-limit_msat, 0, hop.short_channel_id, peer))
    heapify(heap)
    while heap:
        less_msat, steps, _scid, node_id = heappop(heap)
        if node_id == terrain.payee:
            return -less_msat, arrivals
        if -less_msat < best_msat[node_id]:
            continue
        for half in sorted(terrain.out_of(node_id), key=lambda half: half.channel.short_channel_id):
            amount_msat = min(passed_on_msat(half.policy, -less_msat), terrain.largest_htlc_msat(half))
            fits = amount_msat > best_msat.get(half.target, 0) and amount_msat >= half.policy.htlc_minimum_msat
            if fits and terrain.may_use(half):
                best_msat[half.target], arrivals[half.target] = amount_msat, half
                heappush(heap, (-amount_msat, steps + 1, half.channel.short_channel_id, half.target))
    return 0, arrivals
