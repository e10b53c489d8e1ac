"""
The keys of one hop, all made from the secret that the payer shares with it.

    rho        hides the payloads                    ammag      hides a failure on its way back
    mu         authenticates the onion               ammagext   hides the attribution data
    um         authenticates failures and hold times
    pad        (from the session key) what the payer fills an onion with

BOLT 4, Key Generation
"""

from __future__ import annotations

import hmac
from typing import Literal

KeyType = Literal["rho", "mu", "um", "pad", "ammag", "ammagext"]


def derive_key(key_type: KeyType, secret: bytes) -> bytes:
    """The key[32] for one purpose, from a shared secret[32]. BOLT 4, Key Generation"""
    return hmac.digest(key_type.encode(), secret, "sha256")


def authenticate(key: bytes, message: bytes) -> bytes:
    """The HMAC-SHA-256[32] of a message. BOLT 4, Conventions"""
    return hmac.digest(key, message, "sha256")
