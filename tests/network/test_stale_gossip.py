"""A node asks more than the map says: its refusal names the figure, and the payment goes round it or fails."""

from __future__ import annotations

import pytest

from payments.lightning.events import PaymentFailed, PaymentPathFailed, PaymentPathStarted, PaymentSent
from payments.lightning.wire.failures import FailureCode
from tests.network.nodes import line, square


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ({"fee_base_msat": 2_000}, FailureCode.FEE_INSUFFICIENT),
        ({"cltv_expiry_delta": 80}, FailureCode.INCORRECT_CLTV_EXPIRY),
        ({"htlc_minimum_msat": 6_000_000}, FailureCode.AMOUNT_BELOW_MINIMUM),
    ],
)
def test_it_works(policy, code):
    nodes = square(cheap="bob")
    nodes.ask_for("bob", "dave", **{"fee_base_msat": 100, **policy})
    nodes.pay("alice", to="dave", amount_msat=5_000_000)

    failed = nodes.expect("alice", PaymentPathFailed)
    assert (code, nodes.scid("bob", "dave")) == (failed.failure_code, failed.short_channel_id)
    assert 2 == len(nodes.heard("alice", PaymentPathStarted))
    assert nodes.expect("alice", PaymentSent)
    nodes.check_rest()


def test_without_another_way_it_fails_and_costs_nothing():
    nodes = line("alice", "bob", "carol")
    before = nodes.balance_msat("alice")
    nodes.ask_for("bob", "carol", fee_base_msat=2_000)
    nodes.pay("alice", to="carol", amount_msat=5_000_000)

    assert nodes.expect("alice", PaymentFailed)
    assert before == nodes.balance_msat("alice")
    nodes.check_rest()
