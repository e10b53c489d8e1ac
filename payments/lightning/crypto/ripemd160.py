"""
RIPEMD-160 in plain Python, for systems whose OpenSSL does not offer it.

Two lines of 80 steps run over the same words in different orders and are added at the end. It is about a hundred times slower than
OpenSSL's and is used for nothing but public data (scripts and payment hashes), so its timing gives nothing away.
H. Dobbertin, A. Bosselaers, B. Preneel, RIPEMD-160: A Strengthened Version of RIPEMD
"""

from __future__ import annotations

import struct
from collections.abc import Callable

_MASK = 0xFFFFFFFF
_START = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)
_RHO = (7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8)
_SHIFTS = (
    (11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8),
    (12, 13, 11, 15, 6, 9, 9, 7, 12, 15, 11, 13, 7, 8, 7, 7),
    (13, 15, 14, 11, 7, 7, 6, 8, 13, 14, 13, 12, 5, 5, 6, 9),
    (14, 11, 12, 14, 8, 6, 5, 5, 15, 12, 15, 14, 9, 9, 8, 6),
    (15, 12, 13, 13, 9, 5, 8, 6, 14, 11, 12, 11, 8, 6, 5, 5),
)
_LEFT_CONSTANTS = (0x00000000, 0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xA953FD4E)
_RIGHT_CONSTANTS = (0x50A28BE6, 0x5C4DD124, 0x6D703EF3, 0x7A6D76E9, 0x00000000)

_Mix = Callable[[int, int, int], int]
_MIXES: tuple[_Mix, ...] = (
    lambda x, y, z: x ^ y ^ z,
    lambda x, y, z: (x & y) | (~x & z),
    lambda x, y, z: (x | (~y & _MASK)) ^ z,
    lambda x, y, z: (x & z) | (y & ~z),
    lambda x, y, z: x ^ (y | (~z & _MASK)),
)


def _word_orders(first: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """The order of the 16 words in each of five rounds: every round permutes the one before by rho."""
    orders = [first]
    for _ in range(4):
        orders.append(tuple(_RHO[word] for word in orders[-1]))
    return tuple(orders)


_LEFT_ORDERS = _word_orders(tuple(range(16)))
_RIGHT_ORDERS = _word_orders(tuple((9 * word + 5) % 16 for word in range(16)))


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & _MASK


def _line(
    state: tuple[int, ...],
    words: tuple[int, ...],
    *,
    orders: tuple[tuple[int, ...], ...],
    constants: tuple[int, ...],
    mixes: tuple[_Mix, ...],
) -> tuple[int, ...]:
    """One of the two lines: five rounds of sixteen steps."""
    a, b, c, d, e = state
    for order, constant, mix, shifts in zip(orders, constants, mixes, _SHIFTS, strict=True):
        for word in order:
            total = (a + (mix(b, c, d) & _MASK) + words[word] + constant) & _MASK
            a, b, c, d, e = e, (_rotate(total, shifts[word]) + e) & _MASK, b, _rotate(c, 10), d
    return a, b, c, d, e


def _compress(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    words = struct.unpack("<16I", block)
    left = _line(state, words, orders=_LEFT_ORDERS, constants=_LEFT_CONSTANTS, mixes=_MIXES)
    right = _line(state, words, orders=_RIGHT_ORDERS, constants=_RIGHT_CONSTANTS, mixes=_MIXES[::-1])
    return tuple((state[(i + 1) % 5] + left[(i + 2) % 5] + right[(i + 3) % 5]) & _MASK for i in range(5))


def ripemd160(data: bytes) -> bytes:
    """
    RIPEMD-160 of data: 20 bytes.

    >>> ripemd160(b"abc").hex()
    '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc'
    """
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + struct.pack("<Q", 8 * len(data))
    state: tuple[int, ...] = _START
    for start in range(0, len(padded), 64):
        state = _compress(state, padded[start : start + 64])
    return struct.pack("<5I", *state)
