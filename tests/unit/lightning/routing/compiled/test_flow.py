"""The flow at the least price: networkx, given the same prices in whole numbers, finds none that costs less."""

from __future__ import annotations

from random import Random

import networkx as nx
import pytest

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.routing.compiled.finder import CompiledFinder
from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.routing.compiled.stretches import STRETCHES, USED, write_stretches
from payments.lightning.routing.compiled.tables import OUR_CHANNELS, PAYEE, SOURCE, TARGET
from payments.lightning.routing.explanation import explain_route
from payments.lightning.routing.finder import Aim, Task
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.parts import fee_msat, paths_of
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.routing.search import Terrain
from payments.lightning.routing.split import split
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from tests.graphs import channel, first_hop, network, node, wish

pytestmark = [
    pytest.mark.skipif(not IS_COMPILED, reason="numba is not there: flows were NOT checked"),
    pytest.mark.timeout(600),  # the first question of all waits for the compiler
]
NAMES = ("bob", "carol", "dave", "erin", "frank", "grace", "heidi")
UNITS = 16


def drawn(dice: Random) -> NetworkGraph:
    """Seven nodes with some twenty channels."""
    pairs = [dice.sample(NAMES, 2) for _ in range(20)]
    return network(
        *(
            channel(
                *pair,
                capacity_sat=dice.randint(100, 2_000),
                fee_base_msat=dice.choice([0, 1, 1_000]),
                fee_proportional_millionths=dice.choice([0, 100, 3_000]),
                htlc_minimum_msat=dice.choice([0, 0, 0, 50_000]),
            )
            for pair in pairs
        )
    )


class World:
    """Alice, who wants to pay frank, and the search of her map."""

    def __init__(self, seed: int) -> None:
        dice = Random(seed)
        self.snapshot = GraphSnapshot.of(drawn(dice))
        self.scorer = ProbabilisticScorer(self.snapshot)
        self.finder = CompiledFinder(self.snapshot, self.scorer)
        self.first_hops = tuple(
            first_hop(name, number=101 + index, limit_msat=dice.randint(100_000, 2_000_000))
            for index, name in enumerate(dice.sample(NAMES, 3))
        )
        self.params = wish("frank", dice.randint(200_000, 2_000_000), features=frozenset({17}))

    def terrain(self, params: RouteParameters | None = None) -> Terrain:
        payment = (params or self.params).payment_params
        return Terrain(self.snapshot, our_node_id=node("alice"), params=payment, first_hops=self.first_hops)


def least_price(finder: CompiledFinder) -> int | None:
    """What networkx says of the network that was laid out last; None when it has no such flow."""
    tables = finder._tables()
    desk, flow = tables.desk, tables.flow
    arcs = nx.MultiDiGraph()
    arcs.add_node("us", demand=-UNITS)
    arcs.add_node(int(desk.beside.question[PAYEE]), demand=UNITS)
    for i in range(int(desk.beside.question[OUR_CHANNELS])):
        arcs.add_edge("us", int(desk.beside.peer[i]), capacity=int(flow.room[i]), weight=0)
    for step, row in enumerate(desk.chart.into.ints):
        carried = int(flow.carried[step]) if flow.turn[step] == flow.tally[4] else 0
        write_stretches(desk, tables.closer, flow, desk.chart.into, step)
        flow.carried[step] = carried
        for stretch in range(STRETCHES):
            arcs.add_edge(int(row[SOURCE]), int(row[TARGET]), capacity=int(flow.width[step, stretch]), weight=int(flow.cost[step, stretch]))
    try:
        return int(nx.min_cost_flow_cost(arcs))
    except nx.NetworkXUnfeasible:
        return None


def price(finder: CompiledFinder) -> int:
    """What the flow costs that was found last."""
    flow = finder._tables().flow
    total = 0
    for step in set(flow.used[: flow.tally[USED]].tolist()):
        left = int(flow.carried[step])
        for width, cost in zip(flow.width[step].tolist(), flow.cost[step].tolist(), strict=True):
            total += min(left, width) * cost
            left -= min(left, width)
        assert left == 0
    return total


def test_no_flow_costs_less_and_where_none_is_found_there_is_none():
    found = 0
    for seed in range(60):
        world = World(seed)
        shares = world.finder.spread(world.terrain(), Task.of(world.params), aim=Aim.PRICE, units=UNITS)
        expected = least_price(world.finder)
        assert (expected is not None) == bool(shares), seed
        if shares:
            found += 1
            assert UNITS == sum(share.units for share in shares)
            assert expected == price(world.finder), seed
    assert 10 < found < 60


def test_parts_can_be_sent_are_always_the_same_and_never_dearer_than_what_any_manner_finds():
    in_parts = 0
    for seed in range(100, 160):
        world = World(seed)
        router = DefaultRouter(world.snapshot, world.scorer, finder=world.finder)
        asked = {"params": world.params, "first_hops": world.first_hops}
        answer = router.find_route(node("alice"), **asked)
        assert answer == router.find_route(node("alice"), **asked)
        if isinstance(answer, Route) and len(answer.paths) > 1:
            in_parts += 1
            assert can_be_sent(answer, world.params, world.terrain())
            limits = Task.of(world.params).limits
            others = list(split(world.terrain(), world.params, limits, finder=world.finder))
            within = [Route(paths=paths_of(parts)) for parts in others if fee_msat(parts) <= limits.fee_msat]
            prices = [explain_route(route, world.terrain(), world.scorer).price_msat for route in (answer, *within)]
            assert len(others) > 1
            assert prices[0] == min(prices)
    assert in_parts > 10
