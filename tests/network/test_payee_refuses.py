"""What the payee does not want comes back with one answer, and is not tried again."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.events import PaymentClaimed, PaymentFailed, PaymentFailureReason, PaymentPathFailed, PaymentSent
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.payment.outbound import OutboundPayment, Retry, RetryableSendFailure
from payments.lightning.payment.packet import RecipientOnionFields
from payments.lightning.routing.parameters import RouteParameters
from tests.network.nodes import Nodes, line


def send(nodes: Nodes, invoice: str, *, amount_msat: int | None = None, **changes: object) -> None:
    """Pay carol's invoice, with something in it changed that alice would never change."""
    read = decode(invoice)
    payment = OutboundPayment(
        payment_id=bytes(32),
        payment_hash=read.payment_hash,
        recipient=RecipientOnionFields(payment_secret=read.payment_secret),
        params=RouteParameters.from_invoice(read, amount_msat=amount_msat),
        retry=Retry(max_attempts=6, until_ms=nodes.now_ms + 60_000),
    )
    begun = nodes["alice"].send_payment(msgspec.structs.replace(payment, **changes), expires_at_s=1 << 40)
    assert begun is None
    nodes.run()


def check_refused(nodes: Nodes) -> None:
    failed = nodes.expect("alice", PaymentPathFailed)
    assert (0x400F, 1, True) == (failed.failure_code, failed.failing_hop, failed.payment_failed_permanently)
    assert PaymentFailureReason.RECIPIENT_REJECTED is nodes.expect("alice", PaymentFailed).reason
    assert [] == nodes.heard("carol", PaymentClaimed)
    nodes.check_rest()


def test_it_works():
    nodes = line("alice", "bob", "carol")
    send(nodes, nodes.invoice("carol", 5_000_000))

    assert nodes.expect("alice", PaymentSent)


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_hash": b"\x01" * 32},
        {"recipient": RecipientOnionFields(payment_secret=bytes(32))},
        {"amount_msat": 4_999_999},
        {"amount_msat": 10_000_001},
    ],
)
def test_what_does_not_fit_an_invoice_is_refused(changes):
    nodes = line("alice", "bob", "carol")
    send(nodes, nodes.invoice("carol", 5_000_000), **changes)

    check_refused(nodes)


def test_an_invoice_that_expired_on_the_way_is_refused():
    nodes = line("alice", "bob", "carol", latency_ms=500)
    invoice = nodes.invoice("carol", 5_000_000, expiry_s=2)
    assert isinstance(nodes.begin("alice", invoice), bytes)
    nodes.run()

    check_refused(nodes)


def test_an_invoice_that_has_expired_is_not_begun():
    nodes = line("alice", "bob", "carol")
    invoice = nodes.invoice("carol", 5_000_000, expiry_s=1)
    nodes.wait(1_000)

    assert RetryableSendFailure.PAYMENT_EXPIRED is nodes.begin("alice", invoice)


def test_an_invoice_is_paid_once():
    nodes = line("dora", "bob", "carol")
    invoice = nodes.invoice("carol", 5_000_000)
    nodes.begin("dora", invoice)
    nodes.run()
    nodes.begin("bob", invoice)
    nodes.run()

    assert PaymentFailureReason.RECIPIENT_REJECTED is nodes.expect("bob", PaymentFailed).reason
    assert nodes.expect("dora", PaymentSent)
    assert nodes.expect("carol", PaymentClaimed)
    nodes.check_rest()


def test_an_expiry_too_close_is_refused():
    nodes = line("alice", "bob", "carol")
    invoice = decode(nodes.invoice("carol", 5_000_000))
    params = RouteParameters.from_invoice(invoice)
    hasty = msgspec.structs.replace(params.payment_params, final_cltv_expiry_delta=23, max_total_cltv_expiry_delta=63)
    nodes["alice"].pay_for_bolt11_invoice(
        invoice,
        bytes(32),
        params=msgspec.structs.replace(params, payment_params=hasty),
        retry=Retry(max_attempts=6, until_ms=nodes.now_ms + 60_000),
    )
    nodes.run()

    check_refused(nodes)
