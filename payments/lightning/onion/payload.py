"""
What a hop is told: forward this much over that channel, or take it, it is yours.

One TLV stream a hop, without its length. A reader refuses what belongs to the other kind of hop, to a blinded path (which we cannot serve
yet) or to nobody, and says which record it was. Whether the amounts suffice is not decided here.

BOLT 4, `payload` format
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TypeVar

import msgspec

from payments.lightning.ids import PaymentSecret, ShortChannelId
from payments.lightning.onion.errors import InvalidOnionPayload
from payments.lightning.wire.errors import BigsizeNotMinimal, BigsizeTruncated, InvalidTlv, RecordOfWrongLength, WireError
from payments.lightning.wire.tlv import decode_tlv_stream, decode_tu, encode_tlv_stream, encode_tu, read_tlv_records

AMT_TO_FORWARD = 2
OUTGOING_CLTV_VALUE = 4
SHORT_CHANNEL_ID = 6
PAYMENT_DATA = 8
PAYMENT_METADATA = 16
KEYSEND_PREIMAGE = 5482373484
"""Even, and in wide use: a preimage that the payer sends along. Accepted beside a payment secret and not used."""

_FORWARD_TYPES = frozenset({AMT_TO_FORWARD, OUTGOING_CLTV_VALUE, SHORT_CHANNEL_ID})
_FINAL_TYPES = frozenset({AMT_TO_FORWARD, OUTGOING_CLTV_VALUE, PAYMENT_DATA, PAYMENT_METADATA, KEYSEND_PREIMAGE})
_SECRET_LENGTH = 32
_SCID_LENGTH = 8
_SHORTEST = 2
_T = TypeVar("_T")


class ForwardPayload(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """For a hop on the way: the channel to use, the amount to send on, and the expiry height of the HTLC that it offers."""

    short_channel_id: ShortChannelId
    amt_to_forward_msat: int
    outgoing_cltv_value: int


class FinalPayload(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """
    For the payee.

    amt_to_forward_msat    of this HTLC
    outgoing_cltv_value    the height before which this HTLC must not expire
    payment_secret         32 bytes from the invoice
    total_msat             of all HTLCs of this payment together
    payment_metadata       what the invoice asked to be sent back
    """

    amt_to_forward_msat: int
    outgoing_cltv_value: int
    payment_secret: PaymentSecret
    total_msat: int
    payment_metadata: bytes | None = None


def encode_payload(payload: ForwardPayload | FinalPayload) -> bytes:
    """The TLV stream of a payload, without its length. ValueError or OverflowError when a number does not fit."""
    records = [
        (AMT_TO_FORWARD, encode_tu(payload.amt_to_forward_msat)),
        (OUTGOING_CLTV_VALUE, encode_tu(payload.outgoing_cltv_value)),
    ]
    if isinstance(payload, ForwardPayload):
        records.append((SHORT_CHANNEL_ID, payload.short_channel_id.to_bytes(_SCID_LENGTH, "big")))
        return encode_tlv_stream(records)
    records.append((PAYMENT_DATA, payload.payment_secret + encode_tu(payload.total_msat)))
    if payload.payment_metadata is not None:
        records.append((PAYMENT_METADATA, payload.payment_metadata))
    return encode_tlv_stream(records)


def decode_payload(data: bytes, *, is_final: bool) -> ForwardPayload | FinalPayload:
    """
    The instructions in a payload. Odd types that we do not know are skipped; blinded paths are refused by their even types.

    is_final    whether the onion ends here: decides which records may and must be there
    raises      InvalidOnionPayload

    BOLT 4, `payload` format
    """
    if len(data) < _SHORTEST:
        raise InvalidOnionPayload(type=0, offset=0)
    values = _read(data, known=_FINAL_TYPES if is_final else _FORWARD_TYPES)
    amount_msat = _field(data, values, AMT_TO_FORWARD, _tu64)
    expiry_height = _field(data, values, OUTGOING_CLTV_VALUE, _tu32)
    if not is_final:
        scid = _field(data, values, SHORT_CHANNEL_ID, _scid)
        return ForwardPayload(short_channel_id=scid, amt_to_forward_msat=amount_msat, outgoing_cltv_value=expiry_height)
    secret, total_msat = _field(data, values, PAYMENT_DATA, _payment_data)
    return FinalPayload(
        amt_to_forward_msat=amount_msat,
        outgoing_cltv_value=expiry_height,
        payment_secret=secret,
        total_msat=total_msat,
        payment_metadata=values.get(PAYMENT_METADATA),
    )


def _read(data: bytes, *, known: Container[int]) -> dict[int, bytes]:
    try:
        return decode_tlv_stream(data, known=known)
    except InvalidTlv as refusal:
        raise InvalidOnionPayload(type=refusal.type, offset=refusal.offset) from refusal
    except (BigsizeTruncated, BigsizeNotMinimal) as refusal:
        raise InvalidOnionPayload(type=0, offset=refusal.offset) from refusal


def _field(data: bytes, values: dict[int, bytes], type_: int, decode: Callable[[bytes], _T]) -> _T:
    """One required field; a missing or unreadable one is refused by its type and its place in the payload."""
    if type_ not in values:
        raise InvalidOnionPayload(type=type_, offset=0)
    try:
        return decode(values[type_])
    except WireError as refusal:
        offset = next(start for known, start, _ in read_tlv_records(data) if known == type_)
        raise InvalidOnionPayload(type=type_, offset=offset) from refusal


def _tu64(value: bytes) -> int:
    return decode_tu(value, max_length=8)


def _tu32(value: bytes) -> int:
    return decode_tu(value, max_length=4)


def _scid(value: bytes) -> ShortChannelId:
    if len(value) != _SCID_LENGTH:
        raise RecordOfWrongLength(type=SHORT_CHANNEL_ID, length=len(value))
    return ShortChannelId(int.from_bytes(value, "big"))


def _payment_data(value: bytes) -> tuple[PaymentSecret, int]:
    if len(value) < _SECRET_LENGTH:
        raise RecordOfWrongLength(type=PAYMENT_DATA, length=len(value))
    return PaymentSecret(value[:_SECRET_LENGTH]), _tu64(value[_SECRET_LENGTH:])
