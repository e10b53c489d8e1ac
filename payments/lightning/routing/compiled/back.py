"""
The search from the payee, where the amount is known, to the payer: A* by what was seen ahead, with one label a node.

Each label carries the amount that must arrive at its node, fees on fees included. A node that was settled ahead ends a way at once, by
the steps that led there, and that way's price bounds what is still worth looking at: of most steps the brief is enough. One label a node,
the cheapest, is not always enough: a dearer one with a smaller amount, an earlier expiry or fewer channels may be the only one that gets
through a limit. Where a limit turned the search back, `answer[BEFORE_LIMIT]` says from which price on, so that whoever asked can look
closer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from payments.lightning.routing.compiled.ahead import bound_of
from payments.lightning.routing.compiled.heap import pop, push
from payments.lightning.routing.compiled.jit import inlined, kernel
from payments.lightning.routing.compiled.joint import close, join, read_way, taken_of, turn_back, turn_back_for_amount
from payments.lightning.routing.compiled.near import look_near
from payments.lightning.routing.compiled.price import certain_cost, chance_cost, fee_of, has_room, least_of, rate_of
from payments.lightning.routing.compiled.tables import (
    AMOUNT,
    BARRED,
    BEFORE_LIMIT,
    BLOCKS,
    BUDGET,
    COST,
    DELTA,
    FINAL_DELTA,
    FLAT,
    GENERATION,
    HINTS,
    HOPS,
    HTLC_MAXIMUM,
    HTLC_MINIMUM,
    IS_BETWEEN,
    IS_SURE,
    JOINT,
    MAX_AMOUNT,
    MAX_DELTA,
    MAX_HOPS,
    MEETS_MINIMUM,
    NONE,
    OTHER,
    OUR_CHANNELS,
    PAYEE,
    PAYER,
    PER_FEE,
    PLACE,
    RATE,
    SOURCE,
    STAMP,
    STEP,
    TARGET,
    USES_ALL,
    Desk,
    Grid,
    Rows,
)

_ROUNDING = 1e-9
"""By how much a sum may differ from itself when it is made in another order."""


class _Here(NamedTuple):
    """The label from which steps are taken, its key in the heap, and the search's generation."""

    cost: float
    amount: float
    hops: int
    blocks: int
    key: float
    generation: int


@kernel
def search(desk: Desk) -> int:
    """
    Find a way: how many steps it has, from the payer on in `desk.back.found`, or NONE. `answer[IS_SURE]` says whether to believe it.

    A budget of nothing for the look ahead means that `desk.ahead` says already what lies there.
    """
    if desk.beside.question[BUDGET] > 0.0:
        look_near(desk)
    _look_back(desk)
    return NONE if desk.back.answer[COST] == np.inf else read_way(desk)


@kernel
def _look_back(desk: Desk) -> None:
    """Search from the payee."""
    ahead, back, heap, question = desk.ahead, desk.back, desk.heap, desk.beside.question
    generation = begin(desk)
    best = np.inf
    payee = int(question[PAYEE])
    best = _finish(desk, payee, best, bound_of(ahead, payee))
    size = push(heap, 0, 0.0, payee)
    while size > 0:
        key = heap.key[0]
        node = heap.node[0]
        size = pop(heap, size)
        if key >= best:
            break
        cost = back.label[node, 0]
        least = cost + bound_of(ahead, node)
        if key > least + _ROUNDING * least:
            continue
        ints = back.label_int[node]
        here = _Here(cost, back.label[node, 1], ints[HOPS], ints[BLOCKS], key, generation)
        best, size = _leave(desk, node, here, (best, size))
    back.answer[COST] = best
    back.answer[IS_SURE] = back.answer[BEFORE_LIMIT] == np.inf or back.answer[BEFORE_LIMIT] >= best - _ROUNDING * best


@kernel
def begin(desk: Desk) -> int:
    """Write the payee's label, what is barred, and where the payer's steps lead."""
    chart, back, beside, question = desk.chart, desk.back, desk.beside, desk.beside.question
    back.answer[GENERATION] += 1.0
    back.answer[BEFORE_LIMIT] = np.inf
    back.answer[JOINT] = NONE
    back.answer[MEETS_MINIMUM] = 0.0
    generation = int(back.answer[GENERATION])
    for i in range(int(question[BARRED])):
        back.label[beside.barred[i], 0] = -np.inf
        back.label_int[beside.barred[i], STAMP] = generation
    payee = int(question[PAYEE])
    back.label[payee, 0] = 0.0
    back.label[payee, 1] = question[AMOUNT]
    ints = back.label_int[payee]
    ints[STEP], ints[STAMP], ints[HOPS], ints[BLOCKS] = NONE, generation, 0, int(question[FINAL_DELTA])
    for i in range(int(question[OUR_CHANNELS]) - 1, -1, -1):
        back.near[beside.peer[i], 0] = i
        back.near[beside.peer[i], 1] = generation
    if question[IS_BETWEEN] > 0.0:
        payer = int(question[PAYER])
        for step in range(chart.out_start[payer + 1] - 1, chart.out_start[payer] - 1, -1):
            back.near[chart.out.ints[step, TARGET], 0] = step
            back.near[chart.out.ints[step, TARGET], 1] = generation
    return generation


