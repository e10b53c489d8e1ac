"""
Signed invoices word by word, also such as no honest writer makes: the checksum and the signature hold, the fields are what a test wants.
"""

from __future__ import annotations

from hashlib import sha256

from payments.lightning.crypto import bech32, secp256k1
from tests.unit.lightning.invoice.examples import PAYMENT_HASH, PAYMENT_SECRET, PRIVATE_KEY

CREATED_AT_S = 1_700_000_000
HOP = secp256k1.public_key(PRIVATE_KEY) + bytes(18)


def field(letter: str, words: bytes) -> bytes:
    """A tagged field of any words."""
    return bytes((bech32.CHARSET.index(letter), len(words) >> 5, len(words) & 31)) + words


def data_field(letter: str, data: bytes) -> bytes:
    """A tagged field of bytes."""
    return field(letter, bech32.bytes_to_words(data))


HASH = data_field("p", PAYMENT_HASH)
SECRET = data_field("s", PAYMENT_SECRET)
DESCRIPTION = data_field("d", b"tea")
REQUIRED = HASH + SECRET + DESCRIPTION


def signed(fields: bytes = REQUIRED, *, prefix: str = "lnbc", key: bytes = PRIVATE_KEY, created_at_s: int = CREATED_AT_S) -> str:
    """An invoice of these fields with a good signature."""
    words = bech32.int_to_words(created_at_s, count=7) + fields
    return with_signature(words, secp256k1.sign_recoverable(key, digest(words, prefix=prefix)), prefix=prefix)


def with_signature(words: bytes, signature: bytes, *, prefix: str = "lnbc") -> str:
    """An invoice of these words and this signature[65]."""
    return bech32.encode(prefix, words + bech32.bytes_to_words(signature))


def digest(words: bytes, *, prefix: str = "lnbc") -> bytes:
    """What the payee signs."""
    bits = "".join(f"{word:05b}" for word in words)
    padded = bits + "0" * (-len(bits) % 8)
    return sha256(prefix.encode() + bytes(int(padded[at : at + 8], 2) for at in range(0, len(padded), 8))).digest()
