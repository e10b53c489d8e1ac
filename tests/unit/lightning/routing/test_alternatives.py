"""Other ways to pay the same, each the best at something."""

from __future__ import annotations

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.routing.alternatives import Virtue
from payments.lightning.routing.likelihood import chance_of
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Path, Route
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


LARGE_MSAT = 400_000_000
"""More than any one way of `lanes` carries."""


def lanes() -> NetworkGraph:
    """To erin over three cheap and narrow channels, and over two dear and wide ones; each peer of ours has one."""
    narrow = (channel(f"narrow {number}", "erin", capacity_sat=180_000, fee_base_msat=100) for number in range(3))
    wide = (channel(f"wide {number}", "erin", capacity_sat=30_000_000, fee_base_msat=50_000) for number in range(2))
    return network(*narrow, *wide)


def ask_for_parts(*, fee_limit_msat: int = 1_000_000) -> tuple[DefaultRouter, Question]:
    graph = lanes()
    peers = [*(f"narrow {number}" for number in range(3)), *(f"wide {number}" for number in range(2))]
    first_hops = tuple(first_hop(peer, number=number, limit_msat=300_000_000) for number, peer in enumerate(peers, start=101))
    params = wish("erin", LARGE_MSAT, fee_limit_msat=fee_limit_msat, features=MPP)
    question = Question(our_node_id=node("alice"), params=params, first_hops=first_hops, shadow_seed=bytes(32))
    return DefaultRouter(graph, ProbabilisticScorer(graph)), question


def number_of(path: Path) -> int:
    """Of the peer's channel to erin."""
    return path.hops[1].short_channel_id >> 40


def offered_in_parts(**wish: int) -> tuple[DefaultRouter, Question, dict[Virtue, Route]]:
    router, question = ask_for_parts(**wish)
    balanced = router.answer(question)
    assert isinstance(balanced, Route)
    assert len(balanced.paths) > 1
    found = router.alternatives(question, balanced)
    assert balanced == found[0].route
    return router, question, {virtue: each.route for each in found for virtue in each.virtues}


def test_of_parts_the_cheapest_the_likeliest_and_the_fewest_are_offered():
    router, question, found = offered_in_parts()
    terrain = question.terrain(router.graph)
    chances = {virtue: chance_of(route.paths, terrain, router.scorer) or 0 for virtue, route in found.items()}

    assert {Virtue.BALANCED, Virtue.CHEAPEST, Virtue.LIKELIEST, Virtue.FEWEST_PARTS} == set(found)
    assert {1, 2, 3} == {number_of(path) for path in found[Virtue.CHEAPEST].paths}, "over the narrow ones"
    assert [4, 5] == sorted(number_of(path) for path in found[Virtue.FEWEST_PARTS].paths), "over the wide ones"
    assert all(found[Virtue.CHEAPEST].total_fees_msat <= route.total_fees_msat for route in found.values())
    assert all(chances[Virtue.LIKELIEST] >= chance for chance in chances.values())
    assert found[Virtue.CHEAPEST] != found[Virtue.LIKELIEST]


def test_every_split_that_is_offered_can_be_sent_as_it_is_and_hides_the_payee():
    router, question, found = offered_in_parts()

    for route in found.values():
        assert can_be_sent(route, question.params, question.terrain(router.graph))
        assert all(path.hops[-1].cltv_expiry_delta > 18 for path in route.paths)


def test_no_split_above_the_fee_limit_is_offered():
    _router, _question, found = offered_in_parts(fee_limit_msat=100_000)

    assert {False} == {route.total_fees_msat > 100_000 for route in found.values()}
    assert 100_000 == found[Virtue.FEWEST_PARTS].total_fees_msat
