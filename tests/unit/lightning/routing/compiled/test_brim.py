"""The most that could flow: networkx finds the same, and nothing is ever sent beyond it."""

from __future__ import annotations

import networkx as nx
import pytest

from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.finder import Task
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from tests.graphs import node, wish
from tests.unit.lightning.routing.compiled.test_flow import World

pytestmark = [
    pytest.mark.skipif(not IS_COMPILED, reason="numba is not there: largest flows were NOT checked"),
    pytest.mark.timeout(600),  # the first question of all waits for the compiler
]
ALL_MSAT = 1 << 50
PARTS = 3


def largest_flow_msat(world: World) -> int:
    """What networkx says could reach frank if nobody took a fee, no channel more than so many of its largest HTLCs."""
    arcs = nx.DiGraph()
    arcs.add_nodes_from([node("alice"), node("frank")])

    def add(source: bytes, target: bytes, room_msat: int) -> None:
        known_msat = arcs.edges[source, target]["capacity"] if arcs.has_edge(source, target) else 0
        arcs.add_edge(source, target, capacity=known_msat + room_msat)

    for hop in world.first_hops:
        add(node("alice"), hop.counterparty_node_id, hop.next_outbound_htlc_limit_msat)
    for place in range(world.snapshot.node_count):
        for half in world.snapshot.outgoing(world.snapshot.node_id_at(place)):
            if not half.policy.is_disabled and half.target != node("alice"):
                assert half.channel.capacity_msat is not None
                add(half.source, half.target, min(half.channel.capacity_msat, PARTS * half.policy.htlc_maximum_msat))
    return int(nx.maximum_flow_value(arcs, node("alice"), node("frank")))


def test_no_more_flows_and_no_less():
    for seed in range(60):
        world = World(seed)
        asked = Task.of(wish("frank", ALL_MSAT))
        assert largest_flow_msat(world) == world.finder.brim(world.terrain(), asked, parts=PARTS)[0], seed


def test_the_flow_ends_where_it_is_enough():
    for seed in range(60):
        world = World(seed)
        flow_msat = largest_flow_msat(world)
        asked = Task.of(wish("frank", max(flow_msat // 2, 1)))
        assert min(flow_msat, asked.amount_msat) == world.finder.brim(world.terrain(), asked, parts=PARTS)[0], seed


def test_what_is_said_to_be_the_most_goes_and_one_msat_more_does_not():
    said = 0
    for seed in range(60):
        world = World(seed)
        router = DefaultRouter(world.snapshot, world.scorer, finder=world.finder)

        def ask(amount_msat: int, world: World = world, router: DefaultRouter = router) -> Route | NoRoute:
            params = wish("frank", amount_msat, features=frozenset({17}), fee_limit_msat=10**12)
            return router.find_route(node("alice"), params=params, first_hops=world.first_hops)

        refused = ask(20_000_000)
        assert isinstance(refused, NoRoute)
        if refused.largest_amount_msat is not None:
            said += 1
            assert isinstance(ask(refused.largest_amount_msat), Route), seed
            assert isinstance(ask(refused.largest_amount_msat + 1), NoRoute), seed
    assert said > 30


def test_what_is_taken_already_is_not_there_any_more():
    asked = Task.of(wish("frank", ALL_MSAT))
    checked = 0
    for seed in range(20):
        world = World(seed)
        terrain = world.terrain()
        whole_msat, ways = world.finder.brim(terrain, asked, parts=PARTS)
        if ways:
            checked += 1
            amount_msat = ways[0].most_msat(terrain)
            beside = terrain.carrying(ways[0].path(amount_msat), first_hop=ways[0].first_hop)
            left_msat, _ = world.finder.brim(beside, asked, parts=PARTS)
            assert whole_msat - 2 * amount_msat < left_msat < whole_msat, seed
    assert checked > 10
