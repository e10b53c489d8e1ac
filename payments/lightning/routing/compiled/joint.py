"""
Where the search from the payee meets what was seen ahead: closing a way, and reading it off.

A node that our channel leads to, or a step of the payer that the rows of dead ends leave out, ends the way. A node that was settled ahead
ends it too, by the steps that led there, with their true price for the amount that it has become.
"""

from __future__ import annotations

import numpy as np

from payments.lightning.routing.compiled.jit import inlined, kernel
from payments.lightning.routing.compiled.price import certain_cost, chance_cost, fee_of, has_room
from payments.lightning.routing.compiled.tables import (
    AMOUNT,
    BEFORE_LIMIT,
    BLOCKS,
    CHANNEL,
    DELTA,
    FIRST_STEP,
    GENERATION,
    HOPS,
    HTLC_MAXIMUM,
    HTLC_MINIMUM,
    IS_CROWDED,
    IS_JOINED,
    JOINT,
    MAX_AMOUNT,
    MAX_DELTA,
    MAX_HOPS,
    NONE,
    NUMBER,
    ONWARD,
    OUR_CHANNEL,
    OUR_CHANNELS,
    PAYER,
    PER_BLOCK,
    PER_HOP,
    PER_PENALTY,
    SOURCE,
    STAMP,
    STEP,
    TARGET,
    Desk,
    Grid,
)


@inlined
def turn_back(desk: Desk, cost: float) -> None:
    """Note that a limit, not a price, stopped the search here."""
    desk.back.answer[BEFORE_LIMIT] = min(desk.back.answer[BEFORE_LIMIT], cost)


@inlined
def turn_back_for_amount(desk: Desk, cost: float) -> None:
    """The same where it was the amount: of no account where only fees count, because then no other label has a smaller one."""
    question = desk.beside.question
    if question[PER_PENALTY] > 0.0 or question[PER_BLOCK] > 0.0 or question[PER_HOP] > 0.0:
        turn_back(desk, cost)


@inlined
def end_at(desk: Desk, joint: int, channel: int, is_joined: float) -> None:
    """Note where the cheapest way yet begins, and how it goes on: what is written there may be written over."""
    answer = desk.back.answer
    answer[JOINT], answer[CHANNEL], answer[IS_JOINED] = joint, channel, is_joined
    answer[FIRST_STEP], answer[ONWARD] = NONE, desk.back.label_int[joint, STEP]


@kernel
def close(desk: Desk, node: int, best: float, key: float) -> float:
    """End the way with the payer's own step to this node, if that is the cheapest yet; the least cost so far."""
    back, question = desk.back, desk.beside.question
    cost, amount = back.label[node, 0], back.label[node, 1]
    if question[OUR_CHANNELS] > 0.0:
        channel = fitting_channel(desk, node, amount)
        if channel == NONE:
            if fitting_channel(desk, node, question[AMOUNT]) != NONE:
                turn_back_for_amount(desk, key)
        elif cost < best:
            best = cost
            end_at(desk, node, channel, 0.0)
        return best
    step = back.near[node, 0]
    payer = int(question[PAYER])
    while step < desk.chart.out_start[payer + 1] and desk.chart.out.ints[step, TARGET] == node:
        total = cost + cost_of(desk, desk.chart.out, step, amount, 0.0)
        if total == np.inf and cost_of(desk, desk.chart.out, step, question[AMOUNT], 0.0) < np.inf:
            turn_back_for_amount(desk, key)
        if total < best:
            best = total
            end_at(desk, node, NONE, 0.0)
            back.answer[FIRST_STEP] = desk.chart.out.ints[step, NUMBER]
        step += 1
    return best


@kernel
def fitting_channel(desk: Desk, node: int, amount: float) -> int:
    """The smallest of our channels to a node that can add an HTLC of this amount, or NONE."""
    beside = desk.beside
    channel = desk.back.near[node, 0]
    while channel < beside.question[OUR_CHANNELS] and beside.peer[channel] == node:
        if beside.range[channel, 0] <= amount <= beside.range[channel, 1]:
            return int(channel)
        channel += 1
    return NONE


