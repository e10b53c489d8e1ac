"""
From a flow to the ways that it is made of, the widest first: each an order of steps from a channel of ours to the payee, and its units.

In plain Python: what flows touches a few dozen steps.
"""

from __future__ import annotations

from heapq import heappop, heappush

from msgspec import Struct

from payments.lightning.routing.compiled.tables import OUR_CHANNELS, PAYEE, SOURCE, TARGET, Desk, Numbers, Places


class Stream(Struct, frozen=True):
    """Units, or msat, that flow over one way: the place of our channel, and the steps behind it."""

    channel: int
    steps: tuple[int, ...]
    units: int


class _Step(Struct):
    """A step, or a channel of ours as one less than nothing, and what of its units no stream has yet."""

    number: int
    source: int
    target: int
    units: int


_US = -1


def streams_of(desk: Desk, *, sends: Places | Numbers, used: Places, carried: Places | Numbers) -> list[Stream]:
    """
    What flows, as streams.

    sends     by channel of ours
    used      steps of which some carry something
    carried   by step
    """
    leaving: dict[int, list[_Step]] = {}
    for step in _steps_of(desk, sends, used, carried):
        leaving.setdefault(step.source, []).append(step)
    payee = int(desk.beside.question[PAYEE])
    streams = []
    while way := _widest(leaving, payee):
        units = min(step.units for step in way)
        for step in way:
            step.units -= units
        streams.append(Stream(-1 - way[0].number, tuple(step.number for step in way[1:]), units))
    return streams


def _steps_of(desk: Desk, sends: Places | Numbers, used: Places, carried: Places | Numbers) -> list[_Step]:
    count = int(desk.beside.question[OUR_CHANNELS])
    steps = [
        _Step(-1 - channel, _US, peer, units)
        for channel, (peer, units) in enumerate(zip(desk.beside.peer[:count].tolist(), sends[:count].tolist(), strict=True))
        if units
    ]
    for number in sorted(set(used.tolist())):
        grid = desk.beside.hints if number >= desk.beside.hints.first else desk.chart.into
        source, target = grid.ints[number - grid.first, [SOURCE, TARGET]].tolist()
        if units := int(carried[number]):
            steps.append(_Step(number, source, target, units))
    return steps


def _widest(leaving: dict[int, list[_Step]], payee: int) -> list[_Step] | None:
    """The way on which most flows; of such the one with fewest steps."""
    best: dict[int, tuple[int, int]] = {_US: (0, 0)}
    came_by: dict[int, _Step] = {}
    heap = [(-(1 << 62), 0, _US)]
    while heap:
        width, length, node = heappop(heap)
        if node == payee:
            return _back_to_us(came_by, payee)
        if node != _US and best[node] != (width, length):
            continue
        for step in leaving.get(node, ()):
            reached = max(width, -step.units), length + 1
            if step.units and step.target != _US and reached < best.get(step.target, (0, 0)):
                best[step.target] = reached
                came_by[step.target] = step
                heappush(heap, (*reached, step.target))
    return None


def _back_to_us(came_by: dict[int, _Step], payee: int) -> list[_Step]:
    way = [came_by[payee]]
    while way[-1].source != _US:
        way.append(came_by[way[-1].source])
    return way[::-1]
