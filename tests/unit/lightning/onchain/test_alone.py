"""One side closes alone, in the middle of payments: everybody gets what is theirs, and every payment ends as the chain says."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.channel.channel import Phase
from payments.lightning.channel.types import ChannelType
from payments.lightning.events import ChannelClosed, ChannelResolved, PaymentFailed, PaymentPathSuccessful, PaymentSent
from payments.lightning.manager.monitoring import COMMITMENT_CONFIRMED
from tests.unit.lightning.onchain.judged_nodes import OTHER, TYPES, JudgedNodes

MOST_FEES_SAT = 18_000
"""More than all transactions of one of these stories cost together."""

SMALLEST_OUTPUT_MSAT = {ChannelType.ANCHORS: 354_000, ChannelType.STATIC_REMOTEKEY: 354_000 + 2_500 * 703}
"""From where on an HTLC has an output: the dust limit, and without anchors the fee of HTLC-success (BOLT 3, Trimmed Outputs)."""


@TYPES
@pytest.mark.parametrize("closer", ["alice", "bob"])
def test_it_works(tmp_path, closer, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    hashes = {payer: [nodes.begin_payment(payer) for _ in range(2)] for payer in OTHER}
    nodes.force_close(closer)
    for payer, (paid, _) in hashes.items():
        nodes.claim(OTHER[payer], paid)
    nodes.mine_until_resolved()

    fees_sat = 1_000_000
    for name, other in OTHER.items():
        (sent,), (failed,) = nodes.heard(name, PaymentSent), nodes.heard(name, PaymentFailed)
        assert hashes[name] == [sent.payment_hash, failed.payment_hash]
        assert 1 == len(nodes.heard(name, PaymentPathSuccessful))
        (closed,), (resolved,) = nodes.heard(name, ChannelClosed), nodes.heard(name, ChannelResolved)
        assert (closed.reason == COMMITMENT_CONFIRMED) == (name != closer), other
        assert 500_000_000 == resolved.balance_msat
        assert Phase.CLOSED is nodes.channel(name).phase
        fees_sat -= nodes.received_sat(name)
        assert 500_000 - MOST_FEES_SAT < nodes.received_sat(name) < 500_000
    assert 0 < fees_sat < MOST_FEES_SAT
    assert {"closed": 0, "past_htlc": 0} == {kind: count(nodes, "alice", kind) for kind in ("closed", "past_htlc")}


def count(nodes, name, namespace):
    return sum(place[0] == namespace for place in nodes.store[name])


@TYPES
def test_both_may_close_alone_at_once(tmp_path, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    nodes.begin_payment("alice")
    nodes.force_close("alice")
    nodes.force_close("bob")
    nodes.mine_until_resolved()

    assert 480_000 < nodes.received_sat("alice") < 500_000
    assert 495_000 < nodes.received_sat("bob") <= 500_000
    assert 1 == len(nodes.heard("alice", PaymentFailed))


@TYPES
@pytest.mark.parametrize("closer", ["alice", "bob"])
def test_a_preimage_that_comes_late_still_claims(tmp_path, closer, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    payment_hash = nodes.begin_payment("alice")
    nodes.force_close(closer)
    nodes.mine(10)
    assert [] == nodes.heard("alice", PaymentSent)
    nodes.claim("bob", payment_hash)
    nodes.mine(2)
    assert 1 == len(nodes.heard("alice", PaymentSent))
    nodes.mine_until_resolved()

    assert 535_000 < nodes.received_sat("bob") < 540_000


@TYPES
def test_a_failure_waits_until_the_timeout_is_buried(tmp_path, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    nodes.begin_payment("alice")
    (htlc,) = nodes.channel("alice").htlcs
    nodes.force_close("alice")
    nodes.mine(htlc.cltv_expiry - nodes.height)
    assert nodes.height == htlc.cltv_expiry
    nodes.mine(5)
    assert [] == nodes.heard("alice", PaymentFailed)
    nodes.mine(1)

    assert 1 == len(nodes.heard("alice", PaymentFailed))


@TYPES
def test_dust_ends_with_the_commitment(tmp_path, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    nodes.begin_payment("alice", 100_000)
    nodes.force_close("bob")
    nodes.mine(5)
    assert [] == nodes.heard("alice", PaymentFailed)
    nodes.mine(1)

    assert 1 == len(nodes.heard("alice", PaymentFailed))


@TYPES
def test_an_htlc_that_costs_more_to_take_back_than_it_holds_ends_after_its_time(tmp_path, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    nodes.begin_payment("alice", SMALLEST_OUTPUT_MSAT[channel_type])
    nodes.force_close("bob")
    nodes.mine(6)
    assert [] == nodes.heard("alice", PaymentFailed)
    nodes.mine_until_resolved()

    assert 1 == len(nodes.heard("alice", PaymentFailed))
    assert 1 == len(nodes.heard("alice", ChannelResolved))


def test_an_htlc_that_the_published_commitment_does_not_have_ends_with_it(tmp_path):
    nodes = JudgedNodes(tmp_path, ChannelType.ANCHORS)
    before = nodes.channel("bob")
    nodes.begin_payment("alice")
    nodes.cut()
    nodes["bob"]._state.channels.put(before.id, before)
    nodes["alice"]._state.channels.put(before.id, rolled_back(nodes.channel("alice")))
    nodes.force_close("bob")
    nodes.mine(5)
    assert [] == nodes.heard("alice", PaymentFailed)
    nodes.mine(1)

    assert 1 == len(nodes.heard("alice", PaymentFailed))


def rolled_back(channel):
    """As if the peer had not answered our last commitment yet: it may publish the one before."""
    return replace(channel, remote_number=channel.remote_number - 1, awaiting_revocation=True)


@TYPES
@pytest.mark.parametrize("who", ["alice", "bob"])
def test_a_restart_at_any_block_changes_nothing(tmp_path, who, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    paid, _ = [nodes.begin_payment("alice") for _ in range(2)]
    nodes.force_close("alice")
    nodes.claim("bob", paid)
    for _ in range(60):
        nodes.mine(1)
        nodes.restart(who)
    nodes.mine_until_resolved()

    assert [1, 1] == [len(nodes.heard("alice", kind)) for kind in (PaymentSent, PaymentFailed)]
    assert [1, 1] == [len(nodes.heard(name, ChannelResolved)) for name in OTHER]
    nodes.received_sat("alice")


@TYPES
def test_a_closing_transaction_is_taken_by_the_chain(tmp_path, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    nodes["bob"].close_channel(nodes.channel("bob").id)
    nodes.run()
    nodes.mine_until_resolved()

    assert 500_000 == nodes.received_sat("bob")
    assert 500_000 - 1_690 == nodes.received_sat("alice")
    assert 1 == len(nodes.confirmed)


@TYPES
def test_what_the_chain_takes_back_is_as_if_it_had_not_been(tmp_path, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    nodes.begin_payment("alice")
    nodes.force_close("alice")
    nodes.mine(3)
    commitment = nodes.confirmed[0]
    for name in OTHER:
        nodes[name].transaction_unconfirmed(commitment.txid)
    nodes.collect()
    assert [0, 0] == [count(nodes, name, "closed") for name in OTHER]
    for name in OTHER:
        nodes[name].transactions_confirmed(list(enumerate(nodes.confirmed, start=1)), nodes.height)
    nodes.mine_until_resolved()

    assert 1 == len(nodes.heard("alice", PaymentFailed))
