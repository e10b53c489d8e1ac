"""The codes of an authenticator app, computed as RFC 6238 says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

PERIOD_S = 30
DIGITS = 6


def code_of(secret: str, *, at_s: float | None = None) -> str:
    """The six digits of a secret (base 32) at a time, now unless told otherwise."""
    counter = int(time.time() if at_s is None else at_s) // PERIOD_S
    mac = hmac.new(base64.b32decode(secret), counter.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"
