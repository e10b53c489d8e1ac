"""A channel on the way of a payment ends on the chain, and the payment ends all the same: once, and without loss to whoever forwarded."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.channel import machine
from payments.lightning.channel.channel import Phase
from payments.lightning.channel.types import ChannelType
from payments.lightning.events import (
    ChannelClosed,
    ChannelResolved,
    PaymentClaimable,
    PaymentClaimed,
    PaymentFailed,
    PaymentForwarded,
    PaymentPathFailed,
    PaymentSent,
    SpendableOutputs,
)
from payments.lightning.wire.failures import FailureCode
from tests.network.nodes import Nodes, line

AMOUNT_MSAT = 50_000_000
TYPES = pytest.mark.parametrize("channel_type", list(ChannelType))
SIDES = pytest.mark.parametrize("closer", [0, 1])
DUST_MSAT = 300_000
"""Below every limit: no output in any commitment."""
SMALL_MSAT = 500_000
"""With anchors an output; to take it from the peer's commitment costs about 1,500 sat, on our own the HTLC transaction pays no fee."""
DOWNSTREAM, UPSTREAM = ("bob", "carol"), ("alice", "bob")
SETTLED_BLOCKS = 400
"""Longer than any expiry, delay and burial together."""


def held(channel_type: ChannelType, amount_msat: int = AMOUNT_MSAT) -> Nodes:
    """Alice pays carol over bob, and carol holds the payment."""
    nodes = line("alice", "bob", "carol", channel_type=channel_type)
    nodes.hold("carol")
    nodes.begin("alice", nodes.invoice("carol", amount_msat), max_attempts=1)
    nodes.run()
    return nodes


def force_close(nodes: Nodes, name: str, peer: str) -> None:
    """The peer hears of it from the chain alone."""
    nodes.break_line(name, peer)
    nodes[name].force_close_broadcasting_latest_txn(nodes.channel(name, peer).id)
    nodes.run()


def claim(nodes: Nodes) -> None:
    payment_hash = nodes.expect("carol", PaymentClaimable).payment_hash
    nodes["carol"].claim_funds(nodes["carol"].preimage_of(payment_hash))
    nodes.run()


def gained_msat(nodes: Nodes, name: str) -> int:
    """What a node has more than half of each of its channels: in channels, and in outputs of its own."""
    own = [output.amount_sat for event in nodes.heard(name, SpendableOutputs) for output in event.outputs]
    channels = sum(name in {plan.opener, plan.accepter} for plan in nodes.topology.channels)
    return nodes.balance_msat(name) + sum(own) * 1_000 - channels * 500_000_000


@TYPES
@SIDES
def test_a_preimage_on_the_chain_pays_upstream(closer, channel_type):
    nodes = held(channel_type)
    force_close(nodes, DOWNSTREAM[closer], DOWNSTREAM[1 - closer])
    claim(nodes)
    assert [] == nodes.heard("alice", PaymentSent)
    nodes.mine(3)

    assert 1 == len(nodes.heard("alice", PaymentSent))
    assert 1 == len(nodes.heard("bob", PaymentForwarded))
    scid = nodes.scid("bob", "carol")
    assert [True, True] == [nodes.graph.policy(scid, source=nodes.ids[name]).is_disabled for name in DOWNSTREAM]
    nodes.mine(SETTLED_BLOCKS)
    assert [1, 1] == [len(nodes.heard(name, ChannelResolved)) for name in DOWNSTREAM]
    assert Phase.NORMAL is nodes.channel("alice", "bob").phase
    assert -15_000_000 < gained_msat(nodes, "bob") < 6_000
    assert AMOUNT_MSAT - 15_000_000 < gained_msat(nodes, "carol") <= AMOUNT_MSAT


@TYPES
@SIDES
def test_a_timeout_on_the_chain_fails_upstream(closer, channel_type):
    nodes = held(channel_type)
    force_close(nodes, DOWNSTREAM[closer], DOWNSTREAM[1 - closer])
    nodes.mine(SETTLED_BLOCKS)

    assert 1 == len(nodes.heard("alice", PaymentFailed))
    failed = nodes.expect("alice", PaymentPathFailed)
    assert (0, FailureCode.PERMANENT_CHANNEL_FAILURE) == (failed.failing_hop, failed.failure_code)
    assert () == nodes.channel("alice", "bob").htlcs
    assert Phase.NORMAL is nodes.channel("alice", "bob").phase
    assert 0 == gained_msat(nodes, "alice")
    assert -15_000_000 < gained_msat(nodes, "bob") < 0


