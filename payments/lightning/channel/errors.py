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


@dataclass(eq=False, kw_only=True)
class UnknownHtlc(ChannelError):
    """The peer settles or fails an HTLC that we have not offered, or that is not irrevocably committed yet, or already gone."""

    htlc_id: int


@dataclass(eq=False, kw_only=True)
class HtlcIdOutOfOrder(ChannelError):
    """HTLC ids rise by one."""

    expected: int
    found: int


@dataclass(eq=False, kw_only=True)
class HtlcBelowMinimum(ChannelError):
    """The peer offers less than we said we accept."""

    amount_msat: int
    htlc_minimum_msat: int


@dataclass(eq=False, kw_only=True)
class ExpiryNotInBlocks(ChannelError):
    """An expiry that Bitcoin would read as a time."""

    cltv_expiry: int


@dataclass(eq=False, kw_only=True)
class TooManyHtlcs(ChannelError):
    """The peer has more HTLCs open than we said we accept."""

    limit: int


@dataclass(eq=False, kw_only=True)
class TooMuchInFlight(ChannelError):
    """The peer's HTLCs add up to more than we said we accept."""

    in_flight_msat: int
    limit_msat: int


@dataclass(eq=False, kw_only=True)
class PeerOverdrawn(ChannelError):
    """The peer cannot afford what it offers: reserve and fee included."""

    balance_msat: int
    needed_msat: int


@dataclass(eq=False, kw_only=True)
class PreimageMismatch(ChannelError):
    """The preimage does not hash to the payment hash of the HTLC that it should settle."""

    htlc_id: int


@dataclass(eq=False, kw_only=True)
class BadFailureCode(ChannelError):
    """A malformed onion was reported with a code that does not say so. BOLT 2, Removing an HTLC"""

    failure_code: int


@dataclass(eq=False, kw_only=True)
class NotTheOpener(ChannelError):
    """Only the side that opened the channel sets its feerate."""


@dataclass(eq=False, kw_only=True)
class FeerateOutOfRange(ChannelError):
    """A feerate that would never confirm, or that wastes the channel."""

    feerate_per_kw: int


@dataclass(eq=False, kw_only=True)
class TooMuchDust(ChannelError):
    """The peer's new feerate would give more of what is under way to miners than we are ready to lose."""

    dust_msat: int
    limit_msat: int


@dataclass(eq=False, kw_only=True)
class UnexpectedRevocation(ChannelError):
    """The peer revokes although we have signed nothing new for it."""


@dataclass(eq=False, kw_only=True)
class RevocationSecretMismatch(ChannelError):
    """The secret is not the one behind the point of the commitment that it should revoke."""

    commitment_number: int


@dataclass(eq=False, kw_only=True)
class UpdateWhileNotOnline(ChannelError):
    """The peer updates a channel before both sides have said where they are."""


@dataclass(eq=False, kw_only=True)
class PeerLostState(ChannelError):
    """What the peer waits for is neither what we said last nor what we shall say next: it lost data or lies."""

    next_commitment_number: int
    next_revocation_number: int


@dataclass(eq=False, kw_only=True)
class WeLostState(ChannelError):
    """The peer proved that it holds newer states than we remember: only it can close the channel without loss to us."""

    local_number: int
    next_revocation_number: int


@dataclass(eq=False, kw_only=True)
class UnexpectedReestablish(ChannelError):
    """The peer says where it stands although the line was not cut."""


@dataclass(eq=False, kw_only=True)
class SecretNotOurs(ChannelError):
    """The peer shows a revocation secret of ours that is none."""


@dataclass(eq=False, kw_only=True)
class PeerClosedChannel(ChannelError):
    """The peer sent an error for this channel."""

    text: str


@dataclass(eq=False, kw_only=True)
class HtlcDeadlinePassed(ChannelError):
    """An HTLC was not resolved in time: only the chain can do it now."""

    cltv_expiry: int
    height: int
