"""Why a channel is not opened: one leaf per reason, with the facts and no prose. Nothing has been put at risk when one is raised."""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class OpeningError(LightningError):
    """A channel will not come to be."""


@dataclass(eq=False, kw_only=True)
class PeerNotConnected(OpeningError):
    """Opening is a conversation, and the other side is not there or has not introduced itself."""


@dataclass(eq=False, kw_only=True)
class OpeningOnAnotherChain(OpeningError):
    """The peer wants a channel on a chain that we do not follow."""

    chain_hash: bytes


@dataclass(eq=False, kw_only=True)
class TemporaryChannelIdInUse(OpeningError):
    """The peer begins twice under one temporary id."""


@dataclass(eq=False, kw_only=True)
class TooManyOpenings(OpeningError):
    """The peer has begun more channels than it has funded."""

    limit: int


@dataclass(eq=False, kw_only=True)
class CapacityOutOfRange(OpeningError):
    """A channel too small to be worth its transactions, or larger than the two sides agreed to allow."""

    capacity_sat: int
    minimum_sat: int
    maximum_sat: int


@dataclass(eq=False, kw_only=True)
class PushAboveCapacity(OpeningError):
    """More is given away than is put in."""

    push_msat: int
    capacity_sat: int


@dataclass(eq=False, kw_only=True)
class DelayTooLong(OpeningError):
    """After a force close we would wait longer for our money than is reasonable."""

    to_self_delay_blocks: int
    limit_blocks: int


@dataclass(eq=False, kw_only=True)
class HtlcLimitOutOfRange(OpeningError):
    """No HTLC, or more than fit into a penalty transaction."""

    max_accepted_htlcs: int


@dataclass(eq=False, kw_only=True)
class HtlcMinimumTooHigh(OpeningError):
    """The peer takes no HTLC that the channel could carry."""

    htlc_minimum_msat: int


@dataclass(eq=False, kw_only=True)
class InFlightLimitTooLow(OpeningError):
    """The peer allows less in flight than its own smallest HTLC."""

    max_htlc_value_in_flight_msat: int


@dataclass(eq=False, kw_only=True)
class DustLimitOutOfRange(OpeningError):
    """Below, transactions would not be relayed; above, real money would be left out of them."""

    dust_limit_sat: int


@dataclass(eq=False, kw_only=True)
class ReserveBelowDustLimit(OpeningError):
    """A reserve that may be too small for an output protects nobody."""

    channel_reserve_sat: int
    dust_limit_sat: int


@dataclass(eq=False, kw_only=True)
class ReserveTooHigh(OpeningError):
    """The peer wants us to leave too much of the channel unused."""

    channel_reserve_sat: int
    limit_sat: int


@dataclass(eq=False, kw_only=True)
class NobodyAboveReserve(OpeningError):
    """Neither side would have anything to lose: cheating would be free."""


@dataclass(eq=False, kw_only=True)
class OpenerCannotPayFee(OpeningError):
    """What the opener keeps does not pay for the first commitment."""

    balance_msat: int
    needed_msat: int


@dataclass(eq=False, kw_only=True)
class UnknownChannelType(OpeningError):
    """A kind of channel that we do not speak, or that the peer does not."""

    channel_type: bytes


@dataclass(eq=False, kw_only=True)
class ChannelTypeChanged(OpeningError):
    """The answer is about another kind of channel than the question."""


@dataclass(eq=False, kw_only=True)
class PointReused(OpeningError):
    """Two of the keys are the same: one published secret would give away the other."""


@dataclass(eq=False, kw_only=True)
class DepthTooGreat(OpeningError):
    """The peer wants to wait for ever."""

    minimum_depth_blocks: int


@dataclass(eq=False, kw_only=True)
class UnexpectedOpeningMessage(OpeningError):
    """A message of an opening that has not come so far, or that there is none of."""

    message_type: int


@dataclass(eq=False, kw_only=True)
class OpeningRefused(OpeningError):
    """The peer does not want this channel."""

    text: str


@dataclass(eq=False, kw_only=True)
class DisconnectedBeforeFunding(OpeningError):
    """The line was cut before the channel had to be remembered."""


@dataclass(eq=False, kw_only=True)
class WrongFundingOutput(OpeningError):
    """The funding transaction does not pay the agreed amount to the agreed script."""


@dataclass(eq=False, kw_only=True)
class FundingTimedOut(OpeningError):
    """The opener's transaction has not confirmed in two weeks: nothing of ours is in it."""


@dataclass(eq=False, kw_only=True)
class FundingUnconfirmed(OpeningError):
    """The chain took the funding transaction back after the channel was in use."""
