"""
The least price at which an amount can flow to the payee over many ways at once: successive shortest paths, in whole numbers throughout.

The amount is cut into equal units. Each step takes some of them, for a price that rises with how many it takes. So the flow is the best
there is for prices of straight lines; what fees on fees, minimums and whole msat make of it, whoever asked has to see to.
"""

from __future__ import annotations

from payments.lightning.routing.compiled.back import begin
from payments.lightning.routing.compiled.closer import Closer
from payments.lightning.routing.compiled.heap import pop, push
from payments.lightning.routing.compiled.jit import inlined, kernel
from payments.lightning.routing.compiled.joint import is_barred
from payments.lightning.routing.compiled.stretches import (
    BACK,
    FAR,
    SENT,
    STRETCHES,
    TURN,
    UNIT_MSAT,
    UNITS,
    USED,
    Flow,
    end_of,
    is_worth_a_look,
    left_of,
    write_stretches,
)
from payments.lightning.routing.compiled.tables import (
    GENERATION,
    HINTS,
    NONE,
    NUMBER,
    OUR_CHANNELS,
    PAYEE,
    PAYER,
    SOURCE,
    TARGET,
    USES_ALL,
    Desk,
    Grid,
)


@kernel
def solve(desk: Desk, closer: Closer, flow: Flow) -> int:
    """Send as many of the units as can flow, at the least price: how many arrive; none where it is plain that not all can."""
    question, tally = desk.beside.question, flow.tally
    begin(desk)
    tally[TURN] += 1
    tally[USED] = tally[SENT] = 0
    for i in range(int(question[OUR_CHANNELS])):
        is_enough = desk.beside.range[i, 0] <= tally[UNIT_MSAT]
        flow.room[i] = min(int(desk.beside.range[i, 1]) // tally[UNIT_MSAT], tally[UNITS]) if is_enough else 0
        flow.sends[i] = 0
    if most_units(desk, closer, flow) < tally[UNITS]:
        return 0
    _look_ahead(desk, closer, flow)
    while tally[SENT] < tally[UNITS] and _look(desk, closer, flow):
        _send(desk, flow)
    return int(tally[SENT])


@kernel
def most_units(desk: Desk, closer: Closer, flow: Flow) -> int:
    """What our channels could send, or those into the payee take, whichever is less: quickly said, and often the end of it."""
    chart, question, hints = desk.chart, desk.beside.question, desk.beside.hints
    payee = int(question[PAYEE])
    ours, into = 0, 0
    for i in range(int(question[OUR_CHANNELS])):
        ours += flow.room[i]
        if desk.beside.peer[i] == payee:
            into += flow.room[i]
    for step in range(chart.into_start[payee], chart.into_start[payee + 1]):
        if not is_barred(desk, int(chart.into.ints[step, SOURCE])):
            write_stretches(desk, closer, flow, chart.into, step)
            into += flow.width[step].sum()
    for step in range(int(question[HINTS])):
        if hints.ints[step, TARGET] == payee:
            write_stretches(desk, closer, flow, hints, step)
            into += flow.width[step + hints.first].sum()
    return int(min(ours, into))


@kernel
def _look_ahead(desk: Desk, closer: Closer, flow: Flow) -> None:
    """
    At least how much a first unit costs from us to every node, as far as the payee: prices from which the search goes straight at us.

    What is further away costs at least what the payee does.
    """
    question, heap, far = desk.beside.question, desk.heap, flow.far
    payee = int(question[PAYEE])
    far[:] = FAR
    flow.is_done[:] = 0
    size = 0
    for i in range(int(question[OUR_CHANNELS])):
        if flow.room[i] > 0:
            size = _improve(desk, flow, int(desk.beside.peer[i]), 0, size)
    most = FAR
    while size > 0 and most == FAR:
        node = int(heap.node[0])
        size = pop(heap, size)
        if node == payee:
            most = far[node]
        if not flow.is_done[node]:
            flow.is_done[node] = 1
            size = _lead_on(desk, closer, flow, node, size)
    for node in range(len(far)):
        flow.price[node] = -min(far[node], most) if most < FAR else 0
    flow.price[int(question[PAYER])] = 0


@kernel
def _lead_on(desk: Desk, closer: Closer, flow: Flow, node: int, size: int) -> int:
    """Look along every step that leads away from a node."""
    chart, question, hints = desk.chart, desk.beside.question, desk.beside.hints
    core, end = chart.out_core[node], chart.out_start[node + 1]
    for step in range(chart.out_start[node], end):
        if step < core or question[USES_ALL] > 0.0 or chart.out.ints[step, TARGET] == question[PAYEE]:
            size = _lead_by(desk, closer, flow, chart.out, step, size)
    for step in range(int(question[HINTS])):
        if hints.ints[step, SOURCE] == node:
            size = _lead_by(desk, closer, flow, hints, step, size)
    return size


@inlined
def _lead_by(desk: Desk, closer: Closer, flow: Flow, grid: Grid, step: int, size: int) -> int:
    """Reach the node where a step ends."""
    source, target, number = int(grid.ints[step, SOURCE]), int(grid.ints[step, TARGET]), int(grid.ints[step, NUMBER])
    most = flow.far[target] - flow.far[source]
    if not flow.is_done[target] and is_worth_a_look(desk, flow, grid, step, most) and not is_barred(desk, target):
        if flow.turn[number] != flow.tally[TURN]:
            write_stretches(desk, closer, flow, grid, step)
        if flow.width[number, 0] > 0:
            size = _improve(desk, flow, target, flow.far[source] + flow.cost[number, 0], size)
    return size


@inlined
def _improve(desk: Desk, flow: Flow, node: int, far: int, size: int) -> int:
    """Note how far it is to a node, if nothing nearer is known."""
    if far < flow.far[node] and size < len(desk.heap.key):
        flow.far[node] = far
        size = push(desk.heap, size, float(far), node)
    return size


@kernel
def _look(desk: Desk, closer: Closer, flow: Flow) -> bool:
    """Find the cheapest way for a unit more, from the payee back to us."""
    question, heap, far = desk.beside.question, desk.heap, flow.far
    payer, payee = int(question[PAYER]), int(question[PAYEE])
    far[:] = FAR
    flow.is_done[:] = 0
    far[payee] = 0
    size = push(heap, 0, 0.0, payee)
    while size > 0:
        node = int(heap.node[0])
        size = pop(heap, size)
        if flow.is_done[node]:
            continue
        flow.is_done[node] = 1
        if node == payer:
            _reprice(flow, far[payer])
            return True
        size = _begin_with_ours(desk, flow, node, size)
        size = _leave(desk, closer, flow, node, size)
    return False


@kernel
def _reprice(flow: Flow, most: int) -> None:
    """Note what it costs from every node that is nearer than we are, so that no step looks as if it cost less than nothing."""
    for node in range(len(flow.far)):
        if flow.is_done[node]:
            flow.price[node] += flow.far[node] - most


@inlined
def _begin_with_ours(desk: Desk, flow: Flow, node: int, size: int) -> int:
    """Reach ourselves, if a channel of ours leads to this node and has room: by the one that has most."""
    beside, near = desk.beside, desk.back.near
    payer, best, most = int(beside.question[PAYER]), NONE, 0
    if near[node, 1] == int(desk.back.answer[GENERATION]):
        channel = int(near[node, 0])
        while channel < beside.question[OUR_CHANNELS] and beside.peer[channel] == node:
            if flow.room[channel] - flow.sends[channel] > most:
                best, most = channel, flow.room[channel] - flow.sends[channel]
            channel += 1
    if best != NONE:
        size = _reach(desk, flow, payer, flow.far[node] + flow.price[node] - flow.price[payer], best, size)
    return size


@kernel
def _leave(desk: Desk, closer: Closer, flow: Flow, node: int, size: int) -> int:
    """Look along every step that leads here and has room, and back along every one that carries something away from here."""
    chart, question, hints = desk.chart, desk.beside.question, desk.beside.hints
    end = chart.into_start[node + 1] if question[USES_ALL] > 0.0 else chart.into_core[node]
    for step in range(chart.into_start[node], end):
        size = _come_by(desk, closer, flow, chart.into, step, size)
    for step in range(int(question[HINTS])):
        if hints.ints[step, TARGET] == node:
            size = _come_by(desk, closer, flow, hints, step, size)
    if flow.flows[node] == flow.tally[TURN]:
        for step in range(chart.out_start[node], chart.out_start[node + 1]):
            size = _go_back(desk, flow, chart.out, step, size)
        for step in range(int(question[HINTS])):
            if hints.ints[step, SOURCE] == node:
                size = _go_back(desk, flow, hints, step, size)
    return size


@inlined
def _come_by(desk: Desk, closer: Closer, flow: Flow, grid: Grid, step: int, size: int) -> int:
    """Reach the node where a step begins."""
    source, number = int(grid.ints[step, SOURCE]), step + grid.first
    target = int(grid.ints[step, TARGET])
    nearest = flow.far[target] + flow.price[target] - flow.price[source]
    if not flow.is_done[source] and is_worth_a_look(desk, flow, grid, step, flow.far[source] - nearest) and not is_barred(desk, source):
        if flow.turn[number] != flow.tally[TURN]:
            write_stretches(desk, closer, flow, grid, step)
        stretch, left = 0, flow.carried[number]
        while stretch < STRETCHES and left >= flow.width[number, stretch]:
            left -= flow.width[number, stretch]
            stretch += 1
        if stretch < STRETCHES:
            size = _reach(desk, flow, source, nearest + flow.cost[number, stretch], number, size)
    return size


@inlined
def _go_back(desk: Desk, flow: Flow, grid: Grid, step: int, size: int) -> int:
    """Reach the node where a step ends that carries something: it can carry less."""
    target, number = int(grid.ints[step, TARGET]), int(grid.ints[step, NUMBER])
    if flow.turn[number] == flow.tally[TURN] and flow.carried[number] > 0 and not flow.is_done[target]:
        stretch, left = 0, flow.carried[number]
        while left > flow.width[number, stretch]:
            left -= flow.width[number, stretch]
            stretch += 1
        source = int(grid.ints[step, SOURCE])
        far = flow.far[source] + flow.price[source] - flow.price[target] - flow.cost[number, stretch]
        size = _reach(desk, flow, target, far, BACK - number, size)
    return size


@inlined
def _reach(desk: Desk, flow: Flow, node: int, far: int, via: int, size: int) -> int:
    """Note how far it is from a node, if nothing nearer is known."""
    if far < flow.far[node]:
        flow.via[node] = via
        size = _improve(desk, flow, node, far, size)
    return size


@kernel
def _send(desk: Desk, flow: Flow) -> None:
    """Send as much as goes over the way that was found."""
    tally, payee = flow.tally, int(desk.beside.question[PAYEE])
    channel = flow.via[int(desk.beside.question[PAYER])]
    first = int(desk.beside.peer[channel])
    units = min(tally[UNITS] - tally[SENT], flow.room[channel] - flow.sends[channel])
    node = first
    while node != payee:
        via = int(flow.via[node])
        units = min(units, left_of(flow, via))
        node = end_of(desk, via)
    flow.sends[channel] += units
    tally[SENT] += units
    node = first
    flow.flows[node] = tally[TURN]
    while node != payee:
        via = int(flow.via[node])
        if via >= 0:
            if flow.carried[via] == 0:
                flow.used[tally[USED] % len(flow.used)] = via
                tally[USED] += 1
            flow.carried[via] += units
        else:
            flow.carried[BACK - via] -= units
        node = end_of(desk, via)
        flow.flows[node] = tally[TURN]
