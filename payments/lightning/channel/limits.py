"""
How much may be offered, and whether what the peer offers is within its means.

One function decides both what a channel says it can send and what it then accepts to send, so that the two cannot disagree. Whatever is not
yet certain counts against us: an HTLC that is coming back is not ours until it is, one that is being paid to us neither.

BOLT 2, Adding an HTLC: `update_add_htlc`; BOLT 3, Fees
"""

from __future__ import annotations

from payments.lightning.channel.actions import OfferRefusal
from payments.lightning.channel.channel import Channel, Phase
from payments.lightning.channel.commitment import anchors_sat, commitment_fee_sat, htlc_fee_sat
from payments.lightning.channel.errors import (
    ExpiryNotInBlocks,
    HtlcBelowMinimum,
    PeerOverdrawn,
    TooManyHtlcs,
    TooMuchDust,
    TooMuchInFlight,
)
from payments.lightning.channel.htlc import Htlc, Side
from payments.lightning.config import ChannelConfig
from payments.lightning.units import MSAT_PER_SAT

LARGEST_BLOCK_EXPIRY = 500_000_000
"""From here on Bitcoin reads a lock time as seconds. BOLT 2: an expiry must be below."""
DUST_BUFFER_PER_KW = 2_530
"""A feerate may rise by so much, 10 sat/vB, or by a quarter, whichever is more, before our dust is too much. As LDK reckons."""


def next_outbound_htlc_limit_msat(channel: Channel, config: ChannelConfig) -> int:
    """The largest HTLC that can be offered now. LDK's name; 0 when none can."""
    if not channel.is_usable:
        return 0
    if _has_no_slot(channel):
        return 0
    remote = channel.terms.remote
    room_msat = _certain_balance_msat(channel) - channel.reserve_msat
    if channel.terms.is_opener:
        room_msat -= _opener_cost_msat(channel, feerate_multiple=config.fee_spike_multiple, more_htlcs=2)
    elif not _peer_can_pay_for_one_more(channel):
        room_msat = min(room_msat, *_largest_dusts_msat(channel, _highest_feerate(channel)))
    in_flight_msat = sum(htlc.amount_msat for htlc in _offered_by(channel, Side.LOCAL))
    return max(0, min(room_msat, remote.max_htlc_value_in_flight_msat - in_flight_msat))


def further_htlc_cost_msat(channel: Channel, config: ChannelConfig) -> int:
    """What each HTLC takes off that limit beyond its amount: its place in a commitment whose fee we, the opener, pay."""
    if not channel.terms.is_opener:
        return 0
    two, three = (_opener_cost_msat(channel, feerate_multiple=config.fee_spike_multiple, more_htlcs=count) for count in (2, 3))
    return three - two + MSAT_PER_SAT  # fees are rounded down to satoshi, so the next place may cost one more


def next_outbound_htlc_minimum_msat(channel: Channel, config: ChannelConfig) -> int:
    """The smallest HTLC that can be offered now. LDK's name; above the peer's minimum when no more dust may be risked."""
    minimum_msat = max(1, channel.terms.remote.htlc_minimum_msat)
    largest_dust_msat = max(_largest_dusts_msat(channel, buffered_feerate(_highest_feerate(channel))))
    if dust_exposure_msat(channel) + largest_dust_msat > config.max_dust_exposure_msat:
        return max(minimum_msat, largest_dust_msat + 1)
    return minimum_msat


def refusal_to_offer(channel: Channel, amount_msat: int, config: ChannelConfig) -> OfferRefusal | None:
    """Why an HTLC of this amount cannot be offered now, None when it can."""
    if not channel.is_usable:
        return OfferRefusal.PEER_OFFLINE if channel.phase is Phase.NORMAL else OfferRefusal.NOT_USABLE
    if _has_no_slot(channel):
        return OfferRefusal.TOO_MANY_HTLCS
    if amount_msat < max(1, channel.terms.remote.htlc_minimum_msat):
        return OfferRefusal.BELOW_MINIMUM
    if amount_msat < next_outbound_htlc_minimum_msat(channel, config):
        return OfferRefusal.DUST_EXPOSURE
    if amount_msat > next_outbound_htlc_limit_msat(channel, config):
        return OfferRefusal.ABOVE_LIMIT
    return None