@TYPES
@SIDES
def test_a_preimage_from_downstream_is_claimed_on_the_chain_upstream(closer, channel_type):
    nodes = held(channel_type)
    force_close(nodes, UPSTREAM[closer], UPSTREAM[1 - closer])
    nodes.mine(2)
    claim(nodes)
    nodes.mine(SETTLED_BLOCKS)

    assert 1 == len(nodes.heard("alice", PaymentSent))
    assert 1 == len(nodes.heard("bob", PaymentForwarded))
    assert AMOUNT_MSAT == gained_msat(nodes, "carol")
    assert -15_000_000 < gained_msat(nodes, "bob") < 6_000
    assert -AMOUNT_MSAT - 15_000_000 < gained_msat(nodes, "alice") < -AMOUNT_MSAT


@TYPES
def test_a_peer_that_holds_too_long_loses_its_channel_and_nothing_else_is_lost(channel_type):
    nodes = line("alice", "bob", "carol", channel_type=channel_type)
    nodes.hold("carol")
    nodes.begin("alice", nodes.invoice("carol", AMOUNT_MSAT), max_attempts=1)
    nodes.run()
    nodes.break_line("bob", "carol")
    nodes.mine(SETTLED_BLOCKS)

    assert "htlc_deadline_passed" in {event.reason for name in DOWNSTREAM for event in nodes.heard(name, ChannelClosed)}
    assert 1 == len(nodes.heard("alice", PaymentFailed))
    assert [] == nodes.heard("alice", ChannelClosed)
    assert Phase.NORMAL is nodes.channel("alice", "bob").phase


@TYPES
def test_a_claim_that_the_peer_does_not_hear_goes_to_the_chain_in_time(channel_type):
    nodes = held(channel_type)
    nodes.break_line("bob", "carol")
    claim(nodes)
    nodes.mine(SETTLED_BLOCKS)

    assert 1 == len(nodes.heard("alice", PaymentSent))
    assert Phase.NORMAL is nodes.channel("alice", "bob").phase
    assert 0 < gained_msat(nodes, "carol")


@TYPES
@SIDES
def test_what_was_too_small_for_an_output_is_not_told_to_be_claimed(closer, channel_type):
    nodes = held(channel_type, DUST_MSAT)
    force_close(nodes, DOWNSTREAM[closer], DOWNSTREAM[1 - closer])
    nodes.mine(1)
    claim(nodes)
    nodes.mine(SETTLED_BLOCKS)

    assert [] == nodes.heard("carol", PaymentClaimed)
    assert 1 == len(nodes.heard("alice", PaymentFailed))
    assert Phase.NORMAL is nodes.channel("alice", "bob").phase


@SIDES
def test_what_costs_more_to_take_than_it_holds_is_not_told_to_be_claimed(closer):
    nodes = held(ChannelType.ANCHORS, SMALL_MSAT)
    force_close(nodes, DOWNSTREAM[closer], DOWNSTREAM[1 - closer])
    nodes.mine(1)
    claim(nodes)
    nodes.mine(SETTLED_BLOCKS)

    is_carols_commitment = closer == 1
    told = (nodes.heard("carol", PaymentClaimed), nodes.heard("alice", PaymentSent))
    assert [is_carols_commitment, is_carols_commitment] == [bool(events) for events in told]


@TYPES
@pytest.mark.parametrize("cheat", ["alice", "bob"])
def test_a_cheat_is_punished(cheat, channel_type):
    nodes = line("alice", "bob", channel_type=channel_type)
    victim = "bob" if cheat == "alice" else "alice"
    then = nodes.channel(cheat, victim)
    nodes.pay("alice", to="bob", amount_msat=AMOUNT_MSAT)
    here = nodes[cheat]._state.surroundings(then)
    (old,) = machine.broadcast_again(replace(then, phase=Phase.FORCE_CLOSING), here).actions
    nodes[cheat]._state.broadcast(old.transaction)
    nodes.mine(10)

    (resolved,) = nodes.heard(victim, ChannelResolved)
    assert 985_000 < resolved.received_sat
    assert 1 == len(nodes.heard(victim, ChannelClosed))


@TYPES
@pytest.mark.parametrize("block", range(0, 12, 3))
def test_everybody_may_die_on_the_way(block, channel_type):
    nodes = held(channel_type)
    force_close(nodes, "bob", "carol")
    nodes.mine(block)
    nodes.restart_all()
    claim(nodes)
    nodes.restart_all()
    nodes.mine(4)
    nodes.restart_all()
    nodes.mine(SETTLED_BLOCKS)

    assert 1 == len(nodes.heard("alice", PaymentSent))
    assert [1, 1] == [len(nodes.heard(name, ChannelResolved)) for name in DOWNSTREAM]
