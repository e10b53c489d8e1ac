"""What is refused before anything moves: no row, no HTLC, no event, and the same invoice may be paid later."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.config import ForwardingConfig
from payments.lightning.events import PaymentPathStarted, PaymentSent
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.payment.outbound import Retry, RetryableSendFailure
from payments.lightning.routing.parameters import RouteParameters
from tests.network.nodes import Nodes, channel, line, network


def begin(nodes: Nodes, to: str, *, features: frozenset[int] = frozenset(), **changes: object) -> RetryableSendFailure | None:
    """Alice begins to pay an invoice in which something is changed."""
    read = msgspec.structs.replace(decode(nodes.invoice(to, 5_000_000)), **changes)
    params = RouteParameters.from_invoice(read)
    payment_params = msgspec.structs.replace(params.payment_params, features=read.features | features)
    return nodes["alice"].pay_for_bolt11_invoice(
        read,
        bytes(32),
        params=msgspec.structs.replace(params, payment_params=payment_params),
        retry=Retry(until_ms=nodes.now_ms + 60_000),
    )


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"features": frozenset({100})}, RetryableSendFailure.UNKNOWN_REQUIRED_FEATURES),
        ({"metadata": bytes(1_300)}, RetryableSendFailure.ONION_PACKET_SIZE_EXCEEDED),
        ({"payee": b"\x02" * 33}, RetryableSendFailure.ROUTE_NOT_FOUND),
        ({"expiry_s": 0}, RetryableSendFailure.PAYMENT_EXPIRED),
    ],
)
def test_it_is_refused_and_nothing_has_moved(changes, failure):
    nodes = line("alice", "bob", "carol")
    before_msat = nodes.balance_msat("alice")

    assert failure is begin(nodes, "carol", **changes)
    nodes.run()
    assert ((), before_msat) == (nodes["alice"].list_recent_payments(), nodes.balance_msat("alice"))
    assert [] == nodes.heard("alice", PaymentPathStarted)
    assert begin(nodes, "carol") is None
    nodes.run()
    assert nodes.expect("alice", PaymentSent)


def test_a_path_that_its_onion_cannot_hold_is_left_for_a_shorter_dearer_one():
    cheap = ForwardingConfig(fee_base_msat=0, fee_proportional_millionths=0)
    nodes = network(
        channel("alice", "bob"),
        channel("bob", "erin"),
        channel("erin", "dave"),
        channel("alice", "carol"),
        channel("carol", "dave"),
        policies={"bob": cheap, "erin": cheap, "carol": ForwardingConfig(fee_base_msat=20_000)},
    )
    assert begin(nodes, "dave", metadata=bytes(1_130)) is None
    nodes.run()

    assert [nodes.ids["carol"], nodes.ids["dave"]] == [hop.node_id for hop in nodes.expect("alice", PaymentPathStarted).path.hops]
    assert 20_500 == nodes.expect("alice", PaymentSent).fee_paid_msat
