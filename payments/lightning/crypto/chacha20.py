"""
ChaCha20 as BOLT 4 uses it: a stream of bytes from a key, with the nonce always zero.

A fixed nonce is safe only because every key is derived from a secret that is used once. Nothing else may borrow this module: the same key
over two messages would give both away.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

# The library's "nonce" is the block counter (4 bytes, little-endian) and the 96-bit nonce of RFC 8439: all zero.
_ZERO_COUNTER_AND_NONCE = bytes(16)


def keystream(key: bytes, length: int) -> bytes:
    """The first bytes of the stream of a key[32]. BOLT 4, Pseudo Random Byte Stream"""
    return apply_keystream(key, bytes(length))


def apply_keystream(key: bytes, data: bytes) -> bytes:
    """Data XOR the stream of a key[32]: hides what is open, opens what is hidden."""
    return Cipher(ChaCha20(key, _ZERO_COUNTER_AND_NONCE), mode=None).encryptor().update(data)
