"""TLV streams and truncated integers: what is kept, skipped and refused, and where the refusal points."""

from __future__ import annotations

import pytest

from payments.lightning.wire.errors import (
    BigsizeNotMinimal,
    BigsizeTruncated,
    TlvDuplicated,
    TlvOutOfOrder,
    TlvTruncated,
    TruncatedIntegerNotMinimal,
    TruncatedIntegerTooLong,
    UnknownEvenTlv,
    WireError,
)
from payments.lightning.wire.tlv import decode_tlv_stream, decode_tu, encode_tlv_stream, encode_tu, read_tlv_records

KNOWN = {1, 2, 3, 254}  # the types of namespace n1 in BOLT 1, Appendix B


def test_a_stream_is_what_its_records_say() -> None:
    stream = encode_tlv_stream([(1, b"\x2a"), (2, b""), (254, bytes.fromhex("0226"))])
    assert "01012a" + "0200" + "fd00fe020226" == stream.hex()
    assert {1: b"\x2a", 2: b"", 254: bytes.fromhex("0226")} == decode_tlv_stream(stream, known=KNOWN)


def test_the_empty_stream_has_no_records() -> None:
    assert {} == decode_tlv_stream(b"", known=KNOWN)


def test_an_odd_type_that_we_do_not_know_is_left_out() -> None:
    assert {1: b"\x01"} == decode_tlv_stream(bytes.fromhex("0101012101ff"), known=KNOWN)


def test_records_are_read_with_their_places() -> None:
    assert [(1, 0, b"\x2a"), (254, 3, b"")] == list(read_tlv_records(bytes.fromhex("01012afd00fe00")))


@pytest.mark.parametrize(
    ("stream", "refusal", "type_", "offset"),
    [
        ("0101011200", UnknownEvenTlv, 0x12, 3),
        ("0208000000000000022601012a", TlvOutOfOrder, 1, 10),
        ("1f001f012a", TlvDuplicated, 0x1F, 2),
        ("0100020501", TlvTruncated, 2, 2),
        ("01ffffffffffffffffff", TlvTruncated, 1, 0),
    ],
)
def test_a_refused_record_is_named_with_its_place(stream: str, refusal: type[WireError], type_: int, offset: int) -> None:
    with pytest.raises(refusal) as caught:
        decode_tlv_stream(bytes.fromhex(stream), known=KNOWN)
    assert (type_, offset) == (getattr(caught.value, "type"), getattr(caught.value, "offset"))  # noqa: B009


@pytest.mark.parametrize(
    ("stream", "refusal", "offset"),
    [
        ("fd01", BigsizeTruncated, 0),
        ("fd0101", BigsizeTruncated, 3),
        ("fd000100", BigsizeNotMinimal, 0),
        ("0ffd0001", BigsizeNotMinimal, 1),
    ],
)
def test_a_broken_type_or_length_is_refused_at_its_place(stream: str, refusal: type[WireError], offset: int) -> None:
    with pytest.raises(refusal) as caught:
        decode_tlv_stream(bytes.fromhex(stream), known=KNOWN)
    assert offset == getattr(caught.value, "offset")  # noqa: B009


@pytest.mark.parametrize("types", [(2, 1), (1, 1)])
def test_we_never_write_types_that_do_not_rise(types: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="TLV types must rise"):
        encode_tlv_stream([(type_, b"") for type_ in types])


# BOLT 1, Appendix B: TLV Decoding Successes in Any Namespace (n1, tlv1: a tu64).
TRUNCATED = {0: "", 1: "01", 256: "0100", 65536: "010000", 4294967296: "0100000000", 72057594037927936: "0100000000000000"}


@pytest.mark.parametrize(("value", "spelling"), TRUNCATED.items())
def test_a_truncated_integer_has_no_leading_zeros(value: int, spelling: str) -> None:
    assert spelling == encode_tu(value).hex()
    assert value == decode_tu(bytes.fromhex(spelling), max_length=8)


@pytest.mark.parametrize("spelling", ["00", "0001", "00010000"])
def test_a_leading_zero_is_refused(spelling: str) -> None:
    with pytest.raises(TruncatedIntegerNotMinimal):
        decode_tu(bytes.fromhex(spelling), max_length=8)


@pytest.mark.parametrize(("length", "max_length"), [(3, 2), (5, 4), (9, 8)])
def test_an_integer_longer_than_its_kind_is_refused(length: int, max_length: int) -> None:
    with pytest.raises(TruncatedIntegerTooLong) as refusal:
        decode_tu(b"\xff" * length, max_length=max_length)
    assert (length, max_length) == (refusal.value.length, refusal.value.max_length)


@pytest.mark.parametrize("value", [-1, 1 << 64])
def test_what_does_not_fit_is_our_own_mistake(value: int) -> None:
    with pytest.raises(ValueError, match="64-bit"):
        encode_tu(value)
