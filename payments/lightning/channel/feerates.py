"""
Following the chain's fees: the opener sets a new feerate when it may, and otherwise leaves the old one.

A feerate that we could not pay, or that would turn too many HTLCs into dust, is not proposed: the peer would have to close the channel.

BOLT 2, Updating Fees: `update_fee`
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel.actions import Step
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.htlc import FeeUpdate, Side
from payments.lightning.channel.limits import can_afford_feerate, dust_exposure_msat
from payments.lightning.channel.updates import FEERATE_CEILING_PER_KW, FEERATE_FLOOR_PER_KW, send_fee_update
from payments.lightning.config import ChannelConfig


def may_set_feerate(channel: Channel, feerate_per_kw: int, config: ChannelConfig) -> bool:
    """Whether we may propose this feerate now; one proposal at a time."""
    if not channel.is_usable or channel.opener is not Side.LOCAL or channel.fee_updates or feerate_per_kw == channel.feerate_per_kw:
        return False
    if not FEERATE_FLOOR_PER_KW <= feerate_per_kw <= FEERATE_CEILING_PER_KW:
        return False
    update = FeeUpdate(feerate_per_kw=feerate_per_kw, added=(None, channel.latest(Side.REMOTE) + 1))
    proposed = replace(channel, fee_updates=(update,))
    return can_afford_feerate(channel, feerate_per_kw) and dust_exposure_msat(proposed) <= config.max_dust_exposure_msat


def follow_feerate(channel: Channel, feerate_per_kw: int, config: ChannelConfig) -> Step:
    """Propose this feerate if we may; otherwise nothing changes."""
    return send_fee_update(channel, feerate_per_kw) if may_set_feerate(channel, feerate_per_kw, config) else Step(channel=channel)
