"""A route that somebody has chosen: exactly that one is tried first, or nothing is begun."""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.events import PaymentPathFailed, PaymentPathStarted, PaymentSent
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.payment.outbound import OutboundPayment, Retry, RetryableSendFailure
from payments.lightning.payment.packet import RecipientOnionFields
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Path, Route, RouteHop
from tests.network.nodes import Nodes, square


def way(nodes: Nodes, over: str, amount_msat: int) -> Route:
    """From alice to dave over one of the two, as the map has it now."""
    policy = nodes.channel(over, "dave").forwarding
    fee_msat = policy.fee_base_msat + amount_msat * policy.fee_proportional_millionths // 1_000_000
    hops = (
        RouteHop(node_id=nodes.ids[over], short_channel_id=nodes.scid("alice", over), fee_msat=fee_msat, cltv_expiry_delta=40),
        RouteHop(node_id=nodes.ids["dave"], short_channel_id=nodes.scid(over, "dave"), fee_msat=amount_msat, cltv_expiry_delta=30),
    )
    return Route(paths=(Path(hops=hops),))


def choose(nodes: Nodes, chosen: Route) -> RetryableSendFailure | None:
    read = decode(nodes.invoice("dave", 10_000_000))
    payment = OutboundPayment(
        payment_id=bytes(32),
        payment_hash=read.payment_hash,
        recipient=RecipientOnionFields(payment_secret=read.payment_secret),
        params=RouteParameters.from_invoice(read),
        retry=Retry(max_attempts=6, until_ms=nodes.now_ms + 60_000),
    )
    failure = nodes["alice"].send_payment(payment, expires_at_s=1 << 40, chosen=chosen)
    nodes.run()
    return failure


def test_the_dearer_way_is_taken_when_it_was_chosen():
    nodes = square(cheap="bob")
    chosen = way(nodes, "carol", 10_000_000)

    assert choose(nodes, chosen) is None
    assert chosen.paths[0] == nodes.expect("alice", PaymentPathStarted).path
    assert chosen.total_fees_msat == nodes.expect("alice", PaymentSent).fee_paid_msat
    nodes.check_rest()


def test_when_it_fails_the_router_goes_on():
    nodes = square(cheap="bob")
    nodes.break_line("carol", "dave")

    assert choose(nodes, way(nodes, "carol", 10_000_000)) is None
    assert nodes.expect("alice", PaymentPathFailed)
    assert [nodes.ids["carol"], nodes.ids["bob"]] == [each.path.hops[0].node_id for each in nodes.heard("alice", PaymentPathStarted)]
    assert nodes.expect("alice", PaymentSent)


def test_nothing_is_begun_when_a_node_asks_for_more_by_now():
    nodes = square(cheap="bob")
    chosen = way(nodes, "bob", 10_000_000)
    bob = nodes["bob"]
    channel = nodes.channel("bob", "dave")
    dearer = replace(channel.forwarding, fee_base_msat=channel.forwarding.fee_base_msat + 1)
    bob.update_channel_config(channel.id, dearer)
    nodes.run()

    assert RetryableSendFailure.ROUTE_CHANGED is choose(nodes, chosen)
    assert not nodes.heard("alice", PaymentPathStarted)
    assert () == nodes["alice"].list_recent_payments()


def test_nothing_is_begun_for_another_amount():
    nodes = square(cheap="bob")

    assert RetryableSendFailure.ROUTE_CHANGED is choose(nodes, way(nodes, "bob", 9_999_999))
