"""Finding a route: which way, with which figures, and what is left out."""

from __future__ import annotations

from itertools import pairwise

import pytest

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import NodeId
from payments.lightning.invoice.invoice import HintHop, RouteHint
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.inflight import InFlightHtlcs
from payments.lightning.routing.parameters import FailedAmount, FirstHop, RouteParameters
from payments.lightning.routing.route import Path, Route, RouteHop
from payments.lightning.routing.router import DefaultRouter, find_route
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from payments.lightning.wire.features import Features
from tests.graphs import channel, first_hop, network, node, scid, wish

FEARLESS = FixedPenaltyScorer(base_penalty_msat=0, base_penalty_amount_ppm=0)


def ask(graph: NetworkGraph, params: RouteParameters, *first_hops: FirstHop, seed: bytes | None = None) -> Route | NoRoute:
    """Alice asks; unless given, her only channel is number 1, to bob."""
    return find_route(
        node("alice"), params=params, graph=graph, first_hops=first_hops or (first_hop("bob"),), scorer=FEARLESS, shadow_seed=seed
    )


def numbers(answer: Route | NoRoute) -> list[int]:
    """The numbers of the channels of the only path."""
    assert isinstance(answer, Route), answer
    (path,) = answer.paths
    return [hop.short_channel_id >> 40 for hop in path.hops]


def hint(*hops: tuple[str, int], fee_base_msat: int = 0, fee_proportional_millionths: int = 0, cltv_expiry_delta: int = 9) -> RouteHint:
    """A way through private channels, each hop as (node before it, number)."""
    return RouteHint(
        hops=tuple(
            HintHop(
                node_id=node(name),
                short_channel_id=scid(number),
                fee_base_msat=fee_base_msat,
                fee_proportional_millionths=fee_proportional_millionths,
                cltv_expiry_delta=cltv_expiry_delta,
            )
            for name, number in hops
        )
    )


def test_it_works() -> None:
    #   alice --1-- bob --2-- dave --3-- carol
    graph = network(
        channel("alice", "bob"),
        channel("bob", "dave", fee_base_msat=2_000, cltv_expiry_delta=40),
        channel("dave", "carol", fee_base_msat=1_000, fee_proportional_millionths=100, cltv_expiry_delta=34),
    )
    expected = Path(
        hops=(
            RouteHop(node_id=node("bob"), short_channel_id=scid(1), fee_msat=2_000, cltv_expiry_delta=40),
            RouteHop(node_id=node("dave"), short_channel_id=scid(2), fee_msat=1_100, cltv_expiry_delta=34),
            RouteHop(node_id=node("carol"), short_channel_id=scid(3), fee_msat=1_000_000, cltv_expiry_delta=18),
        )
    )
    assert Route(paths=(expected,)) == ask(graph, wish("carol", 1_000_000))


def test_fees_are_taken_on_fees() -> None:
    #   alice --1-- bob --2-- dave --3-- carol, 10 % each
    graph = network(
        channel("alice", "bob"),
        channel("bob", "dave", fee_base_msat=0, fee_proportional_millionths=100_000),
        channel("dave", "carol", fee_base_msat=0, fee_proportional_millionths=100_000),
    )
    (path,) = ask(graph, wish("carol", 1_000)).paths
    assert [1_210, 1_100, 1_000] == [figure.amount_msat for figure in path.figures()]


def test_our_own_channel_costs_neither_fee_nor_blocks() -> None:
    graph = network(channel("alice", "bob", fee_base_msat=999, cltv_expiry_delta=999))
    (path,) = ask(graph, wish("bob", 5)).paths
    assert (0, 18, 5) == (path.fee_msat, path.total_cltv_expiry_delta, path.total_amount_msat)


def test_a_direct_channel_to_the_payee_needs_no_map() -> None:
    assert [1] == numbers(ask(NetworkGraph(), wish("bob", 5)))


