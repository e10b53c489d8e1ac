"""What a node in the middle owes both sides, also when they behave badly."""

from __future__ import annotations

import pytest

from payments.lightning.channel.channel import Phase
from payments.lightning.channel.htlc import Failed
from payments.lightning.channel.updates import fail_htlc
from payments.lightning.events import ChannelClosed, PaymentClaimable, PaymentFailed, PaymentForwarded, PaymentPathFailed, PaymentSent
from payments.lightning.manager import relaying
from payments.lightning.wire.messages import CommitmentSigned, UpdateFulfillHtlc, decode_message
from tests.network.nodes import Nodes, line


@pytest.fixture
def nodes() -> Nodes:
    """Alice's payment lies with carol, who has not decided; bob is between them."""
    nodes = line("alice", "bob", "carol", latency_ms=10)
    nodes.hold("carol")
    nodes.begin("alice", nodes.invoice("carol", 5_000_000))
    nodes.run()
    return nodes


def lose(nodes: Nodes, sender: str, kind: type) -> None:
    """Messages of one kind from one node are lost on the wire."""
    parcels = nodes.network._parcels
    nodes.network._parcels = [one for one in parcels if (nodes.names[one.sender], type(decode_message(one.data))) != (sender, kind)]


def test_a_preimage_that_comes_twice_earns_once(nodes):
    carol = nodes["carol"]
    carol.claim_funds(carol.preimage_of(nodes.expect("carol", PaymentClaimable).payment_hash))
    nodes.turn()
    lose(nodes, "carol", CommitmentSigned)
    nodes.turn(after_ms=10)
    assert nodes.expect("bob", PaymentForwarded)
    nodes.break_line("alice", "bob")
    nodes.break_line("bob", "carol")
    nodes.mend_line("bob", "carol")
    nodes.run()
    nodes.mend_line("alice", "bob")
    nodes.run()

    assert nodes.expect("bob", PaymentForwarded)
    assert nodes.expect("alice", PaymentSent)
    nodes.check_rest()


def test_a_preimage_goes_upstream_at_once_and_alone(nodes):
    carol = nodes["carol"]
    carol.claim_funds(carol.preimage_of(nodes.expect("carol", PaymentClaimable).payment_hash))
    nodes.turn()
    nodes.turn(after_ms=10)
    under_way = [type(decode_message(one.data)) for one in nodes.network._parcels if one.receiver == nodes.ids["alice"]]

    assert UpdateFulfillHtlc in under_way
    assert 1 == len(nodes.channel("bob", "carol").htlcs)


@pytest.mark.parametrize("length", [0, 31, 292, 5_000, 64_000, 64_001, 65_400])
def test_a_reason_of_any_length_goes_back_to_the_payer(nodes, length):
    state = nodes["carol"]._state
    channel = nodes.channel("carol", "bob")
    state.act(channel.id, lambda channel: fail_htlc(channel, 0, Failed(reason=bytes(length))))
    nodes.run()

    assert nodes.expect("alice", PaymentPathFailed).failure_code is None
    assert nodes.expect("alice", PaymentFailed)
    assert [] == [event for _, event in nodes.log if isinstance(event, ChannelClosed)]


def test_a_failure_goes_upstream_only_when_it_is_irrevocable_downstream(nodes):
    nodes["carol"].fail_htlc_backwards(nodes.expect("carol", PaymentClaimable).payment_hash)
    for _ in range(20):
        downstream = nodes.channel("bob", "carol").htlcs
        upstream = nodes.channel("bob", "alice").htlcs
        assert not downstream or upstream[0].outcome is None
        nodes.turn(after_ms=10)

    assert nodes.expect("alice", PaymentFailed)
    nodes.check_rest()


def test_too_much_dust_of_a_peer_is_given_back_not_carried_on(monkeypatch):
    nodes = line("alice", "bob", "carol")
    nodes.hold("carol")
    monkeypatch.setattr(relaying, "is_dust_too_much", lambda channel, htlc, config: channel.id == nodes.channel("bob", "alice").id)
    nodes.begin("alice", nodes.invoice("carol", 1_000))
    nodes.run()

    assert 0x1007 == nodes.expect("alice", PaymentPathFailed).failure_code
    assert () == nodes.channel("bob", "carol").htlcs
    assert Phase.NORMAL is nodes.channel("bob", "alice").phase
