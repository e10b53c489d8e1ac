"""What is asked: between nodes that reach each other, and the same for the same seed."""

from __future__ import annotations

from payments.management.route_bench.questions import PARTS_MSAT, SINGLE_MSAT, Ends
from tests.graphs import node
from tests.unit.management.route_bench.nets import NAMES, RING

ENDS = Ends(RING)
REACHABLE = {node(name) for name in NAMES}


def test_only_nodes_that_reach_each_other_are_asked_about():
    assert {RING.node_id_at(place) for place in ENDS.nodes.tolist()} == REACHABLE


def test_a_seed_says_what_is_asked():
    assert ENDS.pairs(20, seed=7) == ENDS.pairs(20, seed=7)
    assert ENDS.pairs(20, seed=7) != ENDS.pairs(20, seed=8)


def test_amounts_are_within_their_ranges_and_ends_differ():
    for asked in ENDS.pairs(50, seed=1):
        assert asked.payer != asked.params.payment_params.payee
        assert SINGLE_MSAT[0] <= asked.params.final_value_msat <= SINGLE_MSAT[1]
        assert not asked.params.payment_params.allows_parts


def test_large_payments_may_come_in_parts_and_fit_into_the_channels_of_both():
    asked = ENDS.in_parts(30, seed=1)

    assert asked
    for one in asked:
        assert one.params.payment_params.allows_parts
        assert PARTS_MSAT[0] <= one.params.final_value_msat <= sum(hop.next_outbound_htlc_limit_msat for hop in one.first_hops)


def test_a_payer_lists_its_channels_with_what_the_map_lets_them_send():
    carol = RING.node_place(node("carol"))
    assert carol is not None
    hops = {hop.counterparty_node_id: hop for hop in ENDS.first_hops(carol)}

    assert {node("alice"), node("bob"), node("dave"), node("far away")} == set(hops)
    assert (800_000_000, 2_000) == (hops[node("alice")].next_outbound_htlc_limit_msat, hops[node("alice")].next_outbound_htlc_minimum_msat)
