"""
The search where limits decide: several labels a node, whole numbers throughout, and no way missed for a limit's sake.

As in the readable search a label is dropped only for another one that is no worse in anything that later steps depend on. What makes it
bearable on a large map is to know, for each node, how much fee, delay and length there is at least between it and the payer: a label that
cannot get there within a limit is never written.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from payments.lightning.routing.compiled.ahead import bound_of
from payments.lightning.routing.compiled.heap import pop, push
from payments.lightning.routing.compiled.jit import inlined, kernel
from payments.lightning.routing.compiled.joint import fitting_channel, taken_of, turn_back
from payments.lightning.routing.compiled.price import certain_cost, chance_cost
from payments.lightning.routing.compiled.tables import (
    AMOUNT,
    BASE,
    CHANNEL,
    COST,
    DELTA,
    FINAL_DELTA,
    GENERATION,
    HINTS,
    HTLC_MAXIMUM,
    HTLC_MINIMUM,
    MAX_AMOUNT,
    MAX_DELTA,
    MAX_HOPS,
    NONE,
    NUMBER,
    OUR_CHANNELS,
    PAYEE,
    PAYER,
    PPM,
    SATURATION_POWER,
    SOURCE,
    TARGET,
    Ahead,
    Desk,
    Grid,
    Numbers,
    Places,
    Reals,
)

NODE, STEP, PARENT, HOPS, BLOCKS, NEXT, DROPPED = range(7)
"""Of a label's whole numbers: where it is, its step, the label at that step's end, how many steps, which delay, the next of its rivals."""
LABEL_SIZE = 8
COUNT, STAMP, KEEPS_FASTER, KEEPS_SHORTER, STEPS_LEFT = range(5)
"""Of a tally: labels written, searches begun, whether a faster or a shorter way is kept though it is dearer, and how long to go on."""
TALLY_SIZE = 8
MAX_LABELS_PER_NODE = 32
"""As in the readable search."""


class Closer(NamedTuple):
    """
    What a closer look writes on, and the steps' limits in whole numbers.

    cost, amount_msat, label   by label
    rivals                     [n, 2]: a node's newest label, and the search in which it was written
    fee, delay, length         what lies before the payer at least
    minimum_msat, maximum_msat, room_msat    by step
    """

    cost: Reals
    amount_msat: Numbers
    label: Places
    rivals: Places
    tally: Numbers
    fee: Ahead
    delay: Ahead
    length: Ahead
    minimum_msat: Numbers
    maximum_msat: Numbers
    room_msat: Numbers


class _Label(NamedTuple):
    """A label that may be written."""

    node: int
    cost: float
    amount_msat: int
    hops: int
    blocks: int
    step: int
    parent: int


@kernel
def look_closer(desk: Desk, closer: Closer) -> int:
    """The cheapest label that has reached the payer within every limit, or NONE. The tally says whether it gave up."""
    heap, question, tally = desk.heap, desk.beside.question, closer.tally
    tally[COUNT] = 0
    tally[STAMP] += 1
    payer = int(question[PAYER])
    start = _Label(int(question[PAYEE]), 0.0, int(question[AMOUNT]), 0, int(question[FINAL_DELTA]), NONE, NONE)
    size = _write(desk, closer, start, 0)
    while size > 0 and tally[STEPS_LEFT] > 0:
        label = heap.node[0]
        size = pop(heap, size)
        if closer.label[label, DROPPED] > 0:
            continue
        node = closer.label[label, NODE]
        if node == payer:
            return int(label)
        if desk.back.near[node, 1] == int(desk.back.answer[GENERATION]):
            channel = fitting_channel(desk, node, float(closer.amount_msat[label]))
            if channel != NONE:
                desk.back.answer[CHANNEL] = channel
                return int(label)
        size = _leave(desk, closer, int(label), size)
    return NONE


@inlined
def _leave(desk: Desk, closer: Closer, label: int, size: int) -> int:
    """Look along every step that leads to a label's node, dead ends too."""
    chart, hints, question = desk.chart, desk.beside.hints, desk.beside.question
    node = closer.label[label, NODE]
    for step in range(chart.into_start[node], chart.into_start[node + 1]):
        size = _reach(desk, closer, chart.into, step, label, size)
    for step in range(int(question[HINTS])):
        if hints.ints[step, TARGET] == node:
            size = _reach(desk, closer, hints, step, label, size)
    return size


@inlined
def _reach(desk: Desk, closer: Closer, grid: Grid, step: int, label: int, size: int) -> int:
    """Write a label where a step comes from, if the payer can be reached from there within the limits."""
    question, rows, ints = desk.beside.question, grid.rows, grid.ints
    amount_msat = closer.amount_msat[label]
    source = ints[step, SOURCE]
    bound = bound_of(desk.ahead, source)
    used = taken_of(desk, grid, step)
    if bound == np.inf or not _carries(desk, closer, grid, step, amount_msat):
        return size
    fee_msat = 0
    delta = 0
    if source != question[PAYER]:
        fee_msat = whole_fee_msat(ints, step, amount_msat, question[MAX_AMOUNT] - amount_msat)
        delta = ints[step, DELTA]
        if fee_msat < 0:
            return size
    cost = closer.cost[label] + certain_cost(rows, step, float(amount_msat), float(fee_msat), float(delta), question)
    cost += chance_cost(rows, step, float(amount_msat), used, question)
    hops, blocks = closer.label[label, HOPS] + 1, closer.label[label, BLOCKS] + delta
    there = _Label(source, cost, amount_msat + fee_msat, hops, blocks, step + grid.first, label)
    if _gets_through(desk, closer, there, cost + bound):
        size = _write(desk, closer, there, size)
    return size


