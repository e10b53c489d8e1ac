"""
What a channel asks to be done: the other half of every step.

A step's new channel must be on disk before any of its messages leaves; the order of actions is the order of effects.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from payments.lightning.channel.channel import Channel
from payments.lightning.channel.htlc import Htlc
from payments.lightning.channel.keys import ChannelSecrets
from payments.lightning.config import ChannelConfig


class SendMessage(Struct, frozen=True, kw_only=True, tag=True):
    """Bytes of a message for the peer."""

    data: bytes


class IncomingHtlc(Struct, frozen=True, kw_only=True, tag=True):
    """The peer's HTLC is irrevocably in both transactions: it may be forwarded, claimed or failed. Once an HTLC."""

    htlc: Htlc


class OutgoingFulfilled(Struct, frozen=True, kw_only=True, tag=True):
    """Our HTLC's preimage is here and checked. It may come again after a reconnect: the peer repeats what was not committed."""

    htlc: Htlc


class OutgoingRemoved(Struct, frozen=True, kw_only=True, tag=True):
    """Our HTLC is irrevocably gone from both transactions, with its outcome. Once an HTLC."""

    htlc: Htlc


class BroadcastTransaction(Struct, frozen=True, kw_only=True, tag=True):
    """A signed transaction for the chain."""

    transaction: bytes


class ChannelBecameReady(Struct, frozen=True, kw_only=True, tag=True):
    """Both sides have said that they may use the channel. Once a channel."""


class ChannelFailed(Struct, frozen=True, kw_only=True, tag=True):
    """The channel is over: its code says why."""

    code: str


class OfferRefusal(StrEnum):
    """Why an HTLC was not offered; nothing has changed."""

    NOT_USABLE = "not_usable"
    """It is being opened or closed."""
    PEER_OFFLINE = "peer_offline"
    TOO_MANY_HTLCS = "too_many_htlcs"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_LIMIT = "above_limit"
    DUST_EXPOSURE = "dust_exposure"


class OfferRefused(Struct, frozen=True, kw_only=True, tag=True):
    """The HTLC was not offered."""

    refusal: OfferRefusal


Action = (
    SendMessage
    | IncomingHtlc
    | OutgoingFulfilled
    | OutgoingRemoved
    | BroadcastTransaction
    | ChannelBecameReady
    | ChannelFailed
    | OfferRefused
)


class Step(Struct, frozen=True, kw_only=True):
    """What became of a channel, and what is to be done about it."""

    channel: Channel
    actions: tuple[Action, ...] = ()


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a channel needs to know beyond itself: our keys, our limits, and the time."""

    secrets: ChannelSecrets
    config: ChannelConfig
    now_ms: int
    height: int
