"""
The most that can be sent, where it is quickly seen: the most that any way could carry is tried, and what little less may be possible.

Mostly the narrowest place is at one end: a channel into the payee, whose full size goes or not, or our own, whose size less the fees does.
Either takes two or three searches for the least fee, each a fraction of what a look over the whole map takes. Where that does not settle
it, nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable

from payments.lightning.routing.compiled.back import search
from payments.lightning.routing.compiled.closer import Closer
from payments.lightning.routing.compiled.layout import Layout
from payments.lightning.routing.compiled.tables import (
    AMOUNT,
    HINTS,
    MAX_AMOUNT,
    MEETS_MINIMUM,
    NONE,
    OUR_CHANNELS,
    PAYEE,
    Desk,
)
from payments.lightning.routing.search import Terrain
from payments.lightning.routing.way import Way

_FEES_POWER = 6
"""Fees usually take no more than 1/2^6 of an amount."""
_BASE_MSAT = 100_000


def widest_soon(layout: Layout, terrain: Terrain, desk: Desk, closer: Closer, way_of: Callable[[int], Way]) -> Way | None:
    """
    The way that carries most; None when that is not quickly seen.

    way_of    the way of so many steps that lies on the desk, on which a question for the least fee without limits was laid out
    """
    count = int(desk.beside.question[OUR_CHANNELS])
    if not count:
        return None
    ours_msat = int(desk.beside.range[:count, 1].max())
    top_msat = min(ours_msat, _into_payee_msat(desk, closer))
    for amount_msat in (top_msat, top_msat - (top_msat >> _FEES_POWER) - _BASE_MSAT):
        found = _try(layout, desk, amount_msat, ours_msat)
        if found != NONE:
            way = way_of(found)
            most_msat = way.most_msat(terrain)
            is_all = most_msat >= top_msat or (most_msat >= amount_msat and _is_impossible(layout, desk, most_msat + 1, ours_msat))
            return way if is_all else None
    return None


def _into_payee_msat(desk: Desk, closer: Closer) -> int:
    """The largest HTLC that any channel to the payee could take."""
    question, start = desk.beside.question, desk.chart.into_start
    payee, count = int(question[PAYEE]), int(question[OUR_CHANNELS])
    if question[HINTS] > 0 or (desk.beside.peer[:count] == payee).any():
        return int(desk.beside.range[:count, 1].max())
    steps = slice(int(start[payee]), int(start[payee + 1]))
    return int(min(closer.maximum_msat[steps].max(initial=0), closer.room_msat[steps].max(initial=0)))


def _try(layout: Layout, desk: Desk, amount_msat: int, most_msat: int) -> int:
    """How many steps the way has that brings this much for the least fee, NONE where none does."""
    if amount_msat <= 0:
        return NONE
    desk.beside.question[AMOUNT], desk.beside.question[MAX_AMOUNT] = amount_msat, most_msat
    layout.stamp(desk)
    return int(search(desk))


def _is_impossible(layout: Layout, desk: Desk, amount_msat: int, most_msat: int) -> bool:
    """Whether no way brings this much or more; not when one was only turned down because a channel takes nothing so small."""
    count = int(desk.beside.question[OUR_CHANNELS])
    if (desk.beside.range[:count, 0] > amount_msat).any():
        return False
    return _try(layout, desk, amount_msat, most_msat) == NONE and not desk.back.answer[MEETS_MINIMUM]
