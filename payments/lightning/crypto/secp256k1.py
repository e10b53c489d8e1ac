"""
The curve: every operation that the engine needs, and the only module that knows which library does it.

Keys and points go in and out as bytes: private keys and scalars 32, points 33 (compressed), signatures 64 (r | s, low s).
`coincurve` wraps Bitcoin Core's libsecp256k1; parsing a key costs more than using it, hence the caches.
"""

from __future__ import annotations

from functools import lru_cache

from coincurve import PrivateKey, PublicKey
from coincurve.ecdsa import cdata_to_der, der_to_cdata, deserialize_compact, serialize_compact

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Number of points of the group: private keys are 1 .. ORDER - 1."""

_CACHE = 1 << 14


@lru_cache(_CACHE)
def _private(key: bytes) -> PrivateKey:
    return PrivateKey(key)


@lru_cache(_CACHE)
def _point(point: bytes) -> PublicKey:
    return PublicKey(point)


@lru_cache(_CACHE)
def public_key(private_key: bytes) -> bytes:
    """The point of a private key. ValueError when the key is zero or not below ORDER."""
    return PublicKey.from_secret(private_key).format()


def is_private_key(candidate: bytes) -> bool:
    """Whether these 32 bytes are a private key."""
    return len(candidate) == 32 and 0 < int.from_bytes(candidate, "big") < ORDER


def is_point(candidate: bytes) -> bool:
    """Whether these 33 bytes are a compressed point on the curve."""
    if len(candidate) != 33 or candidate[0] not in (2, 3):
        return False
    try:
        _point(candidate)
    except ValueError:
        return False
    return True


def sign(private_key: bytes, digest: bytes) -> bytes:
    """A deterministic (RFC 6979) low-s signature[64] of a digest[32]."""
    return bytes(serialize_compact(der_to_cdata(_private(private_key).sign(digest, hasher=None))))


def verify(point: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether signature[64] is one of digest[32] by the owner of point[33]; high-s signatures are not. Never raises."""
    if len(signature) != 64:
        return False
    try:
        return _point(point).verify(cdata_to_der(deserialize_compact(signature)), digest, hasher=None)
    except ValueError:
        return False


def sign_recoverable(private_key: bytes, digest: bytes) -> bytes:
    """A signature[65] (r | s | recovery id) from which the signer's key can be found again."""
    return _private(private_key).sign_recoverable(digest, hasher=None)


def recover(digest: bytes, signature: bytes) -> bytes | None:
    """The point[33] that made signature[65] over digest[32], or None when there is none."""
    if len(signature) != 65 or signature[64] > 3:
        return None
    try:
        return PublicKey.from_signature_and_message(signature, digest, hasher=None).format()
    except ValueError:
        return None


def ecdh(private_key: bytes, point: bytes) -> bytes:
    """The secret[32] that both sides can compute: SHA-256 of the compressed shared point. ValueError when not a point."""
    return _private(private_key).ecdh(point)


def add_to_point(point: bytes, scalar: bytes) -> bytes:
    """point + scalar * G."""
    return _point(point).add(scalar).format()


def multiply_point(point: bytes, scalar: bytes) -> bytes:
    """scalar * point."""
    return _point(point).multiply(scalar).format()


def add_points(*points: bytes) -> bytes:
    """The sum of points."""
    return PublicKey.combine_keys([_point(point) for point in points]).format()


def add_scalars(left: bytes, right: bytes) -> bytes:
    """(left + right) mod ORDER, as a private key."""
    return ((int.from_bytes(left, "big") + int.from_bytes(right, "big")) % ORDER).to_bytes(32, "big")


def multiply_scalars(left: bytes, right: bytes) -> bytes:
    """(left * right) mod ORDER, as a private key."""
    return (int.from_bytes(left, "big") * int.from_bytes(right, "big") % ORDER).to_bytes(32, "big")


def signature_to_der(signature: bytes) -> bytes:
    """signature[64] in the DER form that transactions carry. ValueError when out of range."""
    return bytes(cdata_to_der(deserialize_compact(signature)))
