"""
The compiled search of one map: the same questions as the readable one, answered in a fraction of a millisecond at mainnet's size.

The kernels say which way, in floating point; whether it may be gone, and what it costs, whole numbers say. Where the two disagree, or where
a limit and not a price decided, a closer look keeps several labels a node.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from threading import local

from msgspec import Struct

from payments.lightning.graph.network import ChannelHalf
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.ids import NodeId
from payments.lightning.routing.compiled import brim as brims
from payments.lightning.routing.compiled.back import search
from payments.lightning.routing.compiled.beliefs import Beliefs, Prices
from payments.lightning.routing.compiled.closer import Closer
from payments.lightning.routing.compiled.flow import solve
from payments.lightning.routing.compiled.into_payee import into_payee_msat
from payments.lightning.routing.compiled.layout import Layout, OwnRows, TooLarge
from payments.lightning.routing.compiled.memory import Memory
from payments.lightning.routing.compiled.most import widest_soon
from payments.lightning.routing.compiled.patience import cheaper, cheapest_within_limits, is_hopeless
from payments.lightning.routing.compiled.rows import steps_of
from payments.lightning.routing.compiled.streams import streams_of
from payments.lightning.routing.compiled.stretches import UNIT_MSAT, UNITS, USED, Flow
from payments.lightning.routing.compiled.tables import BUDGET, CHANNEL, IS_SURE, NONE, Ahead, Desk
from payments.lightning.routing.compiled.widest import look_widest, read_widest
from payments.lightning.routing.compiled.workspace import brim_of, closer_of, desk_of, flow_of
from payments.lightning.routing.finder import Aim, ReadableFinder, Share, Task
from payments.lightning.routing.parameters import FirstHop, PaymentParameters
from payments.lightning.routing.search import UNLIMITED, Limits, Terrain
from payments.lightning.routing.way import Way
from payments.lightning.scoring.scorer import ScoreLookUp
from payments.lightning.units import MSAT_PER_SAT

_MAX_REMEMBERED = 100_000
"""Directions and nodes that are kept as values once they were asked for."""
_FEES_POWER = 6
"""A flow leaves room for fees of 1/2^6 = 1.6 % of the amount: usual limits are one percent."""

_UNLIMITED = Limits(fee_msat=UNLIMITED, cltv_expiry_delta=UNLIMITED, hops=UNLIMITED)


class _Tables(Struct, frozen=True):
    """What one thread writes on."""

    desk: Desk
    closer: Closer
    flow: Flow
    brim: brims.Brim


class CompiledFinder:
    """See Finder. Made once for a map and a scorer, and then for every thread."""

    def __init__(self, graph: GraphSnapshot, scorer: ScoreLookUp) -> None:
        """ValueError for a scorer whose prices cannot be written into a table."""
        prices = Prices.of(scorer)
        if prices is None:
            raise ValueError(f"a scorer that only speaks for itself: {scorer!r}")
        self._graph = graph
        self._steps = steps_of(graph)
        self._prices = prices
        self._beliefs = Beliefs(self._steps, graph, scorer, prices)
        self._readable = ReadableFinder(scorer)
        self._threads = local()
        self._halves: dict[int, ChannelHalf] = {}
        self._places = _places_of(graph)
        self._memory = Memory(graph.node_count)
        self._own_rows: OwnRows | None = None
        self._budget = _budget(len(self._steps.half))

    def cheapest(self, terrain: Terrain, task: Task, *, aim: Aim = Aim.PRICE, is_plain: bool = False) -> Way | None:
        """See Finder."""
        limits = task.limits
        if task.final_cltv_expiry_delta > limits.cltv_expiry_delta or limits.hops < 1:
            return None
        self._beliefs.keep_up()
        tables, layout = self._tables(), self._layout()
        desk = tables.desk
        try:
            if not layout.lay(terrain, task, aim=aim, desk=desk, budget=self._budget):
                return None
        except TooLarge:
            return self._readable.cheapest(terrain, task, aim=aim, is_plain=is_plain)
        self._own_rows = layout.own_rows or self._own_rows
        known = None
        if aim is Aim.PRICE and not layout.hints_lead_on and not terrain.excluded_nodes:
            known = self._memory.ahead(peers=layout.peers, amount_msat=task.amount_msat, falls=self._beliefs.falls)
        return self._find(terrain, task, layout, known=known, is_plain=is_plain)

    def prepare(self, our_node_id: NodeId, first_hops: tuple[FirstHop, ...]) -> None:
        """See Finder."""
        self._beliefs.keep_up()
        falls = self._beliefs.falls
        if not first_hops:
            return
        params = PaymentParameters(payee=first_hops[0].counterparty_node_id, final_cltv_expiry_delta=0)
        terrain = Terrain(self._graph, our_node_id=our_node_id, params=params, first_hops=first_hops)
        desk, layout = self._tables().desk, self._layout()
        task = Task(amount_msat=1, final_cltv_expiry_delta=0, limits=_UNLIMITED)
        try:
            layout.lay(terrain, task, aim=Aim.PRICE, desk=desk, budget=0)
        except TooLarge:
            return
        self._own_rows = layout.own_rows or self._own_rows
        self._memory.prepare(desk, peers=layout.peers, falls=falls)

    def between(self, payer: NodeId, payee: NodeId, task: Task) -> Way | None:
        """
        The way with the least fees and penalties from any node to another, None when there is none: for measurements and comparisons.

        The payer's channels are taken from the map, for able to send all that is said of them; it pays itself no fee but fears each of its
        channels as others do.
        """
        self._beliefs.keep_up()
        desk, layout = self._tables().desk, self._layout()
        terrain = Terrain(self._graph, our_node_id=payer, params=PaymentParameters(payee=payee, final_cltv_expiry_delta=0), first_hops=())
        if not layout.lay_between(payer, payee, task, desk=desk, budget=self._budget):
            return None
        return self._find(terrain, task, layout, known=None, is_plain=False)

    def _find(self, terrain: Terrain, task: Task, layout: Layout, *, known: Ahead | None, is_plain: bool) -> Way | None:
        """Search what is laid out, with what is known to lie ahead, and look closer where limits decide."""
        tables, final = self._tables(), task.final_cltv_expiry_delta
        layout.stamp(tables.desk)
        if known is not None:
            tables.desk.beside.question[BUDGET] = 0
        desk = tables.desk if known is None else tables.desk._replace(ahead=known)
        count = search(desk)
        is_sure = bool(desk.back.answer[IS_SURE])
        if count == NONE and is_sure:
            return None
        way = None if count == NONE else self._way(layout, final, desk, count)
        if way is not None and fits(way, task, terrain):
            better = None if is_plain or is_sure else cheaper(desk, tables.closer)
            return way if better is None else self._way(layout, final, desk, better)
        layout.stamp(tables.desk)
        if is_plain or is_hopeless(tables.desk):
            return None
        closest = cheapest_within_limits(tables.desk, tables.closer)
        return None if closest is None else self._way(layout, final, tables.desk, closest)

    def widest(self, terrain: Terrain, *, final_cltv_expiry_delta: int) -> Way | None:
        """See Finder."""
        task = Task(amount_msat=0, final_cltv_expiry_delta=final_cltv_expiry_delta, limits=_UNLIMITED)
        tables, layout = self._tables(), self._layout()
        desk = tables.desk
        try:
            if not layout.lay(terrain, task, aim=Aim.FEE, desk=desk, budget=self._budget):
                return None
        except TooLarge:
            return self._readable.widest(terrain, final_cltv_expiry_delta=final_cltv_expiry_delta)
        way_of = partial(self._way, layout, final_cltv_expiry_delta, desk)
        soon = widest_soon(layout, terrain, desk, tables.closer, way_of)
        if soon is not None:
            return soon
        layout.stamp(desk)
        return way_of(read_widest(desk, tables.closer)) if look_widest(desk, tables.closer) else None

    def spread(self, terrain: Terrain, task: Task, *, aim: Aim, units: int) -> list[Share]:
        """See Finder."""
        self._beliefs.keep_up()
        tables, layout = self._tables(), self._layout()
        desk, tally = tables.desk, tables.flow.tally
        try:
            if not layout.lay(terrain, task, aim=aim, desk=desk, budget=0):
                return []
        except TooLarge:
            return []
        layout.stamp(desk)
        most_msat = task.amount_msat + (task.amount_msat >> _FEES_POWER)
        tally[UNIT_MSAT], tally[UNITS] = -(-most_msat // units), units
        if solve(desk, tables.closer, tables.flow) < units:
            return []
        flow = tables.flow
        streams = streams_of(desk, sends=flow.sends, used=flow.used[: int(tally[USED])], carried=flow.carried)
        final = task.final_cltv_expiry_delta
        return [Share(self._way_of(layout, final, stream.channel, stream.steps), stream.units) for stream in streams]

    def brim(self, terrain: Terrain, task: Task, *, parts: int) -> tuple[int, list[Way]] | None:
        """See Finder."""
        tables, layout = self._tables(), self._layout()
        desk, brim = tables.desk, tables.brim
        try:
            if not layout.lay(terrain, task, aim=Aim.FEE, desk=desk, budget=0):
                return 0, []
        except TooLarge:
            return None
        layout.stamp(desk)
        brim.tally[brims.UPTO_MSAT], brim.tally[brims.PARTS] = task.amount_msat, parts
        arrives_msat = int(brims.most_msat(desk, tables.closer, brim))
        streams = streams_of(desk, sends=brim.sends, used=brim.used[: int(brim.tally[brims.USED])], carried=brim.carried)
        final = task.final_cltv_expiry_delta
        return arrives_msat, [self._way_of(layout, final, stream.channel, stream.steps) for stream in streams]

    def price_msat(self, terrain: Terrain, way: Way, amount_msat: int) -> int:
        """See Finder."""
        return self._readable.price_msat(terrain, way, amount_msat)

    def into_payee_msat(self, terrain: Terrain) -> int:
        """See Finder."""
        return into_payee_msat(terrain, self._graph, self._steps, barred=self._layout().barred(terrain))

    def _tables(self) -> _Tables:
        tables: _Tables | None = getattr(self._threads, "tables", None)
        if tables is None:
            tables = self._threads.tables = _Tables(
                desk_of(self._steps.chart), closer_of(self._steps, self._graph), flow_of(self._steps.chart), brim_of(self._steps.chart)
            )
        return tables

    def _layout(self) -> Layout:
        if len(self._places) > 2 * _MAX_REMEMBERED:
            self._places = {}
        layout = Layout(self._graph, self._steps, self._prices, places=self._places)
        layout.own_rows = self._own_rows
        return layout

    def _way(self, layout: Layout, final_cltv_expiry_delta: int, desk: Desk, count: int) -> Way:
        steps = desk.back.found[:count].tolist()
        if not layout.is_between:
            return self._way_of(layout, final_cltv_expiry_delta, int(desk.back.answer[CHANNEL]), steps)
        halves = self._halves_of(layout, steps)
        return Way(first_hop=public_first_hop(halves[0]), halves=halves[1:], final_cltv_expiry_delta=final_cltv_expiry_delta)

    def _way_of(self, layout: Layout, final_cltv_expiry_delta: int, channel: int, steps: Iterable[int]) -> Way:
        halves = self._halves_of(layout, steps)
        return Way(first_hop=layout.first_hops[channel], halves=halves, final_cltv_expiry_delta=final_cltv_expiry_delta)

    def _halves_of(self, layout: Layout, steps: Iterable[int]) -> tuple[ChannelHalf, ...]:
        mapped = len(self._steps.half)
        return tuple(self._half(step) if step < mapped else layout.hints[step - mapped] for step in steps)

    def _half(self, step: int) -> ChannelHalf:
        half = self._halves.get(step)
        if half is None:
            if len(self._halves) > _MAX_REMEMBERED:
                self._halves = {}
            half = self._halves[step] = self._graph.half_at(int(self._steps.half[step]))
        return half


def public_first_hop(half: ChannelHalf) -> FirstHop:
    """A node's channel as strangers know it, for able to send all that it says."""
    maximum_msat, capacity_msat = half.policy.htlc_maximum_msat, half.channel.capacity_msat
    limit_msat = maximum_msat if capacity_msat is None else min(maximum_msat, capacity_msat)
    return FirstHop(
        short_channel_id=half.channel.short_channel_id,
        counterparty_node_id=half.target,
        outbound_capacity_msat=limit_msat,
        next_outbound_htlc_limit_msat=limit_msat,
        next_outbound_htlc_minimum_msat=half.policy.htlc_minimum_msat,
        capacity_sat=(limit_msat if capacity_msat is None else capacity_msat) // MSAT_PER_SAT,
    )


def fits(way: Way, task: Task, terrain: Terrain) -> bool:
    """Whether a way carries the amount within every limit, in whole numbers, and meets no node twice."""
    amount_msat = task.amount_msat
    nodes = {way.first_hop.counterparty_node_id, *(half.target for half in way.halves)}
    for half in reversed(way.halves):
        if amount_msat > terrain.largest_htlc_msat(half):
            return False
        amount_msat += half.policy.fee_msat(amount_msat)
    limit_msat = max(terrain.first_hop_limit_msat(way.first_hop), task.limits.first_hop_msat)
    return len(nodes) == len(way.halves) + 1 and amount_msat <= limit_msat and way.allows(task.amount_msat, task.limits)


def _places_of(graph: GraphSnapshot) -> dict[NodeId, int | None]:
    """Where every node stands, as far as all are to be remembered."""
    if graph.node_count > _MAX_REMEMBERED:
        return {}
    keys = graph.node_ids.tobytes()
    return {NodeId(keys[33 * place : 33 * place + 33]): place for place in range(graph.node_count)}


def _budget(steps: int) -> int:
    """How many nodes to look at ahead: more on larger maps, as measured."""
    return 24 if steps < 200_000 else 40 if steps < 800_000 else 120
