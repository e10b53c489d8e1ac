"""The same secret builds the same network; another one shares nothing with it."""

from __future__ import annotations

from hashlib import sha256
from itertools import count

import pytest

from payments.lightning.config import EngineConfig
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.invoice.network import Network
from payments.lightning.manager.manager import ChannelManager
from payments.sandbox.building import Founding, found_network, identity_of
from payments.sandbox.chain import FIRST_HEIGHT
from payments.sandbox.clock import TurnClock
from payments.sandbox.topology import SANDBOX

NOW_MS = 1_700_000_000_000


def built(secret: bytes) -> tuple[dict[str, ChannelManager], Founding]:
    clock, numbers, graph = TurnClock(NOW_MS), count(), NetworkGraph()
    managers = {
        plan.slug: ChannelManager(
            identity_of(secret, plan.slug),
            config=EngineConfig(forwarding=plan.forwarding),
            network=Network.REGTEST,
            graph=graph,
            clock=clock,
            entropy=lambda length: sha256(b"%d" % next(numbers)).digest()[:length],
        )
        for plan in SANDBOX.nodes
    }
    return managers, found_network(SANDBOX, managers, clock=clock)


@pytest.fixture(scope="module")
def network():
    return built(b"s" * 32)


def test_it_works(network):
    managers, founding = network
    graph = managers["own"].graph

    assert (24, 39, 40) == (graph.node_count, graph.channel_count, len(SANDBOX.channels))
    assert FIRST_HEIGHT == founding.chain.height
    assert 4 == len(managers["own"].list_usable_channels())
    assert sum(plan.capacity_sat for plan in SANDBOX.channels) * 1_000 == sum(
        details.balance_msat for manager in managers.values() for details in manager.list_channels()
    )


def test_each_side_has_what_the_plan_says(network):
    managers, _ = network
    shares = {(details.capacity_sat, details.balance_msat) for details in managers["own"].list_channels()}

    assert {(5_000_000, 3_100_000_000), (3_000_000, 2_130_000_000), (2_000_000, 1_080_000_000), (1_000_000, 830_000_000)} == shares


def test_every_node_asks_what_the_plan_says(network):
    managers, _ = network
    for plan in SANDBOX.nodes:
        policies = {managers[plan.slug].channel(details.channel_id).forwarding for details in managers[plan.slug].list_channels()}

        assert {plan.forwarding} == policies


def test_the_same_secret_builds_the_same(network):
    _, founding = network

    assert founding == built(b"s" * 32)[1]


def test_another_secret_shares_no_key(network):
    others, _ = built(b"t" * 32)

    ours = {manager.get_our_node_id() for manager in network[0].values()}
    assert not ours & {manager.get_our_node_id() for manager in others.values()}


def test_an_identity_shows_nothing_of_its_keys():
    identity = identity_of(b"s" * 32, "own")

    assert identity.private_key.hex() not in repr(identity)
    assert identity.seed.hex() not in repr(identity)
