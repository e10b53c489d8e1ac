"""
The onion: instructions for every hop of a path in one packet, of which each hop can read its own and nothing else.

    version[1] | ephemeral public key[33] | hop payloads[1300] | hmac[32]  = 1366 bytes, however long the path

A hop agrees on a secret with the payer by ECDH on the ephemeral key, checks the HMAC, decrypts, takes its payload off the front and passes
on what is left, filled up to 1300 bytes; the payer has computed that filler in advance. What comes from a peer is never trusted for a
length: nothing is allocated beyond twice the packet.

BOLT 4, Packet Structure
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from payments.lightning.crypto import secp256k1
from payments.lightning.crypto.chacha20 import apply_keystream, keystream
from payments.lightning.onion.errors import BadOnion, InvalidOnionHmac, InvalidOnionKey, InvalidOnionVersion, OnionTooLong
from payments.lightning.onion.keys import authenticate, derive_key
from payments.lightning.wire.bigsize import decode_bigsize, encode_bigsize
from payments.lightning.wire.errors import WireError

ONION_PACKET_LENGTH = 1366
HOP_PAYLOADS_LENGTH = 1300
HMAC_LENGTH = 32

_VERSION = b"\0"
_KEY_END = 1 + 33
_PAYLOADS_END = _KEY_END + HOP_PAYLOADS_LENGTH
_LAST_HOP = bytes(HMAC_LENGTH)
_SHORTEST_PAYLOAD = 2
_CACHE = 1 << 12


class BuiltOnion(msgspec.Struct, frozen=True, kw_only=True):
    """A packet[1366] for the first hop, and the secret[32] shared with each hop, by which answers are read."""

    packet: bytes
    shared_secrets: tuple[bytes, ...]


class PeeledOnion(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one hop finds in an onion.

    payload          its TLV stream without the length; empty when the length in front of it is impossible (`decode_payload` refuses that)
    next_packet      1366 bytes for the next hop; None at the last one
    shared_secret    32 bytes, by which answers to the payer are written
    """

    payload: bytes
    next_packet: bytes | None
    shared_secret: bytes


def build_onion(*, path_node_ids: Sequence[bytes], payloads: Sequence[bytes], session_key: bytes, associated_data: bytes) -> BuiltOnion:
    """
    Wrap one payload for each node of a path, the first hop's outermost.

    path_node_ids      33 bytes each, without the payer
    payloads           TLV streams without their lengths, one for each node
    session_key        a private key[32]; used once, for ever: two onions of one key share their keystreams
    associated_data    payment_hash[32]: binds the onion to its HTLC
    raises             OnionTooLong; ValueError when path, payloads or keys are none

    BOLT 4, Packet Construction
    """
    frames = _frame(path_node_ids, payloads)
    secrets = shared_secrets(path_node_ids, session_key)
    filler = _filler(secrets[:-1], frames[:-1])
    hop_payloads = keystream(derive_key("pad", session_key), HOP_PAYLOADS_LENGTH)
    next_hmac = _LAST_HOP
    for secret, frame in reversed(list(zip(secrets, frames, strict=True))):
        shifted = (frame + next_hmac + hop_payloads)[:HOP_PAYLOADS_LENGTH]
        hop_payloads = apply_keystream(derive_key("rho", secret), shifted)
        if next_hmac == _LAST_HOP:  # what the last hop sees at the end is what the hops before it have filled in
            hop_payloads = hop_payloads[: HOP_PAYLOADS_LENGTH - len(filler)] + filler
        next_hmac = authenticate(derive_key("mu", secret), hop_payloads + associated_data)
    return BuiltOnion(packet=_VERSION + secp256k1.public_key(session_key) + hop_payloads + next_hmac, shared_secrets=secrets)


