"""Other ways to pay the same, each the best at something."""

from __future__ import annotations

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.routing.alternatives import Virtue
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from tests.graphs import channel, first_hop, network, node, wish

MPP = frozenset({15, 17})


def three_ways() -> NetworkGraph:
    """
    To erin: cheap over three small channels, dear over two wide ones, and straight over bob's tight and dear one.

        alice --1-- bob --4-- erin
          2          .
        carol --5-- dave --6-- erin        cheap and small
          3
        frank --7-- grace --8-- erin       dear and wide
    """
    return network(
        channel("alice", "bob"),
        channel("alice", "carol"),
        channel("alice", "frank"),
        channel("bob", "erin", capacity_sat=110_000, fee_base_msat=30_000),
        channel("carol", "dave", capacity_sat=300_000, fee_base_msat=0),
        channel("dave", "erin", capacity_sat=300_000, fee_base_msat=1_000),
        channel("frank", "grace", capacity_sat=50_000_000, fee_base_msat=40_000),
        channel("grace", "erin", capacity_sat=50_000_000, fee_base_msat=40_000),
    )


def ask(params: RouteParameters, *, seed: bytes | None = None) -> tuple[DefaultRouter, Question]:
    graph = three_ways()
    first_hops = tuple(first_hop(peer, number=number) for number, peer in ((1, "bob"), (2, "carol"), (3, "frank")))
    question = Question(our_node_id=node("alice"), params=params, first_hops=first_hops, shadow_seed=seed)
    return DefaultRouter(graph, ProbabilisticScorer(graph)), question


def drawn(params: RouteParameters) -> dict[Virtue, list[list[int]]]:
    """By virtue: the numbers of the channels of each path."""
    router, question = ask(params)
    balanced = router.answer(question)
    assert isinstance(balanced, Route)
    return {
        virtue: [[hop.short_channel_id >> 40 for hop in path.hops] for path in each.route.paths]
        for each in router.alternatives(question, balanced)
        for virtue in each.virtues
    }


def test_each_is_the_best_at_what_it_is_named_for():
    found = drawn(wish("erin", 100_000_000))

    assert [[2, 5, 6]] == found[Virtue.CHEAPEST]
    assert [[3, 7, 8]] == found[Virtue.LIKELIEST]
    assert [[1, 4]] == found[Virtue.FEWEST_HOPS]
    assert found[Virtue.BALANCED] in ([[2, 5, 6]], [[3, 7, 8]], [[1, 4]])
    assert Virtue.IN_PARTS not in found


def test_parts_have_nothing_in_common():
    first, second = drawn(wish("erin", 100_000_000, features=MPP))[Virtue.IN_PARTS]

    assert not set(first) & set(second)


def test_routes_that_are_the_same_are_one_with_several_virtues():
    router, question = ask(wish("bob", 1_000_000))
    balanced = router.answer(question)
    assert isinstance(balanced, Route)
    (only,) = router.alternatives(question, balanced)

    assert (Virtue.BALANCED, Virtue.CHEAPEST, Virtue.LIKELIEST, Virtue.FEWEST_HOPS) == only.virtues
    assert balanced == only.route


def test_every_one_can_be_sent_as_it_is_and_hides_the_payee():
    params = wish("erin", 100_000_000, features=MPP)
    router, question = ask(params, seed=bytes(32))
    balanced = router.answer(question)
    assert isinstance(balanced, Route)
    found = router.alternatives(question, balanced)

    assert len(found) >= 3
    for each in found:
        assert can_be_sent(each.route, params, question.terrain(router.graph)), each
        assert all(path.hops[-1].cltv_expiry_delta > 18 for path in each.route.paths)


def test_limits_hold_for_all():
    found = drawn(wish("erin", 100_000_000, fee_limit_msat=29_999, features=MPP))

    assert {Virtue.BALANCED, Virtue.CHEAPEST, Virtue.LIKELIEST, Virtue.FEWEST_HOPS} == set(found)
    assert all([[2, 5, 6]] == paths for paths in found.values())
