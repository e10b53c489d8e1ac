"""
Parts found one after the other, on a terrain that remembers what the earlier ones take.

Each search asks for the least share that still lets the slots left suffice, and what it finds is filled as far as it goes; few parts are
tried before many, and none is kept that the others could do without. Limits on fees are not looked at here: what is found is the same
whatever may be spent, and whoever asked takes what is within the limit.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from payments.lightning.routing.finder import Aim, Finder, Task
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.parts import Part, after, without_needless
from payments.lightning.routing.search import Terrain
from payments.lightning.routing.way import Way


def parts_in_turn(terrain: Terrain, task: Task, most: int, *, finder: Finder, aim: Aim) -> Iterator[list[Part]]:
    """In the fewest of a few numbers of parts: without those that the others could do without, and with them."""
    for slots in _slot_counts(most):
        if parts := _cheapest_parts(terrain, task, slots, finder=finder, aim=aim):
            yield from _lean_and_whole(terrain, task, parts)
            return


def even_parts(terrain: Terrain, task: Task, most: int, *, finder: Finder) -> Iterator[list[Part]]:
    """Equal parts, none filled further, few and many: where it is not room that is wanted but that each channel carries less."""
    for slots in _slot_counts(most):
        if parts := _cheapest_parts(terrain, task, slots, finder=finder, aim=Aim.PRICE, fills=False):
            yield parts


def widest_parts(terrain: Terrain, task: Task, most: int, *, finder: Finder) -> Iterator[list[Part]]:
    """Over the ways that carry most, whatever they cost."""
    parts: list[Part] = []
    ground, left = terrain, task
    while left.amount_msat:
        way = finder.widest(ground, final_cltv_expiry_delta=left.final_cltv_expiry_delta) if len(parts) < most else None
        if way is None:
            return
        part = Part(way, min(left.amount_msat, way.most_msat(ground)))
        if not way.allows(part.amount_msat, left.limits):
            return
        parts.append(part)
        ground, left = after(ground, left, part)
    yield from _lean_and_whole(terrain, task, parts)


def widest_parts_msat(terrain: Terrain, params: RouteParameters, finder: Finder) -> int:
    """What the widest ways carry together, one after the other, as many as a payment may have parts."""
    total_msat = 0
    for _ in range(params.payment_params.max_path_count):
        way = finder.widest(terrain, final_cltv_expiry_delta=params.payment_params.final_cltv_expiry_delta)
        if way is None:
            break
        amount_msat = way.most_msat(terrain)
        total_msat += amount_msat
        terrain = terrain.carrying(way.path(amount_msat), first_hop=way.first_hop)
    return total_msat


def _slot_counts(most: int) -> list[int]:
    """How many parts are tried at most: few first."""
    return [*(count for count in (2, 4) if count < most), most]


def _lean_and_whole(terrain: Terrain, task: Task, parts: list[Part]) -> Iterator[list[Part]]:
    lean = without_needless(terrain, task, parts)
    yield lean
    if len(lean) < len(parts):
        yield parts


def _cheapest_parts(terrain: Terrain, task: Task, slots: int, *, finder: Finder, aim: Aim, fills: bool = True) -> list[Part] | None:
    parts: list[Part] = []
    while task.amount_msat:
        share_msat = -(-task.amount_msat // (slots - len(parts)))
        way = finder.cheapest(terrain, msgspec.structs.replace(task, amount_msat=share_msat), aim=aim, is_plain=True)
        if way is None:
            return None
        part = _filled(way, terrain, task, share_msat) if fills else Part(way, share_msat)
        parts.append(part)
        terrain, task = after(terrain, task, part)
    return parts


def _filled(way: Way, terrain: Terrain, task: Task, share_msat: int) -> Part:
    """
    As much over this way as it carries, and at least the share for which it was found.

    What is left after it is nothing or a share at least: a rest of a few msat would be below every minimum.
    """
    most_msat = min(task.amount_msat, way.most_msat(terrain))
    if 0 < task.amount_msat - most_msat < share_msat:
        most_msat = task.amount_msat - share_msat
    return Part(way, max(most_msat, share_msat))
