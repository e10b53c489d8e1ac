"""Nodes that fail HTLCs with an answer of the story's choice, through the engine's own way of answering."""

from __future__ import annotations

from payments.lightning.payment.inbound import ReceivedPart
from payments.lightning.wire.failures import UnknownFailure
from tests.network.nodes import Nodes

ALWAYS = 1 << 30


def fails_on_the_way(nodes: Nodes, name: str, *, code: int, data: bytes = b"", times: int = 1) -> None:
    """This node answers the next HTLCs that it should pass on with this code."""
    relay = nodes[name]._relay
    truly, left = relay._forward, [times]

    def forward(channel_id, htlc, payload, peeled) -> None:
        left[0] -= 1
        if left[0] < 0:
            truly(channel_id, htlc, payload, peeled)
        else:
            relay._give_back(channel_id, htlc, peeled.shared_secret, UnknownFailure(code=code, data=data))

    relay._forward = forward


def fails_as_payee(nodes: Nodes, name: str, *, code: int, data: bytes = b"", times: int = 1) -> None:
    """This node answers the next HTLCs that are for it with this code."""
    receiver = nodes[name]._receiver
    truly, left = receiver.receive, [times]

    def receive(channel_id, htlc, payload, shared_secret) -> None:
        left[0] -= 1
        if left[0] < 0:
            truly(channel_id, htlc, payload, shared_secret)
            return
        part = ReceivedPart(
            channel_id=channel_id,
            htlc_id=htlc.id,
            amount_msat=htlc.amount_msat,
            cltv_expiry=htlc.cltv_expiry,
            shared_secret=shared_secret,
            received_at_ms=htlc.received_at_ms,
        )
        receiver._give_back(part, UnknownFailure(code=code, data=data))

    receiver.receive = receive