@inlined
def _leave(desk: Desk, node: int, here: _Here, so_far: tuple[float, int]) -> tuple[float, int]:
    """Look along every step that leads to a node and may be on a cheaper way than the cheapest yet."""
    chart, question, brief, hints = desk.chart, desk.beside.question, desk.chart.into_brief, desk.beside.hints
    at, core = chart.into_start[node], chart.into_core[node]
    end = chart.into_start[node + 1] if question[USES_ALL] > 0.0 else core
    least = here.cost + least_of(question)
    per_rate = rate_of(question)
    while at < end:
        spare = so_far[0] - least
        cost = per_rate * np.uint32(brief[at, RATE])
        if cost >= spare and at >= core:
            break
        if cost >= spare:  # the rest of these is no cheaper; dead ends follow, the cheapest first again
            at = core
            continue
        cost += question[PER_FEE] * np.uint32(brief[at, FLAT])
        if cost < spare and cost + bound_of(desk.ahead, brief[at, OTHER]) < spare:
            so_far = _reach(desk, chart.into, brief[at, PLACE], here, so_far)
        at += 1
    for step in range(int(question[HINTS])):
        if hints.ints[step, TARGET] == node:
            so_far = _reach(desk, hints, step, here, so_far)
    return so_far


@inlined
def _reach(desk: Desk, grid: Grid, step: int, here: _Here, so_far: tuple[float, int]) -> tuple[float, int]:
    """Write a label where a step comes from, if it is cheaper than the one there and breaks no limit. The payer's own are for `close`."""
    question, label, rows, ints = desk.beside.question, desk.back.label, grid.rows, grid.ints
    source = ints[step, SOURCE]
    if source == question[PAYER] or not _is_in_range(desk, rows, step, here):
        return so_far
    bound = bound_of(desk.ahead, source)
    fee, delta = fee_of(ints, step, here.amount), ints[step, DELTA]
    cost = here.cost + certain_cost(rows, step, here.amount, fee, float(delta), question)
    least = so_far[0] - bound
    if desk.back.label_int[source, STAMP] == here.generation and label[source, 0] < least:
        least = label[source, 0]
    if cost >= least or bound == np.inf:
        return so_far
    used = taken_of(desk, grid, step)
    cost += chance_cost(rows, step, here.amount, used, question)
    if cost >= least:
        return so_far
    there = _Here(cost, here.amount + fee, here.hops + 1, here.blocks + delta, cost + bound, here.generation)
    if _is_turned_back(desk, grid, step, used, (here, there)):
        return so_far
    return _enter(desk, source, step + grid.first, there, so_far)


@inlined
def _is_in_range(desk: Desk, rows: Rows, step: int, here: _Here) -> bool:
    """Whether a step takes HTLCs of the amount; where a smaller one would have done, a limit was met."""
    question = desk.beside.question
    if here.amount > rows[step, HTLC_MAXIMUM] and question[AMOUNT] <= rows[step, HTLC_MAXIMUM]:
        turn_back_for_amount(desk, here.key)
    if here.amount < rows[step, HTLC_MINIMUM] <= question[MAX_AMOUNT]:
        desk.back.answer[MEETS_MINIMUM] = 1.0
    return bool(rows[step, HTLC_MINIMUM] <= here.amount <= rows[step, HTLC_MAXIMUM])


@inlined
def _is_turned_back(desk: Desk, grid: Grid, step: int, used: float, ends: tuple[_Here, _Here]) -> bool:
    """Whether a limit stops the search at a step."""
    question = desk.beside.question
    here, there = ends
    if not has_room(grid.rows, step, here.amount, used, question):
        if has_room(grid.rows, step, question[AMOUNT], used, question):
            turn_back_for_amount(desk, here.key)
        return True
    if there.amount > question[MAX_AMOUNT]:
        turn_back_for_amount(desk, there.key)
        return True
    if float(there.blocks) > question[MAX_DELTA] or there.hops >= question[MAX_HOPS]:
        turn_back(desk, there.key)
        return True
    return False


@inlined
def _enter(desk: Desk, node: int, number: int, there: _Here, so_far: tuple[float, int]) -> tuple[float, int]:
    """Write a node's new label, end the way from there if that is possible, and put it in the heap if more may come of it."""
    label, ints = desk.back.label, desk.back.label_int
    best, size = so_far
    label[node, 0] = there.cost
    label[node, 1] = there.amount
    ints[node, STEP], ints[node, STAMP], ints[node, HOPS], ints[node, BLOCKS] = number, there.generation, there.hops, there.blocks
    best = _finish(desk, node, best, there.key)
    if there.key < best:
        size = push(desk.heap, size, there.key, node)
    return best, size


@inlined
def _finish(desk: Desk, node: int, best: float, key: float) -> float:
    """End the way where a label was written, if the payer's own steps or what was seen ahead lead there; the least cost so far."""
    if desk.back.near[node, 1] == int(desk.back.answer[GENERATION]):
        best = close(desk, node, best, key)
    if desk.ahead.mark[node, 1] == 2 * int(desk.ahead.state[0]) + 1:
        best = join(desk, node, best)
    return best
