"""What a channel refuses: one leaf per reason, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class ChannelError(LightningError):
    """A channel refused what the peer or the caller asked of it; nothing has changed."""


@dataclass(eq=False, kw_only=True)
class InvalidCommitmentSignature(ChannelError):
    """The peer's signature is not one of this commitment transaction."""

    commitment_number: int


@dataclass(eq=False, kw_only=True)
class InvalidHtlcSignature(ChannelError):
    """The peer's signature number `index` is not one of the HTLC transaction in that place."""

    index: int


@dataclass(eq=False, kw_only=True)
class HtlcSignatureCount(ChannelError):
    """The peer signed more or fewer HTLC transactions than the commitment has HTLC outputs."""

    expected: int
    found: int
