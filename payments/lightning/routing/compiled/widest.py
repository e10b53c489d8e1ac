"""
The way that carries most, whatever it costs, takes or counts: Dijkstra from the payer, with the bottleneck for a distance.

In whole numbers, because what is found is told to people as the most that can be sent.
"""

from __future__ import annotations

import numpy as np

from payments.lightning.routing.compiled.back import begin
from payments.lightning.routing.compiled.closer import Closer
from payments.lightning.routing.compiled.heap import pop, push
from payments.lightning.routing.compiled.jit import inlined, kernel
from payments.lightning.routing.compiled.joint import is_barred, taken_of
from payments.lightning.routing.compiled.tables import (
    BASE,
    CHANNEL,
    HINTS,
    NUMBER,
    OUR_CHANNEL,
    OUR_CHANNELS,
    PAYEE,
    PPM,
    SATURATION_POWER,
    SOURCE,
    TARGET,
    Desk,
    Grid,
    Places,
)

_EXACT_MSAT = 9_000_000_000_000
"""Up to here, 90 bitcoin, no product overflows; above, a little less is said to be passed on."""


@kernel
def look_widest(desk: Desk, closer: Closer) -> int:
    """The most that can reach the payee, in msat, 0 when nothing can; what led to each node is in `closer.fee`."""
    ahead, beside, heap = closer.fee, desk.beside, desk.heap
    begin(desk)
    ahead.state[0] += 1.0
    size = 0
    for i in range(int(beside.question[OUR_CHANNELS])):
        size = _improve(desk, closer, beside.peer[i], int(beside.range[i, 1]), -2 - i, size)
    while size > 0:
        amount_msat = int(-heap.key[0])
        node = heap.node[0]
        size = pop(heap, size)
        if node == beside.question[PAYEE]:
            return amount_msat
        if amount_msat == -ahead.cost[node]:
            size = _leave(desk, closer, node, amount_msat, size)
    return 0


@inlined
def _improve(desk: Desk, closer: Closer, node: int, amount_msat: int, step: int, size: int) -> int:
    """Note that this much reaches a node, if it is more than before."""
    ahead = closer.fee
    generation = int(ahead.state[0])
    is_known = ahead.mark[node, 1] == 2 * generation
    if amount_msat <= 0 or (is_known and amount_msat <= -ahead.cost[node]) or size >= len(desk.heap.key):
        return size
    ahead.cost[node] = -amount_msat
    ahead.mark[node, 0] = step
    ahead.mark[node, 1] = 2 * generation
    return push(desk.heap, size, -float(amount_msat), node)


@inlined
def _leave(desk: Desk, closer: Closer, node: int, amount_msat: int, size: int) -> int:
    """Pass on what reached a node."""
    chart, hints = desk.chart, desk.beside.hints
    for step in range(chart.out_start[node], chart.out_start[node + 1]):
        size = _pass_on(desk, closer, chart.out, step, amount_msat, size)
    for step in range(int(desk.beside.question[HINTS])):
        if hints.ints[step, SOURCE] == node:
            size = _pass_on(desk, closer, hints, step, amount_msat, size)
    return size


@inlined
def _pass_on(desk: Desk, closer: Closer, grid: Grid, step: int, amount_msat: int, size: int) -> int:
    """Pass it on over one step, as far as that carries it."""
    number = grid.ints[step, NUMBER]
    target = grid.ints[step, TARGET]
    if is_barred(desk, target):
        return size
    room_msat = (closer.room_msat[number] >> int(desk.beside.question[SATURATION_POWER])) - int(taken_of(desk, grid, step))
    most_msat = min(passed_on_msat(grid.ints, step, amount_msat), closer.maximum_msat[number], room_msat)
    if most_msat >= closer.minimum_msat[number]:
        size = _improve(desk, closer, target, most_msat, number, size)
    return size


@inlined
def passed_on_msat(ints: Places, step: int, incoming_msat: int) -> int:
    """The most that a step's node passes on of what arrives. See `routing.amounts`."""
    rest_msat = incoming_msat - int(np.uint32(ints[step, BASE]))
    whole = 1_000_000 + int(np.uint32(ints[step, PPM]))
    if rest_msat > _EXACT_MSAT:
        return rest_msat // whole * 1_000_000
    return ((rest_msat + 1) * 1_000_000 - 1) // whole


@kernel
def read_widest(desk: Desk, closer: Closer) -> int:
    """The way that was found, as steps from the payer on in `desk.back.found`; how many."""
    found, mark = desk.back.found, closer.fee.mark
    count = 0
    at = int(desk.beside.question[PAYEE])
    while mark[at, 0] > OUR_CHANNEL:
        step = mark[at, 0]
        grid = desk.beside.hints if step >= desk.beside.hints.first else desk.chart.into
        found[count] = step
        count += 1
        at = grid.ints[step - grid.first, SOURCE]
    desk.back.answer[CHANNEL] = -2 - mark[at, 0]
    for i in range(count // 2):
        found[i], found[count - 1 - i] = found[count - 1 - i], found[i]
    return count
