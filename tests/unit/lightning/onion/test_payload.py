"""Payloads: what each kind of hop must be told, may be told and must not be told."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.ids import PaymentSecret, ShortChannelId
from payments.lightning.onion.errors import InvalidOnionPayload
from payments.lightning.onion.payload import KEYSEND_PREIMAGE, FinalPayload, ForwardPayload, decode_payload, encode_payload
from payments.lightning.wire.tlv import encode_tlv_stream
from tests.unit.lightning.onion.path import PAYLOADS

SECRET = bytes.fromhex("24a33562c54507a9334e79f0dc4f17d407e6d7c61f0e2f3d0d38599502f61704")
FORWARD = ForwardPayload(short_channel_id=ShortChannelId(1), amt_to_forward_msat=15_000, outgoing_cltv_value=1_500)
FINAL = FinalPayload(amt_to_forward_msat=10_000, outgoing_cltv_value=1_000, payment_secret=PaymentSecret(SECRET), total_msat=10_000)
METADATA = b"\x01\x02\x03"


def test_payloads_are_those_of_the_specification() -> None:
    # BOLT 4, bolt04/onion-test.json: the first hop's payload, and the last one's without its odd type 301.
    assert PAYLOADS[0] == encode_payload(FORWARD)
    assert FORWARD == decode_payload(PAYLOADS[0], is_final=False)
    assert PAYLOADS[4] == encode_payload(FINAL)
    assert FINAL == decode_payload(PAYLOADS[4], is_final=True)


@pytest.mark.parametrize("metadata", [METADATA, b""])
def test_metadata_comes_back_as_it_went(metadata: bytes) -> None:
    payload = msgspec.structs.replace(FINAL, payment_metadata=metadata)
    assert payload == decode_payload(encode_payload(payload), is_final=True)


def test_amounts_of_zero_need_no_byte() -> None:
    payload = ForwardPayload(short_channel_id=ShortChannelId(0), amt_to_forward_msat=0, outgoing_cltv_value=0)
    assert "0200" + "0400" + "0608" + 16 * "0" == encode_payload(payload).hex()
    assert payload == decode_payload(encode_payload(payload), is_final=False)


def test_odd_types_and_a_keysend_preimage_are_tolerated() -> None:
    more = encode_tlv_stream([(301, b"\x2a" * 301), (KEYSEND_PREIMAGE, bytes(32)), (KEYSEND_PREIMAGE + 1, b"")])
    assert FINAL == decode_payload(PAYLOADS[4] + more, is_final=True)
    assert FORWARD == decode_payload(PAYLOADS[0] + bytes.fromhex("0700"), is_final=False)


AMOUNT, EXPIRY, SCID = (2, b"\x01"), (4, b"\x01"), (6, bytes(8))
PAYMENT_DATA = (8, SECRET + b"\x01")


@pytest.mark.parametrize(
    ("records", "is_final", "type_"),
    [
        ([EXPIRY, SCID], False, 2),
        ([AMOUNT, SCID], False, 4),
        ([AMOUNT, EXPIRY], False, 6),
        ([EXPIRY, PAYMENT_DATA], True, 2),
        ([AMOUNT, PAYMENT_DATA], True, 4),
        ([AMOUNT, EXPIRY], True, 8),
        ([AMOUNT, EXPIRY, (KEYSEND_PREIMAGE, bytes(32))], True, 8),
    ],
)
def test_a_missing_record_is_named(records: list[tuple[int, bytes]], is_final: bool, type_: int) -> None:
    with pytest.raises(InvalidOnionPayload) as refusal:
        decode_payload(encode_tlv_stream(records), is_final=is_final)
    assert (type_, 0) == (refusal.value.type, refusal.value.offset)


@pytest.mark.parametrize(
    ("records", "is_final", "type_", "offset"),
    [
        ([AMOUNT, EXPIRY, SCID, PAYMENT_DATA], False, 8, 16),
        ([AMOUNT, EXPIRY, SCID, (16, METADATA)], False, 16, 16),
        ([AMOUNT, EXPIRY, SCID, (KEYSEND_PREIMAGE, bytes(32))], False, KEYSEND_PREIMAGE, 16),
        ([AMOUNT, EXPIRY, SCID, PAYMENT_DATA], True, 6, 6),
        ([(10, bytes(50)), (12, bytes(33))], False, 10, 0),
        ([AMOUNT, EXPIRY, (12, bytes(33))], True, 12, 6),
        ([AMOUNT, EXPIRY, PAYMENT_DATA, (18, b"\x01")], True, 18, 41),
        ([AMOUNT, EXPIRY, SCID, (1000, b"")], False, 1000, 16),
    ],
)
def test_a_record_that_may_not_be_there_is_named_with_its_place(
    records: list[tuple[int, bytes]],
    is_final: bool,
    type_: int,
    offset: int,
) -> None:
    with pytest.raises(InvalidOnionPayload) as refusal:
        decode_payload(encode_tlv_stream(records), is_final=is_final)
    assert (type_, offset) == (refusal.value.type, refusal.value.offset)


@pytest.mark.parametrize(
    ("records", "is_final", "type_", "offset"),
    [
        ([(2, b"\0\1"), EXPIRY, SCID], False, 2, 0),
        ([(2, bytes([1] * 9)), EXPIRY, SCID], False, 2, 0),
        ([AMOUNT, (4, bytes([1] * 5)), SCID], False, 4, 3),
        ([AMOUNT, EXPIRY, (6, bytes(7))], False, 6, 6),
        ([AMOUNT, EXPIRY, (6, bytes(9))], False, 6, 6),
        ([AMOUNT, EXPIRY, (8, bytes(31))], True, 8, 6),
        ([AMOUNT, EXPIRY, (8, bytes(33))], True, 8, 6),
        ([AMOUNT, EXPIRY, (8, SECRET + bytes([1] * 9))], True, 8, 6),
    ],
)
def test_an_unreadable_record_is_named_with_its_place(
    records: list[tuple[int, bytes]],
    is_final: bool,
    type_: int,
    offset: int,
) -> None:
    with pytest.raises(InvalidOnionPayload) as refusal:
        decode_payload(encode_tlv_stream(records), is_final=is_final)
    assert (type_, offset) == (refusal.value.type, refusal.value.offset)


@pytest.mark.parametrize(
    ("payload", "type_", "offset"),
    [("", 0, 0), ("02", 0, 0), ("0205", 2, 0), ("040101020101", 2, 3), ("020101020101", 2, 3), ("020101fd", 0, 3), ("020101fd0004", 0, 3)],
)
def test_a_broken_stream_is_refused_at_its_place(payload: str, type_: int, offset: int) -> None:
    with pytest.raises(InvalidOnionPayload) as refusal:
        decode_payload(bytes.fromhex(payload), is_final=False)
    assert (type_, offset) == (refusal.value.type, refusal.value.offset)


def test_both_kinds_can_be_stored_and_come_back_as_they_were() -> None:
    for payload in (FORWARD, FINAL):
        assert payload == msgspec.msgpack.decode(msgspec.msgpack.encode(payload), type=ForwardPayload | FinalPayload)
