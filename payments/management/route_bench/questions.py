"""
Questions for a search, drawn from a seed: between nodes that can all reach each other, so that "no route" is not what is measured.

Every payer's own channels are given as a wallet knows them: what it can send over each at most and at least, which is here what the map
says of its direction. Nothing is feared of them and nothing is paid for them.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from payments.lightning.graph.arrays import UNKNOWN, USABLE, GraphArrays, Places, sources
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.invoice.features import InvoiceFeature
from payments.lightning.routing.parameters import FirstHop, PaymentParameters, RouteParameters, default_fee_limit_msat
from payments.lightning.units import MAX_MSAT

FINAL_CLTV_EXPIRY_DELTA = 21
"""What an invoice asks for at least, and three blocks."""
SINGLE_MSAT = (1_000_000, 1_000_000_000)
"""1,000 to 1,000,000 sat: what goes over one path."""
PARTS_MSAT = (2_000_000_000, 20_000_000_000)
"""2,000,000 to 20,000,000 sat: what mostly does not."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """
    One question.

    first_hops          the payer's own channels
    fears_own_channels  they are taken from the map and feared like others: as somebody asks who is not the payer
    """

    payer: NodeId
    params: RouteParameters
    first_hops: tuple[FirstHop, ...]
    fears_own_channels: bool = False


class Ends:
    """The nodes of a map that can all reach each other, and what each can send and take in all."""

    def __init__(self, graph: GraphSnapshot) -> None:
        self.graph = graph
        half = np.flatnonzero((graph.flags == USABLE) & (graph.htlc_maximum_msat != 0))
        source, target = sources(graph.node1, graph.node2)[half], sources(graph.node2, graph.node1)[half]
        self.sends_msat = np.bincount(source, _largest_msat(graph, half), graph.node_count)
        self.takes_msat = np.bincount(target, _largest_msat(graph, half), graph.node_count)
        self.leaving = np.bincount(source, minlength=graph.node_count)
        self.hub = int(np.argmax(self.leaving))
        self.nodes = np.flatnonzero(
            _reached(source, target, self.hub, graph.node_count) & _reached(target, source, self.hub, graph.node_count)
        )

    def pairs(self, count: int, *, seed: int) -> list[Asked]:
        """Payments of one path between any two of them."""
        dice = np.random.default_rng(seed)
        drawn = [dice.choice(self.nodes, 2, replace=False).tolist() for _ in range(count)]
        return [self._asked(payer, payee, _drawn(dice, SINGLE_MSAT)) for payer, payee in drawn]

    def of_payer(self, payer: int, count: int, *, seed: int) -> list[Asked]:
        """Payments of one path from the same node, whose channels are listed once."""
        dice = np.random.default_rng(seed)
        others = self.nodes[self.nodes != payer]
        first_hops = self.first_hops(payer)
        return [self._asked(payer, int(dice.choice(others)), _drawn(dice, SINGLE_MSAT), first_hops=first_hops) for _ in range(count)]

    def in_parts(self, count: int, *, seed: int) -> list[Asked]:
        """Large payments between nodes whose channels, all taken together, are large enough for them."""
        dice = np.random.default_rng(seed)
        asked: list[Asked] = []
        for _ in range(count):
            amount_msat = _drawn(dice, PARTS_MSAT)
            payers = self.nodes[self.sends_msat[self.nodes] >= amount_msat * 1.01]
            payees = self.nodes[self.takes_msat[self.nodes] >= amount_msat]
            if len(payers) and len(payees):
                payer, payee = int(dice.choice(payers)), int(dice.choice(payees))
                if payer != payee:
                    asked.append(self._asked(payer, payee, amount_msat, is_in_parts=True))
        return asked

    def usual_payer(self) -> int:
        """A node like most that pay: of those with ten channels to leave by, the first."""
        return int(self.nodes[np.argmin(np.abs(self.leaving[self.nodes] - 10))])

    def first_hops(self, payer: int) -> tuple[FirstHop, ...]:
        """A node's channels as its wallet would list them."""
        graph = self.graph
        halves = graph.out_halves[graph.out_start[payer] : graph.out_start[payer + 1]]
        usable = halves[graph.flags[halves] == USABLE]
        largest_msat = _largest_msat(graph, usable).astype(np.int64)
        return tuple(self._first_hop(half, most_msat) for half, most_msat in zip(usable.tolist(), largest_msat.tolist(), strict=True))

    def _first_hop(self, half: int, most_msat: int) -> FirstHop:
        graph, channel = self.graph, half // 2
        peer = graph.node1[channel] if half % 2 else graph.node2[channel]
        return FirstHop(
            short_channel_id=ShortChannelId(int(graph.short_channel_ids[channel])),
            counterparty_node_id=graph.node_id_at(int(peer)),
            outbound_capacity_msat=most_msat,
            next_outbound_htlc_limit_msat=most_msat,
            next_outbound_htlc_minimum_msat=max(int(graph.htlc_minimum_msat[half]), 1),
            capacity_sat=most_msat // 1_000,
        )

    def _asked(
        self, payer: int, payee: int, amount_msat: int, *, is_in_parts: bool = False, first_hops: tuple[FirstHop, ...] | None = None
    ) -> Asked:
        payment = PaymentParameters(
            payee=self.graph.node_id_at(payee),
            final_cltv_expiry_delta=FINAL_CLTV_EXPIRY_DELTA,
            features=frozenset({InvoiceFeature.BASIC_MPP + 1}) if is_in_parts else frozenset(),
        )
        return Asked(
            payer=self.graph.node_id_at(payer),
            params=RouteParameters(
                payment_params=payment,
                final_value_msat=amount_msat,
                max_total_routing_fee_msat=default_fee_limit_msat(amount_msat),
            ),
            first_hops=self.first_hops(payer) if first_hops is None else first_hops,
        )


def _drawn(dice: np.random.Generator, range_msat: tuple[int, int]) -> int:
    """Any size between these as likely as any other: the logarithm is drawn."""
    least_msat, most_msat = range_msat
    return int(least_msat * (most_msat / least_msat) ** dice.random())


def _largest_msat(graph: GraphArrays, half: npt.NDArray[np.intp] | Places) -> npt.NDArray[np.float64]:
    """The largest HTLC of each: what its node said, and not more than the channel holds."""
    said_msat, capacity_sat = graph.htlc_maximum_msat[half], graph.capacity_sat[half // 2]
    said_msat = np.where(said_msat == UNKNOWN, MAX_MSAT, said_msat)
    return np.where(capacity_sat == UNKNOWN, said_msat, np.minimum(said_msat, capacity_sat * 1_000)).astype(np.float64)


def _reached(source: Places, target: Places, start: int, node_count: int) -> npt.NDArray[np.bool_]:
    """Which nodes can be reached from one, step by step."""
    reached = np.zeros(node_count, bool)
    reached[start] = True
    while True:
        new = target[reached[source] & ~reached[target]]
        if not len(new):
            return reached
        reached[new] = True
