"""Laws of payments in parts and of what is said about no route, with the compiled search: as true to the msat as with the readable one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.routing.compiled.finder import CompiledFinder
from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.inflight import NOTHING_IN_FLIGHT
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.routing.search import Terrain
from tests.graphs import node
from tests.property.test_routing_laws import suggestions, worlds
from tests.property.test_split_laws import SCORER, wishes

pytestmark = [
    pytest.mark.skipif(not IS_COMPILED, reason="numba is not there: payments in parts by the compiled search were NOT checked"),
    pytest.mark.timeout(600),  # the first question of all waits for the compiler
]


class Asker:
    """Alice, her map in arrays, and the router with the compiled search."""

    def __init__(self, world, inflight=NOTHING_IN_FLIGHT):
        snapshot = GraphSnapshot.of(world.graph)
        self.router = DefaultRouter(snapshot, SCORER, finder=CompiledFinder(snapshot, SCORER))
        self.world = world
        self.inflight = inflight

    def ask(self, params):
        return self.router.find_route(node("alice"), params=params, first_hops=self.world.first_hops, inflight=self.inflight)

    def terrain(self, params):
        return Terrain(
            self.router.graph,
            our_node_id=node("alice"),
            params=params.payment_params,
            first_hops=self.world.first_hops,
            inflight=self.inflight,
        )


def check(asker, params):
    answer = asker.ask(params)
    if isinstance(answer, Route):
        assert can_be_sent(answer, params, asker.terrain(params))
    else:
        for enough, less in suggestions(params, answer):
            assert isinstance(asker.ask(enough), Route), answer
            assert isinstance(asker.ask(less), NoRoute), answer


@settings(max_examples=100, deadline=None)
@given(wish=wishes())
def test_parts_can_be_sent_and_what_is_said_about_none_is_true_to_the_msat_and_the_block(wish):
    world, params, inflight = wish
    check(Asker(world, inflight), params)


@settings(max_examples=100, deadline=None)
@given(world=worlds())
def test_one_path_can_be_sent_and_what_is_said_about_none_is_true_to_the_msat_and_the_block(world):
    check(Asker(world), world.params)
