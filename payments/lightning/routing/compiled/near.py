"""
Looking ahead over the few nodes that are nearest to the payer; what is further away costs at least as much as the nearest of the rest.

There is no heap: only so many nodes can be settled, so only so many are remembered, in order, and a step that leads to none of them is
passed over as soon as its brief says so. Whom our own channels lead to costs nothing to reach and does not count.
"""

from __future__ import annotations

import numpy as np

from payments.lightning.routing.compiled.ahead import bar, cost_ahead
from payments.lightning.routing.compiled.jit import inlined, kernel
from payments.lightning.routing.compiled.price import least_of, rate_of
from payments.lightning.routing.compiled.tables import (
    AMOUNT,
    BUDGET,
    FLAT,
    HINTS,
    HTLC_MAXIMUM,
    HTLC_MINIMUM,
    IS_BETWEEN,
    MAX_AMOUNT,
    NONE,
    OUR_CHANNEL,
    OUR_CHANNELS,
    PAYEE,
    PAYER,
    PER_FEE,
    PLACE,
    RATE,
    SOURCE,
    TARGET,
    USES_ALL,
    Desk,
    Grid,
    Reals,
)

_MANY = 200
"""Channels of ours beyond which whom they lead to is all that is looked at: what is further away costs some step's least."""


@kernel
def look_near(desk: Desk) -> None:
    """Settle the nodes nearest to the payer, as many as the question allows, into `desk.ahead`; nearest first, they are in `desk.heap`."""
    ahead, heap, question = desk.ahead, desk.heap, desk.beside.question
    ahead.state[0] += 1.0
    ahead.state[1] = np.inf
    unsettled = int(2 * ahead.state[0])
    settled, size = 0, _begin(desk, unsettled)
    if _has_many(question):
        ahead.state[1] = max(least_of(question), 0.0)
    while settled < size:
        node = heap.node[settled]
        if settled >= question[BUDGET] or node == question[PAYEE]:
            ahead.state[1] = heap.key[settled]
            break
        ahead.mark[node, 1] = unsettled + 1
        settled += 1
        size = _leave(desk, node, settled, size)


@kernel
def _begin(desk: Desk, unsettled: int) -> int:
    """Leave where the payer is, or whom its channels lead to."""
    ahead, beside, question = desk.ahead, desk.beside, desk.beside.question
    bar(desk, unsettled)
    if question[IS_BETWEEN] > 0.0:
        payer = int(question[PAYER])
        ahead.cost[payer] = 0.0
        ahead.mark[payer, 1] = unsettled + 1
        return _leave(desk, payer, 0, 0)
    for i in range(int(question[OUR_CHANNELS])):
        peer = beside.peer[i]
        if beside.range[i, 1] >= question[AMOUNT] and ahead.mark[peer, 1] < unsettled:
            ahead.cost[peer] = 0.0
            ahead.mark[peer, 0] = OUR_CHANNEL
            ahead.mark[peer, 1] = unsettled + 1
    size = 0
    last = NONE
    if _has_many(question):
        return size
    for i in range(int(question[OUR_CHANNELS])):
        peer = beside.peer[i]
        if peer != last and ahead.cost[peer] == 0.0 and ahead.mark[peer, 1] == unsettled + 1:
            size = _leave(desk, peer, 0, size)
        last = peer
    return size


@inlined
def _has_many(question: Reals) -> bool:
    """Whether so many channels are ours that looking behind each would take longer than it saves."""
    return bool(question[OUR_CHANNELS] > _MANY)


@kernel
def _leave(desk: Desk, node: int, settled: int, size: int) -> int:
    """Look along every step that leads away from a settled node to one that may be among the nearest."""
    chart, question, brief, hints = desk.chart, desk.beside.question, desk.chart.out_brief, desk.beside.hints
    is_payer = node == question[PAYER]
    is_dead_end_too = is_payer or desk.ahead.mark[node, 0] == OUR_CHANNEL or question[USES_ALL] > 0.0
    at, core = chart.out_start[node], chart.out_core[node]
    end = chart.out_start[node + 1] if is_dead_end_too else core
    here = desk.ahead.cost[node] + least_of(question)
    per_rate, per_flat = (0.0, 0.0) if is_payer else (rate_of(question), question[PER_FEE])
    while at < end:
        spare = _fence(desk, size) - here
        cost = per_rate * np.uint32(brief[at, RATE])
        if cost >= spare and at >= core:
            break
        if cost >= spare:  # the rest of these is no cheaper; dead ends follow, the cheapest first again
            at = core
            continue
        if cost + per_flat * np.uint32(brief[at, FLAT]) < spare:
            size = _reach(desk, chart.out, brief[at, PLACE], (settled, size))
        at += 1
    for step in range(int(question[HINTS])):
        if hints.ints[step, SOURCE] == node:
            size = _reach(desk, hints, step, (settled, size))
    return size


@inlined
def _fence(desk: Desk, size: int) -> float:
    """From where on nobody is among the nearest: as many are nearer as are settled, and one more."""
    return float(desk.heap.key[size - 1]) if size > desk.beside.question[BUDGET] else np.inf


@inlined
def _reach(desk: Desk, grid: Grid, step: int, so_far: tuple[int, int]) -> int:
    """Put where a step leads to in its place among the nearest, if it is one of them."""
    ahead, question, rows = desk.ahead, desk.beside.question, grid.rows
    size = so_far[1]
    if question[AMOUNT] > rows[step, HTLC_MAXIMUM] or question[MAX_AMOUNT] < rows[step, HTLC_MINIMUM]:
        return size
    target = grid.ints[step, TARGET]
    unsettled = int(2 * ahead.state[0])
    if ahead.mark[target, 1] > unsettled:
        return size
    fence = _fence(desk, size)
    if ahead.mark[target, 1] == unsettled:
        fence = min(fence, ahead.cost[target])
    cost = cost_ahead(desk, grid, step, fence)
    if cost < fence:
        size = _insert(desk, target, cost, so_far)
        ahead.cost[target] = cost
        ahead.mark[target, 0] = step + grid.first
        ahead.mark[target, 1] = unsettled
    return size


@kernel
def _insert(desk: Desk, node: int, cost: float, so_far: tuple[int, int]) -> int:
    """Put a node in its place behind the settled ones. Where it was in another place, it leaves that; else the last one may fall off."""
    heap = desk.heap
    settled, size = so_far
    at = settled
    while at < size and heap.node[at] != node:
        at += 1
    if at == size and size > desk.beside.question[BUDGET]:
        at -= 1
    size = max(size, at + 1)
    while at > settled and heap.key[at - 1] > cost:
        heap.key[at] = heap.key[at - 1]
        heap.node[at] = heap.node[at - 1]
        at -= 1
    heap.key[at] = cost
    heap.node[at] = node
    return size
