"""
What HTLCs of our own are on their way, by channel and direction: room that is taken, and that no balance on the map shows.

Our own channels know their HTLCs better than this does, so the router believes them instead; everywhere else these sums are all that
keeps two payments, or two parts of one, from counting on the same money. LDK, InFlightHtlcs.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import accumulate

import msgspec

from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing.route import Path

Direction = tuple[ShortChannelId, NodeId]
"""A channel and the node of it that sends."""


class InFlightHtlcs(msgspec.Struct, frozen=True, kw_only=True):
    """How much each direction of a channel carries for us."""

    used_msat: dict[Direction, int] = {}

    def used_liquidity_msat(self, short_channel_id: ShortChannelId, *, source: NodeId) -> int:
        """What is taken up of a channel in the direction away from `source`."""
        return self.used_msat.get((short_channel_id, source), 0)


NOTHING_IN_FLIGHT = InFlightHtlcs()


class UsedRoom:
    """The same sums kept up to date while paths come and go: asking for them costs the same however many there are."""

    def __init__(self, payer: NodeId) -> None:
        self._payer = payer
        self._paths: dict[Hashable, tuple[Path, ...]] = {}
        self._used_msat: dict[Direction, int] = {}

    def put(self, owner: Hashable, paths: tuple[Path, ...]) -> None:
        """What this owner has in flight from now on; before it had whatever was put last."""
        before = self._paths.get(owner, ())
        if paths == before:
            return
        for path in before:
            self._change(path, -1)
        for path in paths:
            self._change(path, 1)
        if paths:
            self._paths[owner] = paths
        else:
            del self._paths[owner]

    def now(self) -> InFlightHtlcs:
        """What is taken up at this moment."""
        return InFlightHtlcs(used_msat=self._used_msat.copy())

    def _change(self, path: Path, sign: int) -> None:
        for direction, amount_msat in directions(path, payer=self._payer):
            used_msat = self._used_msat.pop(direction, 0) + sign * amount_msat
            if used_msat:
                self._used_msat[direction] = used_msat


def directions(path: Path, *, payer: NodeId) -> list[tuple[Direction, int]]:
    """Every step of a path as (channel and direction, amount_msat on it)."""
    sources = [payer, *(hop.node_id for hop in path.hops)]
    amounts_msat = list(accumulate(hop.fee_msat for hop in reversed(path.hops)))
    return [
        ((hop.short_channel_id, source), amount_msat)
        for hop, source, amount_msat in zip(path.hops, sources, reversed(amounts_msat), strict=False)
    ]
