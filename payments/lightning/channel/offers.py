"""
What one side says about a channel that is to be opened, and whether the other can live with it.

A ChannelOffer is the part that open_channel and accept_channel have in common. Two of its figures bind the other side: the reserve and
the delay are what the sender demands of whoever reads them. Every limit has its reason beside it.

BOLT 2, The `open_channel` Message; The `accept_channel` Message
"""

from __future__ import annotations

from msgspec import Struct

from payments.lightning.channel.channel import SideTerms
from payments.lightning.channel.commitment import anchors_sat, commitment_fee_sat
from payments.lightning.channel.errors import FeerateOutOfRange
from payments.lightning.channel.keys import Basepoints, ChannelSecrets
from payments.lightning.channel.opening_errors import (
    CapacityOutOfRange,
    DelayTooLong,
    DustLimitOutOfRange,
    HtlcLimitOutOfRange,
    HtlcMinimumTooHigh,
    InFlightLimitTooLow,
    NobodyAboveReserve,
    OpenerCannotPayFee,
    PointReused,
    PushAboveCapacity,
    ReserveBelowDustLimit,
    ReserveTooHigh,
    UnknownChannelType,
)
from payments.lightning.channel.types import ChannelType
from payments.lightning.channel.updates import FEERATE_CEILING_PER_KW, FEERATE_FLOOR_PER_KW
from payments.lightning.config import ChannelConfig, ForwardingConfig
from payments.lightning.units import MSAT_PER_SAT
from payments.lightning.wire.features import Feature, Features
from payments.lightning.wire.messages import AcceptChannel, OpenChannel

LARGEST_ORDINARY_CAPACITY_SAT = (1 << 24) - 1
"""More only when both sides say option_support_large_channel. BOLT 2, The `open_channel` Message"""
LARGEST_CAPACITY_SAT = 1_000_000_000
"""Ten bitcoin: more than a node should keep in one place."""
SMALLEST_RESERVE_SAT = 1_000
"""What we demand at least: above every dust limit that we accept, so that a reserve is always an output."""
DUST_LIMITS_SAT = range(354, 547)
"""From what every segwit output may be to what every output may be. BOLT 3, Dust Limits"""
LARGEST_DELAY_BLOCKS = 2_016
"""Two weeks."""
LARGEST_HTLC_COUNT = 483
"""BOLT 2: so many each way still fit into one penalty transaction."""
LARGEST_RESERVE_DIVISOR = 5
"""A reserve may take a fifth of the channel, no more."""

_TYPE_FEATURES = {
    ChannelType.STATIC_REMOTEKEY: Features.of(required=[Feature.OPTION_STATIC_REMOTEKEY]),
    ChannelType.ANCHORS: Features.of(required=[Feature.OPTION_STATIC_REMOTEKEY, Feature.OPTION_ANCHORS]),
}


class ChannelOffer(Struct, frozen=True, kw_only=True):
    """One side's keys, its own limits, and what it demands of the other side."""

    basepoints: Basepoints
    first_point: bytes
    """Per-commitment point[33] of commitment 0."""
    dust_limit_sat: int
    channel_reserve_sat: int
    """What the other side must keep."""
    htlc_minimum_msat: int
    max_htlc_value_in_flight_msat: int
    max_accepted_htlcs: int
    to_self_delay_blocks: int
    """How long the other side waits for its own money after publishing its transaction."""


