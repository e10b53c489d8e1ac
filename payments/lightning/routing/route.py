"""
The answer of the router: which channels, how much over each, and who keeps what.

LDK's meaning of a hop: `fee_msat` and `cltv_expiry_delta` of hop i are what *its node* takes for forwarding over hop i + 1; the last hop's
`fee_msat` is the amount that the payee gets and its `cltv_expiry_delta` the final delta. Every other figure is derived from these, so that
what is shown adds up to what is sent, exactly.
"""

from __future__ import annotations

import msgspec

from payments.lightning.ids import NodeId, ShortChannelId


class RouteHop(msgspec.Struct, frozen=True, kw_only=True):
    """One channel of a path and the node at its far end. `short_channel_id` is what the onion tells the node before it."""

    node_id: NodeId
    short_channel_id: ShortChannelId
    fee_msat: int
    cltv_expiry_delta: int


class HopFigures(msgspec.Struct, frozen=True, kw_only=True):
    """
    One hop as people read it: `amount_msat` enters the channel towards `node_id`, of which that node keeps `fee_msat` (zero for the payee).

    `cltv_expiry_delta`: blocks that the node asks between its incoming and its outgoing HTLC; for the payee the final delta.
    `total_cltv_expiry_delta`: blocks from now to the expiry of the HTLC on this channel.
    """

    node_id: NodeId
    short_channel_id: ShortChannelId
    amount_msat: int
    fee_msat: int
    cltv_expiry_delta: int
    total_cltv_expiry_delta: int


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """One way for one HTLC, from our channel to the payee."""

    hops: tuple[RouteHop, ...]

    @property
    def final_value_msat(self) -> int:
        """What the payee gets over this path."""
        return self.hops[-1].fee_msat

    @property
    def fee_msat(self) -> int:
        """What the nodes in between keep."""
        return sum(hop.fee_msat for hop in self.hops[:-1])

    @property
    def total_amount_msat(self) -> int:
        """What leaves our channel."""
        return self.amount_at(0)

    @property
    def total_cltv_expiry_delta(self) -> int:
        """Blocks from now to the expiry of our HTLC: how long the money may be locked at worst."""
        return self.cltv_expiry_delta_at(0)

    def amount_at(self, index: int) -> int:
        """The HTLC's amount on the channel of this hop: all that this hop's node and those after it keep or get."""
        return sum(hop.fee_msat for hop in self.hops[index:])

    def cltv_expiry_delta_at(self, index: int) -> int:
        """Blocks from now to the HTLC's expiry on the channel of this hop."""
        return sum(hop.cltv_expiry_delta for hop in self.hops[index:])

    def figures(self) -> tuple[HopFigures, ...]:
        """Every hop with the amounts of a table: each row's amount less its fee is the next row's amount."""
        last = len(self.hops) - 1
        return tuple(
            HopFigures(
                node_id=hop.node_id,
                short_channel_id=hop.short_channel_id,
                amount_msat=self.amount_at(index),
                fee_msat=hop.fee_msat if index < last else 0,
                cltv_expiry_delta=hop.cltv_expiry_delta,
                total_cltv_expiry_delta=self.cltv_expiry_delta_at(index),
            )
            for index, hop in enumerate(self.hops)
        )


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One or several paths that together carry the whole amount."""

    paths: tuple[Path, ...]

    @property
    def total_amount_msat(self) -> int:
        """What the payee gets in all."""
        return sum(path.final_value_msat for path in self.paths)

    @property
    def total_fees_msat(self) -> int:
        """What it costs beyond that."""
        return sum(path.fee_msat for path in self.paths)

    @property
    def total_cltv_expiry_delta(self) -> int:
        """Blocks from now to the latest expiry of any of its HTLCs."""
        return max(path.total_cltv_expiry_delta for path in self.paths)
