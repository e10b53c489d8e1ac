"""A payment in parts: claimed together or not at all. The parts are sent by hand, over routes of our choice."""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.events import LocalFailure, PaymentClaimed, PaymentFailed, PaymentPathFailed, PaymentPathSuccessful, PaymentSent
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.payment.outbound import AttemptState, OutboundPayment, Retry
from payments.lightning.payment.packet import RecipientOnionFields
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Path, Route, RouteHop
from tests.network.nodes import Nodes, square


def part(nodes: Nodes, over: str, amount_msat: int) -> Path:
    """A path from alice to dave over one of the two."""
    fee_msat = nodes.channel(over, "dave").forwarding.fee_base_msat + amount_msat * 100 // 1_000_000
    return Path(
        hops=(
            RouteHop(node_id=nodes.ids[over], short_channel_id=nodes.scid("alice", over), fee_msat=fee_msat, cltv_expiry_delta=40),
            RouteHop(node_id=nodes.ids["dave"], short_channel_id=nodes.scid(over, "dave"), fee_msat=amount_msat, cltv_expiry_delta=30),
        )
    )


def send_parts(nodes: Nodes, *paths: Path, max_attempts: int = 6) -> None:
    """Begin a payment whose first route has these paths; what is tried later is the router's."""
    sender = nodes["alice"]._sender
    truly = sender._decide
    answers = [Route(paths=paths)]

    def decide(payment, params, chosen):
        decided = truly(payment, params, chosen)
        return replace(decided, route=answers.pop()) if answers else decided

    sender._decide = decide
    read = decode(nodes.invoice("dave", 10_000_000))
    payment = OutboundPayment(
        payment_id=bytes(32),
        payment_hash=read.payment_hash,
        recipient=RecipientOnionFields(payment_secret=read.payment_secret),
        params=RouteParameters.from_invoice(read),
        retry=Retry(max_attempts=max_attempts, until_ms=nodes.now_ms + 60_000),
    )
    assert nodes["alice"].send_payment(payment, expires_at_s=1 << 40) is None
    nodes.run()


def test_it_works():
    nodes = square()
    send_parts(nodes, part(nodes, "bob", 6_000_000), part(nodes, "carol", 4_000_000))

    assert 10_000_000 == nodes.expect("dave", PaymentClaimed).amount_msat
    sent = nodes.expect("alice", PaymentSent)
    assert (10_000_000, 100 + 600 + 1_000 + 400) == (sent.amount_msat, sent.fee_paid_msat)
    assert 2 == len(nodes.heard("alice", PaymentPathSuccessful))
    nodes.check_rest()


def test_a_part_that_fails_is_sent_another_way():
    nodes = square()
    nodes.break_line("carol", "dave")
    send_parts(nodes, part(nodes, "bob", 6_000_000), part(nodes, "carol", 4_000_000))

    assert 4_000_000 == nodes.expect("alice", PaymentPathFailed).path.final_value_msat
    assert nodes.expect("alice", PaymentSent)
    payment = nodes.payment("alice", bytes(32))
    assert [AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.SUCCEEDED] == [one.state for one in payment.attempts]
    nodes.mend_line("carol", "dave")
    nodes.run()
    nodes.check_rest()


def test_a_part_that_our_own_channel_refuses_leaves_the_other_parts_alone():
    nodes = square()
    nodes.break_line("alice", "bob")
    nodes.run()
    send_parts(nodes, part(nodes, "bob", 6_000_000), part(nodes, "carol", 4_000_000))

    payment = nodes.payment("alice", bytes(32))
    assert [AttemptState.FAILED, AttemptState.SUCCEEDED, AttemptState.SUCCEEDED] == [one.state for one in payment.attempts]
    assert LocalFailure.PEER_OFFLINE is nodes.expect("alice", PaymentPathFailed).local_failure
    assert nodes.expect("alice", PaymentSent)


def test_a_lone_part_is_not_claimed_and_times_out():
    nodes = square()
    send_parts(nodes, part(nodes, "bob", 6_000_000), max_attempts=1)
    nodes.wait(50_000)
    assert [] == nodes.heard("alice", PaymentPathFailed)
    payment_hash = nodes.payment("alice", bytes(32)).payment_hash
    nodes["dave"].claim_funds(nodes["dave"].preimage_of(payment_hash))
    nodes.wait(20_000)

    failed = nodes.expect("alice", PaymentPathFailed)
    assert (23, 1, False) == (failed.failure_code, failed.failing_hop, failed.payment_failed_permanently)
    assert nodes.expect("alice", PaymentFailed)
    assert [] == nodes.heard("dave", PaymentClaimed)
    nodes.check_rest()
