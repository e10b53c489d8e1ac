"""The compiled search on real maps: it answers like the readable one, and keeps every limit where that one would take too long."""

from __future__ import annotations

from random import Random

import msgspec
import numpy as np
import pytest

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.routing.compiled.finder import CompiledFinder
from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.routing.finder import ReadableFinder, Task, usage_of
from payments.lightning.routing.parameters import PaymentParameters, RouteParameters, default_fee_limit_msat
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.routing.search import Terrain
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from tests.graphs import first_hop, node
from tests.mainnet import real_map

pytestmark = [
    pytest.mark.skipif(not IS_COMPILED, reason="numba is not there: the compiled search was NOT checked against real maps"),
    pytest.mark.timeout(600),  # the first question of all waits for the compiler
]
US = node("us")


def our_channels(snapshot: GraphSnapshot, random: Random):
    """Five channels to well connected nodes."""
    best = np.argsort(-np.diff(snapshot.into_start))[:30].tolist()
    hops = [first_hop("anybody", number=number, limit_msat=5_000_000_000) for number in range(1, 6)]
    peers = random.sample(best, 5)
    return tuple(
        msgspec.structs.replace(hop, counterparty_node_id=snapshot.node_id_at(peer)) for hop, peer in zip(hops, peers, strict=True)
    )


def question(snapshot: GraphSnapshot, random: Random, *, most_msat: float, **payment: object) -> RouteParameters:
    """From 1,000 sat to so many, to any node that somebody forwards to."""
    payees = np.flatnonzero(np.diff(snapshot.into_start)).tolist()
    amount_msat = int(10 ** random.uniform(6, most_msat))
    params = PaymentParameters(payee=snapshot.node_id_at(random.choice(payees)), final_cltv_expiry_delta=18, **payment)
    return RouteParameters(
        payment_params=params, final_value_msat=amount_msat, max_total_routing_fee_msat=default_fee_limit_msat(amount_msat)
    )


def test_on_a_thousand_real_nodes_it_finds_what_the_readable_search_finds():
    snapshot = real_map("small-1000.describegraph.json.gz").snapshot
    graph: NetworkGraph = snapshot.drawn()
    scorer, random = ProbabilisticScorer(graph), Random(1)
    compiled, readable, first_hops = CompiledFinder(snapshot, scorer), ReadableFinder(scorer), our_channels(snapshot, random)

    for _ in range(25):
        params = question(snapshot, random, most_msat=9)
        terrain = Terrain(graph, our_node_id=US, params=params.payment_params, first_hops=first_hops)
        costs = []
        for finder in (readable, compiled):
            way = finder.cheapest(terrain, Task.of(params))
            assert way is not None
            amount_msat, cost = params.final_value_msat, 0
            for half in reversed(way.halves):
                scid, usage = half.channel.short_channel_id, usage_of(half, amount_msat)
                fee_msat = half.policy.fee_msat(amount_msat)
                cost += fee_msat + scorer.channel_penalty_msat(scid, source=half.source, target=half.target, usage=usage)
                amount_msat += fee_msat
            costs.append(cost)
        assert costs[1] <= costs[0] + len(way.halves) + costs[0] // 10_000


def test_on_the_whole_network_every_route_keeps_every_limit():
    snapshot = real_map("mainnet-2023-10-19.describegraph.json.gz").snapshot
    scorer, random = ProbabilisticScorer(snapshot), Random(2)
    router = DefaultRouter(snapshot, scorer, finder=CompiledFinder(snapshot, scorer))
    first_hops = our_channels(snapshot, random)
    routes = 0

    for _ in range(60):
        params = question(snapshot, random, most_msat=10, features=frozenset({15, 17}))
        answer = router.find_route(US, params=params, first_hops=first_hops)
        if isinstance(answer, Route):
            terrain = Terrain(snapshot, our_node_id=US, params=params.payment_params, first_hops=first_hops)
            assert can_be_sent(answer, params, terrain)
            routes += 1

    assert routes > 20
