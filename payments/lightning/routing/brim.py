"""
Near the most that can flow at all: what is proven impossible there, and parts that fill what there is to the brim.

Where nearly everything is needed that there is, no search for a good price has anything to choose from, and trying would take longest just
where nothing is found. So the ways of the largest flow are filled there, each as far as it really goes, and what they do not carry, though
without fees it might flow, is given up.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, structs

from payments.lightning.routing.finder import Finder, Task
from payments.lightning.routing.parts import Part, after
from payments.lightning.routing.search import Terrain
from payments.lightning.routing.way import Way

_NEAR_POWER = 7
"""Within 1/2^7 = 0.8 % of the most that flows: what fees take where every way is used is less, mostly a quarter of that."""


class Brim(Struct, frozen=True, kw_only=True):
    """
    How an amount stands to the most that flows.

    is_above    nothing brings so much
    is_near     it is nearly the most
    ways        over which it flows if nobody takes a fee
    """

    is_above: bool
    is_near: bool
    ways: list[Way]


def brim_of(terrain: Terrain, task: Task, most: int, *, finder: Finder) -> Brim | None:
    """For at most so many parts; None where the search cannot say."""
    upto_msat = task.amount_msat + (task.amount_msat >> _NEAR_POWER) + 1
    known = finder.brim(terrain, structs.replace(task, amount_msat=upto_msat), parts=most)
    if known is None:
        return None
    arrives_msat, ways = known
    return Brim(is_above=arrives_msat < task.amount_msat, is_near=arrives_msat < upto_msat, ways=ways[:most])


def flows_nowhere(terrain: Terrain, task: Task, most: int, *, finder: Finder) -> bool:
    """Whether it is proven that nothing brings so much."""
    brim = brim_of(terrain, task, most, finder=finder)
    return brim is not None and brim.is_above


def brimful_parts(terrain: Terrain, task: Task, ways: list[Way]) -> Iterator[list[Part]]:
    """Over these ways in turn, each filled; none when they do not carry it all."""
    parts: list[Part] = []
    for way in ways:
        part = Part(way, min(task.amount_msat, way.most_msat(terrain)))
        if part.amount_msat > 0 and way.allows(part.amount_msat, task.limits):
            parts.append(part)
            terrain, task = after(terrain, task, part)
    if not task.amount_msat:
        yield parts


def brimful_msat(terrain: Terrain, task: Task, most: int, *, finder: Finder) -> int | None:
    """What is carried of an amount that is too much, over the ways that fill as much as flows of it; None where the search cannot say."""
    known = finder.brim(terrain, task, parts=most)
    if known is None:
        return None
    arrives_msat = known[0]
    brim = brim_of(terrain, structs.replace(task, amount_msat=arrives_msat), most, finder=finder)
    total_msat = 0
    for way in () if brim is None else brim.ways:
        amount_msat = way.most_msat(terrain)
        if amount_msat > 0 and way.allows(amount_msat, task.limits):
            total_msat += amount_msat
            terrain = terrain.carrying(way.path(amount_msat), first_hop=way.first_hop)
    return total_msat
