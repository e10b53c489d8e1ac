"""Hints come from what the peer itself said and signed, and from nothing else."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.graph.gossip import sign_channel_update
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.graph.pruning import STALE_AFTER_S
from payments.lightning.ids import ShortChannelId
from payments.lightning.invoice.network import Network
from payments.lightning.manager.announcing import REFRESH_AFTER_S
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


def last_said_s(nodes: Nodes, name: str, peer: str) -> int:
    policy = nodes[name].graph.policy(nodes.scid(name, peer), source=nodes.ids[name])
    assert policy is not None
    return policy.last_update_s


def ticks(nodes: Nodes, *names: str) -> None:
    for name in names:
        nodes[name].timer_tick_occurred()
    nodes.run()


def test_what_was_said_a_week_ago_is_said_again():
    nodes = network(channel("alice", "bob"))
    ticks(nodes, "alice", "bob")
    first_s = last_said_s(nodes, "alice", "bob")
    nodes.wait(REFRESH_AFTER_S * 1_000 - 1_000)
    ticks(nodes, "alice")
    assert first_s == last_said_s(nodes, "alice", "bob")

    nodes.wait(3_600_000)
    ticks(nodes, "alice")
    assert first_s + REFRESH_AFTER_S <= last_said_s(nodes, "alice", "bob")


def test_who_is_silent_for_two_weeks_is_forgotten_but_not_at_the_first_look():
    nodes = network(channel("alice", "bob"), channel("bob", "carol"))
    graph, far = nodes["alice"].graph, nodes.scid("bob", "carol")
    set_back(graph, far, by_s=STALE_AFTER_S)
    ticks(nodes, "alice")
    assert graph.channel(far) is not None

    nodes.wait(3_600_000)
    ticks(nodes, "alice")
    assert graph.channel(far) is None
    assert graph.channel(nodes.scid("alice", "bob")) is not None


def set_back(graph: NetworkGraph, short_channel_id: ShortChannelId, *, by_s: int) -> None:
    """As if both ends had last spoken so long ago."""
    known = graph.channel(short_channel_id)
    assert known is not None
    for end in (known.node_one, known.node_two):
        policy = graph.policy(short_channel_id, source=end)
        assert policy is not None
        graph.set_policy(short_channel_id, source=end, policy=msgspec.structs.replace(policy, last_update_s=policy.last_update_s - by_s))