@inlined
def _carries(desk: Desk, closer: Closer, grid: Grid, step: int, amount_msat: int) -> bool:
    """Whether a step takes this amount, in whole numbers."""
    rows = grid.rows
    if not rows[step, HTLC_MINIMUM] <= amount_msat <= rows[step, HTLC_MAXIMUM]:
        return False
    number = grid.ints[step, NUMBER]
    room_msat = (closer.room_msat[number] >> int(desk.beside.question[SATURATION_POWER])) - int(taken_of(desk, grid, step))
    return bool(closer.minimum_msat[number] <= amount_msat <= min(closer.maximum_msat[number], room_msat))


@inlined
def whole_fee_msat(ints: Places, step: int, amount_msat: int, most: float) -> int:
    """What a step's node takes, exactly; -1 where it is more than `most`, so that no product overflows."""
    base_msat, ppm = int(np.uint32(ints[step, BASE])), int(np.uint32(ints[step, PPM]))
    fee_msat = -1
    if base_msat + float(amount_msat) * ppm * 1e-6 <= most + 2.0:
        fee_msat = base_msat + amount_msat // 1_000_000 * ppm + amount_msat % 1_000_000 * ppm // 1_000_000
    return fee_msat


@inlined
def _gets_through(desk: Desk, closer: Closer, there: _Label, key: float) -> bool:
    """Whether the payer may be reached within every limit and for less than is known; where delay or length forbids it, that is noted."""
    question = desk.beside.question
    if key >= desk.back.answer[COST]:
        return False
    if there.amount_msat + bound_of(closer.fee, there.node) > question[MAX_AMOUNT] + 0.5:
        return False
    own = 1 if question[OUR_CHANNELS] > 0.0 else 0
    is_slow = there.blocks + bound_of(closer.delay, there.node) > question[MAX_DELTA]
    is_long = there.hops + own + bound_of(closer.length, there.node) > question[MAX_HOPS]
    if is_slow or is_long:
        turn_back(desk, key)
    return not is_slow and not is_long


@inlined
def _write(desk: Desk, closer: Closer, there: _Label, size: int) -> int:
    """Write a label and put it in the heap, unless another one makes it needless; drop those that it makes needless."""
    tally, rivals, label = closer.tally, closer.rivals, closer.label
    if rivals[there.node, 1] != tally[STAMP]:
        rivals[there.node, 0] = NONE
        rivals[there.node, 1] = tally[STAMP]
    if not _is_needed(closer, there):
        return size
    if tally[COUNT] >= len(closer.cost) or size >= len(desk.heap.key):
        tally[STEPS_LEFT] = 0
        return size
    at = tally[COUNT]
    tally[COUNT] += 1
    closer.cost[at] = there.cost
    closer.amount_msat[at] = there.amount_msat
    ints = label[at]
    ints[NODE], ints[STEP], ints[PARENT] = there.node, there.step, there.parent
    ints[HOPS], ints[BLOCKS], ints[DROPPED] = there.hops, there.blocks, 0
    ints[NEXT] = rivals[there.node, 0]
    rivals[there.node, 0] = at
    return push(desk.heap, size, there.cost + bound_of(desk.ahead, there.node), at)


@kernel
def _is_needed(closer: Closer, there: _Label) -> bool:
    """Whether no label at its node is as good in everything; those that are no better than it are taken out."""
    label, rivals, tally = closer.label, closer.rivals, closer.tally
    count = 0
    last = NONE
    at = rivals[there.node, 0]
    while at != NONE:
        tally[STEPS_LEFT] -= 1
        following = label[at, NEXT]
        if _is_as_good(closer, at, there):
            return False
        if _is_no_better(closer, at, there):
            label[at, DROPPED] = 1
            if last == NONE:
                rivals[there.node, 0] = following
            else:
                label[last, NEXT] = following
        else:
            last = at
            count += 1
        at = following
    return count < MAX_LABELS_PER_NODE


@inlined
def _is_as_good(closer: Closer, at: int, there: _Label) -> bool:
    """Whether a written label is no worse than a new one."""
    return bool(
        closer.cost[at] <= there.cost
        and closer.amount_msat[at] <= there.amount_msat
        and (closer.tally[KEEPS_FASTER] == 0 or closer.label[at, BLOCKS] <= there.blocks)
        and (closer.tally[KEEPS_SHORTER] == 0 or closer.label[at, HOPS] <= there.hops)
    )


@inlined
def _is_no_better(closer: Closer, at: int, there: _Label) -> bool:
    """Whether a written label is no better than a new one."""
    return bool(
        there.cost <= closer.cost[at]
        and there.amount_msat <= closer.amount_msat[at]
        and (closer.tally[KEEPS_FASTER] == 0 or there.blocks <= closer.label[at, BLOCKS])
        and (closer.tally[KEEPS_SHORTER] == 0 or there.hops <= closer.label[at, HOPS])
    )


@kernel
def read_labels(desk: Desk, closer: Closer, label: int) -> int:
    """The way that a label stands for, as steps from the payer on in `desk.back.found`; how many."""
    count = 0
    while closer.label[label, PARENT] != NONE:
        desk.back.found[count] = closer.label[label, STEP]
        count += 1
        label = closer.label[label, PARENT]
    return count
