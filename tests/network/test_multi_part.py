"""A payment too large for any one path goes in parts that the router makes, and each part's fate is its own."""

from __future__ import annotations

from functools import partial

import pytest

from payments.lightning.channel.htlc import Failed
from payments.lightning.channel.updates import fail_htlc
from payments.lightning.config import ForwardingConfig
from payments.lightning.events import (
    PaymentClaimable,
    PaymentClaimed,
    PaymentFailed,
    PaymentFailureReason,
    PaymentPathFailed,
    PaymentPathStarted,
    PaymentPathSuccessful,
    PaymentSent,
)
from payments.lightning.payment.outbound import RetryableSendFailure
from payments.lightning.payment.status import PaymentStatus
from payments.lightning.wire.failures import FailureCode
from tests.network.failing import ALWAYS, fails_on_the_way
from tests.network.nodes import Nodes, channel, network, square

ID = bytes(32)
BIG_MSAT = 600_000_000
"""More than any one channel of a million sat, of which each side has half, can send."""


def three_ways(**policies: ForwardingConfig) -> Nodes:
    """Three ways from alice to dave, each over one node."""
    middle = ("bob", "carol", "erin")
    return network(*[channel("alice", name) for name in middle], *[channel(name, "dave") for name in middle], policies=policies)


def begin(nodes: Nodes, amount_msat: int, **terms: int) -> str:
    """Alice begins to pay dave; the invoice."""
    invoice = nodes.invoice("dave", amount_msat)
    assert ID == nodes.begin("alice", invoice, payment_id=ID, **terms)
    return invoice


def parts_msat(nodes: Nodes) -> list[int]:
    return [started.path.final_value_msat for started in nodes.heard("alice", PaymentPathStarted)]


@pytest.mark.parametrize(("make", "count"), [(square, 2), (three_ways, 2)])
def test_it_works(make, count):
    """Two ways carry it; a third, where there is one, would only cost one fee more."""
    nodes = make()
    before_msat = nodes.balance_msat("alice")
    begin(nodes, BIG_MSAT)
    nodes.run()

    sent = nodes.expect("alice", PaymentSent)
    assert (count, BIG_MSAT) == (len(parts_msat(nodes)), sum(parts_msat(nodes)))
    assert BIG_MSAT == sent.amount_msat == nodes.expect("dave", PaymentClaimed).amount_msat
    assert sum(started.path.fee_msat for started in nodes.heard("alice", PaymentPathStarted)) == sent.fee_paid_msat
    assert before_msat - BIG_MSAT - sent.fee_paid_msat == nodes.balance_msat("alice")
    assert count == len(nodes.heard("alice", PaymentPathSuccessful))
    nodes.check_rest()


def test_three_channels_carry_together_what_no_two_can():
    nodes = three_ways()
    begin(nodes, 1_200_000_000, fee_limit_msat=1_000_000)
    nodes.run()

    assert 3 == len(parts_msat(nodes))
    assert 1_200_000_000 == nodes.expect("alice", PaymentSent).amount_msat
    nodes.check_rest()


def test_what_no_parts_carry_is_not_begun():
    nodes = three_ways()

    assert RetryableSendFailure.ROUTE_NOT_FOUND is nodes.begin("alice", nodes.invoice("dave", 1_500_000_000))
    assert () == nodes["alice"].list_recent_payments()


def test_only_the_part_that_failed_is_sent_another_way():
    nodes = three_ways(bob=ForwardingConfig(fee_base_msat=100))
    fails_on_the_way(nodes, "bob", code=FailureCode.TEMPORARY_CHANNEL_FAILURE, data=bytes(2))
    begin(nodes, BIG_MSAT)
    nodes.run()

    failed = nodes.expect("alice", PaymentPathFailed)
    assert nodes.scid("bob", "dave") == failed.short_channel_id
    assert (BIG_MSAT, failed.path.final_value_msat) == (sum(parts_msat(nodes)[:2]), sum(parts_msat(nodes)[2:]))
    assert BIG_MSAT == nodes.expect("alice", PaymentSent).amount_msat
    assert 2 == nodes.payment("alice", ID).routes_tried
    nodes.check_rest()


def test_parts_that_come_back_together_are_sent_again_together():
    nodes = three_ways()
    for name in ("bob", "carol", "erin"):
        fails_on_the_way(nodes, name, code=FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, data=bytes(12))
    begin(nodes, 1_200_000_000, fee_limit_msat=1_000_000)
    nodes.run()

    # The first route failed whole: without its channels there is no other, and that is said once.
    assert 3 == len(nodes.heard("alice", PaymentPathFailed))
    assert PaymentFailureReason.ROUTE_NOT_FOUND is nodes.expect("alice", PaymentFailed).reason
    nodes.check_rest()


