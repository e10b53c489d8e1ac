"""Why a route: figures that add up, and the terms that weighed most."""

from __future__ import annotations

import pytest

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.routing.explanation import CostTerm, RouteExplained, explain_route
from payments.lightning.routing.finder import ReadableFinder, Task
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from tests.graphs import channel, first_hop, network, node, wish

PARAMS = wish("dave", 50_000_000)


def line() -> NetworkGraph:
    """alice --1-- bob --2-- carol --3-- dave, each hop 1 sat and 100 ppm."""
    terms = {"fee_proportional_millionths": 100, "capacity_sat": 200_000}
    return network(channel("alice", "bob"), channel("bob", "carol", **terms), channel("carol", "dave", **terms))


def asked() -> tuple[Question, NetworkGraph]:
    return Question(our_node_id=node("alice"), params=PARAMS, first_hops=(first_hop("bob"),)), line()


def explained(graph: NetworkGraph | None = None) -> tuple[Route, RouteExplained]:
    question, drawn = asked()
    scorer = ProbabilisticScorer(drawn)
    route = DefaultRouter(drawn, scorer).answer(question)
    assert isinstance(route, Route)
    found = explain_route(route, question.terrain(graph or drawn), scorer)
    assert found is not None
    return route, found


def test_fees_are_split_and_add_up_exactly():
    route, found = explained()
    (path,) = found.paths

    assert [hop.figures for hop in path] == list(route.paths[0].figures())
    assert [(1_000, 5_000), (1_000, 5_000), (0, 0)] == [(hop.fee_base_msat, hop.fee_proportional_msat) for hop in path]
    assert route.total_fees_msat == sum(hop.fee_base_msat + hop.fee_proportional_msat for hop in path)


def test_the_terms_add_up_to_what_the_search_minimised():
    question, graph = asked()
    scorer = ProbabilisticScorer(graph)
    weigh = ReadableFinder(scorer)
    way = weigh.cheapest(question.terrain(graph), Task.of(PARAMS))
    assert way is not None
    route = Route(paths=(way.path(50_000_000),))
    found = explain_route(route, question.terrain(graph), scorer)
    assert found is not None
    penalties_msat = sum(hop.penalty.total_msat for hop in found.paths[0])

    assert found.price_msat == route.total_fees_msat + penalties_msat == sum(found.terms_msat.values())
    assert penalties_msat > 0


def test_our_own_channel_is_certain_and_others_are_judged():
    _route, found = explained()
    ours, second, third = found.paths[0]

    assert (1.0, 0) == (ours.chance, ours.penalty.total_msat)
    assert 0 < second.chance < 1
    assert found.chance == pytest.approx(second.chance * third.chance)
    assert (0, 200_000_000) == second.believed
    assert 200_000_000 == second.capacity_msat == second.largest_msat


def test_the_heaviest_terms_come_first_and_nothing_is_no_term():
    _route, found = explained()
    weights_msat = [found.terms_msat[term] for term in found.largest_terms(6)]

    assert sorted(weights_msat, reverse=True) == weights_msat
    assert all(weights_msat)
    assert CostTerm.FAILURE not in found.largest_terms(6)
    assert 2 == len(found.largest_terms())


def test_without_an_opinion_no_chance_is_named():
    question, graph = asked()
    scorer = FixedPenaltyScorer()
    route = DefaultRouter(graph, scorer).answer(question)
    assert isinstance(route, Route)
    found = explain_route(route, question.terrain(graph), scorer)

    assert found is not None
    assert found.chance is None


def test_what_does_not_exist_is_not_explained():
    route, _found = explained()
    question, _graph = asked()

    assert explain_route(route, question.terrain(network(channel("alice", "bob"))), FixedPenaltyScorer()) is None
