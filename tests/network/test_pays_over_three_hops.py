"""A payment over three hops: who gets what, who says what, and what is left."""

from __future__ import annotations

import pytest

from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ForwardingConfig
from payments.lightning.events import PaymentClaimed, PaymentForwarded, PaymentPathStarted, PaymentPathSuccessful, PaymentSent, RouteDecided
from tests.network.nodes import channel, line, network


@pytest.mark.parametrize("channel_type", list(ChannelType))
@pytest.mark.parametrize("latency_ms", [0, 40])
def test_it_works(channel_type, latency_ms):
    nodes = line("alice", "bob", "carol", "dave", channel_type=channel_type, latency_ms=latency_ms)
    payment = nodes.pay("alice", to="dave", amount_msat=5_000_000)

    sent = nodes.expect("alice", PaymentSent)
    assert (5_000_000, 3_000, payment.payment_preimage) == (sent.amount_msat, sent.fee_paid_msat, sent.payment_preimage)
    assert 5_000_000 == nodes.expect("dave", PaymentClaimed).amount_msat
    fees = [nodes.expect(name, PaymentForwarded).total_fee_earned_msat for name in ("bob", "carol")]
    assert 3_000 == sum(fees)
    nodes.check_rest()


def test_balances_move_by_exactly_what_was_said():
    nodes = line("alice", "bob", "carol", "dave")
    before = {name: nodes.balance_msat(name) for name in nodes.ids}
    nodes.pay("alice", to="dave", amount_msat=5_000_000)
    moved = {name: nodes.balance_msat(name) - before[name] for name in nodes.ids}

    assert {"alice": -5_003_000, "bob": 1_500, "carol": 1_500, "dave": 5_000_000} == moved


def test_one_attempt_is_told_from_its_start_to_its_end():
    nodes = line("alice", "bob", "carol", "dave", latency_ms=40)
    nodes.pay("alice", to="dave", amount_msat=5_000_000)
    told = [type(event) for name, event in nodes.log if name == "alice"]

    assert [RouteDecided, PaymentPathStarted, PaymentSent, PaymentPathSuccessful] == told
    started, successful = nodes.expect("alice", PaymentPathStarted), nodes.expect("alice", PaymentPathSuccessful)
    assert (started.path, 1) == (successful.path, successful.attempt_number)
    assert 3 == len(successful.hold_times_ms)


def test_the_fees_are_those_that_were_announced():
    policies = {
        "bob": ForwardingConfig(fee_base_msat=7, fee_proportional_millionths=1_000),
        "carol": ForwardingConfig(fee_base_msat=0, fee_proportional_millionths=2_000),
    }
    nodes = network(channel("alice", "bob"), channel("bob", "carol"), channel("carol", "dave"), policies=policies)
    nodes.pay("alice", to="dave", amount_msat=1_000_000)

    assert (1_009, 2_000) == tuple(nodes.expect(name, PaymentForwarded).total_fee_earned_msat for name in ("bob", "carol"))


def test_a_peer_is_paid_without_a_fee():
    nodes = line("alice", "bob")
    nodes.pay("alice", to="bob", amount_msat=1)

    assert 0 == nodes.expect("alice", PaymentSent).fee_paid_msat
    nodes.check_rest()


def test_nodes_of_both_kinds_of_channel_work_together():
    old = ChannelType.STATIC_REMOTEKEY
    nodes = network(channel("alice", "bob"), channel("carol", "bob", channel_type=old), channel("carol", "dave"))
    for amount_msat in (1, 1_000, 353_999, 354_000, 2_011_500, 100_000_000):
        nodes.pay("alice", to="dave", amount_msat=amount_msat)

    assert 6 == len(nodes.heard("alice", PaymentSent))
    nodes.check_rest()


def test_what_was_sent_there_can_be_sent_back():
    nodes = line("alice", "bob", "carol")
    for _ in range(3):
        nodes.pay("alice", to="carol", amount_msat=300_000_000)
        nodes.pay("carol", to="alice", amount_msat=300_000_000)

    nodes.check_rest()