def test_a_part_lost_after_the_proof_of_payment_is_money_back_and_no_failure():
    nodes = square()
    nodes.hold("dave")
    before_msat = nodes.balance_msat("alice")
    begin(nodes, BIG_MSAT)
    nodes.run()
    gathered = nodes["dave"]._state.receiving[nodes.expect("dave", PaymentClaimable).payment_hash]
    lost = gathered.parts[-1]
    nodes["dave"]._state.act(lost.channel_id, partial(fail_htlc, htlc_id=lost.htlc_id, outcome=Failed(reason=bytes(292))))
    nodes["dave"].claim_funds(nodes["dave"].preimage_of(gathered.payment_hash))
    nodes.run()

    sent, failed = nodes.expect("alice", PaymentSent), nodes.expect("alice", PaymentPathFailed)
    kinds = [type(event) for name, event in nodes.log if name == "alice"]
    assert kinds.index(PaymentSent) < kinds.index(PaymentPathFailed)
    assert [] == nodes.heard("alice", PaymentFailed)
    assert (PaymentStatus.PAID, None, 2) == ((paid := nodes.payment("alice", ID)).status, paid.failure_reason, len(paid.attempts))
    assert before_msat - sent.amount_msat - sent.fee_paid_msat + failed.path.total_amount_msat == nodes.balance_msat("alice")


# -- limits


def test_what_is_left_of_the_fee_limit_binds_the_retry():
    #   erin is dear: one part over her costs more than what bob and carol leave of the limit
    nodes = three_ways(bob=ForwardingConfig(fee_base_msat=0, fee_proportional_millionths=0), erin=ForwardingConfig(fee_base_msat=500_000))
    fails_on_the_way(nodes, "bob", code=FailureCode.UNKNOWN_NEXT_PEER)
    begin(nodes, BIG_MSAT, fee_limit_msat=400_000)
    nodes.run()
    assert PaymentStatus.STOPPING is nodes.payment("alice", ID).status
    assert [] == nodes.heard("alice", PaymentFailed)
    nodes.wait(70_000)

    assert PaymentFailureReason.ROUTE_NOT_FOUND is nodes.expect("alice", PaymentFailed).reason
    assert {FailureCode.UNKNOWN_NEXT_PEER, FailureCode.MPP_TIMEOUT} == {
        failed.failure_code for failed in nodes.heard("alice", PaymentPathFailed)
    }
    nodes.check_rest()


def test_a_channel_that_had_too_little_is_asked_for_less_where_nothing_else_is_left():
    #   erin is too dear: what bob's channel could not carry at once goes in smaller parts, over bob and carol
    nodes = three_ways(bob=ForwardingConfig(fee_base_msat=0, fee_proportional_millionths=0), erin=ForwardingConfig(fee_base_msat=500_000))
    fails_on_the_way(nodes, "bob", code=FailureCode.TEMPORARY_CHANNEL_FAILURE, data=bytes(2))
    begin(nodes, BIG_MSAT, fee_limit_msat=400_000)
    nodes.run()

    assert BIG_MSAT == nodes.expect("alice", PaymentSent).amount_msat
    failed = nodes.expect("alice", PaymentPathFailed)
    again = [
        one.path for one in nodes.heard("alice", PaymentPathSuccessful) if one.path.hops[-1].short_channel_id == failed.short_channel_id
    ]
    assert again
    assert all(path.final_value_msat < failed.path.final_value_msat for path in again)
    nodes.check_rest()


def test_the_fee_that_is_paid_is_that_of_the_parts_that_arrived():
    nodes = three_ways(bob=ForwardingConfig(fee_base_msat=0), erin=ForwardingConfig(fee_base_msat=200_000))
    fails_on_the_way(nodes, "bob", code=FailureCode.TEMPORARY_CHANNEL_FAILURE, data=bytes(2))
    before_msat = nodes.balance_msat("alice")
    begin(nodes, BIG_MSAT, fee_limit_msat=1_000_000)
    nodes.run()

    sent = nodes.expect("alice", PaymentSent)
    arrived = [successful.path.fee_msat for successful in nodes.heard("alice", PaymentPathSuccessful)]
    assert sum(arrived) == sent.fee_paid_msat > 200_000
    assert before_msat - BIG_MSAT - sent.fee_paid_msat == nodes.balance_msat("alice")
    nodes.check_rest()


def test_when_the_time_is_up_nothing_new_is_tried_and_what_is_out_may_still_end_it():
    nodes = square()
    nodes.hold("dave")
    begin(nodes, BIG_MSAT)
    nodes.run()
    nodes.wait(61_000)
    assert PaymentStatus.SENDING is nodes.payment("alice", ID).status
    nodes["dave"].claim_funds(nodes["dave"].preimage_of(nodes.expect("dave", PaymentClaimable).payment_hash))
    nodes.run()

    assert nodes.expect("alice", PaymentSent)
    nodes.check_rest()


