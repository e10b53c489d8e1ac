"""
What a step carries of a flow: up to four stretches of equal units, each dearer than the one before.

They are made of the same price that the search minimises, at quarters of what the step can carry. Where that price rises ever less, as a
base fee or the first doubt make it do, the straight line below it stands for it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from payments.lightning.routing.compiled.closer import Closer
from payments.lightning.routing.compiled.jit import inlined, kernel
from payments.lightning.routing.compiled.joint import taken_of
from payments.lightning.routing.compiled.price import certain_cost, chance_cost, fee_of, has_room
from payments.lightning.routing.compiled.tables import (
    HTLC_MAXIMUM,
    NUMBER,
    PENALTY_PPM,
    PER_FEE,
    PER_PENALTY,
    PPM,
    SATURATION_POWER,
    SOURCE,
    TARGET,
    Desk,
    Grid,
    Numbers,
    Places,
)

STRETCHES = 4
"""Pieces of a step's price. 4, as others linearise it: each step is looked at with each."""
UNIT_MSAT, UNITS = 0, 1
"""What is asked: what a unit takes up in a channel, fees to come included, and how many there are."""
USED, SENT, TURN = 2, 3, 4
"""What is answered: how many steps carry or carried something and how many units arrive; which solution this is."""
TALLY_SIZE = 5
FAR = 1 << 62
"""Further than anything."""
_SLACK_MSAT = 4.0
"""More than all that is rounded down in the price of a unit."""
BACK = -3
"""From here down a way leads back over a step, and takes off it what it carries."""


class Flow(NamedTuple):
    """
    What one solution is written on.

    turn            [steps]: the solution for which the rest of the step's row was written
    width, cost     [steps, STRETCHES]: units of each stretch, and what each of them costs in msat
    carried         [steps]: units that it carries
    used            steps that carry or carried something, some of them twice
    room, sends     [our channels]: units that each could send, and sends
    price, far      [n]: the price from here to the payee as it was, less what all had in common; and how much more it is now
    via             [n]: the step by which, or BACK less the step over which a way leads back; for ourselves our channel
    flows           [n]: the last solution in which something flowed through
    is_done         [n]: whether its distance is known
    """

    turn: Places
    width: Places
    cost: Numbers
    carried: Places
    used: Places
    room: Places
    sends: Places
    price: Numbers
    far: Numbers
    via: Places
    flows: Places
    is_done: Places
    tally: Numbers


@inlined
def is_worth_a_look(desk: Desk, flow: Flow, grid: Grid, step: int, most_msat: int) -> bool:
    """Whether a step may carry a unit for less than this. Quickly said, from its row alone, and mostly the end of it."""
    question, rows, unit = desk.beside.question, grid.rows, float(flow.tally[UNIT_MSAT])
    ppm = question[PER_FEE] * np.uint32(grid.ints[step, PPM]) + question[PER_PENALTY] * question[PENALTY_PPM]
    fits = unit <= rows[step, HTLC_MAXIMUM] and has_room(rows, step, unit, 0.0, question)
    return bool(fits and unit * ppm * 1e-6 - _SLACK_MSAT < most_msat)


@kernel
def write_stretches(desk: Desk, closer: Closer, flow: Flow, grid: Grid, step: int) -> None:
    """Write how many units a step can carry, and at which rising prices."""
    tally, question, number = flow.tally, desk.beside.question, int(grid.ints[step, NUMBER])
    width, cost, unit_msat = flow.width[number], flow.cost[number], tally[UNIT_MSAT]
    flow.turn[number] = tally[TURN]
    flow.carried[number] = 0
    width[:] = 0
    used = taken_of(desk, grid, step)
    room_msat = (closer.room_msat[number] >> int(question[SATURATION_POWER])) - int(used)
    units = min(min(closer.maximum_msat[number], room_msat) // unit_msat, tally[UNITS])
    if units <= 0 or closer.minimum_msat[number] > unit_msat:
        return
    count, before, before_msat = 0, 0, 0
    for quarter in range(1, STRETCHES + 1):
        upto = units * quarter // STRETCHES
        if upto > before:
            amount = float(upto * unit_msat)
            sure = certain_cost(grid.rows, step, amount, fee_of(grid.ints, step, amount), 0.0, question)
            upto_msat = int(sure + chance_cost(grid.rows, step, amount, used, question))
            width[count], cost[count] = upto - before, max(upto_msat - before_msat, 0)
            before, before_msat = upto, max(upto_msat, before_msat)
            count += 1
            while count > 1 and cost[count - 1] * width[count - 2] < cost[count - 2] * width[count - 1]:
                count -= 1
                width[count - 1] += width[count]
                cost[count - 1] += cost[count]
                width[count] = 0
    for stretch in range(count):
        cost[stretch] //= width[stretch]


@inlined
def left_of(flow: Flow, via: int) -> int:
    """How many units more go at this price over a step, or back over it."""
    number = via if via >= 0 else BACK - via
    upto, stretch = 0, 0
    before = 0
    carried = flow.carried[number]
    while stretch < STRETCHES:
        before, upto = upto, upto + flow.width[number, stretch]
        if carried < upto or (via < 0 and carried <= upto):
            break
        stretch += 1
    return int(upto - carried if via >= 0 else carried - before)


@inlined
def end_of(desk: Desk, via: int) -> int:
    """Where a step leads, or leads back."""
    number = via if via >= 0 else BACK - via
    grid = desk.beside.hints if number >= desk.beside.hints.first else desk.chart.into
    return int(grid.ints[number - grid.first, TARGET if via >= 0 else SOURCE])
