"""
The most that could reach the payee at once if nobody took a fee: a largest flow, in whole msat, by short ways, wide ones first.

It bounds what any parts can bring, so an amount above it needs no search; and the ways by which it flows are those over which nearly as
much can be sent. A channel may carry several HTLCs, so what counts is its room, and its largest HTLC once for each part.
"""

from __future__ import annotations

from typing import NamedTuple

from payments.lightning.routing.compiled.back import begin
from payments.lightning.routing.compiled.closer import Closer
from payments.lightning.routing.compiled.jit import inlined, kernel
from payments.lightning.routing.compiled.joint import is_barred, taken_of
from payments.lightning.routing.compiled.stretches import BACK, end_of
from payments.lightning.routing.compiled.tables import (
    GENERATION,
    HINTS,
    NONE,
    NUMBER,
    OUR_CHANNELS,
    PAYEE,
    SATURATION_POWER,
    SOURCE,
    TARGET,
    USES_ALL,
    Desk,
    Grid,
    Numbers,
    Places,
)

UPTO_MSAT, PARTS = 0, 1
"""What is asked: how much is enough, and how many parts there may be."""
USED, TURN = 2, 3
"""What is answered: how many steps carry or carried something; which flow this is."""
LOOK, WIDTH = 4, 5
"""Which look this is, and how much a way must carry in it at least."""
TALLY_SIZE = 6
_WIDTHS = (3, 7)
"""Ways are looked for that carry an eighth of all, or a little more, then a sixteenth of that, and at last any: in powers of a half."""
_PER_PART = 1 << 56
"""Largest HTLCs from here on, 72,000 bitcoin, are no limit, and no product with a number of parts overflows below."""


class Brim(NamedTuple):
    """
    What one flow is written on.

    turn            [steps]: the flow for which the rest of the step's row was written
    room, carried   [steps]: msat that it can carry, and carries
    used            steps that carry or carried something, some of them twice
    sends           [our channels]: msat that each sends
    via             [n]: the step by which, or BACK less the step over which a way leads back
    seen            [n]: the last look in which a node was reached
    flows           [n]: the last flow in which something flowed through
    queue           nodes in the order in which they were reached
    """

    turn: Places
    room: Numbers
    carried: Numbers
    used: Places
    sends: Numbers
    via: Places
    seen: Numbers
    flows: Places
    queue: Places
    tally: Numbers


@kernel
def most_msat(desk: Desk, closer: Closer, brim: Brim) -> int:
    """How much reaches the payee, up to what is enough. How it flows is written down."""
    tally = brim.tally
    begin(desk)
    tally[TURN] += 1
    tally[USED] = 0
    for channel in range(int(desk.beside.question[OUR_CHANNELS])):
        brim.sends[channel] = 0
    whole = 1
    while whole <= tally[UPTO_MSAT]:
        whole *= 2
    arrived = _fill(desk, closer, brim, width=max(whole >> _WIDTHS[0], 1), arrived=0)
    arrived = _fill(desk, closer, brim, width=max(whole >> _WIDTHS[1], 1), arrived=arrived)
    return int(_fill(desk, closer, brim, width=1, arrived=arrived))


@kernel
def _fill(desk: Desk, closer: Closer, brim: Brim, width: int, arrived: int) -> int:
    """Send over ways at least so wide until there are none, or it is enough: how much has arrived in all."""
    brim.tally[WIDTH] = width
    while arrived < brim.tally[UPTO_MSAT]:
        brim.tally[LOOK] += 1
        channel = _look(desk, closer, brim)
        if channel == NONE:
            break
        arrived += _send(desk, brim, channel, int(brim.tally[UPTO_MSAT]) - arrived)
    return int(arrived)


@kernel
def _look(desk: Desk, closer: Closer, brim: Brim) -> int:
    """A shortest way that is wide enough, from the payee back to a channel of ours; NONE when there is none."""
    payee, queue = int(desk.beside.question[PAYEE]), brim.queue
    queue[0], brim.seen[payee] = payee, brim.tally[LOOK]
    done, size = 0, 1
    while done < size:
        node = int(queue[done])
        done += 1
        channel = _ours_to(desk, brim, node)
        if channel != NONE:
            return channel
        size = _leave(desk, closer, brim, node, size)
    return NONE


