"""From a broadcast funding to a channel in use and on the map: blocks are counted, channel_ready is said, the proof is exchanged."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.channel import opening_errors as refusals
from payments.lightning.channel.channel import Connection, Phase
from payments.lightning.channel.raw_transactions import parse_transaction
from payments.lightning.channel.readiness import FUNDING_TIMEOUT_BLOCKS
from payments.lightning.config import ChannelConfig, EngineConfig
from payments.lightning.events import ChannelClosed, ChannelReady
from payments.lightning.ids import make_scid
from payments.lightning.manager.announcing import GossipItem
from payments.lightning.wire.messages import AnnouncementSignatures
from payments.lightning.wire.messages import ChannelReady as ChannelReadyMessage
from tests.unit.lightning.channel.two_nodes import HEIGHT, WISH, TwoNodes, changed


def signed(**world) -> TwoNodes:
    """Both have signed, the transaction is broadcast and in no block."""
    nodes = TwoNodes(**world)
    nodes.ask()
    nodes.run()
    return nodes


def opened() -> TwoNodes:
    nodes = signed()
    nodes.mine(6, parse_transaction(nodes.broadcasts[0]))
    return nodes


@pytest.mark.parametrize("depth_blocks", [1, 3, 10])
def test_it_waits_for_as_many_blocks_as_the_accepter_asks_for(depth_blocks):
    nodes = signed(config=EngineConfig(channel=ChannelConfig(minimum_depth_blocks=depth_blocks)))
    nodes.mine(depth_blocks, parse_transaction(nodes.broadcasts[0]))
    assert 1 == len(nodes["alice"].list_usable_channels())

    nodes = signed(config=EngineConfig(channel=ChannelConfig(minimum_depth_blocks=depth_blocks)))
    nodes.mine(depth_blocks - 1, parse_transaction(nodes.broadcasts[0]))
    assert () == nodes["alice"].list_usable_channels()


def test_it_is_announced_at_the_sixth_block_by_both():
    nodes = signed()
    nodes.mine(5, parse_transaction(nodes.broadcasts[0]))
    assert [] == nodes["alice"].take_gossip()
    nodes.mine(1)

    told = [nodes[name].take_gossip() for name in ("alice", "bob")]
    assert told[0][0] == told[1][0]
    about_bob = GossipItem(message=nodes["bob"].announcer.node_announcement("Bob", rgb_color=b"\x01\x02\x03"))
    assert [True] * 4 == [nodes["alice"].hear(item) for item in (*told[0], told[1][1], about_bob)]
    (channel,) = nodes["alice"].graph.channels()
    assert 1_000_000 == channel.capacity_sat


def test_a_hidden_channel_is_never_announced():
    nodes = TwoNodes()
    nodes.ask(replace(WISH, is_announced=False))
    nodes.run()
    nodes.mine(10, parse_transaction(nodes.broadcasts[0]))

    assert 1 == len(nodes["bob"].list_usable_channels())
    assert [] == nodes["alice"].take_gossip() + nodes["bob"].take_gossip()
    assert 1 == len(nodes["alice"].announcer.route_hints())


def test_an_opener_broadcasts_again_with_every_block_and_an_accepter_does_not_wait_for_ever():
    nodes = signed()
    nodes.mine(2)
    assert 3 == len(nodes.broadcasts)
    assert 1 == len(set(nodes.broadcasts))
    nodes["bob"].best_block_updated(HEIGHT + 2_016)
    nodes.collect()

    (closed,) = nodes.heard("bob", ChannelClosed)
    assert refusals.FundingTimedOut.code == closed.reason


def test_a_funding_that_moves_to_another_block_is_found_again():
    nodes = signed()
    funding = parse_transaction(nodes.broadcasts[0])
    nodes.mine(2, funding)
    for name in nodes.nodes:
        nodes[name].transaction_unconfirmed(funding.txid)
    nodes.mine(2)
    assert () == nodes["alice"].list_usable_channels()
    nodes.mine(3, funding)

    (channel,) = nodes["alice"].list_usable_channels()
    assert make_scid(HEIGHT + 5, 1, 0) == channel.short_channel_id


def test_a_channel_in_use_whose_funding_disappears_is_closed():
    nodes = opened()
    nodes["alice"].transaction_unconfirmed(parse_transaction(nodes.broadcasts[0]).txid)
    nodes.run()

    (closed,) = nodes.heard("alice", ChannelClosed)
    assert refusals.FundingUnconfirmed.code == closed.reason


@pytest.mark.parametrize("blocks", range(1, 8))
@pytest.mark.parametrize("who", ["alice", "bob", "the line"])
def test_an_end_at_any_block_does_no_harm(blocks, who):
    nodes = signed()
    nodes.mine(blocks, parse_transaction(nodes.broadcasts[0]))
    if who == "the line":
        nodes.cut()
        nodes.connect()
    else:
        nodes.restart(who)
    nodes.mine(8 - blocks)

    for name in nodes.nodes:
        (channel,) = nodes[name].list_usable_channels()
        assert Connection.ONLINE is channel.connection
        assert 1 == len(nodes.heard(name, ChannelReady))
        assert nodes[name].channel(channel.channel_id).announcement.remote_signatures is not None


@pytest.mark.parametrize("kind", [ChannelReadyMessage, AnnouncementSignatures])
def test_what_was_lost_on_the_line_is_said_again(kind):
    nodes = signed()
    funding = parse_transaction(nodes.broadcasts[0])
    for number in range(6):
        for name in nodes.nodes:
            if number == 0:
                nodes[name].transactions_confirmed([(1, funding)], HEIGHT + 1)
            nodes[name].best_block_updated(HEIGHT + 1 + number)
    nodes.run_until(kind)
    nodes.cut()
    nodes.connect()

    assert [1, 1] == [len(nodes[name].take_gossip()) // 2 for name in nodes.nodes]


def test_a_wrong_half_of_the_proof_is_passed_over():
    nodes = signed()
    nodes.height = HEIGHT
    funding = parse_transaction(nodes.broadcasts[0])
    for number in range(6):
        for name in nodes.nodes:
            if number == 0:
                nodes[name].transactions_confirmed([(1, funding)], HEIGHT + 1)
            nodes[name].best_block_updated(HEIGHT + 1 + number)
    half = nodes.run_until(AnnouncementSignatures)
    teller, listener = nodes.speaker, "bob" if nodes.speaker == "alice" else "alice"
    nodes.hand(changed(half, node_signature=bytes([1] * 64)), sender=teller)
    nodes.run()

    assert [] == nodes[listener].take_gossip()
    assert 1 == len(nodes[listener].list_usable_channels())


def test_a_channel_that_ended_before_its_funding_came_is_not_broadcast_for_ever():
    nodes = signed()
    channel_id = nodes["bob"].list_channels()[0].channel_id
    nodes["bob"].force_close_broadcasting_latest_txn(channel_id)
    nodes.run()
    nodes.mine(FUNDING_TIMEOUT_BLOCKS)
    assert Phase.CLOSED is nodes["bob"].channel(channel_id).phase

    broadcast = nodes.broadcasters.count("bob")
    nodes.mine(3)
    assert broadcast == nodes.broadcasters.count("bob") > 0