def test_the_cheaper_way_wins() -> None:
    #           .--2-- dave --3--.
    #   alice --1-- bob            carol
    #           `--4-- erin --5--'
    graph = network(
        channel("alice", "bob"),
        channel("bob", "dave", fee_base_msat=1_000),
        channel("dave", "carol", fee_base_msat=1_000),
        channel("bob", "erin", fee_base_msat=999),
        channel("erin", "carol", fee_base_msat=1_000),
    )
    assert [1, 4, 5] == numbers(ask(graph, wish("carol", 1_000)))


def test_fear_makes_a_shorter_way_worth_a_higher_fee() -> None:
    #   alice --1-- bob --2-- carol (1,500)      bob --3-- dave --4-- carol (700 + 700)
    graph = network(
        channel("alice", "bob"),
        channel("bob", "carol", fee_base_msat=1_500),
        channel("bob", "dave", fee_base_msat=700),
        channel("dave", "carol", fee_base_msat=700),
    )
    afraid = find_route(node("alice"), params=wish("carol", 9), graph=graph, first_hops=(first_hop("bob"),), scorer=FixedPenaltyScorer())
    assert [1, 3, 4] == numbers(ask(graph, wish("carol", 9)))
    assert [1, 2] == numbers(afraid)


@pytest.mark.parametrize(
    "terms",
    [
        {"is_disabled": True},
        {"htlc_minimum_msat": 1_001},
        {"htlc_maximum_msat": 999},
        {"capacity_sat": 0, "htlc_maximum_msat": 10**9},
        {"features": Features(1 << 100)},
    ],
)
def test_what_cannot_carry_the_amount_is_left_out(terms: dict[str, object]) -> None:
    #   bob --2-- carol cannot; bob --3-- carol can, for more
    graph = network(
        channel("alice", "bob"), channel("bob", "carol", fee_base_msat=0, **terms), channel("bob", "carol", fee_base_msat=9_000)
    )
    assert [1, 3] == numbers(ask(graph, wish("carol", 1_000)))


def test_a_minimum_is_kept_and_a_maximum_may_be_met_exactly() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "carol", htlc_minimum_msat=1_000, htlc_maximum_msat=1_000))
    assert [1, 2] == numbers(ask(graph, wish("carol", 1_000)))


def test_a_channel_must_carry_the_fees_of_those_after_it() -> None:
    #   alice --1-- bob --2-- dave --3-- carol: channel 2 carries 1,000 and not the fee for 3
    graph = network(channel("alice", "bob"), channel("bob", "dave", htlc_maximum_msat=1_000), channel("dave", "carol", fee_base_msat=1))
    assert isinstance(ask(graph, wish("carol", 1_000)), NoRoute)
    assert [1, 2, 3] == numbers(ask(graph, wish("carol", 999)))


def test_channels_that_failed_are_left_out() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "carol", fee_base_msat=0), channel("bob", "carol", fee_base_msat=9_000))
    assert [1, 3] == numbers(ask(graph, wish("carol", 1_000).without(scid(2))))


def test_a_channel_that_failed_is_taken_for_less_where_nothing_else_is_left() -> None:
    #   bob --2-- carol failed with 1,000; --3-- is dear and another way
    only = network(channel("alice", "bob"), channel("bob", "carol"))
    assert [1, 2] == numbers(ask(only, wish("carol", 999, **lacked((2, 1_000)))))
    assert isinstance(ask(only, wish("carol", 1_000, **lacked((2, 1_000)))), NoRoute)
    assert isinstance(ask(only, wish("carol", 999, **lacked((2, 1_000), (2, 999)))), NoRoute)
    both = network(channel("alice", "bob"), channel("bob", "carol"), channel("bob", "carol", fee_base_msat=9_000))
    assert [1, 3] == numbers(ask(both, wish("carol", 499, **lacked((2, 1_000)))))


def test_of_channels_that_failed_the_one_that_failed_with_much_more_comes_back_first() -> None:
    #   bob --2-- carol failed with 1,000, --3-- with 2,000 and is dearer
    graph = network(channel("alice", "bob"), channel("bob", "carol"), channel("bob", "carol", fee_base_msat=9_000))
    failed = lacked((2, 1_000), (3, 2_000))
    assert [1, 2] == numbers(ask(graph, wish("carol", 499, **failed)))
    assert [1, 3] == numbers(ask(graph, wish("carol", 800, **failed)))


