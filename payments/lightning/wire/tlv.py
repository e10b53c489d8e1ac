"""
TLV streams: records of type, length and value, types rising, by which messages grow without breaking their readers.

A reader refuses an even type that it does not know and skips an odd one. Integers inside records are "truncated": leading zero bytes are
left out (tu16, tu32, tu64), so that zero is no byte at all. Nothing is allocated for a length that was only announced.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from payments.lightning.wire.bigsize import decode_bigsize, encode_bigsize
from payments.lightning.wire.errors import (
    TlvDuplicated,
    TlvOutOfOrder,
    TlvTruncated,
    TruncatedIntegerNotMinimal,
    TruncatedIntegerTooLong,
    UnknownEvenTlv,
)


def encode_tlv_stream(records: Iterable[tuple[int, bytes]]) -> bytes:
    """
    Records as one stream. ValueError when the types do not rise strictly: sorting silently would hide a mistake of ours.

    BOLT 1, Type-Length-Value Format
    """
    stream = bytearray()
    previous = -1
    for type_, value in records:
        if type_ <= previous:
            raise ValueError(f"TLV types must rise: {type_} after {previous}")
        stream += encode_bigsize(type_) + encode_bigsize(len(value)) + value
        previous = type_
    return bytes(stream)


def decode_tlv_stream(data: bytes, *, known: Container[int]) -> dict[int, bytes]:
    """
    The values of the types that the caller knows; odd ones that it does not know are left out.

    raises    BigsizeTruncated, BigsizeNotMinimal, TlvTruncated, TlvOutOfOrder, TlvDuplicated, UnknownEvenTlv

    BOLT 1, Type-Length-Value Format
    """
    values = {}
    for type_, offset, value in read_tlv_records(data):
        if type_ in known:
            values[type_] = value
        elif type_ % 2 == 0:
            raise UnknownEvenTlv(type=type_, offset=offset)
    return values


def read_tlv_records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Each record as (type, offset of its first byte, value), refusing what is out of order or cut short."""
    offset = 0
    previous = -1
    while offset < len(data):
        type_, length_offset = decode_bigsize(data, offset)
        if type_ <= previous:
            refusal = TlvDuplicated if type_ == previous else TlvOutOfOrder
            raise refusal(type=type_, offset=offset)
        length, start = decode_bigsize(data, length_offset)
        if length > len(data) - start:
            raise TlvTruncated(type=type_, offset=offset, length=length, available=len(data) - start)
        yield type_, offset, data[start : start + length]
        previous, offset = type_, start + length


def encode_tu(value: int) -> bytes:
    """
    A truncated integer: big-endian without leading zero bytes. ValueError below 0 or above 2^64 - 1.

    >>> encode_tu(0), encode_tu(256).hex()
    (b'', '0100')
    """
    if not 0 <= value < 1 << 64:
        raise ValueError(f"not an unsigned 64-bit integer: {value}")
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def decode_tu(data: bytes, *, max_length: int) -> int:
    """
    The reverse of `encode_tu`; `max_length` is 2 for a tu16, 4 for a tu32, 8 for a tu64.

    raises    TruncatedIntegerTooLong, TruncatedIntegerNotMinimal

    BOLT 1, Fundamental Types
    """
    if len(data) > max_length:
        raise TruncatedIntegerTooLong(length=len(data), max_length=max_length)
    if data[:1] == b"\0":
        raise TruncatedIntegerNotMinimal(length=len(data))
    return int.from_bytes(data, "big")
