"""
Parts made of a flow: the ways by which an amount flows at the least price, with whole amounts that keep every limit.

A flow is nearly right: it counts in units, takes prices for straight lines and knows no fee on a fee and no limit on all fees together. So
each of its ways is filled with its units as far as that really goes, what one cannot take goes to the next, and of many small parts those
are given up that the others do better without.
"""

from __future__ import annotations

from collections.abc import Iterator

from payments.lightning.routing.finder import Aim, Finder, Share, Task
from payments.lightning.routing.parts import Part, after, price_msat, refilled
from payments.lightning.routing.search import Terrain

_UNITS = 32
"""Into how many units an amount is cut at first. 32: a part of three percent is worth its base fees, and one of less hardly is."""


def flowing_parts(terrain: Terrain, task: Task, slots: int, *, finder: Finder, aim: Aim) -> list[Part] | None:
    """At most so many parts, as the amount flows at the least price; None when it does not, and where nobody can say."""
    for parts in _whole_amounts(terrain, task, slots, finder=finder, aim=aim):
        return _leaner(terrain, task, parts, finder)
    return None


def _whole_amounts(terrain: Terrain, task: Task, slots: int, *, finder: Finder, aim: Aim) -> Iterator[list[Part]]:
    """The flow in small units, of its ways the widest; and in so large ones that there are never too many ways."""
    for units in (_UNITS, slots):
        shares = finder.spread(terrain, task, aim=aim, units=units)
        if not shares:
            return  # in larger units still less flows
        parts = _filled(terrain, task, shares[:slots], sum(share.units for share in shares))
        if parts is not None:
            yield parts


def _filled(terrain: Terrain, task: Task, shares: list[Share], units: int) -> list[Part] | None:
    """To each way what its units are worth, and what those before it could not take; None when it is not all taken."""
    parts: list[Part] = []
    whole, due, ground, left = task, 0, terrain, task
    for share in shares:
        due += share.units
        upto_msat = -(-whole.amount_msat * due // units)
        taken_msat = whole.amount_msat - left.amount_msat
        part = Part(share.way, min(upto_msat - taken_msat, share.way.most_msat(ground)))
        if part.amount_msat > 0 and part.way.allows(part.amount_msat, left.limits):
            parts.append(part)
            ground, left = after(ground, left, part)
    if not left.amount_msat:
        return parts
    return refilled(terrain, task, [part.way for part in parts]) if parts else None


def _leaner(terrain: Terrain, task: Task, parts: list[Part], finder: Finder) -> list[Part]:
    """Without the parts, the smallest first, that all others together do better without."""
    price = price_msat(terrain, parts, finder)
    for small in sorted(parts, key=lambda part: part.amount_msat)[:-1]:
        others = [Share(part.way, part.amount_msat) for part in parts if part.way is not small.way]
        fewer = _filled(terrain, task, others, sum(share.units for share in others))
        lower = price if fewer is None else price_msat(terrain, fewer, finder)
        if fewer is None or lower > price:
            break
        parts, price = fewer, lower
    return parts
