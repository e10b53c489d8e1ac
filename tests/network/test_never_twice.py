"""One intention, one payment: the same id or the same hash again is the first one, also after a restart."""

from __future__ import annotations

import pytest

from payments.lightning.events import PaymentClaimed, PaymentSent
from payments.lightning.payment.outbound import RetryableSendFailure
from tests.network.nodes import line

DUPLICATE = RetryableSendFailure.DUPLICATE_PAYMENT
WHEN = pytest.mark.parametrize("when", ["at once", "on the way", "after it was paid", "after a restart"])


def begun_again(when: str, *, same: str) -> tuple:
    nodes = line("alice", "bob", "carol", latency_ms=50)
    invoice = nodes.invoice("carol", 5_000_000)
    other = nodes.invoice("carol", 5_000_000)
    nodes.begin("alice", invoice, payment_id=b"\x01" * 32)
    if when == "on the way":
        nodes.turn(after_ms=50)
    if when.startswith("after"):
        nodes.run()
    if when == "after a restart":
        nodes.restart("alice")
        nodes.run()
    second = invoice if same == "hash" else other
    answer = nodes.begin("alice", second, payment_id=(b"\x01" if same == "id" else b"\x02") * 32)
    nodes.run()
    return nodes, answer


@WHEN
@pytest.mark.parametrize("same", ["id", "hash"])
def test_it_works(when, same):
    nodes, answer = begun_again(when, same=same)

    assert DUPLICATE is answer
    assert nodes.expect("alice", PaymentSent)
    assert nodes.expect("carol", PaymentClaimed)
    nodes.check_rest()


def test_another_invoice_is_another_payment():
    nodes = line("alice", "bob", "carol")
    for _ in range(2):
        nodes.pay("alice", to="carol", amount_msat=5_000_000)

    assert 2 == len(nodes.heard("alice", PaymentSent))