def check_offer_of_peer(channel: Channel, htlc: Htlc) -> None:
    """
    Whether the peer may offer this HTLC, which is already in `channel`.

    raises    HtlcBelowMinimum, ExpiryNotInBlocks, TooManyHtlcs, TooMuchInFlight, PeerOverdrawn

    BOLT 2, Adding an HTLC: `update_add_htlc`
    """
    local = channel.terms.local
    if htlc.amount_msat < max(1, local.htlc_minimum_msat):
        raise HtlcBelowMinimum(amount_msat=htlc.amount_msat, htlc_minimum_msat=local.htlc_minimum_msat)
    if htlc.cltv_expiry >= LARGEST_BLOCK_EXPIRY:
        raise ExpiryNotInBlocks(cltv_expiry=htlc.cltv_expiry)
    number = channel.latest(Side.LOCAL) + 1
    offered = [other for other in channel.htlcs if other.owner is Side.REMOTE and other.stands_in(Side.LOCAL, number)]
    if len(offered) > local.max_accepted_htlcs:
        raise TooManyHtlcs(limit=local.max_accepted_htlcs)
    in_flight_msat = sum(other.amount_msat for other in offered)
    if in_flight_msat > local.max_htlc_value_in_flight_msat:
        raise TooMuchInFlight(in_flight_msat=in_flight_msat, limit_msat=local.max_htlc_value_in_flight_msat)
    check_peer_can_afford(channel)


def check_peer_can_afford(channel: Channel) -> None:
    """Whether our next transaction would leave the peer its reserve and, when it opened, the fee; raises PeerOverdrawn."""
    number = channel.latest(Side.LOCAL) + 1
    balance_msat = channel.balances_msat(Side.LOCAL, number)[Side.REMOTE]
    needed_msat = channel.terms.remote.channel_reserve_sat * MSAT_PER_SAT
    if not channel.terms.is_opener:
        feerate_per_kw = channel.feerate(Side.LOCAL, number)
        standing = [htlc for htlc in channel.htlcs if htlc.stands_in(Side.LOCAL, number)]
        least_msat = _least_outputs_msat(channel, Side.LOCAL, feerate_per_kw)
        untrimmed = sum(htlc.amount_msat >= least_msat[htlc.owner] for htlc in standing)
        needed_msat += _fee_msat(channel, feerate_per_kw, untrimmed)
    if balance_msat < needed_msat:
        raise PeerOverdrawn(balance_msat=balance_msat, needed_msat=needed_msat)


def can_afford_feerate(channel: Channel, feerate_per_kw: int) -> bool:
    """Whether we, the opener, keep our reserve when every HTLC in the log is paid for at this feerate."""
    return _certain_balance_msat(channel) - channel.reserve_msat >= _fee_msat(channel, feerate_per_kw, len(channel.htlcs))


