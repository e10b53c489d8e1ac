"""
From a path to an onion: what every hop is told, and what our own HTLC must carry.

The only place where routes and onions meet. Hop i learns the channel of hop i + 1, the amount it must send there and that HTLC's expiry;
the payee learns its amount, the total of all parts, and the secret that proves that the payer holds the invoice.

BOLT 4, Payload Format
"""

from __future__ import annotations

from msgspec import Struct

from payments.lightning.ids import PaymentHash, PaymentSecret
from payments.lightning.onion.packet import build_onion
from payments.lightning.onion.payload import FinalPayload, ForwardPayload, encode_payload
from payments.lightning.routing.route import Path


class RecipientOnionFields(Struct, frozen=True, kw_only=True):
    """What only the payee reads. LDK's name."""

    payment_secret: PaymentSecret
    payment_metadata: bytes | None = None


class AttemptPacket(Struct, frozen=True, kw_only=True):
    """An HTLC ready to be offered on the first channel of a path."""

    amount_msat: int
    cltv_expiry: int
    onion_routing_packet: bytes


def build_packet(
    path: Path, *, payment_hash: PaymentHash, recipient: RecipientOnionFields, total_msat: int, height: int, session_key: bytes
) -> AttemptPacket:
    """
    The onion for a path, bound to the payment hash.

    total_msat     of all parts of the payment
    height         our best block; every expiry counts from it
    session_key    32 bytes, fresh for every attempt: whoever knows it reads the route
    raises         OnionTooLong
    """
    hops = path.hops
    payloads: list[ForwardPayload | FinalPayload] = [
        ForwardPayload(
            short_channel_id=onward.short_channel_id,
            amt_to_forward_msat=path.amount_at(index),
            outgoing_cltv_value=height + path.cltv_expiry_delta_at(index),
        )
        for index, onward in enumerate(hops[1:], start=1)
    ]
    payloads.append(
        FinalPayload(
            amt_to_forward_msat=path.final_value_msat,
            outgoing_cltv_value=height + hops[-1].cltv_expiry_delta,
            payment_secret=recipient.payment_secret,
            total_msat=total_msat,
            payment_metadata=recipient.payment_metadata,
        )
    )
    onion = build_onion(
        path_node_ids=[hop.node_id for hop in hops],
        payloads=[encode_payload(payload) for payload in payloads],
        session_key=session_key,
        associated_data=payment_hash,
    )
    return AttemptPacket(
        amount_msat=path.total_amount_msat,
        cltv_expiry=height + path.total_cltv_expiry_delta,
        onion_routing_packet=onion.packet,
    )
