"""
The line between two nodes: who is at the other end is proved, and what is said cannot be read, altered, repeated or left out.

Three acts make the keys (Noise_XK over secp256k1: the caller knows whom it calls and tells who it is only at the end), then every message
is a frame: its length and its body, each encrypted with a nonce that is never used twice. Keys change every 1,000 encryptions.

    Initiator   act 1 -->    <-- act 2    act 3 -->    then Transport on both sides
    Responder

No socket and no dice: bytes go in, bytes come out, ephemeral keys are arguments and must never be used for a second handshake. After any
TransportError the connection is over: none of these objects may be used again.

BOLT 8, Encrypted and Authenticated Transport
"""

from __future__ import annotations

import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from payments.lightning.crypto import secp256k1
from payments.lightning.crypto.hashes import sha256
from payments.lightning.ids import NodeId
from payments.lightning.transport.errors import (
    Act1BadPubkey,
    Act1BadTag,
    Act1BadVersion,
    Act1ReadFailed,
    Act2BadPubkey,
    Act2BadTag,
    Act2BadVersion,
    Act2ReadFailed,
    Act3BadCiphertext,
    Act3BadPubkey,
    Act3BadTag,
    Act3BadVersion,
    Act3ReadFailed,
    ActOfWrongLength,
    FrameNotAuthentic,
    HandshakeError,
    UnknownHandshakeVersion,
)

ACT_ONE_BYTES = 50
ACT_TWO_BYTES = 50
ACT_THREE_BYTES = 66
TAG_BYTES = 16
LENGTH_BYTES = 2
ROTATION = 1_000
"""A key encrypts so many times, twice a message, and is replaced. BOLT 8, Lightning Message Key Rotation"""
_VERSION = 0
_PROTOCOL = b"Noise_XK_secp256k1_ChaChaPoly_SHA256"
_PROLOGUE = b"lightning"


class _Refusals:
    """What is raised about an act with an ephemeral key."""

    def __init__(
        self, length: type[ActOfWrongLength], version: type[UnknownHandshakeVersion], key: type[HandshakeError], tag: type[HandshakeError]
    ) -> None:
        self.length, self.version, self.key, self.tag = length, version, key, tag


_ACT_ONE = _Refusals(Act1ReadFailed, Act1BadVersion, Act1BadPubkey, Act1BadTag)
_ACT_TWO = _Refusals(Act2ReadFailed, Act2BadVersion, Act2BadPubkey, Act2BadTag)


class _Handshake:
    """What both sides have in common: a hash of all that was said (h) and a key that grows with every shared secret (ck)."""

    def __init__(self, responder_id: bytes) -> None:
        self._chaining_key = sha256(_PROTOCOL)
        self._hash = sha256(sha256(self._chaining_key + _PROLOGUE) + responder_id)
        self._temporary_key = b""

    def mix_hash(self, data: bytes) -> None:
        """Let what was said count."""
        self._hash = sha256(self._hash + data)

    def mix_key(self, shared_secret: bytes) -> None:
        """Let a secret[32] count that only both ends know."""
        self._chaining_key, self._temporary_key = _derive_two(self._chaining_key, shared_secret)

    def seal(self, plaintext: bytes, nonce_number: int = 0) -> bytes:
        """Encrypt, bound to all that was said."""
        ciphertext = ChaCha20Poly1305(self._temporary_key).encrypt(_nonce(nonce_number), plaintext, self._hash)
        self.mix_hash(ciphertext)
        return ciphertext

    def open(self, ciphertext: bytes, refusal: type[HandshakeError], nonce_number: int = 0) -> bytes:
        """Decrypt, or raise the refusal."""
        try:
            plaintext = ChaCha20Poly1305(self._temporary_key).decrypt(_nonce(nonce_number), ciphertext, self._hash)
        except InvalidTag:
            raise refusal from None
        self.mix_hash(ciphertext)
        return plaintext

    def read_act(self, act: bytes, refusals: _Refusals) -> bytes:
        """The ephemeral key of a first or second act, heard but not yet proved."""
        if len(act) != ACT_ONE_BYTES:
            raise refusals.length(length=len(act))
        if act[0] != _VERSION:
            raise refusals.version(version=act[0])
        ephemeral = act[1:34]
        if not secp256k1.is_point(ephemeral):
            raise refusals.key
        self.mix_hash(ephemeral)
        return ephemeral

    def split(self) -> tuple[bytes, bytes, bytes]:
        """(the initiator's sending key, the responder's, the chaining key) for the messages to come."""
        first, second = _derive_two(self._chaining_key, b"")
        return first, second, self._chaining_key