def our_offer(secrets: ChannelSecrets, *, capacity_sat: int, config: ChannelConfig, forwarding: ForwardingConfig) -> ChannelOffer:
    """What we say about a channel of this size."""
    return ChannelOffer(
        basepoints=secrets.basepoints,
        first_point=secrets.per_commitment_point(0),
        dust_limit_sat=config.dust_limit_sat,
        channel_reserve_sat=max(capacity_sat * config.channel_reserve_ppm // 1_000_000, SMALLEST_RESERVE_SAT),
        htlc_minimum_msat=forwarding.htlc_minimum_msat,
        max_htlc_value_in_flight_msat=capacity_sat * MSAT_PER_SAT,
        max_accepted_htlcs=config.max_accepted_htlcs,
        to_self_delay_blocks=config.to_self_delay_blocks,
    )


def offer_in(message: OpenChannel | AcceptChannel) -> ChannelOffer:
    """What the peer says, unchecked."""
    return ChannelOffer(
        basepoints=Basepoints(
            funding_pubkey=message.funding_pubkey,
            revocation_basepoint=message.revocation_basepoint,
            payment_basepoint=message.payment_basepoint,
            delayed_payment_basepoint=message.delayed_payment_basepoint,
            htlc_basepoint=message.htlc_basepoint,
        ),
        first_point=message.first_per_commitment_point,
        dust_limit_sat=message.dust_limit_satoshis,
        channel_reserve_sat=message.channel_reserve_satoshis,
        htlc_minimum_msat=message.htlc_minimum_msat,
        max_htlc_value_in_flight_msat=message.max_htlc_value_in_flight_msat,
        max_accepted_htlcs=message.max_accepted_htlcs,
        to_self_delay_blocks=message.to_self_delay,
    )


def side_terms(side: ChannelOffer, other: ChannelOffer) -> SideTerms:
    """What holds for one side: its own limits, and the reserve and delay that the other side demands of it."""
    return SideTerms(
        basepoints=side.basepoints,
        dust_limit_sat=side.dust_limit_sat,
        channel_reserve_sat=other.channel_reserve_sat,
        htlc_minimum_msat=side.htlc_minimum_msat,
        max_htlc_value_in_flight_msat=side.max_htlc_value_in_flight_msat,
        max_accepted_htlcs=side.max_accepted_htlcs,
        to_self_delay_blocks=other.to_self_delay_blocks,
    )


def encode_channel_type(channel_type: ChannelType) -> bytes:
    """
    A kind of channel as the two opening messages name it.

    >>> encode_channel_type(ChannelType.ANCHORS).hex()
    '401000'

    BOLT 2, Definition of `channel_type`
    """
    return _TYPE_FEATURES[channel_type].encode()


def decode_channel_type(data: bytes) -> ChannelType:
    """
    The kind that these bytes name.

    raises    UnknownChannelType
    """
    named = Features.decode(data)
    for channel_type, features in _TYPE_FEATURES.items():
        if named == features:
            return channel_type
    raise UnknownChannelType(channel_type=data)


def default_channel_type(peer_features: Features) -> ChannelType:
    """The best kind that both sides speak: what is meant when nobody names one."""
    return ChannelType.ANCHORS if peer_features.has(Feature.OPTION_ANCHORS) else ChannelType.STATIC_REMOTEKEY


def speaks_type(peer_features: Features, channel_type: ChannelType) -> bool:
    """Whether a peer with these features knows this kind."""
    named = _TYPE_FEATURES[channel_type]
    return all(peer_features.has(Feature(number)) for number in named.numbers())


def check_capacity(capacity_sat: int, push_msat: int, *, config: ChannelConfig, peer_features: Features) -> None:
    """
    Whether a channel may have this size and begin like this.

    raises    CapacityOutOfRange, PushAboveCapacity
    """
    large = peer_features.has(Feature.OPTION_SUPPORT_LARGE_CHANNEL)
    maximum_sat = LARGEST_CAPACITY_SAT if large else LARGEST_ORDINARY_CAPACITY_SAT
    if not config.min_capacity_sat <= capacity_sat <= maximum_sat:
        raise CapacityOutOfRange(capacity_sat=capacity_sat, minimum_sat=config.min_capacity_sat, maximum_sat=maximum_sat)
    if push_msat > capacity_sat * MSAT_PER_SAT:
        raise PushAboveCapacity(push_msat=push_msat, capacity_sat=capacity_sat)


def check_offer(theirs: ChannelOffer, ours: ChannelOffer, *, capacity_sat: int) -> None:
    """
    Whether we can live with what the peer says.

    raises    DelayTooLong, HtlcLimitOutOfRange, HtlcMinimumTooHigh, InFlightLimitTooLow, DustLimitOutOfRange, ReserveTooHigh,
              ReserveBelowDustLimit, PointReused
    """
    if theirs.to_self_delay_blocks > LARGEST_DELAY_BLOCKS:
        raise DelayTooLong(to_self_delay_blocks=theirs.to_self_delay_blocks, limit_blocks=LARGEST_DELAY_BLOCKS)
    if not 1 <= theirs.max_accepted_htlcs <= LARGEST_HTLC_COUNT:
        raise HtlcLimitOutOfRange(max_accepted_htlcs=theirs.max_accepted_htlcs)
    if theirs.htlc_minimum_msat >= capacity_sat * MSAT_PER_SAT:
        raise HtlcMinimumTooHigh(htlc_minimum_msat=theirs.htlc_minimum_msat)
    if theirs.max_htlc_value_in_flight_msat < max(theirs.htlc_minimum_msat, MSAT_PER_SAT):
        raise InFlightLimitTooLow(max_htlc_value_in_flight_msat=theirs.max_htlc_value_in_flight_msat)
    if theirs.dust_limit_sat not in DUST_LIMITS_SAT:
        raise DustLimitOutOfRange(dust_limit_sat=theirs.dust_limit_sat)
    if theirs.channel_reserve_sat > (limit_sat := capacity_sat // LARGEST_RESERVE_DIVISOR):
        raise ReserveTooHigh(channel_reserve_sat=theirs.channel_reserve_sat, limit_sat=limit_sat)
    dust_limit_sat = max(theirs.dust_limit_sat, ours.dust_limit_sat)
    for reserve_sat in (theirs.channel_reserve_sat, ours.channel_reserve_sat):
        if reserve_sat < dust_limit_sat:
            raise ReserveBelowDustLimit(channel_reserve_sat=reserve_sat, dust_limit_sat=dust_limit_sat)
    points = [*_points(theirs), *_points(ours)]
    if len(set(points)) < len(points):
        raise PointReused


def check_start(opener: ChannelOffer, accepter: ChannelOffer, *, capacity_sat: int, push_msat: int, cost_sat: int) -> None:
    """
    Whether the first commitment can be paid for, and somebody has something to lose.

    cost_sat    `first_commitment_cost_sat`

    raises      OpenerCannotPayFee, NobodyAboveReserve
    """
    opener_msat = capacity_sat * MSAT_PER_SAT - push_msat
    if opener_msat < cost_sat * MSAT_PER_SAT:
        raise OpenerCannotPayFee(balance_msat=opener_msat, needed_msat=cost_sat * MSAT_PER_SAT)
    opener_has = opener_msat - cost_sat * MSAT_PER_SAT > accepter.channel_reserve_sat * MSAT_PER_SAT
    accepter_has = push_msat > opener.channel_reserve_sat * MSAT_PER_SAT
    if not (opener_has or accepter_has):
        raise NobodyAboveReserve


def check_feerate(feerate_per_kw: int) -> None:
    """Whether a commitment with this feerate would confirm and not waste the channel; raises FeerateOutOfRange."""
    if not FEERATE_FLOOR_PER_KW <= feerate_per_kw <= FEERATE_CEILING_PER_KW:
        raise FeerateOutOfRange(feerate_per_kw=feerate_per_kw)


def first_commitment_cost_sat(channel_type: ChannelType, feerate_per_kw: int) -> int:
    """What the opener pays for a commitment without HTLCs, anchors included."""
    return commitment_fee_sat(channel_type, feerate_per_kw, 0) + anchors_sat(channel_type)


def _points(offer: ChannelOffer) -> tuple[bytes, ...]:
    keys = offer.basepoints
    return (
        keys.funding_pubkey,
        keys.revocation_basepoint,
        keys.payment_basepoint,
        keys.delayed_payment_basepoint,
        keys.htlc_basepoint,
        offer.first_point,
    )
