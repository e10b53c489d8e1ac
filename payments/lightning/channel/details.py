"""A channel as the router and the pages see it. LDK's ChannelDetails, as far as something here uses it."""

from __future__ import annotations

from msgspec import Struct

from payments.lightning.channel.channel import Channel, Connection, Phase
from payments.lightning.channel.htlc import Fulfilled, Side
from payments.lightning.channel.limits import further_htlc_cost_msat, next_outbound_htlc_limit_msat, next_outbound_htlc_minimum_msat
from payments.lightning.config import ChannelConfig
from payments.lightning.ids import ChannelId, NodeId, ShortChannelId
from payments.lightning.units import MSAT_PER_SAT


class ChannelDetails(Struct, frozen=True, kw_only=True):
    """What can be done with a channel now."""

    channel_id: ChannelId
    counterparty_node_id: NodeId
    short_channel_id: ShortChannelId
    capacity_sat: int
    balance_msat: int
    """What is ours: settled, still promised by us to others, and claimed by us from the peer."""
    outbound_capacity_msat: int
    """Our balance above the reserve, HTLCs taken out."""
    inbound_capacity_msat: int
    """The peer's balance above its reserve, HTLCs taken out."""
    next_outbound_htlc_limit_msat: int
    """The largest HTLC that can be offered now."""
    next_outbound_htlc_minimum_msat: int
    further_htlc_cost_msat: int
    """What each HTLC takes off the limit beyond its amount."""
    is_usable: bool
    is_outbound: bool
    """We opened it."""
    is_announced: bool
    phase: Phase
    connection: Connection


def balance_msat(channel: Channel) -> int:
    """
    What of a channel is ours at this moment.

    Nothing before the channel is ready, nothing in one that was given up before it was, and nothing once the chain has paid it out. A
    promise of ours is ours until its preimage is shown; the peer's promise is ours from the moment we show the preimage.
    """
    if channel.phase in {Phase.OPENING, Phase.CLOSED} or channel.funding is not None:
        return 0
    ours = channel.settled_msat[Side.LOCAL]
    for htlc in channel.htlcs:
        if isinstance(htlc.outcome, Fulfilled):
            ours += htlc.amount_msat if htlc.owner is Side.REMOTE else -htlc.amount_msat
    return ours


def details_of(channel: Channel, config: ChannelConfig) -> ChannelDetails:
    """The details of a channel."""
    terms = channel.terms
    pending_msat = [sum(htlc.amount_msat for htlc in channel.htlcs if htlc.owner is side) for side in Side]
    spare_msat = [channel.settled_msat[side] - pending_msat[side] - terms.side(side).channel_reserve_sat * MSAT_PER_SAT for side in Side]
    return ChannelDetails(
        channel_id=channel.id,
        counterparty_node_id=terms.counterparty_node_id,
        short_channel_id=terms.short_channel_id,
        capacity_sat=terms.capacity_sat,
        balance_msat=balance_msat(channel),
        outbound_capacity_msat=max(0, spare_msat[Side.LOCAL]),
        inbound_capacity_msat=max(0, spare_msat[Side.REMOTE]),
        next_outbound_htlc_limit_msat=next_outbound_htlc_limit_msat(channel, config),
        next_outbound_htlc_minimum_msat=next_outbound_htlc_minimum_msat(channel, config),
        further_htlc_cost_msat=further_htlc_cost_msat(channel, config),
        is_usable=channel.is_usable,
        is_outbound=terms.is_opener,
        is_announced=terms.is_announced,
        phase=channel.phase,
        connection=channel.connection,
    )
