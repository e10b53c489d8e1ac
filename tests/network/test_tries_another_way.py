"""A channel on the way cannot: the payment learns which, and goes another way. Exact numbers of attempts."""

from __future__ import annotations

from payments.lightning.events import PaymentFailed, PaymentFailureReason, PaymentPathFailed, PaymentPathStarted, PaymentSent
from payments.lightning.payment.outbound import RetryableSendFailure
from tests.network.nodes import channel, line, network, square


def test_a_depleted_channel_is_left_out_of_the_second_attempt():
    nodes = network(
        channel("alice", "bob"),
        channel("bob", "dave", opener_percent=3),
        channel("alice", "carol"),
        channel("carol", "erin"),
        channel("erin", "dave"),
    )
    nodes.pay("alice", to="dave", amount_msat=50_000_000)

    failed = nodes.expect("alice", PaymentPathFailed)
    assert (1, 0x1007, 0) == (failed.attempt_number, failed.failure_code, failed.failing_hop)
    assert nodes.scid("bob", "dave") == failed.short_channel_id
    assert not failed.payment_failed_permanently
    assert 2 == len(nodes.heard("alice", PaymentPathStarted))
    assert 3_000 < nodes.expect("alice", PaymentSent).fee_paid_msat
    nodes.check_rest()


def test_a_line_that_is_down_is_gone_round():
    nodes = square(cheap="bob")
    nodes.break_line("bob", "dave")
    payment = nodes.pay("alice", to="dave", amount_msat=5_000_000)

    assert [nodes.scid("alice", "bob"), nodes.scid("alice", "carol")] == [
        attempt.path.hops[0].short_channel_id for attempt in payment.attempts
    ]
    assert nodes.expect("alice", PaymentSent)
    nodes.mend_line("bob", "dave")
    nodes.run()
    nodes.check_rest()


def test_our_own_line_that_is_down_is_never_tried():
    nodes = square(cheap="bob")
    nodes.break_line("alice", "bob")
    nodes.run()
    nodes.pay("alice", to="dave", amount_msat=5_000_000)

    assert 1 == len(nodes.heard("alice", PaymentPathStarted))


def test_no_other_way_is_said_once_and_nothing_stays_out():
    nodes = line("alice", "bob", "carol")
    nodes.break_line("bob", "carol")
    payment = nodes.pay("alice", to="carol", amount_msat=5_000_000)

    assert PaymentFailureReason.ROUTE_NOT_FOUND is nodes.expect("alice", PaymentFailed).reason
    assert 1 == len(payment.attempts)
    nodes.mend_line("bob", "carol")
    nodes.run()
    nodes.check_rest()


def test_attempts_are_limited():
    nodes = square(cheap="bob")
    nodes.break_line("bob", "dave")
    nodes.pay("alice", to="dave", amount_msat=5_000_000, max_attempts=1)

    assert PaymentFailureReason.RETRIES_EXHAUSTED is nodes.expect("alice", PaymentFailed).reason
    assert 1 == len(nodes.heard("alice", PaymentPathStarted))


def test_more_than_we_have_is_not_begun():
    nodes = line("alice", "bob")

    assert RetryableSendFailure.ROUTE_NOT_FOUND is nodes.begin("alice", nodes.invoice("bob", 500_000_000))
    assert () == nodes["alice"].list_recent_payments()


def test_a_failed_payment_may_be_tried_again_under_another_id():
    nodes = line("alice", "bob", "carol")
    invoice = nodes.invoice("carol", 5_000_000)
    nodes.break_line("bob", "carol")
    nodes.begin("alice", invoice)
    nodes.run()
    nodes.mend_line("bob", "carol")
    nodes.run()
    nodes.begin("alice", invoice)
    nodes.run()

    assert (1, 1) == (len(nodes.heard("alice", PaymentFailed)), len(nodes.heard("alice", PaymentSent)))
    nodes.check_rest()