def test_a_part_that_comes_back_too_late_is_not_tried_again():
    nodes = square()
    nodes.hold("dave")
    begin(nodes, BIG_MSAT)
    nodes.run()
    nodes.wait(61_000)
    nodes["dave"].fail_htlc_backwards(nodes.expect("dave", PaymentClaimable).payment_hash)
    nodes.run()

    assert 2 == len(parts_msat(nodes))
    assert nodes.expect("alice", PaymentFailed)
    nodes.check_rest()


def test_routes_are_counted_and_not_parts():
    nodes = three_ways()
    for name in ("bob", "carol", "erin"):
        fails_on_the_way(nodes, name, code=FailureCode.MPP_TIMEOUT, times=ALWAYS)
    begin(nodes, BIG_MSAT, max_attempts=1)
    nodes.run()

    assert 2 == len(nodes.heard("alice", PaymentPathFailed)) == len(parts_msat(nodes))
    assert PaymentFailureReason.RETRIES_EXHAUSTED is nodes.expect("alice", PaymentFailed).reason


def test_an_invoice_that_has_run_out_is_not_tried_again():
    nodes = square()
    invoice = nodes.invoice("dave", BIG_MSAT, expiry_s=30)
    nodes.hold("dave")
    nodes.begin("alice", invoice, payment_id=ID)
    nodes.run()
    gathered = nodes["dave"]._state.receiving[nodes.expect("dave", PaymentClaimable).payment_hash]
    nodes.wait(40_000)
    part = gathered.parts[0]
    nodes["dave"]._state.act(part.channel_id, partial(fail_htlc, htlc_id=part.htlc_id, outcome=Failed(reason=bytes(292))))
    nodes.run()
    assert PaymentFailureReason.PAYMENT_EXPIRED is nodes.payment("alice", ID).failure_reason
    assert [] == nodes.heard("alice", PaymentFailed)
    part = gathered.parts[1]
    nodes["dave"]._state.act(part.channel_id, partial(fail_htlc, htlc_id=part.htlc_id, outcome=Failed(reason=bytes(292))))
    nodes.run()

    assert PaymentFailureReason.PAYMENT_EXPIRED is nodes.expect("alice", PaymentFailed).reason


# -- stopping


@pytest.fixture
def held() -> Nodes:
    """Alice's parts are out, and dave sits on them."""
    nodes = square()
    nodes.hold("dave")
    begin(nodes, BIG_MSAT)
    nodes.run()
    return nodes


def test_stopped_with_parts_out_is_failed_when_the_last_is_back(held):
    held["alice"].abandon_payment(ID)
    held.run()
    assert PaymentStatus.STOPPING is held.payment("alice", ID).status
    assert [] == held.heard("alice", PaymentFailed)
    held["dave"].fail_htlc_backwards(held.expect("dave", PaymentClaimable).payment_hash)
    held.run()

    assert 2 == len(parts_msat(held)) == len(held.heard("alice", PaymentPathFailed))
    assert PaymentFailureReason.USER_ABANDONED is held.expect("alice", PaymentFailed).reason
    assert isinstance(held.log[-1][1], PaymentFailed)
    held.check_rest()


def test_stopped_and_paid_all_the_same_is_paid(held):
    held["alice"].abandon_payment(ID)
    held["dave"].claim_funds(held["dave"].preimage_of(held.expect("dave", PaymentClaimable).payment_hash))
    held.run()

    assert BIG_MSAT == held.expect("alice", PaymentSent).amount_msat
    assert [] == held.heard("alice", PaymentFailed)
    held.check_rest()


def test_parts_survive_a_restart_of_everybody(held):
    before = held["alice"].compute_inflight_htlcs()
    held.restart_all()
    assert before == held["alice"].compute_inflight_htlcs() != held["dave"].compute_inflight_htlcs()
    held.run()
    held["dave"].claim_funds(held["dave"].preimage_of(held.expect("dave", PaymentClaimable).payment_hash))
    held.run()

    assert (1, 2) == (len(held.heard("alice", PaymentSent)), len(held.heard("alice", PaymentPathSuccessful)))
    held.check_rest()


def test_what_is_out_is_not_counted_on_by_the_next_payment():
    #   two payments of 300,000 sat over bob's channel of 500,000: the second must go another way at once
    nodes = network(
        channel("alice", "bob", capacity_sat=2_000_000),
        channel("bob", "dave", capacity_sat=500_000, opener_percent=95),
        channel("alice", "carol", capacity_sat=2_000_000),
        channel("carol", "dave", capacity_sat=500_000, opener_percent=95),
    )
    nodes.hold("dave")
    for _ in range(2):
        nodes.begin("alice", nodes.invoice("dave", 300_000_000))
        nodes.run()

    first, second = nodes.heard("alice", PaymentPathStarted)
    assert first.path.hops[0].node_id != second.path.hops[0].node_id
    assert [] == nodes.heard("alice", PaymentPathFailed)
    assert 300_000_000 == nodes["alice"].compute_inflight_htlcs().used_liquidity_msat(nodes.scid("bob", "dave"), source=nodes.ids["bob"])
