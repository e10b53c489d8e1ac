"""
From a path to an onion: what every hop is told, and what our own HTLC must carry.

The only place where routes and onions meet. Hop i learns the channel of hop i + 1, the amount it must send there and that HTLC's expiry;
the payee learns its amount, the total of all parts, and the secret that proves that the payer holds the invoice.

BOLT 4, Payload Format
"""

from __future__ import annotations

from msgspec import Struct

from payments.lightning.ids import PaymentHash, PaymentSecret, ShortChannelId
from payments.lightning.onion.packet import HMAC_LENGTH, HOP_PAYLOADS_LENGTH, build_onion
from payments.lightning.onion.payload import FinalPayload, ForwardPayload, encode_payload
from payments.lightning.routing.route import Path
from payments.lightning.wire.bigsize import encode_bigsize

_ANY_CHANNEL = ShortChannelId((1 << 64) - 1)


class RecipientOnionFields(Struct, frozen=True, kw_only=True):
    """What only the payee reads. LDK's name."""

    payment_secret: PaymentSecret
    payment_metadata: bytes | None = None


class AttemptPacket(Struct, frozen=True, kw_only=True):
    """An HTLC ready to be offered on the first channel of a path."""

    amount_msat: int
    cltv_expiry: int
    onion_routing_packet: bytes


class PaymentOnion(Struct, frozen=True, kw_only=True):
    """What every onion of one payment says, whatever the path."""

    payment_hash: PaymentHash
    recipient: RecipientOnionFields
    total_msat: int
    """Of all parts of the payment."""
    height: int
    """Our best block; every expiry counts from it."""


def fits_onion(path: Path, onion: PaymentOnion) -> bool:
    """Whether what the hops of this path must be told has room in one onion."""
    return sum(_length(payload) for payload in _payloads(path, onion)) <= HOP_PAYLOADS_LENGTH


def longest_path(onion: PaymentOnion, *, most_msat: int, most_blocks: int) -> int:
    """
    So many channels a path may have for its onion to hold what every hop must be told, whatever the path; 0 when not even one.

    most_msat, most_blocks    the largest amount and the longest lock time of any hop
    """
    latest_height = onion.height + most_blocks
    forward = ForwardPayload(short_channel_id=_ANY_CHANNEL, amt_to_forward_msat=most_msat, outgoing_cltv_value=latest_height)
    room = HOP_PAYLOADS_LENGTH - _length(encode_payload(_final_payload(onion, amount_msat=most_msat, expiry_height=latest_height)))
    return 0 if room < 0 else 1 + room // _length(encode_payload(forward))


def build_packet(path: Path, onion: PaymentOnion, *, session_key: bytes) -> AttemptPacket:
    """
    The onion for a path, bound to the payment hash.

    session_key    32 bytes, fresh for every attempt: whoever knows it reads the route
    raises         OnionTooLong
    """
    built = build_onion(
        path_node_ids=[hop.node_id for hop in path.hops],
        payloads=_payloads(path, onion),
        session_key=session_key,
        associated_data=onion.payment_hash,
    )
    return AttemptPacket(
        amount_msat=path.total_amount_msat,
        cltv_expiry=onion.height + path.total_cltv_expiry_delta,
        onion_routing_packet=built.packet,
    )


def _payloads(path: Path, onion: PaymentOnion) -> list[bytes]:
    payloads: list[ForwardPayload | FinalPayload] = [
        ForwardPayload(
            short_channel_id=onward.short_channel_id,
            amt_to_forward_msat=path.amount_at(index),
            outgoing_cltv_value=onion.height + path.cltv_expiry_delta_at(index),
        )
        for index, onward in enumerate(path.hops[1:], start=1)
    ]
    expiry_height = onion.height + path.hops[-1].cltv_expiry_delta
    payloads.append(_final_payload(onion, amount_msat=path.final_value_msat, expiry_height=expiry_height))
    return [encode_payload(payload) for payload in payloads]


def _final_payload(onion: PaymentOnion, *, amount_msat: int, expiry_height: int) -> FinalPayload:
    return FinalPayload(
        amt_to_forward_msat=amount_msat,
        outgoing_cltv_value=expiry_height,
        payment_secret=onion.recipient.payment_secret,
        total_msat=onion.total_msat,
        payment_metadata=onion.recipient.payment_metadata,
    )


def _length(payload: bytes) -> int:
    """What a payload takes up in the packet."""
    return len(encode_bigsize(len(payload))) + len(payload) + HMAC_LENGTH