class Initiator:
    """The side that calls: it knows whom, and proves who it is."""

    def __init__(self, node_private_key: bytes, *, responder_id: NodeId, ephemeral_private_key: bytes) -> None:
        self._node_private_key = node_private_key
        self._responder_id = responder_id
        self._ephemeral_private_key = ephemeral_private_key
        self._handshake = _Handshake(responder_id)

    def act_one(self) -> bytes:
        """version[1] + ephemeral key[33] + tag[16]. BOLT 8, Act One"""
        ephemeral = secp256k1.public_key(self._ephemeral_private_key)
        self._handshake.mix_hash(ephemeral)
        self._handshake.mix_key(secp256k1.ecdh(self._ephemeral_private_key, self._responder_id))
        return bytes([_VERSION]) + ephemeral + self._handshake.seal(b"")

    def act_three(self, act_two: bytes) -> tuple[bytes, Transport]:
        """
        Check the answer, and finish.

        returns   version[1] + our node id, encrypted[49] + tag[16], and the transport; send the former before anything of the latter
        raises    Act2ReadFailed, Act2BadVersion, Act2BadPubkey, Act2BadTag

        BOLT 8, Act Two; Act Three
        """
        shake = self._handshake
        ephemeral = shake.read_act(act_two, _ACT_TWO)
        shake.mix_key(secp256k1.ecdh(self._ephemeral_private_key, ephemeral))
        shake.open(act_two[34:], _ACT_TWO.tag)
        sealed_id = shake.seal(secp256k1.public_key(self._node_private_key), nonce_number=1)
        shake.mix_key(secp256k1.ecdh(self._node_private_key, ephemeral))
        act_three = bytes([_VERSION]) + sealed_id + shake.seal(b"")
        sending, receiving, chaining_key = shake.split()
        return act_three, Transport(sending_key=sending, receiving_key=receiving, chaining_key=chaining_key)


class Responder:
    """The side that is called: it learns at the end by whom."""

    def __init__(self, node_private_key: bytes, *, ephemeral_private_key: bytes) -> None:
        self._node_private_key = node_private_key
        self._ephemeral_private_key = ephemeral_private_key
        self._handshake = _Handshake(secp256k1.public_key(node_private_key))

    def act_two(self, act_one: bytes) -> bytes:
        """
        Check the call, and answer with version[1] + ephemeral key[33] + tag[16].

        raises    Act1ReadFailed, Act1BadVersion, Act1BadPubkey, Act1BadTag

        BOLT 8, Act One; Act Two
        """
        shake = self._handshake
        caller = shake.read_act(act_one, _ACT_ONE)
        shake.mix_key(secp256k1.ecdh(self._node_private_key, caller))
        shake.open(act_one[34:], _ACT_ONE.tag)
        ephemeral = secp256k1.public_key(self._ephemeral_private_key)
        shake.mix_hash(ephemeral)
        shake.mix_key(secp256k1.ecdh(self._ephemeral_private_key, caller))
        return bytes([_VERSION]) + ephemeral + shake.seal(b"")

    def finish(self, act_three: bytes) -> tuple[NodeId, Transport]:
        """
        Learn who called, proved.

        raises    Act3ReadFailed, Act3BadVersion, Act3BadCiphertext, Act3BadPubkey, Act3BadTag

        BOLT 8, Act Three
        """
        shake = self._handshake
        if len(act_three) != ACT_THREE_BYTES:
            raise Act3ReadFailed(length=len(act_three))
        if act_three[0] != _VERSION:
            raise Act3BadVersion(version=act_three[0])
        caller_id = shake.open(act_three[1:50], Act3BadCiphertext, nonce_number=1)
        if not secp256k1.is_point(caller_id):
            raise Act3BadPubkey
        shake.mix_key(secp256k1.ecdh(self._ephemeral_private_key, caller_id))
        shake.open(act_three[50:], Act3BadTag)
        receiving, sending, chaining_key = shake.split()
        return NodeId(caller_id), Transport(sending_key=sending, receiving_key=receiving, chaining_key=chaining_key)


