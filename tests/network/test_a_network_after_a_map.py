"""Sixty nodes laid out after a map open their channels, ask what they shall ask, and carry payments across."""

from __future__ import annotations

import pytest

from payments.lightning.payment.status import PaymentStatus
from payments.sandbox.from_map import network_from_map
from tests.drawn_maps import drawn_map
from tests.network.nodes import Nodes

SIZE = 60


@pytest.fixture(scope="module")
def nodes() -> Nodes:
    return Nodes(network_from_map(drawn_map(120), nodes=SIZE, seed=b"seed"))


def test_everything_is_announced_and_every_side_asks_what_the_plan_says(nodes: Nodes) -> None:
    announced = [plan for plan in nodes.topology.channels if plan.is_announced]
    forwarding = {plan.slug: plan.forwarding for plan in nodes.topology.nodes}

    assert len(announced) == nodes.graph.channel_count
    assert SIZE - 1 == nodes.graph.node_count, "one shop is on no map"
    for plan in announced:
        scid = nodes.scid(plan.opener, plan.accepter)
        sides = {plan.opener: plan.opener_forwarding, plan.accepter: plan.accepter_forwarding}
        for slug, special in sides.items():
            asked, told = special or forwarding[slug], nodes.graph.policy(scid, source=nodes.ids[slug])
            assert told is not None
            assert (asked.fee_base_msat, asked.fee_proportional_millionths, asked.cltv_expiry_delta) == (
                told.fee_base_msat,
                told.fee_proportional_millionths,
                told.cltv_expiry_delta,
            )
            assert asked.htlc_minimum_msat <= told.htlc_minimum_msat <= told.htlc_maximum_msat <= plan.capacity_sat * 1_000
            assert asked.htlc_maximum_msat in {None, told.htlc_maximum_msat}


def test_each_side_holds_what_the_plan_says(nodes: Nodes) -> None:
    for plan in nodes.topology.channels:
        (opener,) = (one for one in nodes[plan.opener].list_channels() if one.counterparty_node_id == nodes.ids[plan.accepter])
        assert plan.capacity_sat * plan.opener_percent * 10 == opener.balance_msat


@pytest.mark.parametrize("shop", ["aurora-coffee", "beacon-books", "cedar-cycles", "cellar-records"])
def test_our_node_pays_across(nodes: Nodes, shop: str) -> None:
    payment = nodes.pay("own", to=shop, amount_msat=6_000_000)

    assert PaymentStatus.PAID is payment.status
    nodes.check_rest()


def test_after_a_restart_the_same_network_pays(nodes: Nodes) -> None:
    nodes.restart_all()
    nodes.run()

    assert PaymentStatus.PAID is nodes.pay("own", to="ember-bakery", amount_msat=6_000_000).status
    nodes.check_rest()
