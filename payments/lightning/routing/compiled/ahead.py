"""
Looking ahead: at least how much it costs to come from the payer to a node, for an amount that is not more than what will go there.

Dijkstra from the payer with one amount, the least that any HTLC of the way can have, so that every fee, fear and limit is at most what it
will be: a bound that the search from the payee may steer by without missing anything. Over the whole map, here; see `near` for a few nodes.
"""

from __future__ import annotations

import numpy as np

from payments.lightning.routing.compiled.heap import pop, push
from payments.lightning.routing.compiled.jit import inlined, kernel
from payments.lightning.routing.compiled.price import certain_cost, chance_cost, fee_of
from payments.lightning.routing.compiled.tables import (
    AMOUNT,
    BARRED,
    DELTA,
    HINTS,
    HTLC_MAXIMUM,
    HTLC_MINIMUM,
    MAX_AMOUNT,
    NONE,
    OUR_CHANNEL,
    OUR_CHANNELS,
    PAYER,
    SOURCE,
    TARGET,
    USES_ALL,
    Ahead,
    Desk,
    Grid,
)


@kernel
def look_ahead(desk: Desk) -> None:
    """Settle every node that can be reached from the payer into `desk.ahead`."""
    ahead, heap = desk.ahead, desk.heap
    ahead.state[0] += 1.0
    ahead.state[1] = np.inf
    unsettled = int(2 * ahead.state[0])
    size = _begin(desk, unsettled)
    while size > 0:
        cost = heap.key[0]
        node = heap.node[0]
        size = pop(heap, size)
        if ahead.mark[node, 1] == unsettled and cost <= ahead.cost[node]:
            ahead.mark[node, 1] = unsettled + 1
            size = _leave(desk, node, unsettled, size)


@kernel
def _begin(desk: Desk, unsettled: int) -> int:
    """Put in where the payer is, or whom its channels lead to."""
    ahead, beside, question = desk.ahead, desk.beside, desk.beside.question
    bar(desk, unsettled)
    payer = int(question[PAYER])
    ahead.cost[payer] = 0.0
    ahead.mark[payer, 0] = NONE
    ahead.mark[payer, 1] = unsettled
    size = push(desk.heap, 0, 0.0, int(payer))
    for i in range(int(question[OUR_CHANNELS])):
        peer = beside.peer[i]
        if beside.range[i, 1] >= question[AMOUNT] and ahead.mark[peer, 1] < unsettled:
            ahead.cost[peer] = 0.0
            ahead.mark[peer, 0] = OUR_CHANNEL
            ahead.mark[peer, 1] = unsettled
            size = push(desk.heap, size, 0.0, peer)
    return size


@inlined
def bar(desk: Desk, unsettled: int) -> None:
    """Let no way lead to the nodes that must not be on it."""
    ahead, beside = desk.ahead, desk.beside
    for i in range(int(beside.question[BARRED])):
        ahead.cost[beside.barred[i]] = np.inf
        ahead.mark[beside.barred[i], 1] = unsettled + 1


@inlined
def bound_of(ahead: Ahead, node: int) -> float:
    """At least how much it costs to come from the payer to a node; infinite where no way leads."""
    return float(ahead.cost[node] if ahead.mark[node, 1] == 2 * int(ahead.state[0]) + 1 else ahead.state[1])


@inlined
def _leave(desk: Desk, node: int, unsettled: int, size: int) -> int:
    """Look along every step that leads away from a settled node."""
    chart, question = desk.chart, desk.beside.question
    is_dead_end_too = node == question[PAYER] or desk.ahead.mark[node, 0] == OUR_CHANNEL or question[USES_ALL] > 0.0
    end = chart.out_start[node + 1] if is_dead_end_too else chart.out_core[node]
    for step in range(chart.out_start[node], end):
        size = _reach(desk, chart.out, step, unsettled, size)
    for step in range(int(question[HINTS])):
        if desk.beside.hints.ints[step, SOURCE] == node:
            size = _reach(desk, desk.beside.hints, step, unsettled, size)
    return size


@inlined
def _reach(desk: Desk, grid: Grid, step: int, unsettled: int, size: int) -> int:
    """Mark where a step leads to, if nothing cheaper does."""
    ahead, question, rows, ints = desk.ahead, desk.beside.question, grid.rows, grid.ints
    amount = question[AMOUNT]
    if amount > rows[step, HTLC_MAXIMUM] or question[MAX_AMOUNT] < rows[step, HTLC_MINIMUM]:
        return size
    target = ints[step, TARGET]
    mark = ahead.mark[target, 1]
    if mark > unsettled:
        return size
    known = ahead.cost[target] if mark == unsettled else np.inf
    cost = cost_ahead(desk, grid, step, known)
    if cost >= known:
        return size
    ahead.cost[target] = cost
    ahead.mark[target, 0] = step + grid.first
    ahead.mark[target, 1] = unsettled
    return push(desk.heap, size, cost, target)


@inlined
def cost_ahead(desk: Desk, grid: Grid, step: int, limit: float) -> float:
    """At least what it costs to come by this step to where it leads; where that is more than `limit`, anything that is."""
    question, rows, ints = desk.beside.question, grid.rows, grid.ints
    amount = question[AMOUNT]
    source = ints[step, SOURCE]
    fee = 0.0
    delta = 0.0
    if source != question[PAYER]:
        fee = fee_of(ints, step, amount)
        delta = float(ints[step, DELTA])
    cost = desk.ahead.cost[source] + certain_cost(rows, step, amount, fee, delta, question)
    if cost < limit:
        cost += chance_cost(rows, step, amount, 0.0, question)
    return float(cost)
