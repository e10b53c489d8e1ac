"""A payee that does not claim: nothing is called failed while it could still be claimed, and nothing is held for ever."""

from __future__ import annotations

import pytest

from payments.lightning.events import ChannelClosed, PaymentClaimable, PaymentClaimed, PaymentFailed, PaymentFailureReason, PaymentSent
from payments.lightning.payment.status import PaymentStatus
from payments.sandbox.conduct import Conduct
from payments.sandbox.faults import Holds
from tests.network.nodes import Nodes, line


@pytest.fixture
def nodes() -> Nodes:
    """Alice has paid carol, who sits on it."""
    nodes = line("alice", "bob", "carol")
    nodes.hold("carol")
    nodes.begin("alice", nodes.invoice("carol", 5_000_000), payment_id=bytes(32))
    nodes.run()
    return nodes


def test_it_works(nodes):
    assert PaymentStatus.SENDING is nodes.payment("alice", bytes(32)).status
    assert [] == nodes.heard("alice", PaymentSent) + nodes.heard("alice", PaymentFailed)
    claimable = nodes.expect("carol", PaymentClaimable)
    nodes["carol"].claim_funds(nodes["carol"].preimage_of(claimable.payment_hash))
    nodes.run()

    assert nodes.expect("alice", PaymentSent)
    assert nodes.expect("carol", PaymentClaimed)
    nodes.check_rest()


def test_abandoned_is_not_failed_as_long_as_it_may_be_paid(nodes):
    nodes["alice"].abandon_payment(bytes(32))
    nodes.run()

    assert PaymentStatus.STOPPING is nodes.payment("alice", bytes(32)).status
    assert [] == nodes.heard("alice", PaymentFailed)


def test_abandoned_and_paid_all_the_same_is_paid(nodes):
    nodes["alice"].abandon_payment(bytes(32))
    nodes.run()
    nodes["carol"].claim_funds(nodes["carol"].preimage_of(nodes.expect("carol", PaymentClaimable).payment_hash))
    nodes.run()

    assert nodes.expect("alice", PaymentSent)
    assert [] == nodes.heard("alice", PaymentFailed)
    nodes.check_rest()


def test_abandoned_and_given_back_is_failed(nodes):
    nodes["alice"].abandon_payment(bytes(32))
    nodes["carol"].fail_htlc_backwards(nodes.expect("carol", PaymentClaimable).payment_hash)
    nodes.run()

    assert PaymentFailureReason.USER_ABANDONED is nodes.expect("alice", PaymentFailed).reason
    nodes.check_rest()


def test_abandoning_what_is_over_or_unknown_changes_nothing(nodes):
    nodes["carol"].fail_htlc_backwards(nodes.expect("carol", PaymentClaimable).payment_hash)
    nodes.run()
    nodes["alice"].abandon_payment(bytes(32))
    nodes["alice"].abandon_payment(b"\x01" * 32)
    nodes.run()

    assert PaymentFailureReason.RECIPIENT_REJECTED is nodes.expect("alice", PaymentFailed).reason


def test_what_nobody_claims_is_given_back_before_it_must_go_to_the_chain(nodes):
    claimable = nodes.expect("carol", PaymentClaimable)
    nodes.mine(claimable.claim_deadline_height - nodes.network.chain.height - 1)
    assert [] == nodes.heard("alice", PaymentFailed)
    nodes.mine(1)

    assert nodes.expect("alice", PaymentFailed)
    assert [] == [event for _, event in nodes.log if isinstance(event, ChannelClosed)]
    nodes["carol"].claim_funds(nodes["carol"].preimage_of(claimable.payment_hash))
    nodes.run()
    assert [] == nodes.heard("carol", PaymentClaimed)
    nodes.check_rest()


def test_what_is_held_survives_a_restart_of_everybody(nodes):
    nodes.restart_all()
    nodes.run()
    nodes["carol"].claim_funds(nodes["carol"].preimage_of(nodes.expect("carol", PaymentClaimable).payment_hash))
    nodes.run()

    assert nodes.expect("alice", PaymentSent)
    nodes.check_rest()


def test_what_is_overdue_waits_for_the_line_and_time_goes_on():
    nodes = line("alice", "bob", "carol", latency_ms=30)
    nodes["carol"].intercept_htlcs(Conduct((Holds(node="carol", hold_ms=5_000),)))
    nodes.begin("alice", nodes.invoice("carol", 5_000_000), payment_id=bytes(32))
    nodes.run()
    nodes.break_line("bob", "carol")
    nodes.mend_line("bob", "carol")
    nodes.turn(after_ms=5_000)
    nodes.run()
    nodes.wait(5_000)

    assert nodes.expect("alice", PaymentSent)
