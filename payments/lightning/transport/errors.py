"""
Why an encrypted connection was not made, or ended: one leaf a reason, named as the specification's vectors name it.

`Act2BadTag.code` is `act2_bad_tag`, the vectors' ACT2_BAD_TAG. A peer is told none of this: whoever fails the handshake hears nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class TransportError(LightningError):
    """The connection cannot be trusted and must be closed. BOLT 8"""


@dataclass(eq=False, kw_only=True)
class HandshakeError(TransportError):
    """The peer is not who it should be, or does not speak as it should."""


@dataclass(eq=False, kw_only=True)
class ActOfWrongLength(HandshakeError):
    """An act that ended too early, or went on too long."""

    length: int


@dataclass(eq=False, kw_only=True)
class UnknownHandshakeVersion(HandshakeError):
    """An act of a version other than 0."""

    version: int


@dataclass(eq=False, kw_only=True)
class Act1ReadFailed(ActOfWrongLength):
    """The first act is not 50 bytes."""


@dataclass(eq=False, kw_only=True)
class Act1BadVersion(UnknownHandshakeVersion):
    """The first act is of another version."""


@dataclass(eq=False, kw_only=True)
class Act1BadPubkey(HandshakeError):
    """The first act's ephemeral key is not a point."""


@dataclass(eq=False, kw_only=True)
class Act1BadTag(HandshakeError):
    """The first act was not made for our key: the caller took us for another node, or it was altered."""


@dataclass(eq=False, kw_only=True)
class Act2ReadFailed(ActOfWrongLength):
    """The second act is not 50 bytes."""


@dataclass(eq=False, kw_only=True)
class Act2BadVersion(UnknownHandshakeVersion):
    """The second act is of another version."""


@dataclass(eq=False, kw_only=True)
class Act2BadPubkey(HandshakeError):
    """The second act's ephemeral key is not a point."""


@dataclass(eq=False, kw_only=True)
class Act2BadTag(HandshakeError):
    """Whoever answered does not have the key of the node that we called."""


@dataclass(eq=False, kw_only=True)
class Act3ReadFailed(ActOfWrongLength):
    """The third act is not 66 bytes."""


@dataclass(eq=False, kw_only=True)
class Act3BadVersion(UnknownHandshakeVersion):
    """The third act is of another version."""


@dataclass(eq=False, kw_only=True)
class Act3BadCiphertext(HandshakeError):
    """The caller's node id cannot be decrypted."""


@dataclass(eq=False, kw_only=True)
class Act3BadPubkey(HandshakeError):
    """The caller's node id is not a point."""


@dataclass(eq=False, kw_only=True)
class Act3BadTag(HandshakeError):
    """The caller does not have the key of the node that it says it is."""


@dataclass(eq=False, kw_only=True)
class FrameNotAuthentic(TransportError):
    """A message, or its length, was altered on the way, repeated, or left out. `frame_number` counts from 0."""

    frame_number: int