def peel_onion(packet: bytes, *, node_private_key: bytes, associated_data: bytes) -> PeeledOnion:
    """
    Take one layer off an onion: what is in it for us, and what goes on to the next node.

    associated_data    payment_hash[32] of the HTLC that brought it
    raises             InvalidOnionVersion, InvalidOnionKey, InvalidOnionHmac: each becomes update_fail_malformed_htlc

    BOLT 4, Onion Decryption
    """
    if len(packet) != ONION_PACKET_LENGTH or packet[:1] != _VERSION:
        raise _refusal(InvalidOnionVersion, packet)
    ephemeral, hop_payloads, tag = packet[1:_KEY_END], packet[_KEY_END:_PAYLOADS_END], packet[_PAYLOADS_END:]
    if not secp256k1.is_point(ephemeral):
        raise _refusal(InvalidOnionKey, packet)
    secret = secp256k1.ecdh(node_private_key, ephemeral)
    expected = authenticate(derive_key("mu", secret), hop_payloads + associated_data)
    if not hmac.compare_digest(expected, tag):
        raise _refusal(InvalidOnionHmac, packet)
    clear = apply_keystream(derive_key("rho", secret), hop_payloads + bytes(HOP_PAYLOADS_LENGTH))
    start, end = _payload_bounds(clear)
    payload, next_hmac = clear[start:end], clear[end : end + HMAC_LENGTH]
    if not payload or next_hmac == _LAST_HOP:
        return PeeledOnion(payload=payload, next_packet=None, shared_secret=secret)
    next_ephemeral = secp256k1.multiply_point(ephemeral, _blinding_factor(ephemeral, secret))
    next_payloads = clear[end + HMAC_LENGTH : end + HMAC_LENGTH + HOP_PAYLOADS_LENGTH]
    return PeeledOnion(payload=payload, next_packet=_VERSION + next_ephemeral + next_payloads + next_hmac, shared_secret=secret)


def shared_secrets(path_node_ids: Sequence[bytes], session_key: bytes) -> tuple[bytes, ...]:
    """
    The secret[32] that the payer shares with each node of a path. ValueError when an id is not a point or the key not a private key.

    Asked for when an onion is built and again when its answer is read: the same question is answered once.

    BOLT 4, Shared Secret; Blinding Ephemeral Onion Keys
    """
    return _agree(tuple(path_node_ids), session_key)


@lru_cache(_CACHE)
def _agree(path_node_ids: tuple[bytes, ...], session_key: bytes) -> tuple[bytes, ...]:
    secrets: list[bytes] = []
    ephemeral_private = session_key
    for node_id in path_node_ids:
        secret = secp256k1.ecdh(ephemeral_private, node_id)
        blinding = _blinding_factor(secp256k1.public_key(ephemeral_private), secret)
        ephemeral_private = secp256k1.multiply_scalars(ephemeral_private, blinding)
        secrets.append(secret)
    return tuple(secrets)


def _blinding_factor(ephemeral: bytes, secret: bytes) -> bytes:
    return hashlib.sha256(ephemeral + secret).digest()


def _frame(path_node_ids: Sequence[bytes], payloads: Sequence[bytes]) -> list[bytes]:
    """Payloads with their lengths in front, when the onion has room for all of them."""
    if not payloads or len(payloads) != len(path_node_ids) or min(map(len, payloads)) < _SHORTEST_PAYLOAD:
        raise ValueError(f"{len(payloads)} payloads of at least {_SHORTEST_PAYLOAD} bytes for {len(path_node_ids)} nodes")
    frames = [encode_bigsize(len(payload)) + payload for payload in payloads]
    length = sum(map(len, frames)) + HMAC_LENGTH * len(frames)
    if length > HOP_PAYLOADS_LENGTH:
        raise OnionTooLong(length=length, limit=HOP_PAYLOADS_LENGTH)
    return frames


def _filler(secrets: Sequence[bytes], frames: Sequence[bytes]) -> bytes:
    """The end of the packet as the last hop sees it: zeros that each hop before it appended and encrypted. BOLT 4, Filler Generation"""
    filler = b""
    for secret, frame in zip(secrets, frames, strict=True):
        before = HOP_PAYLOADS_LENGTH - len(filler)
        extended = bytes(before) + filler + bytes(len(frame) + HMAC_LENGTH)
        filler = apply_keystream(derive_key("rho", secret), extended)[before:]
    return filler


def _payload_bounds(clear: bytes) -> tuple[int, int]:
    """Where the payload lies; (0, 0) when its length is reserved (0, 1), not minimal, or more than the packet holds."""
    try:
        length, start = decode_bigsize(clear)
    except WireError:
        return 0, 0
    fits = _SHORTEST_PAYLOAD <= length <= HOP_PAYLOADS_LENGTH - HMAC_LENGTH - start
    return (start, start + length) if fits else (0, 0)


def _refusal(leaf: type[BadOnion], packet: bytes) -> BadOnion:
    return leaf(sha256_of_onion=hashlib.sha256(packet).digest())
