"""Payments in parts: which parts, how much each, and when none are made."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing import diagnosis_in_parts
from payments.lightning.routing.errors import NoRoute, NoRouteReason
from payments.lightning.routing.inflight import InFlightHtlcs, directions
from payments.lightning.routing.parameters import FirstHop, RouteParameters
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from tests.graphs import channel, first_hop, network, node, scid, wish

MPP = frozenset({15, 17})
FEARLESS = FixedPenaltyScorer(base_penalty_msat=0, base_penalty_amount_ppm=0)


def parts(payee: str, amount_msat: int, **limits: object) -> RouteParameters:
    return wish(payee, amount_msat, features=MPP, **limits)


def ask(
    graph: NetworkGraph, params: RouteParameters, *first_hops: FirstHop, used_msat: dict[tuple[ShortChannelId, NodeId], int] | None = None
) -> Route | NoRoute:
    router = DefaultRouter(graph, FEARLESS)
    return router.find_route(node("alice"), params=params, first_hops=first_hops, inflight=InFlightHtlcs(used_msat=used_msat or {}))


def drawn(answer: Route | NoRoute) -> list[tuple[list[int], int]]:
    """Each path as the numbers of its channels and what it brings."""
    assert isinstance(answer, Route), answer
    return [([hop.short_channel_id >> 40 for hop in path.hops], path.final_value_msat) for path in answer.paths]


@pytest.fixture
def square() -> NetworkGraph:
    """
    Two ways to dave, each of 100,000 sat, bob's for 1 sat and carol's for 2.

        alice --1-- bob
          2          3
        carol --4-- dave
    """
    return network(
        channel("alice", "bob"),
        channel("alice", "carol"),
        channel("bob", "dave", capacity_sat=100_000),
        channel("carol", "dave", capacity_sat=100_000, fee_base_msat=2_000),
    )


TWO = (first_hop("bob", number=1), first_hop("carol", number=2))


def test_it_works(square):
    answer = ask(square, parts("dave", 150_000_000), *TWO)

    assert [([1, 3], 75_000_000), ([2, 4], 75_000_000)] == drawn(answer)
    assert (150_000_000, 3_000) == (answer.total_amount_msat, answer.total_fees_msat)


def test_what_one_path_carries_is_not_split(square):
    assert [([1, 3], 100_000_000)] == drawn(ask(square, parts("dave", 100_000_000), *TWO))


def test_a_payee_that_takes_no_parts_is_sent_none(square):
    assert NoRoute(reason=NoRouteReason.RECIPIENT_UNREACHABLE_AMOUNT, largest_amount_msat=100_000_000) == ask(
        square, wish("dave", 150_000_000), *TWO
    )
    assert isinstance(ask(square, parts("dave", 150_000_000, max_path_count=1), *TWO), NoRoute)


def test_parts_share_our_own_channel_only_as_far_as_it_goes():
    #   alice --1-- bob, and two channels on from bob
    graph = network(
        channel("alice", "bob"),
        channel("bob", "dave", capacity_sat=100_000, fee_base_msat=0),
        channel("bob", "dave", capacity_sat=100_000, fee_base_msat=0),
    )
    assert {2, 3} == {numbers[-1] for numbers, _ in drawn(ask(graph, parts("dave", 180_000_000), first_hop("bob", limit_msat=180_000_000)))}
    refused = ask(graph, parts("dave", 180_000_000), first_hop("bob", limit_msat=179_999_999))
    assert NoRoute(reason=NoRouteReason.OWN_BALANCE, largest_amount_msat=179_999_999) == refused


def test_a_second_htlc_on_our_channel_leaves_room_for_its_place_in_the_commitment():
    graph = network(
        channel("alice", "bob"),
        channel("bob", "dave", capacity_sat=100_000, fee_base_msat=0),
        channel("bob", "dave", capacity_sat=100_000, fee_base_msat=0),
    )
    (ours,) = (
        FirstHop(
            short_channel_id=scid(1),
            counterparty_node_id=node("bob"),
            outbound_capacity_msat=180_000_000,
            next_outbound_htlc_limit_msat=180_000_000,
            further_htlc_cost_msat=1_000,
            capacity_sat=1_000_000,
        ),
    )
    assert NoRoute(reason=NoRouteReason.OWN_BALANCE, largest_amount_msat=179_999_000) == ask(graph, parts("dave", 180_000_000), ours)


def test_channels_of_others_are_filled_to_a_quarter_while_that_is_enough_and_costs_no_more():
    #   four ways of 400,000 sat; a quarter of each is 100,000
    graph = network(
        channel("alice", "bob"),
        channel("bob", "dave", capacity_sat=400_000, fee_base_msat=0, htlc_maximum_msat=150_000_000),
        channel("bob", "dave", capacity_sat=400_000, fee_base_msat=0, htlc_maximum_msat=150_000_000),
        channel("bob", "dave", capacity_sat=400_000, fee_base_msat=0, htlc_maximum_msat=150_000_000),
    )
    within = drawn(ask(graph, parts("dave", 300_000_000), first_hop("bob", limit_msat=500_000_000)))
    assert [100_000_000] * 3 == sorted(amount_msat for _, amount_msat in within)
    beyond = drawn(ask(graph, parts("dave", 300_000_001), first_hop("bob", limit_msat=500_000_000)))
    assert 150_000_000 == max(amount_msat for _, amount_msat in beyond)


def test_one_channel_takes_several_parts_when_its_maximum_is_for_each_htlc():
    graph = network(channel("alice", "bob"), channel("bob", "dave", capacity_sat=400_000, htlc_maximum_msat=100_000_000))
    answer = drawn(ask(graph, parts("dave", 400_000_000), first_hop("bob", limit_msat=500_000_000)))
    assert [([1, 2], 100_000_000)] * 4 == answer
    assert isinstance(ask(graph, parts("dave", 400_000_001), first_hop("bob", limit_msat=500_000_000)), NoRoute)


def test_one_limit_on_fees_binds_all_parts_together(square):
    assert isinstance(ask(square, parts("dave", 150_000_000, fee_limit_msat=3_000), *TWO), Route)
    refused = ask(square, parts("dave", 150_000_000, fee_limit_msat=2_999), *TWO)
    assert NoRoute(reason=NoRouteReason.FEE_LIMIT, needed_fee_msat=3_000) == refused


def test_the_limit_on_blocks_binds_every_part():
    graph = network(
        channel("alice", "bob"),
        channel("alice", "carol"),
        channel("bob", "dave", capacity_sat=100_000),
        channel("carol", "dave", capacity_sat=100_000, cltv_expiry_delta=144),
    )
    assert isinstance(ask(graph, parts("dave", 150_000_000, max_total_cltv_expiry_delta=162), *TWO), Route)
    refused = ask(graph, parts("dave", 150_000_000, max_total_cltv_expiry_delta=161), *TWO)
    assert NoRoute(reason=NoRouteReason.CLTV_LIMIT, needed_cltv_expiry_delta=162) == refused


def test_no_more_parts_are_made_than_allowed():
    graph = network(channel("alice", "bob"), *[channel("bob", "dave", capacity_sat=10_000, fee_base_msat=0) for _ in range(12)])
    assert 10 == len(drawn(ask(graph, parts("dave", 100_000_000), first_hop("bob"))))
    assert NoRoute(reason=NoRouteReason.NO_PATH, largest_amount_msat=100_000_000) == ask(
        graph, parts("dave", 100_000_001), first_hop("bob")
    )
    assert isinstance(ask(graph, parts("dave", 30_000_001, max_path_count=3), first_hop("bob")), NoRoute)


def test_where_tries_are_used_up_it_is_said_that_more_may_go(monkeypatch):
    graph = network(channel("alice", "bob"), *[channel("bob", "dave", capacity_sat=10_000, fee_base_msat=0) for _ in range(12)])
    asked = graph, parts("dave", 110_000_000), first_hop("bob")
    exact = ask(*asked)
    monkeypatch.setattr(diagnosis_in_parts, "MOST_CHANNELS", 0)
    monkeypatch.setattr(diagnosis_in_parts, "FEWEST_TRIES", 1)

    assert NoRoute(reason=NoRouteReason.NO_PATH, largest_amount_msat=100_000_000) == exact
    assert msgspec.structs.replace(exact, is_cut_short=True) == ask(*asked)


def test_a_part_that_the_others_can_do_without_is_not_kept():
    #   bob's ways are cheap and narrow, carol's is dear and wide: two parts do what the cheapest first would do in three
    graph = network(
        channel("alice", "bob"),
        channel("alice", "carol"),
        channel("bob", "dave", capacity_sat=30_000, fee_base_msat=0),
        channel("bob", "dave", capacity_sat=30_000, fee_base_msat=0),
        channel("carol", "dave", capacity_sat=100_000, fee_base_msat=2_000),
    )
    assert 2 == len(drawn(ask(graph, parts("dave", 110_000_000), *TWO)))


def test_no_part_is_so_small_that_a_minimum_refuses_it():
    graph = network(
        channel("alice", "bob"),
        channel("alice", "carol"),
        channel("bob", "dave", capacity_sat=100_000, fee_base_msat=0),
        channel("carol", "dave", capacity_sat=100_000, htlc_minimum_msat=40_000_000),
    )
    ((_, over_bob_msat), (_, over_carol_msat)) = drawn(ask(graph, parts("dave", 100_000_001), *TWO))
    assert over_carol_msat >= 40_000_000
    assert 100_000_001 == over_bob_msat + over_carol_msat


def test_the_same_question_has_the_same_answer(square):
    assert ask(square, parts("dave", 150_000_000), *TWO) == ask(square, parts("dave", 150_000_000), *reversed(TWO))


# -- what is on its way already


def test_what_is_on_its_way_takes_up_room_in_its_direction_only(square):
    taken = {(scid(3), node("bob")): 60_000_000}
    assert [([1, 3], 40_000_000)] == drawn(ask(square, wish("dave", 40_000_000), *TWO, used_msat=taken))
    assert [([2, 4], 40_000_001)] == drawn(ask(square, wish("dave", 40_000_001), *TWO, used_msat=taken))
    assert [([1, 3], 100_000_000)] == drawn(ask(square, wish("dave", 100_000_000), *TWO, used_msat={(scid(3), node("dave")): 60_000_000}))


def test_what_is_on_its_way_counts_when_it_is_said_what_would_go(square):
    taken = {(scid(3), node("bob")): 60_000_000, (scid(4), node("carol")): 90_000_000}
    refused = ask(square, wish("dave", 40_000_001), *TWO, used_msat=taken)
    assert NoRoute(reason=NoRouteReason.RECIPIENT_UNREACHABLE_AMOUNT, largest_amount_msat=40_000_000) == refused
    refused = ask(square, parts("dave", 50_000_001), *TWO, used_msat=taken)
    assert NoRoute(reason=NoRouteReason.RECIPIENT_UNREACHABLE_AMOUNT, largest_amount_msat=50_000_000) == refused


def test_our_own_channels_know_better_what_is_on_its_way(square):
    taken = {(scid(1), node("alice")): 500_000_000}
    assert [([1, 3], 1_000)] == drawn(ask(square, wish("dave", 1_000), *TWO, used_msat=taken))


def test_what_paths_take_up_is_added_up_by_channel_and_direction(square):
    answer = ask(square, parts("dave", 150_000_000), *TWO)
    both = InFlightHtlcs(used_msat={way: 2 * msat for path in answer.paths for way, msat in directions(path, payer=node("alice"))})
    assert 150_002_000 == both.used_liquidity_msat(scid(1), source=node("alice"))
    assert 150_000_000 == both.used_liquidity_msat(scid(3), source=node("bob"))
    assert 0 == both.used_liquidity_msat(scid(3), source=node("dave"))
    assert [((scid(1), node("alice")), 75_001_000), ((scid(3), node("bob")), 75_000_000)] == directions(
        answer.paths[0], payer=node("alice")
    )


# -- why not


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (parts("alice", 1), NoRoute(reason=NoRouteReason.PAYEE_IS_US)),
        (parts("zoe", 1), NoRoute(reason=NoRouteReason.RECIPIENT_UNKNOWN)),
        (
            parts("dave", 250_000_000),
            NoRoute(reason=NoRouteReason.RECIPIENT_UNREACHABLE_AMOUNT, largest_amount_msat=200_000_000),
        ),
        (parts("dave", 150_000_000, max_path_length=1), NoRoute(reason=NoRouteReason.PATH_LENGTH)),
        (
            parts("dave", 150_000_000, previously_failed_channels=frozenset({scid(3)})),
            NoRoute(reason=NoRouteReason.CHANNELS_FAILED),
        ),
    ],
)
def test_the_reason_is_that_of_all_parts_together(square, params, expected):
    assert expected == ask(square, params, *TWO)
