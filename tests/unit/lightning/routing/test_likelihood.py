"""One path or parts that are likelier: the same decision whatever search found them."""

from __future__ import annotations

import pytest

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.routing.choosing import finder_for
from payments.lightning.routing.likelihood import chance_of
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.routing.search import Terrain
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from tests.graphs import channel, first_hop, network, node, wish

MPP = frozenset({15, 17})
OURS = (first_hop("bob", number=101, limit_msat=990_000_000), first_hop("carol", number=102, limit_msat=990_000_000))
"""
alice -- bob, carol -- dave: two ways of a million sat, bob's the cheaper one
"""
DRAWN = network(channel("bob", "dave"), channel("carol", "dave", fee_base_msat=2_000))


def ask(amount_msat, *, scorer=None, features=MPP, is_fast=False):
    graph = GraphSnapshot.of(DRAWN) if is_fast else DRAWN
    scorer = scorer or ProbabilisticScorer(graph)
    params = wish("dave", amount_msat, features=features)
    finder = finder_for(graph, scorer)
    answer = DefaultRouter(graph, scorer, finder=finder).find_route(node("alice"), params=params, first_hops=OURS)
    assert isinstance(answer, Route)
    terrain = Terrain(graph, our_node_id=node("alice"), params=params.payment_params, first_hops=OURS)
    return answer, chance_of(answer.paths, terrain, scorer)


@pytest.mark.timeout(600)  # the fast search waits for the compiler
@pytest.mark.parametrize("is_fast", [False, True])
def test_a_path_that_nearly_fills_a_channel_gives_way_to_parts_that_are_likelier(is_fast):
    alone, little = ask(950_000_000, features=frozenset(), is_fast=is_fast)
    parts, more = ask(950_000_000, is_fast=is_fast)

    assert (1, 2) == (len(alone.paths), len(parts.paths))
    assert little < more


@pytest.mark.timeout(600)
@pytest.mark.parametrize("is_fast", [False, True])
def test_what_is_sure_to_arrive_is_not_split(is_fast):
    answer, _ = ask(3_000_000, is_fast=is_fast)

    assert 1 == len(answer.paths)


def test_who_has_no_opinion_about_chances_sends_one_path():
    answer, chance = ask(950_000_000, scorer=FixedPenaltyScorer())

    assert 1 == len(answer.paths)
    assert chance is None
