"""Hints come from what the peer itself said and signed, and from nothing else."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.graph.gossip import sign_channel_update
from payments.lightning.invoice.network import Network
from payments.lightning.wire.messages import ChannelUpdate, encode_message
from payments.sandbox.building import identity_of
from tests.network.nodes import SECRET, Nodes, channel, network


@pytest.fixture
def nodes() -> Nodes:
    return network(channel("alice", "bob"), channel("bob", "carol", is_announced=False))


def update_of(nodes: Nodes, **changes: object) -> ChannelUpdate:
    """What bob says about his hidden channel with carol, changed and signed anew."""
    plain = nodes["bob"].announcer.channel_update(nodes.channel("bob", "carol"))
    return sign_channel_update(msgspec.structs.replace(plain, **changes), node_key=identity_of(SECRET, "bob").private_key)


def told(nodes: Nodes, update: ChannelUpdate, *, by: str = "bob") -> list[int]:
    """The base fees of carol's hints once she has heard this."""
    nodes["carol"].handle_message(nodes.ids[by], encode_message(update))
    nodes.turn()
    return [hint.hops[0].fee_base_msat for hint in nodes["carol"].announcer.route_hints()]


def test_it_works(nodes):
    assert [7] == told(nodes, update_of(nodes, fee_base_msat=7))


def test_a_wrong_signature_is_passed_over(nodes):
    forged = msgspec.structs.replace(update_of(nodes, fee_base_msat=7), fee_base_msat=8)

    assert [1_000] == told(nodes, forged)


@pytest.mark.parametrize("changes", [{"chain_hash": Network.MAINNET.chain_hash}, {"timestamp": (1 << 32) - 1}, {"short_channel_id": 5}])
def test_another_chain_time_or_channel_is_passed_over(nodes, changes):
    assert [1_000] == told(nodes, update_of(nodes, fee_base_msat=7, **changes))


def test_only_who_has_the_channel_speaks_of_it(nodes):
    assert [1_000] == told(nodes, update_of(nodes, fee_base_msat=7), by="alice")


def test_an_announced_channel_is_no_hint(nodes):
    assert () == nodes["alice"].announcer.route_hints()
    (hint,) = nodes["bob"].announcer.route_hints()
    assert nodes.ids["carol"] == hint.hops[0].node_id
