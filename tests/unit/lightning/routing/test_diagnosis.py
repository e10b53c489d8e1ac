"""Why no route: each reason with the least change that helps, and one less that does not."""

from __future__ import annotations

import pytest

from payments.lightning.graph.network import NetworkGraph, NodeInfo
from payments.lightning.routing.errors import NoRoute, NoRouteReason
from payments.lightning.routing.route import Route
from payments.lightning.wire.features import Features
from tests.graphs import channel, first_hop, network, node, scid, wish
from tests.unit.lightning.routing.test_router import ask, hint


@pytest.fixture
def line() -> NetworkGraph:
    """alice --1-- bob --2-- dave --3-- carol: 1,000 + 1,000 msat of fees, 40 + 40 blocks."""
    return network(channel("alice", "bob"), channel("bob", "dave"), channel("dave", "carol"))


def test_a_node_does_not_pay_itself(line: NetworkGraph) -> None:
    assert NoRoute(reason=NoRouteReason.PAYEE_IS_US) == ask(line, wish("alice", 1))


def test_a_fee_limit_that_is_one_msat_short_is_named(line: NetworkGraph) -> None:
    assert NoRoute(reason=NoRouteReason.FEE_LIMIT, needed_fee_msat=2_000) == ask(line, wish("carol", 9, fee_limit_msat=1_999))
    assert isinstance(ask(line, wish("carol", 9, fee_limit_msat=2_000)), Route)


def test_the_fee_that_is_needed_is_the_least_one_not_that_of_the_best_route() -> None:
    #   fear prefers bob --2-- carol (2,000); the least fee is over dave (1,000)
    graph = network(
        channel("alice", "bob"),
        channel("bob", "carol", fee_base_msat=2_000),
        channel("bob", "dave", fee_base_msat=500),
        channel("dave", "carol", fee_base_msat=500),
    )
    assert NoRoute(reason=NoRouteReason.FEE_LIMIT, needed_fee_msat=1_000) == ask(graph, wish("carol", 9, fee_limit_msat=999))


def test_a_limit_that_is_one_block_short_is_named(line: NetworkGraph) -> None:
    refused = ask(line, wish("carol", 9, max_total_cltv_expiry_delta=97))
    assert NoRoute(reason=NoRouteReason.CLTV_LIMIT, needed_cltv_expiry_delta=98) == refused
    assert isinstance(ask(line, wish("carol", 9, max_total_cltv_expiry_delta=98)), Route)


def test_a_way_that_is_too_long_is_told_apart_from_none(line: NetworkGraph) -> None:
    assert NoRoute(reason=NoRouteReason.PATH_LENGTH) == ask(line, wish("carol", 9, max_path_length=2))


def test_a_way_over_failed_channels_only_is_told_apart_from_none(line: NetworkGraph) -> None:
    assert NoRoute(reason=NoRouteReason.CHANNELS_FAILED) == ask(line, wish("carol", 9).without(scid(2)))
    assert NoRoute(reason=NoRouteReason.CHANNELS_FAILED) == ask(line, wish("carol", 9).without(scid(1)))


@pytest.mark.parametrize("amount_msat", [99_001, 99_999, 100_001, 500_000])
def test_what_our_channel_can_send_is_named_to_the_msat(line: NetworkGraph, amount_msat: int) -> None:
    ours = first_hop("bob", limit_msat=101_000)
    assert NoRoute(reason=NoRouteReason.OWN_BALANCE, largest_amount_msat=99_000) == ask(line, wish("carol", amount_msat), ours)
    assert isinstance(ask(line, wish("carol", 99_000), ours), Route)


def test_without_channels_nothing_goes(line: NetworkGraph) -> None:
    nothing = first_hop("bob", limit_msat=0)
    assert NoRoute(reason=NoRouteReason.OWN_BALANCE) == ask(line, wish("carol", 9), nothing)


def test_a_payee_that_nobody_knows_is_unknown(line: NetworkGraph) -> None:
    assert NoRoute(reason=NoRouteReason.RECIPIENT_UNKNOWN) == ask(line, wish("zoe", 9))
    assert NoRoute(reason=NoRouteReason.RECIPIENT_UNKNOWN) == ask(line, wish("zoe", 10**15))


def test_the_payees_only_channel_is_named_when_it_is_too_small() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "carol", htlc_maximum_msat=50_000))
    refused = ask(graph, wish("carol", 60_000))
    assert NoRoute(reason=NoRouteReason.RECIPIENT_UNREACHABLE_AMOUNT, largest_amount_msat=50_000) == refused


def test_a_payee_whose_channels_are_switched_off_takes_nothing() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "carol", is_disabled=True))
    assert NoRoute(reason=NoRouteReason.RECIPIENT_UNREACHABLE_AMOUNT) == ask(graph, wish("carol", 60_000))


def test_a_narrow_place_in_the_middle_names_what_would_go() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "dave", htlc_maximum_msat=50_000), channel("dave", "carol", fee_base_msat=0))
    refused = ask(graph, wish("carol", 60_000))
    assert NoRoute(reason=NoRouteReason.NO_PATH, largest_amount_msat=50_000) == refused


def test_two_islands_have_no_path() -> None:
    graph = network(channel("alice", "bob"), channel("dave", "carol"))
    assert NoRoute(reason=NoRouteReason.NO_PATH) == ask(graph, wish("carol", 60_000))


def test_a_hint_that_nobody_reaches_is_no_path() -> None:
    assert NoRoute(reason=NoRouteReason.NO_PATH) == ask(NetworkGraph(), wish("carol", 9, route_hints=(hint(("dave", 8)),)))


def test_a_node_that_asks_for_unknown_features_is_gone_around(line: NetworkGraph) -> None:
    assert isinstance(ask(line, wish("carol", 9)), Route)
    line.set_node(NodeInfo(node_id=node("dave"), features=Features(1 << 100)))
    assert isinstance(ask(line, wish("carol", 9)), NoRoute)