def test_a_channel_of_a_hint_that_failed_comes_back_as_well() -> None:
    hop = HintHop(node_id=node("bob"), short_channel_id=scid(2), fee_base_msat=0, fee_proportional_millionths=0, cltv_expiry_delta=40)
    hints = {"route_hints": (RouteHint(hops=(hop,)),)}
    graph = network(channel("alice", "bob"))
    assert [1, 2] == numbers(ask(graph, wish("carol", 999, **hints, **lacked((2, 1_000)))))
    assert isinstance(ask(graph, wish("carol", 1_000, **hints, **lacked((2, 1_000)))), NoRoute)


def test_what_is_on_its_way_counts_against_a_channel_that_failed() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "carol"))
    inflight = InFlightHtlcs(used_msat={(scid(2), node("bob")): 600})
    router = DefaultRouter(graph, FixedPenaltyScorer())
    answers = [
        router.find_route(
            node("alice"), params=wish("carol", amount_msat, **lacked((2, 1_000))), first_hops=(first_hop("bob"),), inflight=inflight
        )
        for amount_msat in (399, 400)
    ]
    assert [1, 2] == numbers(answers[0])
    assert isinstance(answers[1], NoRoute)


def test_a_channel_that_failed_for_another_reason_stays_out() -> None:
    failed = FailedAmount(short_channel_id=scid(3), source=node("dave"), amount_msat=1_000)
    graph = network(channel("alice", "bob"), channel("bob", "carol"))
    params = {"previously_failed_channels": frozenset({scid(2)}), "failed_amounts": (failed,)}
    assert isinstance(ask(graph, wish("carol", 1, **params)), NoRoute)


def lacked(*failed: tuple[int, int]) -> dict[str, object]:
    """(channel, amount) that failed for want of bob's balance."""
    return {
        "previously_failed_channels": frozenset(scid(number) for number, _amount in failed),
        "failed_amounts": tuple(
            FailedAmount(short_channel_id=scid(number), source=node("bob"), amount_msat=amount) for number, amount in failed
        ),
    }


def test_the_smallest_of_our_channels_that_fits_is_used() -> None:
    #   alice has 7, 8 and 9 to bob
    graph = network(channel("alice", "bob"), channel("bob", "carol", fee_base_msat=0))
    ours = [first_hop("bob", number=number, limit_msat=limit) for number, limit in ((7, 5_000), (8, 2_000), (9, 999))]
    assert [8, 2] == numbers(ask(graph, wish("carol", 1_000), *ours))
    assert [7, 2] == numbers(ask(graph, wish("carol", 1_000).without(scid(8)), *ours))
    assert [7, 2] == numbers(ask(graph, wish("carol", 5_000), *ours))


def test_the_map_does_not_say_what_our_channels_are() -> None:
    #   the map shows a cheap channel alice --1-- carol that alice does not list as hers to use
    graph = network(channel("alice", "carol", fee_base_msat=0), channel("bob", "carol", fee_base_msat=5_000))
    assert [7, 2] == numbers(ask(graph, wish("carol", 1_000), first_hop("bob", number=7)))


def test_a_path_never_comes_back_through_us() -> None:
    #   bob --1-- alice --2-- carol is no way for a payment of alice's over bob
    graph = network(channel("bob", "alice", fee_base_msat=0), channel("alice", "carol", fee_base_msat=0))
    assert isinstance(ask(graph, wish("carol", 1_000)), NoRoute)


