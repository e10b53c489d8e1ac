"""
What this installation signs with, so that files it gave away can be checked later, elsewhere, and by others.

Ed25519: whoever has the public key can check and sign nothing. The key is made of the node secret, which outlives passwords and sessions; a
database alone, copied or forged, signs nothing. Each kind of file has a domain of its own, so that none can pass for another.
"""

from __future__ import annotations

import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


def own_public_key() -> bytes:
    """What files of this installation are checked with, 32 bytes."""
    return _private_key().public_key().public_bytes_raw()


def sign(domain: bytes, data: bytes) -> bytes:
    """Our signature, 64 bytes."""
    return _private_key().sign(domain + data)


def is_signed(signature: bytes, domain: bytes, data: bytes, *, public_key: bytes) -> bool:
    """Whether a signature is that of this key. ValueError when the key is none."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    try:
        key.verify(signature, domain + data)
    except InvalidSignature:
        return False
    return True


def _private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(settings.LNWEB_NODE_SECRET.encode(), b"audit head", "sha256"))