@inlined
def _ours_to(desk: Desk, brim: Brim, node: int) -> int:
    """The channel of ours to this node that has most room; NONE when none has any."""
    beside, near = desk.beside, desk.back.near
    best, most = NONE, int(brim.tally[WIDTH]) - 1
    if near[node, 1] == int(desk.back.answer[GENERATION]):
        channel = int(near[node, 0])
        while channel < beside.question[OUR_CHANNELS] and beside.peer[channel] == node:
            left = int(beside.range[channel, 1]) - brim.sends[channel]
            if left > most:
                best, most = channel, left
            channel += 1
    return best


@kernel
def _leave(desk: Desk, closer: Closer, brim: Brim, node: int, size: int) -> int:
    """Reach the nodes from which something could come here, or to which less could go."""
    chart, question, hints = desk.chart, desk.beside.question, desk.beside.hints
    end = chart.into_start[node + 1] if question[USES_ALL] > 0 else chart.into_core[node]
    for step in range(chart.into_start[node], end):
        size = _come_by(desk, closer, brim, chart.into, step, size)
    for step in range(int(question[HINTS])):
        if hints.ints[step, TARGET] == node:
            size = _come_by(desk, closer, brim, hints, step, size)
    if brim.flows[node] == brim.tally[TURN]:
        for step in range(chart.out_start[node], chart.out_start[node + 1]):
            size = _go_back(brim, chart.out, step, size)
        for step in range(int(question[HINTS])):
            if hints.ints[step, SOURCE] == node:
                size = _go_back(brim, hints, step, size)
    return size


@inlined
def _come_by(desk: Desk, closer: Closer, brim: Brim, grid: Grid, step: int, size: int) -> int:
    """Reach the node where a step begins that has room."""
    source, number, look = int(grid.ints[step, SOURCE]), step + grid.first, brim.tally[LOOK]
    if brim.seen[source] != look and not is_barred(desk, source):
        if brim.turn[number] != brim.tally[TURN]:
            _write_room(desk, closer, brim, grid, step)
        if brim.room[number] - brim.carried[number] >= brim.tally[WIDTH]:
            brim.seen[source], brim.via[source] = look, number
            brim.queue[size] = source
            size += 1
    return size


@inlined
def _go_back(brim: Brim, grid: Grid, step: int, size: int) -> int:
    """Reach the node where a step ends that carries something."""
    target, number, look = int(grid.ints[step, TARGET]), int(grid.ints[step, NUMBER]), brim.tally[LOOK]
    if brim.turn[number] == brim.tally[TURN] and brim.carried[number] >= brim.tally[WIDTH] and brim.seen[target] != look:
        brim.seen[target], brim.via[target] = look, BACK - number
        brim.queue[size] = target
        size += 1
    return size


@inlined
def _write_room(desk: Desk, closer: Closer, brim: Brim, grid: Grid, step: int) -> None:
    """Write what a step could carry in as many HTLCs as there may be parts."""
    number = step + grid.first
    brim.turn[number], brim.carried[number] = brim.tally[TURN], 0
    room = (closer.room_msat[number] >> int(desk.beside.question[SATURATION_POWER])) - int(taken_of(desk, grid, step))
    maximum = closer.maximum_msat[number]
    if maximum < _PER_PART:
        room = min(room, maximum * brim.tally[PARTS])
    brim.room[number] = room


@kernel
def _send(desk: Desk, brim: Brim, channel: int, most: int) -> int:
    """Send over the way that was found what it carries: how much."""
    tally, payee = brim.tally, int(desk.beside.question[PAYEE])
    first = int(desk.beside.peer[channel])
    amount = min(most, int(desk.beside.range[channel, 1]) - brim.sends[channel])
    node = first
    while node != payee:
        via = int(brim.via[node])
        amount = min(amount, brim.room[via] - brim.carried[via] if via >= 0 else brim.carried[BACK - via])
        node = end_of(desk, via)
    brim.sends[channel] += amount
    node = first
    brim.flows[node] = tally[TURN]
    while node != payee:
        via = int(brim.via[node])
        if via >= 0:
            if brim.carried[via] == 0:
                brim.used[tally[USED] % len(brim.used)] = via
                tally[USED] += 1
            brim.carried[via] += amount
        else:
            brim.carried[BACK - via] -= amount
        node = end_of(desk, via)
        brim.flows[node] = tally[TURN]
    return int(amount)
