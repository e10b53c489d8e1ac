"""News of another chain, truly signed: on no map, in nobody's hints, and no payment goes by it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.events import PaymentSent
from payments.lightning.graph.errors import GossipOfAnotherChain
from payments.lightning.graph.gossip import sign_channel_update
from payments.lightning.graph.network import ChannelInfo, NodeInfo
from payments.lightning.invoice.network import Network
from payments.lightning.manager.announcing import GossipItem
from payments.lightning.wire.messages import ChannelUpdate, encode_message
from payments.sandbox.building import identity_of
from tests.network.nodes import SECRET, Nodes, square
from tests.unit.lightning.graph.test_gossip import channel_announcement


@pytest.fixture
def nodes() -> Nodes:
    return square(cheap="bob")


def cheaper(nodes: Nodes, *, chain: Network) -> ChannelUpdate:
    """What carol asks on her way to dave, said by herself: nothing, and that is cheaper than bob."""
    plain = nodes["carol"].announcer.channel_update(nodes.channel("carol", "dave"), after_s=nodes.now_ms // 1_000)
    changed = replace(plain, chain_hash=chain.chain_hash, fee_base_msat=0, fee_proportional_millionths=0)
    return sign_channel_update(changed, node_key=identity_of(SECRET, "carol").private_key)


def first_of(nodes: Nodes) -> str:
    """By whom alice pays dave."""
    payment = nodes.pay("alice", to="dave", amount_msat=5_000_000)
    assert nodes.expect("alice", PaymentSent)
    return nodes.names[payment.attempts[0].path.hops[0].node_id]


def contents(nodes: Nodes) -> tuple[int, tuple[NodeInfo, ...], tuple[ChannelInfo, ...], list[object]]:
    graph = nodes.graph
    policies = [list(graph.outgoing(node_id)) for node_id in nodes.ids.values()]
    return graph.version, graph.nodes(), graph.channels(), policies


def test_on_our_own_chain_the_same_words_change_the_way(nodes):
    version = nodes.graph.version
    assert nodes["alice"].hear(GossipItem(message=cheaper(nodes, chain=Network.REGTEST)))
    assert version + 1 == nodes.graph.version
    assert "carol" == first_of(nodes)


@pytest.mark.parametrize("chain", [Network.MAINNET, Network.TESTNET, Network.SIGNET])
def test_on_another_they_change_nothing(nodes, chain):
    before, foreign = contents(nodes), cheaper(nodes, chain=chain)
    with pytest.raises(GossipOfAnotherChain) as refused:
        nodes["alice"].hear(GossipItem(message=foreign))
    assert chain.chain_hash == refused.value.chain_hash

    nodes["alice"].handle_message(nodes.ids["carol"], encode_message(foreign))  # and so it comes from a peer
    nodes.run()
    assert before == contents(nodes)
    assert "bob" == first_of(nodes)


@pytest.mark.parametrize("chain", [Network.MAINNET, Network.TESTNET, Network.SIGNET])
def test_no_channel_of_another_chain_is_on_the_map(nodes, chain):
    before = contents(nodes)
    with pytest.raises(GossipOfAnotherChain):
        nodes["alice"].hear(GossipItem(message=channel_announcement(chain_hash=chain.chain_hash), capacity_sat=1_000_000))
    assert before == contents(nodes)