def buffered_feerate(feerate_per_kw: int) -> int:
    """
    The feerate at which dust is counted: what is an output today may be none after the next rise of fees.

    >>> buffered_feerate(253), buffered_feerate(20_000)
    (2783, 25000)

    BOLT 2, Bounding exposure to trimmed in-flight HTLCs: `max_dust_htlc_exposure_msat`
    """
    return max(feerate_per_kw + DUST_BUFFER_PER_KW, feerate_per_kw * 5 // 4)


def dust_exposure_msat(channel: Channel) -> int:
    """What could go to miners: the sum of HTLCs that are no output, or would be none after a rise of fees; the worse transaction counts."""
    return _dust_msat(channel, buffered_feerate(_highest_feerate(channel)))


def check_dust_at_feerate(channel: Channel, feerate_per_kw: int, config: ChannelConfig) -> None:
    """
    Whether a feerate of the peer would not make more of what is under way into dust than we are ready to lose; raises TooMuchDust.

    Counted without the buffer, which is for rises like this one. What is dust already is not this feerate's fault.

    BOLT 2, Bounding exposure to trimmed in-flight HTLCs: `max_dust_htlc_exposure_msat`
    """
    dust_msat, limit_msat = _dust_msat(channel, feerate_per_kw), config.max_dust_exposure_msat
    if dust_msat > max(limit_msat, _dust_msat(channel, _highest_feerate(channel))):
        raise TooMuchDust(dust_msat=dust_msat, limit_msat=limit_msat)


def is_dust_too_much(channel: Channel, htlc: Htlc, config: ChannelConfig) -> bool:
    """Whether an HTLC of the peer is dust beyond what we are ready to lose: it was not ours to refuse, but it can be given back."""
    feerate_per_kw = buffered_feerate(_highest_feerate(channel))
    is_dust = any(htlc.amount_msat < _least_outputs_msat(channel, side, feerate_per_kw)[htlc.owner] for side in Side)
    return is_dust and dust_exposure_msat(channel) > config.max_dust_exposure_msat


def _offered_by(channel: Channel, side: Side) -> list[Htlc]:
    """HTLCs of a side that are not irrevocably gone: as many as may stand in any transaction."""
    return [htlc for htlc in channel.htlcs if htlc.owner is side]


def _has_no_slot(channel: Channel) -> bool:
    """Whether the peer accepts no more HTLCs of ours than there are."""
    return len(_offered_by(channel, Side.LOCAL)) >= channel.terms.remote.max_accepted_htlcs


def _certain_balance_msat(channel: Channel) -> int:
    """What is ours whatever happens to the HTLCs in the log."""
    return channel.settled_msat[Side.LOCAL] - sum(htlc.amount_msat for htlc in _offered_by(channel, Side.LOCAL))


def _highest_feerate(channel: Channel) -> int:
    return max(channel.feerate_per_kw, *(update.feerate_per_kw for update in channel.fee_updates), 0)


def _fee_msat(channel: Channel, feerate_per_kw: int, untrimmed_htlc_count: int) -> int:
    kind = channel.terms.channel_type
    return (commitment_fee_sat(kind, feerate_per_kw, untrimmed_htlc_count) + anchors_sat(kind)) * MSAT_PER_SAT


def _opener_cost_msat(channel: Channel, *, feerate_multiple: int, more_htlcs: int) -> int:
    """Fee and anchors with some HTLCs more, all that are in the log counted as outputs, at a multiple of today's feerate."""
    return _fee_msat(channel, _highest_feerate(channel) * feerate_multiple, len(channel.htlcs) + more_htlcs)


def _peer_can_pay_for_one_more(channel: Channel) -> bool:
    """Whether the peer, who opened, keeps its reserve when one more output must be paid for."""
    pending_msat = sum(htlc.amount_msat for htlc in _offered_by(channel, Side.REMOTE))
    spare_msat = channel.settled_msat[Side.REMOTE] - pending_msat - channel.terms.remote.channel_reserve_sat * MSAT_PER_SAT
    return spare_msat >= _opener_cost_msat(channel, feerate_multiple=1, more_htlcs=1)


def _dust_msat(channel: Channel, feerate_per_kw: int) -> int:
    """The sum of HTLCs that would be no output at this feerate, the worse of both transactions."""
    return max(_dust_of_msat(channel, _least_outputs_msat(channel, side, feerate_per_kw)) for side in Side)


def _dust_of_msat(channel: Channel, least_msat: list[int]) -> int:
    return sum(htlc.amount_msat for htlc in channel.htlcs if htlc.amount_msat < least_msat[htlc.owner])


def _least_outputs_msat(channel: Channel, holder: Side, feerate_per_kw: int) -> list[int]:
    """The smallest HTLC of ours, and of the peer's, that is an output of a holder's transaction. BOLT 3, Trimmed Outputs"""
    kind, dust_limit_sat = channel.terms.channel_type, channel.terms.side(holder).dust_limit_sat
    return [(dust_limit_sat + htlc_fee_sat(kind, feerate_per_kw, offered_by_holder=owner is holder)) * MSAT_PER_SAT for owner in Side]


def _largest_dusts_msat(channel: Channel, feerate_per_kw: int) -> list[int]:
    """The largest HTLC of ours that is no output at this feerate, in our transaction and in the peer's."""
    return [_least_outputs_msat(channel, holder, feerate_per_kw)[Side.LOCAL] - 1 for holder in Side]