class _Cipher:
    """One direction: a key, how often it was used, and what the next one grows from."""

    def __init__(self, key: bytes, chaining_key: bytes) -> None:
        self._chaining_key = chaining_key
        self._use(key)

    def encrypt(self, plaintext: bytes) -> bytes:
        """Ciphertext and tag[16]."""
        ciphertext = self._aead.encrypt(_nonce(self._used), plaintext, b"")
        self._count()
        return ciphertext

    def decrypt(self, ciphertext: bytes) -> bytes:
        """The reverse; InvalidTag when it is not."""
        plaintext = self._aead.decrypt(_nonce(self._used), ciphertext, b"")
        self._count()
        return plaintext

    def _use(self, key: bytes) -> None:
        self._key, self._aead, self._used = key, ChaCha20Poly1305(key), 0

    def _count(self) -> None:
        self._used += 1
        if self._used == ROTATION:
            self._chaining_key, key = _derive_two(self._chaining_key, self._key)
            self._use(key)


class Transport:
    """
    The finished line: messages to frames, and bytes that arrive in any pieces to messages.

    It holds at most one unfinished frame beside what it was just given: whoever reads from a socket bounds the memory by how much is read
    at once.
    """

    def __init__(self, *, sending_key: bytes, receiving_key: bytes, chaining_key: bytes) -> None:
        self._sending = _Cipher(sending_key, chaining_key)
        self._receiving = _Cipher(receiving_key, chaining_key)
        self._buffer = bytearray()
        self._body_bytes: int | None = None
        self._frame_number = 0

    @property
    def is_amid_frame(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._buffer) or self._body_bytes is not None

    def encrypt(self, message: bytes) -> bytes:
        """The frame of a message; OverflowError above 65,535 bytes. BOLT 8, Encrypting and Sending Messages"""
        return self._sending.encrypt(len(message).to_bytes(LENGTH_BYTES, "big")) + self._sending.encrypt(message)

    def receive(self, data: bytes) -> list[bytes]:
        """
        The messages that are whole now, in order.

        raises    FrameNotAuthentic: the connection is over, and what came before in the same piece is lost with it

        BOLT 8, Receiving and Decrypting Messages
        """
        self._buffer += data
        messages: list[bytes] = []
        while (piece := self._take_piece()) is not None:
            if self._body_bytes is None:
                self._body_bytes = int.from_bytes(piece, "big")
            else:
                messages.append(piece)
                self._body_bytes = None
                self._frame_number += 1
        return messages

    def _take_piece(self) -> bytes | None:
        """The next length or body, decrypted; None until enough has arrived."""
        size = TAG_BYTES + (LENGTH_BYTES if self._body_bytes is None else self._body_bytes)
        if len(self._buffer) < size:
            return None
        sealed = bytes(self._buffer[:size])
        del self._buffer[:size]
        try:
            return self._receiving.decrypt(sealed)
        except InvalidTag:
            raise FrameNotAuthentic(frame_number=self._frame_number) from None


def _derive_two(salt: bytes, secret: bytes) -> tuple[bytes, bytes]:
    """HKDF (RFC 5869) with an empty info: two keys[32]."""
    seed = hmac.digest(salt, secret, "sha256")
    first = hmac.digest(seed, b"\x01", "sha256")
    return first, hmac.digest(seed, first + b"\x02", "sha256")


def _nonce(number: int) -> bytes:
    """Four zero bytes and the number, little-endian."""
    return bytes(4) + number.to_bytes(8, "little")
