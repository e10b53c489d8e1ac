"""
From a map to the rows of its steps: what may be used, by target and by source, with what is believed about each.

Rows are made once for a map and then only patched, where the scorer has learnt something. Steps from or to dead ends (nodes that lead on to
nobody but where they were come from) stand last in every group, so that a search passes them over; half of a real network is such nodes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from payments.lightning.graph.arrays import UNKNOWN, USABLE, GraphArrays, Numbers, sources
from payments.lightning.routing.compiled.tables import (
    BASE,
    DELTA,
    EXTRA_NODES,
    FIELDS,
    HALF,
    HTLC_MAXIMUM,
    HTLC_MINIMUM,
    INVERSE_ROOM,
    NUMBER,
    PPM,
    SATURATED,
    SOURCE,
    TARGET,
    Chart,
    Grid,
    Places,
    Rows,
)
from payments.lightning.units import MAX_MSAT, MSAT_PER_SAT

Flags = npt.NDArray[np.bool_]


class Steps(Struct, frozen=True, kw_only=True, eq=False):
    """
    A map's steps, ready to search.

    half         [steps]: the half that each step is, in the map's arrays
    step_of      [2m]: and the other way round, -1 where a half cannot be used
    is_transit   [n]: whether a node leads on from one neighbour to another
    twin         [steps]: where the same step is among those by source
    room_msat    [steps]: what the channel holds, or the largest HTLC where nobody knows
    """

    chart: Chart
    half: Places
    step_of: Places
    is_transit: Flags
    twin: Places
    room_msat: Numbers


def steps_of(graph: GraphArrays) -> Steps:
    """The steps of a map, nothing believed about them yet."""
    half = _usable(graph)
    source, target = sources(graph.node1, graph.node2)[half], sources(graph.node2, graph.node1)[half]
    is_transit = _transit(source, target, graph.node_count)
    order = np.lexsort((half, source, ~is_transit[source], target))
    half, source, target = half[order], source[order], target[order]
    by_source = np.lexsort((np.arange(len(half)), target, ~is_transit[target], source)).astype(np.int32)
    room_msat = _room_msat(graph, half)
    into = _rows(graph, half, room_msat)
    ints = into.view(np.int32)
    ints[:, SOURCE], ints[:, TARGET], ints[:, HALF], ints[:, NUMBER] = source, target, half, np.arange(len(half))
    out = into[by_source]
    twin = np.empty(len(half), np.int32)
    twin[by_source] = np.arange(len(half), dtype=np.int32)
    into_start, into_core = _grouped(target, is_transit[source], graph.node_count)
    out_start, out_core = _grouped(source, is_transit[target], graph.node_count)
    step_of = np.full(2 * graph.channel_count, -1, np.int32)
    step_of[half] = np.arange(len(half), dtype=np.int32)
    chart = Chart(
        into=Grid(into, ints, 0),
        into_start=into_start,
        into_core=into_core,
        into_brief=_brief(into, SOURCE, order=np.lexsort((_rate(into), ~is_transit[source], target))),
        out=Grid(out, out.view(np.int32), 0),
        out_start=out_start,
        out_core=out_core,
        out_brief=_brief(out, TARGET, order=np.lexsort((_rate(out), ~is_transit[target[by_source]], source[by_source]))),
    )
    return Steps(chart=chart, half=half.astype(np.int32), step_of=step_of, is_transit=is_transit, twin=twin, room_msat=room_msat)


def rounded_out(minimum_msat: Numbers, maximum_msat: Numbers) -> tuple[Rows, Rows]:
    """A range as 4-byte numbers that lets nothing through less than it does."""
    least, most = minimum_msat.astype(np.float32), maximum_msat.astype(np.float32)
    least = np.where(least > minimum_msat, np.nextafter(least, np.float32(-np.inf)), least)
    most = np.where(most < maximum_msat, np.nextafter(most, np.float32(np.inf)), most)
    return least, most


def maximum_msat_of(graph: GraphArrays, half: npt.NDArray[np.intp | np.int32]) -> Numbers:
    """The largest HTLC of each of these halves; all the money there is where nobody said."""
    said_msat = graph.htlc_maximum_msat[half]
    return np.where(said_msat == UNKNOWN, MAX_MSAT, said_msat)


def _usable(graph: GraphArrays) -> npt.NDArray[np.intp]:
    """The halves that may be used and that carry anything at all."""
    return np.flatnonzero((graph.flags == USABLE) & (graph.htlc_maximum_msat != 0))


def _room_msat(graph: GraphArrays, half: npt.NDArray[np.intp]) -> Numbers:
    capacity_sat = graph.capacity_sat[half // 2]
    maximum_msat = maximum_msat_of(graph, half)
    return np.where(capacity_sat == UNKNOWN, maximum_msat, capacity_sat * MSAT_PER_SAT)


def _rows(graph: GraphArrays, half: npt.NDArray[np.intp], room_msat: Numbers) -> Rows:
    rows = np.zeros((len(half), FIELDS), np.float32)
    ints = rows.view(np.int32)
    rows.view(np.uint32)[:, BASE] = graph.fee_base_msat[half]
    rows.view(np.uint32)[:, PPM] = graph.fee_ppm[half]
    ints[:, DELTA] = graph.cltv_expiry_delta[half]
    maximum_msat = np.minimum(maximum_msat_of(graph, half), room_msat)
    rows[:, HTLC_MINIMUM], rows[:, HTLC_MAXIMUM] = rounded_out(graph.htlc_minimum_msat[half], maximum_msat)
    rows[:, INVERSE_ROOM] = SATURATED / room_msat
    return rows


def _rate(rows: Rows) -> npt.NDArray[np.uint32]:
    return rows.view(np.uint32)[:, PPM]


def _brief(rows: Rows, other: int, *, order: npt.NDArray[np.intp]) -> Places:
    """What decides about most steps, in another order than the rows'; `other`: the field of the node that the rows are not grouped by."""
    ints = rows.view(np.int32)
    return np.stack([ints[order, PPM], ints[order, BASE], ints[order, other], order.astype(np.int32)], axis=1)


def _transit(source: Places, target: Places, node_count: int) -> Flags:
    """Which nodes have a neighbour to come from and another one to go to."""
    comes_from, only_from = _neighbours(target, source, node_count)
    goes_to, only_to = _neighbours(source, target, node_count)
    turns = (comes_from == 1) & (goes_to == 1) & (only_from == only_to)
    is_transit: Flags = (comes_from > 0) & (goes_to > 0) & ~turns
    return is_transit


def _neighbours(node: Places, other: Places, node_count: int) -> tuple[Numbers, Numbers]:
    """How many different neighbours each node has in `other`, and one of them."""
    pairs = np.unique(node.astype(np.int64) * node_count + other)
    ends = pairs // node_count
    one = np.full(node_count, -1, np.int64)
    one[ends] = pairs % node_count
    return np.bincount(ends, minlength=node_count), one


def _grouped(node: Places, is_core: Flags, node_count: int) -> tuple[Places, Places]:
    """Where each node's steps begin, and where those that count end; nodes that only hints know have none."""
    start = np.zeros(node_count + EXTRA_NODES + 1, np.int32)
    np.cumsum(np.bincount(node, minlength=node_count + EXTRA_NODES), out=start[1:])
    core = start[:-1] + np.bincount(node[is_core], minlength=node_count + EXTRA_NODES)
    return start, core.astype(np.int32)