@inlined
def taken_of(desk: Desk, grid: Grid, step: int) -> float:
    """What is taken of a step, in msat; more than it holds when it is barred."""
    used = 0.0
    if desk.beside.question[IS_CROWDED] > 0.0:
        number = grid.ints[step, NUMBER]
        if desk.beside.stamp[number] == int(desk.back.answer[GENERATION]):
            used = desk.beside.taken[number]
    return used


@inlined
def is_barred(desk: Desk, node: int) -> bool:
    """Whether a node must not be on the way."""
    back = desk.back
    return bool(back.label_int[node, STAMP] == int(back.answer[GENERATION]) and back.label[node, 0] < 0.0)


@inlined
def cost_of(desk: Desk, grid: Grid, step: int, amount: float, fee: float) -> float:
    """The price of a step beside what is taken of it; infinite where it cannot carry the amount."""
    question, rows, ints = desk.beside.question, grid.rows, grid.ints
    used = taken_of(desk, grid, step)
    cost = np.inf
    if rows[step, HTLC_MINIMUM] <= amount <= rows[step, HTLC_MAXIMUM] and has_room(rows, step, amount, used, question):
        delta = 0.0 if ints[step, SOURCE] == question[PAYER] else float(ints[step, DELTA])
        cost = certain_cost(rows, step, amount, fee, delta, question) + chance_cost(rows, step, amount, used, question)
    return cost


@kernel
def join(desk: Desk, node: int, best: float) -> float:
    """End the way by the steps that led here ahead, if they carry the amount within every limit and it is the cheapest yet."""
    ahead, back, question = desk.ahead, desk.back, desk.beside.question
    payer = int(question[PAYER])
    cost, amount = back.label[node, 0], back.label[node, 1]
    hops, blocks = back.label_int[node, HOPS], float(back.label_int[node, BLOCKS])
    channel = NONE
    at = int(node)
    while at != payer and cost < best:
        step = ahead.mark[at, 0]
        hops += 1
        if step < 0:
            channel = fitting_channel(desk, at, amount) if step == OUR_CHANNEL else NONE
            if channel == NONE:
                cost = np.inf
            break
        grid = desk.beside.hints if step >= desk.beside.hints.first else desk.chart.out
        place = step - grid.first
        source = grid.ints[place, SOURCE]
        fee = 0.0 if source == payer else fee_of(grid.ints, place, amount)
        cost += cost_of(desk, grid, place, amount, fee)
        if is_barred(desk, source):
            cost = np.inf
        if source != payer:
            blocks += grid.ints[place, DELTA]
        amount += fee
        at = source
    if cost < best and amount <= question[MAX_AMOUNT] and blocks <= question[MAX_DELTA] and hops <= question[MAX_HOPS]:
        best = cost
        end_at(desk, node, channel, 1.0)
    return best


@kernel
def read_way(desk: Desk) -> int:
    """The way that was found, as steps from the payer on in `desk.back.found`; how many."""
    back, hints = desk.back, desk.beside.hints
    count = _read_ahead(desk, int(back.answer[JOINT])) if back.answer[IS_JOINED] > 0.0 else 0
    if back.answer[FIRST_STEP] != NONE:
        back.found[count] = back.answer[FIRST_STEP]
        count += 1
    step = int(back.answer[ONWARD])
    while step != NONE:
        grid = hints if step >= hints.first else desk.chart.into
        back.found[count] = step
        count += 1
        step = back.label_int[grid.ints[step - grid.first, TARGET], STEP]
    return count


@kernel
def _read_ahead(desk: Desk, joint: int) -> int:
    found, mark = desk.back.found, desk.ahead.mark
    payer = int(desk.beside.question[PAYER])
    count = 0
    at = joint
    while at != payer and mark[at, 0] != OUR_CHANNEL:
        step = mark[at, 0]
        grid = desk.beside.hints if step >= desk.beside.hints.first else desk.chart.out
        found[count] = grid.ints[step - grid.first, NUMBER]
        count += 1
        at = grid.ints[step - grid.first, SOURCE]
    for i in range(count // 2):
        found[i], found[count - 1 - i] = found[count - 1 - i], found[i]
    return count
