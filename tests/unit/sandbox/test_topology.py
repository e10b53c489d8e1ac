"""The sandbox's plan: a dozen routing nodes, shops, and ways between them; every one of them can be built and paid."""

from __future__ import annotations

import networkx as nx

from payments.lightning.channel.types import ChannelType
from payments.sandbox.topology import CHANNELS, NODES, SANDBOX, Role


def test_it_works():
    assert Role.OWN is SANDBOX.nodes[0].role
    assert (NODES, CHANNELS) == (SANDBOX.nodes, SANDBOX.channels)


def test_every_node_has_a_name_of_its_own():
    for names in ([plan.slug for plan in NODES], [plan.name for plan in NODES]):
        assert sorted(set(names)) == sorted(names)
    assert all(len(plan.name.encode()) <= 32 for plan in NODES), "an alias holds 32 bytes"


def test_only_shops_sell():
    assert {plan.slug for plan in NODES if plan.sells} == {plan.slug for plan in NODES if plan.role is Role.SHOP}


def test_a_channel_joins_two_nodes_that_are_there_and_a_pair_has_one():
    pairs = [frozenset((plan.opener, plan.accepter)) for plan in CHANNELS]

    assert {plan.slug for plan in NODES} == set().union(*pairs)
    assert {2} == {len(pair) for pair in pairs}
    assert len(set(pairs)) == len(pairs)


def test_shares_are_shares():
    assert all(0 < plan.opener_percent < 100 for plan in CHANNELS)


def test_everybody_can_be_reached():
    assert nx.is_connected(nx.Graph((plan.opener, plan.accepter) for plan in CHANNELS))


def test_both_kinds_of_channel_and_a_hidden_one_are_there():
    assert set(ChannelType) == {plan.channel_type for plan in CHANNELS}
    assert ["cellar-records"] == [plan.accepter for plan in CHANNELS if not plan.is_announced]


def test_shops_pass_nothing_on():
    degree = nx.Graph((plan.opener, plan.accepter) for plan in CHANNELS).degree

    assert all(degree[plan.slug] <= 2 for plan in NODES if plan.role is Role.SHOP)
