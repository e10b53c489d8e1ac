"""
Base58 with a checksum: how bitcoin's oldest addresses are written.

Only addresses pass through here (21 bytes), so plain arithmetic on one large number is fast enough. Anything longer is refused before it
is computed with.
"""

from __future__ import annotations

from hashlib import sha256

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CHECKSUM_BYTES = 4
_MOST_CHARACTERS = 40


def encode_check(payload: bytes) -> str:
    """
    The text of version byte and hash, with their checksum.

    >>> encode_check(bytes(21))
    '1111111111111111111114oLvT2'
    """
    data = payload + _checksum(payload)
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def decode_check(text: str) -> bytes | None:
    """
    What `encode_check` was given, or None when the text is not base58 or its checksum does not hold.

    >>> decode_check("1111111111111111111114oLvT2") == bytes(21)
    True
    """
    if len(text) > _MOST_CHARACTERS or not set(text) <= set(_ALPHABET):
        return None
    number = 0
    for character in text:
        number = number * 58 + _ALPHABET.index(character)
    zeros = len(text) - len(text.lstrip("1"))
    data = bytes(zeros) + number.to_bytes(-(-number.bit_length() // 8), "big")
    payload, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
    return payload if checksum == _checksum(payload) else None


def _checksum(payload: bytes) -> bytes:
    return sha256(sha256(payload).digest()).digest()[:_CHECKSUM_BYTES]
