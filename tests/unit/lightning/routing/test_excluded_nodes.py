"""Nodes that must not take part: not on the way, not as our peer, not behind a hint, whatever else is left."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.invoice.invoice import HintHop, RouteHint
from payments.lightning.routing.compiled.finder import CompiledFinder
from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.routing.errors import NoRoute, NoRouteReason
from payments.lightning.routing.finder import Finder, ReadableFinder
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from tests.graphs import channel, first_hop, network, node, scid, wish

#   alice --7-- bob --1-- carol --2-- frank        cheap
#   alice --8-- dave --3-- erin --4-- frank        dear
LINES = (
    channel("bob", "carol", fee_base_msat=10),
    channel("carol", "frank", fee_base_msat=10),
    channel("dave", "erin", fee_base_msat=9_000),
    channel("erin", "frank", fee_base_msat=9_000),
)
OURS = (first_hop("bob", number=7), first_hop("dave", number=8))
GRAPH = network(*LINES)
SCORER = FixedPenaltyScorer()
CHEAP, DEAR = [7, 1, 2], [8, 3, 4]
needs_numba = pytest.mark.skipif(not IS_COMPILED, reason="numba is not there: the compiled search was NOT asked")
Ask = Callable[[RouteParameters], Route | NoRoute]


@pytest.fixture(params=["readable", pytest.param("compiled", marks=needs_numba)])
def ask(request) -> Ask:
    is_readable = request.param == "readable"
    graph = GRAPH if is_readable else GraphSnapshot.of(GRAPH)
    finder: Finder = ReadableFinder(SCORER) if is_readable else CompiledFinder(GraphSnapshot.of(GRAPH), SCORER)
    router = DefaultRouter(graph, SCORER, finder=finder)
    return lambda params: router.find_route(node("alice"), params=params, first_hops=OURS)


def without(*names: str, amount_msat: int = 1_000_000, payee: str = "frank", **payment: object) -> RouteParameters:
    return wish(payee, amount_msat, excluded_nodes=frozenset(map(node, names)), **payment)


def numbers(answer: Route | NoRoute) -> list[int]:
    assert isinstance(answer, Route), answer
    (path,) = answer.paths
    return [hop.short_channel_id >> 40 for hop in path.hops]


@pytest.mark.parametrize(
    ("names", "expected"),
    [((), CHEAP), (("carol",), DEAR), (("bob",), DEAR), (("erin",), CHEAP), (("dave", "erin"), CHEAP), (("alice",), CHEAP)],
)
def test_the_way_goes_round_them_be_they_in_between_or_our_peers(ask, names, expected) -> None:
    assert expected == numbers(ask(without(*names)))
    assert CHEAP == numbers(ask(without())), "and who is not excluded the next time is there again"


@pytest.mark.parametrize("names", [("carol", "erin"), ("bob", "dave"), ("bob", "erin")])
def test_where_none_is_left_it_says_that_they_are_in_the_way(ask, names) -> None:
    answer = ask(without(*names))
    assert isinstance(answer, NoRoute)
    assert NoRouteReason.CHANNELS_FAILED is answer.reason


def test_nobody_is_paid_who_is_excluded(ask) -> None:
    assert isinstance(ask(without("frank")), NoRoute)
    assert isinstance(ask(without("bob", payee="bob")), NoRoute)


@pytest.mark.parametrize(("excluded", "expected"), [((), [7, 1, 9, 10]), (("gina",), None), (("carol",), None), (("hugo",), None)])
def test_hints_over_them_are_no_ways(ask, excluded, expected) -> None:
    #   carol --9-- gina --10-- hugo: known from the invoice alone
    hops = tuple(
        HintHop(node_id=node(name), short_channel_id=scid(number), fee_base_msat=0, fee_proportional_millionths=0, cltv_expiry_delta=40)
        for name, number in (("carol", 9), ("gina", 10))
    )
    answer = ask(without(*excluded, payee="hugo", route_hints=(RouteHint(hops=hops),)))
    assert isinstance(answer, NoRoute) if expected is None else expected == numbers(answer)


def test_parts_go_round_them_too(ask) -> None:
    both = {"features": frozenset({15, 17}), "amount_msat": 900_000_000}
    answer = ask(without(**both))
    assert isinstance(answer, Route)
    assert 2 == len(answer.paths)
    assert isinstance(ask(without("erin", **both)), NoRoute)


def test_a_chosen_route_over_them_is_not_sent() -> None:
    router = DefaultRouter(GRAPH, SCORER)
    route = router.find_route(node("alice"), params=without(), first_hops=OURS)
    assert isinstance(route, Route)
    for names, expected in (((), True), (("erin",), True), (("carol",), False), (("bob",), False)):
        params = without(*names)
        question = Question(our_node_id=node("alice"), params=params, first_hops=OURS)
        assert expected == can_be_sent(route, params, question.terrain(GRAPH))
