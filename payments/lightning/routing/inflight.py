"""
What HTLCs of our own are on their way, by channel and direction: room that is taken, and that no balance on the map shows.

Our own channels know their HTLCs better than this does, so the router believes them instead; everywhere else these sums are all that
keeps two payments, or two parts of one, from counting on the same money. LDK, InFlightHtlcs.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing.route import Path

Direction = tuple[ShortChannelId, NodeId]
"""A channel and the node of it that sends."""


class InFlightHtlcs(msgspec.Struct, frozen=True, kw_only=True):
    """How much each direction of a channel carries for us."""

    used_msat: dict[Direction, int] = {}

    @classmethod
    def of(cls, paths: Iterable[Path], *, payer: NodeId) -> InFlightHtlcs:
        """What these paths of one payer take up together."""
        used_msat: dict[Direction, int] = {}
        for path in paths:
            for direction, amount_msat in directions(path, payer=payer):
                used_msat[direction] = used_msat.get(direction, 0) + amount_msat
        return cls(used_msat=used_msat)

    def used_liquidity_msat(self, short_channel_id: ShortChannelId, *, source: NodeId) -> int:
        """What is taken up of a channel in the direction away from `source`."""
        return self.used_msat.get((short_channel_id, source), 0)


NOTHING_IN_FLIGHT = InFlightHtlcs()


def directions(path: Path, *, payer: NodeId) -> list[tuple[Direction, int]]:
    """Every step of a path as (channel and direction, amount_msat on it)."""
    sources = [payer, *(hop.node_id for hop in path.hops)]
    return [
        ((hop.short_channel_id, source), path.amount_at(index)) for index, (hop, source) in enumerate(zip(path.hops, sources, strict=False))
    ]