def test_a_faster_dearer_way_is_found_when_the_cheap_one_is_too_slow() -> None:
    #   carol is reached from dave; dave from bob, cheaply in 900 blocks or for 50 msat in 40
    graph = network(
        channel("alice", "bob"),
        channel("bob", "dave", fee_base_msat=0, cltv_expiry_delta=900),
        channel("bob", "dave", fee_base_msat=50, cltv_expiry_delta=40),
        channel("dave", "carol", fee_base_msat=0, cltv_expiry_delta=40),
    )
    assert [1, 2, 4] == numbers(ask(graph, wish("carol", 1_000)))
    assert [1, 3, 4] == numbers(ask(graph, wish("carol", 1_000, max_total_cltv_expiry_delta=957)))


def test_a_slow_last_stretch_does_not_hide_the_fast_one() -> None:
    #   from dave to carol cheap and slow (4) or dear and fast (5); only with 5 is there time left for channel 3
    graph = network(
        channel("alice", "bob"),
        channel("bob", "erin", fee_base_msat=0, cltv_expiry_delta=40),
        channel("erin", "dave", fee_base_msat=0, cltv_expiry_delta=40),
        channel("dave", "carol", fee_base_msat=0, cltv_expiry_delta=900),
        channel("dave", "carol", fee_base_msat=50, cltv_expiry_delta=40),
    )
    assert [1, 2, 3, 4] == numbers(ask(graph, wish("carol", 1_000)))
    assert [1, 2, 3, 5] == numbers(ask(graph, wish("carol", 1_000, max_total_cltv_expiry_delta=18 + 900 + 40)))


def test_fear_does_not_hide_the_only_way_that_keeps_the_fee_limit() -> None:
    #   alice --1-- frank --2-- bob (100), then bob --3-- carol (1,500) or bob --4-- dave --5-- carol (700 + 700), which fear dislikes
    graph = network(
        channel("alice", "frank"),
        channel("frank", "bob", fee_base_msat=100),
        channel("bob", "carol", fee_base_msat=1_500),
        channel("bob", "dave", fee_base_msat=700),
        channel("dave", "carol", fee_base_msat=700),
    )

    def afraid(fee_limit_msat: int) -> Route | NoRoute:
        params = wish("carol", 9, fee_limit_msat=fee_limit_msat)
        return find_route(node("alice"), params=params, graph=graph, first_hops=(first_hop("frank"),), scorer=FixedPenaltyScorer())

    assert [1, 2, 3] == numbers(afraid(1_600))
    assert [1, 2, 4, 5] == numbers(afraid(1_599))


def test_a_shorter_dearer_way_is_found_when_the_cheap_one_is_too_long() -> None:
    #   dave reaches carol over erin for nothing (4, 5) or directly for 50 (6)
    graph = network(
        channel("alice", "bob"),
        channel("bob", "frank", fee_base_msat=0),
        channel("frank", "dave", fee_base_msat=0),
        channel("dave", "erin", fee_base_msat=0),
        channel("erin", "carol", fee_base_msat=0),
        channel("dave", "carol", fee_base_msat=50),
    )
    assert [1, 2, 3, 4, 5] == numbers(ask(graph, wish("carol", 1_000, max_path_length=5)))
    assert [1, 2, 3, 6] == numbers(ask(graph, wish("carol", 1_000, max_path_length=4)))


@pytest.mark.parametrize(("hops", "is_found"), [(19, True), (20, False)])
def test_nineteen_channels_are_as_many_as_a_path_may_have(hops: int, is_found: bool) -> None:
    names = ["alice", "bob", *(f"n{index}" for index in range(2, hops)), "carol"]
    graph = network(*(channel(left, right, cltv_expiry_delta=1) for left, right in pairwise(names)))
    assert is_found == isinstance(ask(graph, wish("carol", 1_000)), Route)


def test_among_equals_the_choice_does_not_depend_on_the_order_of_the_map() -> None:
    drawn = [channel("alice", "bob", number=1), *(channel("bob", "carol", number=number) for number in (4, 2, 3))]
    assert [1, 2] == numbers(ask(network(*drawn), wish("carol", 9))) == numbers(ask(network(*reversed(drawn)), wish("carol", 9)))


def test_nothing_to_pay_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="nothing to pay"):
        ask(NetworkGraph(), wish("bob", 0))


# -- hints


