"""A chosen route: sent as it is, or not at all."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.routing.inflight import InFlightHtlcs
from payments.lightning.routing.parameters import FirstHop, RouteParameters
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.route import Path, Route
from payments.lightning.routing.router import find_route
from payments.lightning.routing.search import Terrain
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from tests.graphs import channel, first_hop, network, node, scid, wish

MPP = frozenset({15, 17})
BOB, CAROL = first_hop("bob", number=1, limit_msat=200_000_000), first_hop("carol", number=2, limit_msat=200_000_000)


def square(**of_bob: object) -> NetworkGraph:
    """
    Two ways to dave, bob's and carol's, each of 100,000 sat.

        alice --1-- bob
          2          3
        carol --4-- dave
    """
    return network(
        channel("alice", "bob"),
        channel("alice", "carol"),
        channel("bob", "dave", **{"capacity_sat": 100_000, **of_bob}),
        channel("carol", "dave", capacity_sat=100_000),
    )


def found(params: RouteParameters, *, shadow_seed: bytes | None = None) -> Route:
    route = find_route(
        node("alice"), params=params, graph=square(), first_hops=(BOB, CAROL), scorer=FixedPenaltyScorer(), shadow_seed=shadow_seed
    )
    assert isinstance(route, Route)
    return route


def goes(
    route: Route,
    params: RouteParameters,
    graph: NetworkGraph | None = None,
    *,
    first_hops: tuple[FirstHop, ...] = (BOB, CAROL),
    inflight: InFlightHtlcs | None = None,
) -> bool:
    terrain = Terrain(
        graph or square(),
        our_node_id=node("alice"),
        params=params.payment_params,
        first_hops=first_hops,
        inflight=inflight or InFlightHtlcs(used_msat={}),
    )
    return can_be_sent(route, params, terrain)


ONE_PATH = wish("dave", 50_000_000)
IN_PARTS = wish("dave", 150_000_000, features=MPP)


@pytest.mark.parametrize("params", [ONE_PATH, IN_PARTS])
@pytest.mark.parametrize("seed", [None, bytes(32)])
def test_what_the_router_found_goes_while_nothing_changes(params, seed):
    assert goes(found(params, shadow_seed=seed), params)


@pytest.mark.parametrize(
    "change",
    [
        {"fee_base_msat": 1_001},
        {"fee_proportional_millionths": 1},
        {"cltv_expiry_delta": 41},
        {"is_disabled": True},
        {"capacity_sat": 49_999},
        {"htlc_minimum_msat": 50_000_001},
        {"htlc_maximum_msat": 49_999_999},
        {"number": 9},
    ],
)
def test_it_does_not_go_once_a_channel_asks_for_more_or_offers_less(change):
    route = found(ONE_PATH)
    assert scid(3) == route.paths[0].hops[1].short_channel_id

    assert not goes(route, ONE_PATH, square(**change))


@pytest.mark.parametrize("change", [{"fee_base_msat": 999}, {"cltv_expiry_delta": 39}, {"capacity_sat": 500_000}])
def test_it_goes_where_channels_ask_for_less_or_offer_more(change):
    assert goes(found(ONE_PATH), ONE_PATH, square(**change))


def test_it_does_not_go_without_our_channel_or_with_less_in_it():
    route = found(ONE_PATH)

    assert not goes(route, ONE_PATH, first_hops=(CAROL,))
    assert not goes(route, ONE_PATH, first_hops=(first_hop("bob", number=1, limit_msat=50_000_999), CAROL))
    assert goes(route, ONE_PATH, first_hops=(first_hop("bob", number=1, limit_msat=50_001_000), CAROL))


def test_it_does_not_go_where_another_payment_has_taken_the_room():
    route = found(ONE_PATH)
    direction = (scid(3), node("bob"))

    assert goes(route, ONE_PATH, inflight=InFlightHtlcs(used_msat={direction: 50_000_000}))
    assert not goes(route, ONE_PATH, inflight=InFlightHtlcs(used_msat={direction: 50_000_001}))


def test_its_paths_are_judged_beside_each_other():
    (path,) = found(wish("dave", 60_000_000)).paths
    twice = Route(paths=(path, path))

    assert not goes(twice, wish("dave", 120_000_000, features=MPP))


def test_it_is_for_one_amount_one_payee_and_one_fee_limit():
    route = found(ONE_PATH)

    assert not goes(route, wish("dave", 50_000_001))
    assert not goes(route, wish("carol", 50_000_000))
    assert not goes(route, wish("dave", 50_000_000, fee_limit_msat=999))
    assert not goes(route, wish("dave", 50_000_000, max_total_cltv_expiry_delta=57))
    assert not goes(route, wish("dave", 50_000_000, max_path_length=1))
    assert not goes(route, wish("dave", 50_000_000, final_cltv_expiry_delta=19))
    assert not goes(route, wish("dave", 50_000_000, previously_failed_channels=frozenset({scid(3)})))


def test_made_up_routes_do_not_go():
    (path,) = found(ONE_PATH).paths
    first, last = path.hops

    def with_hops(*hops: object) -> Route:
        return Route(paths=(Path(hops=hops),))  # type: ignore[arg-type]

    assert not goes(Route(paths=()), ONE_PATH)
    assert not goes(with_hops(), ONE_PATH)
    assert not goes(with_hops(msgspec.structs.replace(first, fee_msat=-1), last), ONE_PATH)
    assert not goes(with_hops(msgspec.structs.replace(first, node_id=node("carol")), last), ONE_PATH)
    assert not goes(with_hops(first, msgspec.structs.replace(first, short_channel_id=scid(3)), last), ONE_PATH)
