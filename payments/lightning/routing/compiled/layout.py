"""
A question, laid out for the kernels: what it asks, our channels, the hints, and what is taken of the map.

Nothing is written on the map itself, so that many threads can ask at once. Nodes that only hints know get places behind the map's, and so
do we: our channels begin nowhere on the map.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from payments.lightning.graph.network import ChannelHalf
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing.compiled.beliefs import Prices
from payments.lightning.routing.compiled.rows import Steps
from payments.lightning.routing.compiled.tables import (
    BARRED,
    BASE,
    BUDGET,
    DELTA,
    EXTRA_NODES,
    FIELDS,
    GENERATION,
    HINTS,
    HTLC_MAXIMUM,
    IS_BETWEEN,
    IS_CROWDED,
    LEAST_LIQUIDITY,
    LEAST_PENALTY,
    NONE,
    NUMBER,
    OUR_CHANNELS,
    PAYEE,
    PAYER,
    PENALTY,
    PPM,
    SATURATED,
    SATURATION,
    SATURATION_POWER,
    SOURCE,
    TARGET,
    USES_ALL,
    Desk,
    Places,
    Reals,
)
from payments.lightning.routing.compiled.workspace import MAX_HINTS, MAX_OUR_CHANNELS
from payments.lightning.routing.finder import FEAR_WEIGHT, Aim, Task
from payments.lightning.routing.own_channels import OwnChannels
from payments.lightning.routing.parameters import FirstHop
from payments.lightning.routing.search import Limits, Terrain
from payments.lightning.units import MAX_MSAT

_WEIGHTS = {
    Aim.PRICE: (1, 1, 0, 0),
    Aim.FEE: (1, 0, 0, 0),
    Aim.FEAR: (1, FEAR_WEIGHT, 0, 0),
    Aim.DELAY: (0, 0, 1, 0),
    Aim.LENGTH: (0, 0, 0, 1),
}
"""By aim: what each msat of fee, each msat of penalty, each block and each channel counts."""


_ALL = 2 * MAX_MSAT
"""Taken of a step that is barred: more than any channel holds."""


class TooLarge(Exception):
    """A question that the tables have no room for: more hints or channels than anybody has."""


class OwnRows(Struct, frozen=True, kw_only=True, eq=False):
    """
    Our channels as the kernels read them, for as long as they are listed alike.

    peer        [k]: where the node at the other end stands
    range_msat  [k, 2]: the smallest and the largest HTLC
    peers       the places of all peers, as a key to remember by
    uses_all    whether one of them is a dead end for others and not for us
    """

    own: OwnChannels
    first_hops: list[FirstHop]
    peer: Places
    range_msat: Reals
    peers: bytes
    uses_all: bool


class Layout:
    """One terrain on one thread's desk. Places of nodes are found once for a map."""

    def __init__(self, graph: GraphSnapshot, steps: Steps, prices: Prices, *, places: dict[NodeId, int | None]) -> None:
        self.first_hops: list[FirstHop] = []
        self.hints: list[ChannelHalf] = []
        self.uses_all = False
        self.hints_lead_on = False
        self.is_between = False
        self.own_rows: OwnRows | None = None
        self.peers = b""
        self._taken: list[tuple[int, int]] = []
        self._graph = graph
        self._steps = steps
        self._prices = prices
        self._places = places
        self._extra: dict[NodeId, int] = {}

    def lay(self, terrain: Terrain, task: Task, *, aim: Aim, desk: Desk, budget: int) -> bool:
        """Write everything; False when nothing at all leads to the payee."""
        self._lay_hints(terrain, desk)
        payee = self._place(terrain.payee, adds=any(True for _hop in terrain.ours_to(terrain.payee)))
        if payee is None or terrain.payee in terrain.excluded_nodes:
            return False
        self._lay_first_hops(terrain, task.limits, desk)
        barred = self.barred(terrain)
        desk.beside.barred[: len(barred)] = barred
        self._find_taken(terrain)
        self._ask(task, aim=aim, desk=desk)
        question = desk.beside.question
        question[SATURATION_POWER], question[SATURATION] = terrain.saturation_power, SATURATED >> terrain.saturation_power
        question[PAYER], question[PAYEE], question[BUDGET] = self._graph.node_count + EXTRA_NODES - 1, payee, budget
        question[IS_CROWDED], question[USES_ALL], question[BARRED] = bool(self._taken), self.uses_all, len(barred)
        question[OUR_CHANNELS], question[HINTS] = len(self.first_hops), len(self.hints)
        return True

    def barred(self, terrain: Terrain) -> list[int]:
        """Where the nodes stand that must not be on the way: we, and who is excluded. Those that only hints know lost their hints."""
        places = (self._on_map(node_id) for node_id in (terrain.our_node_id, *terrain.excluded_nodes))
        return [place for place in places if place is not None]

    def lay_between(self, payer: NodeId, payee: NodeId, task: Task, *, desk: Desk, budget: int) -> bool:
        """Write a question from one node of the map to another; False when one of them is not on it."""
        source, target = self._on_map(payer), self._on_map(payee)
        if source is None or target is None or source == target:
            return False
        self.is_between = True
        self._ask(task, aim=Aim.PRICE, desk=desk)
        question = desk.beside.question
        question[SATURATION] = SATURATED
        question[PAYER], question[PAYEE], question[BUDGET] = source, target, budget
        question[IS_BETWEEN] = True
        return True

    def _ask(self, task: Task, *, aim: Aim, desk: Desk) -> None:
        limits, prices = task.limits, self._prices
        desk.beside.question[:] = 0
        desk.beside.question[:SATURATION_POWER] = (
            task.amount_msat,
            task.amount_msat + limits.fee_msat,
            task.final_cltv_expiry_delta,
            limits.cltv_expiry_delta,
            limits.hops,
            *_WEIGHTS[aim],
            prices.base_penalty_amount_ppm,
            prices.liquidity_penalty_multiplier_msat,
            prices.liquidity_penalty_amount_ppm,
            prices.considered_impossible_penalty_msat,
        )
        desk.beside.question[LEAST_PENALTY] = np.float32(prices.base_penalty_msat)  # as the rows have it

    def _on_map(self, node_id: NodeId) -> int | None:
        try:
            return self._places[node_id]
        except KeyError:
            place = self._places[node_id] = self._graph.node_place(node_id)
            return place

    def _place(self, node_id: NodeId, *, adds: bool = False) -> int | None:
        place = self._on_map(node_id)
        if place is None:
            place = self._extra.get(node_id)
        if place is None and adds:
            place = self._extra[node_id] = self._graph.node_count + len(self._extra)
            if len(self._extra) >= EXTRA_NODES:
                raise TooLarge
        return place

    def _lay_first_hops(self, terrain: Terrain, limits: Limits, desk: Desk) -> None:
        rows = self.own_rows
        if not terrain.has_all_of_ours():
            rows, self.own_rows = self._own_rows(terrain), None
        elif rows is None or rows.own is not terrain.own:
            rows = self._own_rows(terrain)
            is_whole = len(rows.first_hops) == len(terrain.own.first_hops) and not self._extra
            self.own_rows = rows if is_whole else None
        count = len(rows.first_hops)
        desk.beside.peer[:count] = rows.peer
        desk.beside.range[:count] = rows.range_msat
        if limits.first_hop_msat:
            np.maximum(rows.range_msat[:, 1], limits.first_hop_msat, out=desk.beside.range[:count, 1])
        self.first_hops, self.peers = rows.first_hops, rows.peers
        self.uses_all = self.uses_all or rows.uses_all

    def _own_rows(self, terrain: Terrain) -> OwnRows:
        ours = self._on_map(terrain.our_node_id)
        hops: list[FirstHop] = []
        places: list[int] = []
        peers: list[int] = []
        for peer in terrain.peers():
            place = self._place(peer)
            if place is not None:
                to_peer = list(terrain.ours_to(peer))
                peers.append(place)
                hops += to_peer
                places += [place] * len(to_peer)
        if len(hops) > MAX_OUR_CHANNELS:
            raise TooLarge
        range_msat = np.empty((len(hops), 2))
        range_msat[:, 0] = [hop.next_outbound_htlc_minimum_msat for hop in hops]
        range_msat[:, 1] = [terrain.first_hop_limit_msat(hop) for hop in hops]
        return OwnRows(
            own=terrain.own,
            first_hops=hops,
            peer=np.array(places, np.int32),
            range_msat=range_msat,
            peers=np.array(peers, np.int32).tobytes(),
            uses_all=any(self._leads_on(place, ours) for place in peers),
        )

    def _leads_on(self, peer: int, ours: int | None) -> bool:
        """Whether a peer that is a dead end for others has a channel to anybody but us, so that for us it is none."""
        if peer >= self._graph.node_count or self._steps.is_transit[peer]:
            return False
        chart = self._steps.chart
        targets = chart.out.ints[chart.out_start[peer] : chart.out_start[peer + 1], TARGET]
        return bool((targets != (NONE if ours is None else ours)).any())

    def _lay_hints(self, terrain: Terrain, desk: Desk) -> None:
        self.hints = [half for half in terrain.hinted() if terrain.may_use(half)]
        if len(self.hints) > MAX_HINTS:
            raise TooLarge
        grid = desk.beside.hints
        for place, half in enumerate(self.hints):
            source, target = self._place(half.source, adds=True), self._place(half.target, adds=True)
            assert source is not None
            assert target is not None
            if half.target != terrain.payee and target < self._graph.node_count:
                self.uses_all = self.hints_lead_on = True
            policy = half.policy
            whole = grid.rows.view(np.uint32)
            grid.rows[place, :FIELDS] = 0
            whole[place, BASE], whole[place, PPM] = policy.fee_base_msat, policy.fee_proportional_millionths
            grid.rows[place, HTLC_MAXIMUM] = MAX_MSAT
            grid.rows[place, LEAST_LIQUIDITY] = np.inf
            grid.rows[place, PENALTY] = self._prices.base_penalty_msat
            ints = grid.ints[place]
            ints[DELTA], ints[SOURCE], ints[TARGET], ints[NUMBER] = policy.cltv_expiry_delta, source, target, grid.first + place

    def stamp(self, desk: Desk) -> None:
        """Say for the next search what is taken of which step; what was said for the last one is no longer read."""
        stamp, taken = desk.beside.stamp, desk.beside.taken
        generation = int(desk.back.answer[GENERATION]) + 1
        for step, taken_msat in self._taken:
            stamp[step], taken[step] = generation, taken_msat

    def _find_taken(self, terrain: Terrain) -> None:
        for (scid, source), used_msat in terrain.taken_msat.items():
            if source != terrain.our_node_id:
                self._taken += ((step, used_msat) for step in self._steps_of(scid, source))
        for scid in terrain.excluded:
            channel = self._graph.channel_place(scid)
            if channel is not None:
                steps = self._steps.step_of[2 * channel : 2 * channel + 2].tolist()
                self._taken += ((step, _ALL) for step in steps if step >= 0)

    def _steps_of(self, scid: ShortChannelId, source: NodeId) -> list[int]:
        half = self._graph.half_place(scid, source=source)
        steps = [] if half is None else [int(self._steps.step_of[half])]
        for place, hint in enumerate(self.hints):
            if (hint.channel.short_channel_id, hint.source) == (scid, source):
                steps.append(len(self._steps.half) + place)
        return [step for step in steps if step >= 0]