def test_a_hint_leads_through_private_channels_to_a_payee_that_is_not_on_the_map() -> None:
    #   alice --1-- bob --2-- dave ..8.. erin ..9.. carol
    graph = network(channel("alice", "bob"), channel("bob", "dave", fee_base_msat=0))
    params = wish("carol", 1_000, route_hints=(hint(("dave", 8), ("erin", 9), fee_base_msat=10),))
    answer = ask(graph, params)
    assert [1, 2, 8, 9] == numbers(answer)
    assert [0, 10, 10, 0] == [figure.fee_msat for figure in answer.paths[0].figures()]
    assert [40, 9, 9, 18] == [hop.cltv_expiry_delta for hop in answer.paths[0].hops]


def test_a_hint_that_begins_at_our_peer_needs_no_map() -> None:
    assert [1, 8] == numbers(ask(NetworkGraph(), wish("carol", 1_000, route_hints=(hint(("bob", 8)),))))


def test_what_the_map_says_about_a_channel_outweighs_a_hint() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "carol", fee_base_msat=500))
    answer = ask(graph, wish("carol", 1_000, route_hints=(hint(("bob", 2), fee_base_msat=0),)))
    assert 500 == answer.total_fees_msat


def test_a_hint_through_ourselves_is_passed_over() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "carol"))
    answer = ask(graph, wish("carol", 1_000, route_hints=(hint(("alice", 8)), hint(("bob", 7), ("alice", 8)))))
    assert [1, 2] == numbers(answer)


def test_a_circular_hint_is_no_trap() -> None:
    circle = hint(("bob", 7), ("dave", 8), ("bob", 9), ("dave", 6), ("bob", 5), fee_base_msat=1)
    graph = network(channel("alice", "bob"), channel("bob", "carol", fee_base_msat=0))
    assert [1, 2] == numbers(ask(graph, wish("carol", 1_000, route_hints=(circle,))))


def test_the_dearest_hint_of_all_neither_wins_nor_overflows() -> None:
    most = (1 << 32) - 1
    dear = hint(
        *((f"h{index}", 50 + index) for index in range(20)), fee_base_msat=most, fee_proportional_millionths=most, cltv_expiry_delta=65_535
    )
    graph = network(channel("alice", "bob"), channel("bob", "carol"), *(channel("bob", f"h{index}") for index in range(20)))
    assert [1, 2] == numbers(ask(graph, wish("carol", 10**9, route_hints=(dear,)), first_hop("bob", limit_msat=2 * 10**9)))
    alone = ask(graph, wish("zoe", 10**8, route_hints=(dear,)))
    assert isinstance(alone, NoRoute)


def test_a_hint_of_a_node_that_is_no_point_is_passed_over() -> None:
    broken = RouteHint(
        hops=(
            HintHop(
                node_id=NodeId(b"\x05" * 33), short_channel_id=scid(8), fee_base_msat=0, fee_proportional_millionths=0, cltv_expiry_delta=0
            ),
        )
    )
    assert isinstance(ask(NetworkGraph(), wish("carol", 1, route_hints=(broken,))), NoRoute)


# -- shadow


def test_a_seed_adds_blocks_for_the_payee_alone_and_always_the_same() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "carol"), channel("carol", "dave", cltv_expiry_delta=34))
    plain, shadowed = ask(graph, wish("carol", 9)), ask(graph, wish("carol", 9), seed=b"seed")
    assert plain.paths[0].hops[0] == shadowed.paths[0].hops[0]
    assert 18 == plain.paths[0].hops[-1].cltv_expiry_delta
    assert 18 + 3 * 34 <= shadowed.paths[0].hops[-1].cltv_expiry_delta <= 18 + 3 * 40
    assert shadowed == ask(graph, wish("carol", 9), seed=b"seed")


def test_the_shadow_ends_at_the_limit() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "carol"))
    answer = ask(graph, wish("carol", 9, max_total_cltv_expiry_delta=18 + 40 + 5), seed=b"seed")
    assert 63 == answer.total_cltv_expiry_delta
