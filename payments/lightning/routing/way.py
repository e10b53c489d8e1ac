"""
A way: which channels, whatever the amount. The search finds a way for one amount; parts of a payment then ask what else it would carry.

Every figure is computed as the search does, so a way's path for an amount is what the search would have answered for it.
"""

from __future__ import annotations

import msgspec

from payments.lightning.graph.network import ChannelHalf
from payments.lightning.ids import NodeId
from payments.lightning.routing.amounts import passed_on_msat
from payments.lightning.routing.parameters import FirstHop
from payments.lightning.routing.route import Path, RouteHop
from payments.lightning.routing.search import Label, Limits, Terrain


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Our channel and the directions of other nodes' channels behind it, up to the payee."""

    first_hop: FirstHop
    halves: tuple[ChannelHalf, ...]
    final_cltv_expiry_delta: int

    @classmethod
    def of(cls, label: Label, *, final_cltv_expiry_delta: int) -> Way:
        """The way that a label at our node stands for."""
        assert label.first_hop is not None
        assert label.parent is not None
        halves = []
        here = label.parent
        while here.parent is not None:
            assert here.half is not None
            halves.append(here.half)
            here = here.parent
        return cls(first_hop=label.first_hop, halves=tuple(halves), final_cltv_expiry_delta=final_cltv_expiry_delta)

    @classmethod
    def along(cls, path: Path, terrain: Terrain) -> Way | None:
        """The way that a path takes; None when one of its channels is not there any more."""
        if not path.hops:
            return None
        first = path.hops[0]
        ours = (hop for hop in terrain.ours_to(first.node_id) if hop.short_channel_id == first.short_channel_id)
        first_hop = next(ours, None)
        halves = [
            terrain.half(onward.short_channel_id, source=hop.node_id, target=onward.node_id)
            for hop, onward in zip(path.hops, path.hops[1:], strict=False)
        ]
        if first_hop is None or None in halves:
            return None
        known = tuple(half for half in halves if half is not None)
        return cls(first_hop=first_hop, halves=known, final_cltv_expiry_delta=path.hops[-1].cltv_expiry_delta)

    @property
    def cltv_expiry_delta(self) -> int:
        """Blocks from now to the expiry of an HTLC over it."""
        return self.final_cltv_expiry_delta + sum(half.policy.cltv_expiry_delta for half in self.halves)

    def most_msat(self, terrain: Terrain) -> int:
        """The most that could reach the payee over it; 0 or less when nothing could."""
        amount_msat = terrain.first_hop_limit_msat(self.first_hop)
        for half in self.halves:
            amount_msat = min(passed_on_msat(half.policy, amount_msat), terrain.largest_htlc_msat(half))
        return amount_msat

    def fee_msat(self, amount_msat: int) -> int:
        """What the nodes in between keep when the payee gets this much."""
        return self._amounts_msat(amount_msat)[0] - amount_msat

    def allows(self, amount_msat: int, limits: Limits) -> bool:
        """Whether no minimum on it and none of these limits is in the way of an amount that is not too much for it."""
        amounts_msat = self._amounts_msat(amount_msat)
        minimums_msat = [self.first_hop.next_outbound_htlc_minimum_msat, *(half.policy.htlc_minimum_msat for half in self.halves)]
        return (
            all(amount >= minimum for amount, minimum in zip(amounts_msat, minimums_msat, strict=True))
            and amounts_msat[0] - amount_msat <= limits.fee_msat
            and self.cltv_expiry_delta <= limits.cltv_expiry_delta
            and len(self.halves) + 1 <= limits.hops
        )

    def path(self, amount_msat: int) -> Path:
        """The path that brings the payee this much."""
        amounts_msat = [*self._amounts_msat(amount_msat), 0]
        deltas = [*(half.policy.cltv_expiry_delta for half in self.halves), self.final_cltv_expiry_delta]
        scids = [self.first_hop.short_channel_id, *(half.channel.short_channel_id for half in self.halves)]
        nodes: list[NodeId] = [self.first_hop.counterparty_node_id, *(half.target for half in self.halves)]
        return Path(
            hops=tuple(
                RouteHop(
                    node_id=node,
                    short_channel_id=scids[index],
                    fee_msat=amounts_msat[index] - amounts_msat[index + 1],
                    cltv_expiry_delta=deltas[index],
                )
                for index, node in enumerate(nodes)
            )
        )

    def _amounts_msat(self, amount_msat: int) -> list[int]:
        """What each of its channels carries, ours first."""
        amounts_msat = [amount_msat]
        for half in reversed(self.halves):
            amounts_msat.append(amounts_msat[-1] + half.policy.fee_msat(amounts_msat[-1]))
        return amounts_msat[::-1]
