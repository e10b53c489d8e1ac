"""
BigSize: an unsigned integer of up to 64 bits in 1, 3, 5 or 9 bytes, big-endian; there is exactly one way to write each.

Lengths and types of TLV records and of onion payloads are written so. A longer spelling than necessary is refused: two spellings of one
message would have two signatures.
"""

from __future__ import annotations

from payments.lightning.wire.errors import BigsizeNotMinimal, BigsizeTruncated

MAX_BIGSIZE = (1 << 64) - 1

_WIDTHS = {0xFD: 2, 0xFE: 4, 0xFF: 8}
_SMALLEST = {0xFD: 0xFD, 0xFE: 1 << 16, 0xFF: 1 << 32}


def encode_bigsize(value: int) -> bytes:
    """
    The only spelling of a number. ValueError below 0 or above 2^64 - 1.

    >>> encode_bigsize(252).hex(), encode_bigsize(253).hex()
    ('fc', 'fd00fd')

    BOLT 1, Appendix A: BigSize Test Vectors
    """
    if not 0 <= value <= MAX_BIGSIZE:
        raise ValueError(f"not a BigSize: {value}")
    if value < 0xFD:
        return bytes((value,))
    marker = 0xFD if value < 1 << 16 else 0xFE if value < 1 << 32 else 0xFF
    return bytes((marker,)) + value.to_bytes(_WIDTHS[marker], "big")


def decode_bigsize(data: bytes, offset: int = 0) -> tuple[int, int]:
    """
    The number that begins at `offset`, and the offset behind it.

    raises    BigsizeTruncated, BigsizeNotMinimal

    BOLT 1, Fundamental Types
    """
    if offset >= len(data):
        raise BigsizeTruncated(offset=offset)
    marker = data[offset]
    if marker < 0xFD:
        return marker, offset + 1
    end = offset + 1 + _WIDTHS[marker]
    if end > len(data):
        raise BigsizeTruncated(offset=offset)
    value = int.from_bytes(data[offset + 1 : end], "big")
    if value < _SMALLEST[marker]:
        raise BigsizeNotMinimal(offset=offset, value=value)
    return value, end
