"""
Bitcoin's hashes under Bitcoin's names.

SHA-256 comes from the standard library. RIPEMD-160 does too where OpenSSL offers it; some builds keep it in a "legacy" provider that
is not loaded, and there our own slow one stands in. Both give the same bytes: nothing may depend on which one runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from payments.lightning.crypto.ripemd160 import ripemd160 as slow_ripemd160


def sha256(data: bytes) -> bytes:
    """SHA-256 of data: 32 bytes."""
    return hashlib.sha256(data).digest()


def double_sha256(data: bytes) -> bytes:
    """SHA-256 of SHA-256 of data: what transactions and their signatures are hashed with."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def _openssl_ripemd160(data: bytes) -> bytes:
    return hashlib.new("ripemd160", data).digest()


def _choose_ripemd160() -> Callable[[bytes], bytes]:
    try:
        _openssl_ripemd160(b"")
    except ValueError:
        return slow_ripemd160
    return _openssl_ripemd160


ripemd160 = _choose_ripemd160()
"""RIPEMD-160 of data: 20 bytes."""


def hash160(data: bytes) -> bytes:
    """RIPEMD-160 of SHA-256 of data: 20 bytes, what addresses and scripts name a key by."""
    return ripemd160(sha256(data))
