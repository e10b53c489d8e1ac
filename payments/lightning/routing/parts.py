"""
Parts of a payment beside each other: what is left once some are planned, what fewer would carry, and what all cost together.

Every figure is a whole number and computed as the path will have it, so parts that are found here can be sent.
"""

from __future__ import annotations

import msgspec

from payments.lightning.routing.finder import Finder, Task
from payments.lightning.routing.route import Path
from payments.lightning.routing.search import Terrain
from payments.lightning.routing.way import Way


class Part(msgspec.Struct, frozen=True):
    """A way, and how much of the payment goes over it."""

    way: Way
    amount_msat: int


def after(terrain: Terrain, task: Task, part: Part) -> tuple[Terrain, Task]:
    """What is left to do, and to do it with, once this part is planned."""
    left = msgspec.structs.replace(
        task,
        amount_msat=task.amount_msat - part.amount_msat,
        limits=msgspec.structs.replace(task.limits, fee_msat=task.limits.fee_msat - part.way.fee_msat(part.amount_msat)),
    )
    return terrain.carrying(part.way.path(part.amount_msat), first_hop=part.way.first_hop), left


def without_needless(terrain: Terrain, task: Task, parts: list[Part]) -> list[Part]:
    """The same amount in no more parts than these ways need, the smallest given up first."""
    for small in [part.way for part in sorted(parts, key=lambda part: part.amount_msat)]:
        others = [part.way for part in parts if part.way is not small]
        parts = refilled(terrain, task, others) or parts
    return parts


def refilled(terrain: Terrain, task: Task, ways: list[Way]) -> list[Part] | None:
    """The amount over these ways alone, each filled in turn; None when they do not carry it."""
    parts = []
    for way in ways:
        part = Part(way, min(task.amount_msat, way.most_msat(terrain)))
        if part.amount_msat <= 0 or not way.allows(part.amount_msat, task.limits):
            return None
        parts.append(part)
        terrain, task = after(terrain, task, part)
    return None if task.amount_msat else parts


def price_msat(terrain: Terrain, parts: list[Part], finder: Finder) -> int:
    """What they cost together in fees and penalties, each beside what those before it take."""
    total_msat = 0
    for part in parts:
        total_msat += finder.price_msat(terrain, part.way, part.amount_msat)
        terrain = terrain.carrying(part.way.path(part.amount_msat), first_hop=part.way.first_hop)
    return total_msat


def fee_msat(parts: list[Part]) -> int:
    """What they cost together in fees."""
    return sum(part.way.fee_msat(part.amount_msat) for part in parts)


def paths_of(parts: list[Part]) -> tuple[Path, ...]:
    """What is sent."""
    return tuple(part.way.path(part.amount_msat) for part in parts)
