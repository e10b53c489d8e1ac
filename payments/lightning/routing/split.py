"""
A payment in parts, when no single path carries it: several paths that together bring exactly the amount, under one limit on fees.

Parts are found in two ways, and the cheaper ones are taken. One after the other, on a terrain that remembers what the earlier ones take:
each search asks for the least share that still lets the slots left suffice, and what it finds is filled as far as it goes; few parts are
tried before many, and none is kept that the others could do without. And all at once, as a flow, where the search knows one: that also
finds what takes an early part back to make room for two others. First no channel of others is filled beyond a quarter, for who takes all
of a channel rarely gets it; then that is given up; last come the widest ways, whatever their fee within the limit.

BOLT 4, Basic Multi-Part Payments
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from payments.lightning.routing.amounts import last_that_goes
from payments.lightning.routing.finder import Aim, Finder, Task
from payments.lightning.routing.flowing import flowing_parts
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.parts import Part, after, paths_of, price_msat, without_needless
from payments.lightning.routing.route import Path
from payments.lightning.routing.search import Limits, Terrain
from payments.lightning.routing.way import Way


def split(terrain: Terrain, params: RouteParameters, limits: Limits, *, finder: Finder) -> tuple[Path, ...] | None:
    """The paths of a payment in parts, in the order in which they were found; None when none were."""
    found = _any_parts(terrain, params, limits, finder)
    return None if found is None else paths_of(found[1])


def best_split(terrain: Terrain, params: RouteParameters, limits: Limits, *, finder: Finder) -> tuple[Path, ...] | None:
    """The same, or as the amount flows where that costs less: for what is sent, where `split` only says whether there is something."""
    found = _any_parts(terrain, params, limits, finder)
    if found is None:
        return None
    ground, parts = found
    most = params.payment_params.max_path_count
    flowing = flowing_parts(ground, Task.of(params, limits), most, finder=finder, aim=Aim.PRICE)
    if flowing is None:
        return paths_of(parts)
    return paths_of(min(parts, flowing, key=lambda parts: price_msat(terrain, parts, finder)))


def even_splits(terrain: Terrain, params: RouteParameters, *, finder: Finder) -> Iterator[tuple[Path, ...]]:
    """Equal parts, none filled further, few and many: where it is not room that is wanted but that each channel carries less."""
    for slots in _slot_counts(params.payment_params.max_path_count):
        if parts := _cheapest_parts(terrain, Task.of(params), slots, finder=finder, aim=Aim.PRICE, fills=False):
            yield paths_of(parts)


def _any_parts(terrain: Terrain, params: RouteParameters, limits: Limits, finder: Finder) -> tuple[Terrain, list[Part]] | None:
    """Parts, and the terrain on which they were found: the gentlest that has any."""
    task = Task.of(params, limits)
    most = params.payment_params.max_path_count
    saturated = terrain.saturated(params.payment_params.max_channel_saturation_power_of_half)
    if not could_carry(terrain, task.amount_msat, limits, finder):
        return None
    for ground, aim in ((saturated, Aim.PRICE), (terrain, Aim.PRICE), (terrain, Aim.FEE)):
        for slots in _slot_counts(most):
            if parts := _cheapest_parts(ground, task, slots, finder=finder, aim=aim):
                return ground, without_needless(ground, task, parts)
    if parts := _widest_parts(terrain, task, most, finder=finder):
        return terrain, without_needless(terrain, task, parts)
    flowing = flowing_parts(terrain, task, most, finder=finder, aim=Aim.FEE)
    return None if flowing is None else (terrain, flowing)


def could_carry(terrain: Terrain, amount_msat: int, limits: Limits, finder: Finder) -> bool:
    """Whether our channels and those into the payee are large enough, all taken together. Quickly said, and often the end of it."""
    ours_msat = [max(terrain.first_hop_limit_msat(hop), limits.first_hop_msat) for peer in terrain.peers() for hop in terrain.ours_to(peer)]
    direct_msat = [max(terrain.first_hop_limit_msat(hop), limits.first_hop_msat) for hop in terrain.ours_to(terrain.payee)]
    return amount_msat <= sum(ours_msat) and amount_msat <= sum(direct_msat) + finder.into_payee_msat(terrain)


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


def _widest_parts(terrain: Terrain, task: Task, slots: int, *, finder: Finder) -> list[Part] | None:
    parts: list[Part] = []
    while task.amount_msat:
        way = finder.widest(terrain, final_cltv_expiry_delta=task.final_cltv_expiry_delta) if len(parts) < slots else None
        if way is None:
            return None
        part = Part(way, min(task.amount_msat, way.most_msat(terrain)))
        if not way.allows(part.amount_msat, task.limits):
            return None
        parts.append(part)
        terrain, task = after(terrain, task, part)
    return parts


def _filled(way: Way, terrain: Terrain, task: Task, share_msat: int) -> Part:
    """
    As much over this way as it carries within the fee limit, and at least the share for which it was found.

    What is left after it is nothing or a share at least: a rest of a few msat would be below every minimum.
    """
    most_msat = min(task.amount_msat, way.most_msat(terrain))
    if most_msat > share_msat and way.fee_msat(most_msat) > task.limits.fee_msat:
        most_msat = last_that_goes(lambda amount_msat: way.fee_msat(amount_msat) <= task.limits.fee_msat, low=share_msat, high=most_msat)
    if 0 < task.amount_msat - most_msat < share_msat:
        most_msat = task.amount_msat - share_msat
    return Part(way, max(most_msat, share_msat))
