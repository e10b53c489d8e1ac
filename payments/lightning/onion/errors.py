"""
Why an onion was refused, or could not be made. Each refusal of a peer's onion knows the BOLT 4 code by which it is answered.

    BadOnion leaves       answered with update_fail_malformed_htlc: we share no secret with the payer, the peer before us reports for us
    InvalidOnionPayload   answered with update_fail_htlc: the secret is good, what it opened is not
    OnionTooLong          our own path does not fit; nothing was sent
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from payments.lightning.errors import LightningError
from payments.lightning.wire.failures import FailureCode


@dataclass(eq=False, kw_only=True)
class OnionError(LightningError):
    """Something about an onion. BOLT 4"""


@dataclass(eq=False, kw_only=True)
class OnionTooLong(OnionError):
    """The payloads of a path, with their lengths and HMACs, need more room than an onion has."""

    length: int
    limit: int


@dataclass(eq=False, kw_only=True)
class BadOnion(OnionError):
    """A packet from which no layer can be taken off. `sha256_of_onion`: 32 bytes, by which the payer recognises it."""

    failure_code: ClassVar[FailureCode]
    sha256_of_onion: bytes


@dataclass(eq=False, kw_only=True)
class InvalidOnionVersion(BadOnion):
    """The first byte is not 0, or the packet does not have the length of version 0."""

    failure_code = FailureCode.INVALID_ONION_VERSION


@dataclass(eq=False, kw_only=True)
class InvalidOnionHmac(BadOnion):
    """The packet was changed on its way, was made for another node, or belongs to another HTLC."""

    failure_code = FailureCode.INVALID_ONION_HMAC


@dataclass(eq=False, kw_only=True)
class InvalidOnionKey(BadOnion):
    """The ephemeral key is not a point of the curve."""

    failure_code = FailureCode.INVALID_ONION_KEY


@dataclass(eq=False, kw_only=True)
class InvalidOnionPayload(OnionError):
    """
    The instructions for us are unreadable or incomplete.

    type      the TLV type that is wrong or missing; 0 when no single one is
    offset    where its record begins, counted from the start of the payload; 0 when it is missing
    """

    failure_code: ClassVar[FailureCode] = FailureCode.INVALID_ONION_PAYLOAD
    type: int
    offset: int
